package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	expiresSoon    = 21 * 24 * time.Hour // a certificate
	quietDirectory = 30 * 24 * time.Hour // without a change by the provider
	littleFree     = 1 << 30             // bytes beside a SQLite file
	tooLittleFree  = 100 << 20
	maxDiscovery   = 1 << 20 // bytes of what a provider says of itself
)

// LookAtCertificate looks at how long the certificate holds.
func (d *Doctor) LookAtCertificate(file, key string) {
	const check, mend = "certificate", "renew the files of -tls-cert and -tls-key; the server reads them by itself"
	pair, err := tls.LoadX509KeyPair(file, key)
	if err != nil {
		d.Broke(check, mend, err)
		return
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		d.Broke(check, mend, err)
		return
	}
	until := leaf.NotAfter.UTC().Format(time.RFC3339)
	switch left := leaf.NotAfter.Sub(d.Now()); {
	case left <= 0:
		d.Say(check, Failed, mend, "%s has expired on %s", file, until)
	case d.Now().Before(leaf.NotBefore):
		d.Say(check, Failed, mend, "%s holds from %s on only", file, leaf.NotBefore.UTC().Format(time.RFC3339))
	case left < expiresSoon:
		d.Say(check, Warns, mend, "%s expires on %s", file, until)
	default:
		d.Say(check, Fine, "", "it holds until %s", until)
	}
}

// LookAtProvider asks a provider of OpenID Connect who it is.
func (d *Doctor) LookAtProvider(ctx context.Context, issuer string) {
	check := "sign-in by " + issuer
	if err := d.discover(ctx, issuer); err != nil {
		d.Broke(check, "mend url in the file of -oidc, or the provider and the way to it: nobody signs in meanwhile", err)
		return
	}
	d.Say(check, Fine, "", "it answers")
}

// discover asks a provider for its configuration (OpenID Connect Discovery 1.0, section 4).
func (d *Doctor) discover(ctx context.Context, issuer string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration", http.NoBody)
	if err != nil {
		return err
	}
	a, err := d.Client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = a.Body.Close() }()
	var said struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	switch err := json.NewDecoder(io.LimitReader(a.Body, maxDiscovery)).Decode(&said); {
	case a.StatusCode != http.StatusOK:
		return fmt.Errorf("%s answers %d", r.URL, a.StatusCode)
	case err != nil:
		return fmt.Errorf("%s is no configuration of a provider: %w", r.URL, err)
	case said.Issuer != issuer:
		return fmt.Errorf("%s says that its issuer is %q", r.URL, said.Issuer)
	case said.Keys == "":
		return fmt.Errorf("%s names no keys", r.URL)
	}
	return nil
}

// LookAtDisk looks at how much is free beside a SQLite file.
func (d *Doctor) LookAtDisk() {
	const check, mend = "disk", "make room, or move the store: a server whose disk is full writes nothing"
	free, size, err := d.Free(filepath.Dir(d.Store))
	says := fmt.Sprintf("%d MiB of %d are free beside %s", free>>20, size>>20, d.Store)
	switch {
	case err != nil:
		d.Say(check, Warns, "look at it by hand", "how much is free beside %s is not known: %v", d.Store, err)
	case free < tooLittleFree:
		d.Say(check, Failed, mend, "%s", says)
	case free < littleFree:
		d.Say(check, Warns, mend, "%s", says)
	default:
		d.Say(check, Fine, "", "%s", says)
	}
}

