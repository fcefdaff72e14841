package platforms

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/address"
	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
)

// probe is a test of a connection.
type probe struct {
	platforms *Platforms
	platform  provision.Platform
	to        provision.Target
	steps     []provision.Probed
}

// Probe tests a connection step by step, whether or not it is registered. It changes
// nothing, here or on the platform. A step that fails is no error.
func (pl *Platforms) Probe(ctx context.Context, c catalog.Connection) ([]provision.Probed, error) {
	return pl.probe(ctx, c, func(ctx context.Context, p *probe) error {
		var err error
		if p.to, err = pl.target(ctx, c); err != nil {
			return err
		}
		p.reach(ctx)
		return nil
	})
}

// ProbeSecret tests only that the secret of a connection can be read, and sends it nowhere.
func (pl *Platforms) ProbeSecret(ctx context.Context, c catalog.Connection) ([]provision.Probed, error) {
	return pl.probe(ctx, c, func(_ context.Context, p *probe) error {
		for _, step := range provision.ProbeSteps() {
			if step != provision.ProbeSecret {
				p.skip(step, "a second person approves first where the secret is sent: register the connection, and test it then")
			}
		}
		return nil
	})
}

// probe tests the secret of a connection, and then the rest.
func (pl *Platforms) probe(ctx context.Context, c catalog.Connection, rest func(context.Context, *probe) error) ([]provision.Probed, error) {
	ctx, cancel := context.WithTimeout(ctx, pl.Timeout)
	defer cancel()
	platform, err := pl.Platform(c)
	if err != nil {
		return nil, err
	}
	p := &probe{platforms: pl, platform: platform, to: provision.Target{Connection: c}}
	if c.Secret == "" {
		p.skip(provision.ProbeSecret, "the connection names no secret")
	} else if _, err := pl.ReadSecret(ctx, c.Secret); err != nil {
		p.fail(provision.ProbeSecret, err)
		return p.done(), nil
	}
	if err := rest(ctx, p); err != nil {
		return nil, err
	}
	return p.done(), nil
}

// reach opens the platform, and looks at what it lets us do there.
func (p *probe) reach(ctx context.Context) {
	if p.platform.Provisioner != nil {
		opened, err := p.platform.Provisioner(ctx, p.to)
		if err != nil {
			p.fail(p.stepOf(err), err)
			return
		}
		defer func() { _ = CloseIfPossible(opened) }()
		p.rights(ctx, opened)
	} else {
		p.skip(provision.ProbeRights, "people give access there by hand")
	}
	p.assets(ctx)
}

// rights asks what of Setup is left to run.
func (p *probe) rights(ctx context.Context, opened provision.Provisioner) {
	preparer, is := opened.(provision.Preparer)
	if !is {
		p.skip(provision.ProbeRights, "the platform needs no setup")
		return
	}
	left, err := preparer.Setup(ctx)
	if err != nil {
		p.fail(provision.ProbeRights, err)
		return
	}
	if len(left) > 0 {
		p.add(provision.Probed{Step: provision.ProbeRights, State: provision.ProbeFailed, Detail: "Setup is not complete: an administrator of the platform runs these statements", Mend: left})
	}
}

// assets reads the first object.
func (p *probe) assets(ctx context.Context) {
	if p.platform.Source == nil {
		p.skip(provision.ProbeAssets, "nothing reads the objects of the platform")
		return
	}
	source, err := p.platform.Source(ctx, p.to)
	if err != nil {
		p.fail(p.stepOf(err), err)
		return
	}
	defer func() { _ = CloseIfPossible(source) }()
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, err := range source.Assets(within, catalog.Ref(p.to.Connection.Name)) {
		if err != nil {
			p.fail(provision.ProbeAssets, err)
		}
		return
	}
}

// stepOf is the step at which a platform was not opened.
func (p *probe) stepOf(err error) provision.ProbeStep {
	var (
		op        *net.OpError
		dns       *net.DNSError
		cert      *tls.CertificateVerificationError
		host      x509.HostnameError
		authority x509.UnknownAuthorityError
		record    tls.RecordHeaderError
		alert     tls.AlertError
	)
	switch {
	case p.platform.MendLogin != nil && len(p.platform.MendLogin(p.to, err)) > 0:
		return provision.ProbeLogin
	case errors.As(err, &cert), errors.As(err, &host), errors.As(err, &authority), errors.As(err, &record), errors.As(err, &alert), speaksOfTLS(err):
		return provision.ProbeTLS
	case errors.As(err, &op), errors.As(err, &dns), errors.Is(err, context.DeadlineExceeded):
		return provision.ProbeAddress
	}
	return provision.ProbeLogin
}

// speaksOfTLS reports whether an error is about encryption by its text: drivers have no type
// for a server that does not encrypt.
func speaksOfTLS(err error) bool {
	text := err.Error()
	return slices.ContainsFunc([]string{"SSL is not enabled", "does not support TLS", "TLS requested but", "tls: ", "sslmode"}, func(part string) bool { return strings.Contains(text, part) })
}

func (p *probe) add(s provision.Probed) { p.steps = append(p.steps, s) }

func (p *probe) skip(step provision.ProbeStep, why string) {
	p.add(provision.Probed{Step: step, State: provision.ProbeSkipped, Detail: why})
}

func (p *probe) fail(step provision.ProbeStep, err error) {
	failed := provision.Probed{Step: step, State: provision.ProbeFailed, Detail: excerpt.Storable(address.Reveal(err).Error(), provision.MaxErrorBytes)}
	if step == provision.ProbeLogin && p.platform.MendLogin != nil {
		failed.Mend = p.platform.MendLogin(p.to, err)
	}
	p.add(failed)
}

// done is every step once, in order: those before a failed one have passed, and those after
// it were not tried.
func (p *probe) done() []provision.Probed {
	all, broken := []provision.Probed{}, false
	for _, step := range provision.ProbeSteps() {
		at := slices.IndexFunc(p.steps, func(s provision.Probed) bool { return s.Step == step })
		switch {
		case at >= 0:
			all = append(all, p.steps[at])
			// Objects are read without the rights of Setup.
			broken = broken || p.steps[at].State == provision.ProbeFailed && step != provision.ProbeRights
		case broken:
			all = append(all, provision.Probed{Step: step, State: provision.ProbeSkipped})
		default:
			all = append(all, provision.Probed{Step: step, State: provision.ProbePassed})
		}
	}
	return all
}

// NotSetUp makes the error of a connection whose login is refused say how an administrator of
// the platform mends that, before Setup can be asked for. Other errors stay as they are.
func (pl *Platforms) NotSetUp(ctx context.Context, connection string, err error) error {
	if err == nil {
		return nil
	}
	read, unknown := records.Connections.Get(ctx, pl.Store, connection)
	if unknown != nil {
		return err
	}
	platform, unknown := pl.Platform(read.Value)
	if unknown != nil || platform.MendLogin == nil {
		return err
	}
	mend := platform.MendLogin(provision.Target{Connection: read.Value}, err)
	if len(mend) == 0 {
		return err
	}
	return fmt.Errorf("%w. Our login is not there yet, or has another password: run this first, and then ask for Setup again: %s", err, strings.TrimSpace(provision.Script(mend)))
}