// LookAtWebhooks looks at the services that get events, and at what is on its way to them.
func (d *Doctor) LookAtWebhooks(ctx context.Context) {
	all, err := d.Engine.Webhooks().All(ctx, examiner, "", store.MaxPage)
	if err != nil {
		d.Broke("webhooks", "look at the store", err)
		return
	}
	for _, w := range all {
		check := "webhook " + w.Name
		if w.State == notify.WebhookSuspended {
			d.Say(check, Failed, "mend the receiver, and resume it at /webhooks: no event is lost", "it is suspended: %s", w.Why)
			continue
		}
		first, count, err := d.pending(ctx, w.ID)
		switch {
		case err != nil:
			d.Broke(check, "look at the store", err)
		case count > 0 && !first.Failing.IsZero():
			d.Say(check, Warns, "mend the receiver; /webhooks shows each attempt", "%d deliveries wait; it fails since %s ago: %s", count, d.ago(first.Failing), lastError(first))
		case count > 0 && d.ago(first.Made) > waitsLong:
			d.Say(check, Warns, "start a server on this store, or look into its log", "%d deliveries wait, the first since %s", count, d.ago(first.Made))
		default:
			d.Say(check, Fine, "", "%d deliveries are on their way", count)
		}
	}
}

func lastError(of notify.Delivery) string {
	if len(of.Tries) == 0 {
		return ""
	}
	last := of.Tries[len(of.Tries)-1]
	if last.Error == "" && last.Status != 0 {
		return fmt.Sprintf("it answers %d", last.Status)
	}
	return last.Error
}

// pending is the first delivery that waits for a webhook, and how many do.
func (d *Doctor) pending(ctx context.Context, id notify.WebhookID) (first notify.Delivery, count int, err error) {
	err = everyone(ctx, d.Records, records.DeliveriesPending.Query(id), func(one notify.Delivery) {
		if count++; count == 1 {
			first = one
		}
	})
	return first, count, err
}

// LookAtNotices looks at what is on its way to people by each channel.
func (d *Doctor) LookAtNotices(ctx context.Context, channels []string) {
	for _, channel := range channels {
		var first, worst notify.Post
		waiting, given := 0, 0
		err := everyone(ctx, d.Records, records.PostsPending.Query(channel), func(p notify.Post) {
			if waiting++; first.Made.IsZero() || p.Made.Before(first.Made) {
				first = p
			}
			if p.Attempts > worst.Attempts {
				worst = p
			}
		})
		lost := d.Now().Add(-7 * 24 * time.Hour)
		if err == nil {
			err = everyone(ctx, d.Records, records.PostsFailed.Query(channel), func(p notify.Post) {
				if p.Made.After(lost) {
					given++
				}
			})
		}
		check, mend := "notices by "+channel, "mend -"+channel+", or the server that it names"
		switch {
		case err != nil:
			d.Broke(check, "look at the store", err)
		case worst.Attempts > 0:
			d.Say(check, Warns, mend, "%d wait, the first since %s: %s", waiting, d.ago(first.Made), worst.Error)
		case waiting > 0 && d.ago(first.Made) > waitsLong:
			d.Say(check, Warns, "start a server on this store, or look into its log", "%d wait, the first since %s", waiting, d.ago(first.Made))
		case given > 0:
			d.Say(check, Warns, mend, "%d of the last seven days were given up", given)
		default:
			d.Say(check, Fine, "", "%d are on their way", waiting)
		}
	}
}

// LookAtDirectory looks at how fresh the people are whom a provider of identities keeps here.
func (d *Doctor) LookAtDirectory(ctx context.Context, issuer string) {
	const check, mend = "directory", "have the provider of identities push its people and groups once more, and look at its log"
	people, last := 0, time.Time{}
	err := everyone(ctx, d.Records, records.EnrolledBy.Query(records.EnrolledOf(issuer)), func(e request.Enrollee) {
		people++
		if e.Changed.After(last) {
			last = e.Changed
		}
	})
	switch {
	case err != nil:
		d.Broke(check, "look at the store", err)
	case people == 0:
		d.Say(check, Failed, mend, "the provider keeps nobody here under the issuer %q", issuer)
	case d.ago(last) > quietDirectory:
		d.Say(check, Warns, mend, "of %d people none was changed since %s", people, last.UTC().Format(time.RFC3339))
	default:
		d.Say(check, Fine, "", "%d people, the last changed %s ago", people, d.ago(last))
	}
}
