package main

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
	"github.com/grantwright/grantwright/manifest"
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

// certificate looks at how long the certificate holds.
func (d *doctor) certificate() {
	if d.border.cert == "" {
		return
	}
	const check, mend = "certificate", "renew the files of -tls-cert and -tls-key; the server reads them by itself"
	pair, err := tls.LoadX509KeyPair(d.border.cert, d.border.key)
	if err != nil {
		d.broke(check, mend, err)
		return
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		d.broke(check, mend, err)
		return
	}
	until := leaf.NotAfter.UTC().Format(time.RFC3339)
	switch left := leaf.NotAfter.Sub(d.now()); {
	case left <= 0:
		d.say(check, failed, mend, "%s has expired on %s", d.border.cert, until)
	case d.now().Before(leaf.NotBefore):
		d.say(check, failed, mend, "%s holds from %s on only", d.border.cert, leaf.NotBefore.UTC().Format(time.RFC3339))
	case left < expiresSoon:
		d.say(check, warns, mend, "%s expires on %s", d.border.cert, until)
	default:
		d.say(check, fine, "", "it holds until %s", until)
	}
}

// signInProviders asks each provider of OpenID Connect who it is.
func (d *doctor) signInProviders(ctx context.Context) {
	if d.signIn.isDev() {
		d.say("sign-in", warns, "-auth=oidc or -auth=proxy", "-auth=dev is for trying out: whoever has the token may be anyone")
	}
	for _, i := range d.signIn.issuers() {
		check := "sign-in by " + i.URL
		if err := d.discover(ctx, i); err != nil {
			d.broke(check, "mend url in the file of -oidc, or the provider and the way to it: nobody signs in meanwhile", err)
			continue
		}
		d.say(check, fine, "", "it answers")
	}
}

// discover asks a provider for its configuration (OpenID Connect Discovery 1.0, section 4).
func (d *doctor) discover(ctx context.Context, i manifest.Issuer) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(i.URL, "/")+"/.well-known/openid-configuration", http.NoBody)
	if err != nil {
		return err
	}
	a, err := d.client.Do(r)
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
	case said.Issuer != i.URL:
		return fmt.Errorf("%s says that its issuer is %q", r.URL, said.Issuer)
	case said.Keys == "":
		return fmt.Errorf("%s names no keys", r.URL)
	}
	return nil
}

// disk looks at how much is free beside a SQLite file.
func (d *doctor) disk() {
	if strings.Contains(d.store, "://") {
		return
	}
	const check, mend = "disk", "make room, or move the store: a server whose disk is full writes nothing"
	free, size, err := d.free(filepath.Dir(d.store))
	says := fmt.Sprintf("%d MiB of %d are free beside %s", free>>20, size>>20, d.store)
	switch {
	case err != nil:
		d.say(check, warns, "look at it by hand", "how much is free beside %s is not known: %v", d.store, err)
	case free < tooLittleFree:
		d.say(check, failed, mend, "%s", says)
	case free < littleFree:
		d.say(check, warns, mend, "%s", says)
	default:
		d.say(check, fine, "", "%s", says)
	}
}

// webhooks looks at the services that get events, and at what is on its way to them.
func (d *doctor) webhooks(ctx context.Context) {
	all, err := d.engine.Webhooks().All(ctx, examiner, "", store.MaxPage)
	if err != nil {
		d.broke("webhooks", "look at the store", err)
		return
	}
	for _, w := range all {
		check := "webhook " + w.Name
		if w.State == notify.WebhookSuspended {
			d.say(check, failed, "mend the receiver, and resume it at /webhooks: no event is lost", "it is suspended: %s", w.Why)
			continue
		}
		first, count, err := d.pending(ctx, w.ID)
		switch {
		case err != nil:
			d.broke(check, "look at the store", err)
		case count > 0 && !first.Failing.IsZero():
			d.say(check, warns, "mend the receiver; /webhooks shows each attempt", "%d deliveries wait; it fails since %s ago: %s", count, d.ago(first.Failing), lastError(first))
		case count > 0 && d.ago(first.Made) > waitsLong:
			d.say(check, warns, "start a server on this store, or look into its log", "%d deliveries wait, the first since %s", count, d.ago(first.Made))
		default:
			d.say(check, fine, "", "%d deliveries are on their way", count)
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
func (d *doctor) pending(ctx context.Context, id notify.WebhookID) (first notify.Delivery, count int, err error) {
	err = everyone(ctx, d.records, records.DeliveriesPending.Query(id), func(one notify.Delivery) {
		if count++; count == 1 {
			first = one
		}
	})
	return first, count, err
}

// posts looks at what is on its way to people by each channel.
func (d *doctor) posts(ctx context.Context) {
	var channels []string
	if d.telling.mail != "" {
		channels = append(channels, "mail")
	}
	if d.telling.slackToken != "" {
		channels = append(channels, "slack")
	}
	for _, channel := range channels {
		var first, worst notify.Post
		waiting, given := 0, 0
		err := everyone(ctx, d.records, records.PostsPending.Query(channel), func(p notify.Post) {
			if waiting++; first.Made.IsZero() || p.Made.Before(first.Made) {
				first = p
			}
			if p.Attempts > worst.Attempts {
				worst = p
			}
		})
		lost := d.now().Add(-7 * 24 * time.Hour)
		if err == nil {
			err = everyone(ctx, d.records, records.PostsFailed.Query(channel), func(p notify.Post) {
				if p.Made.After(lost) {
					given++
				}
			})
		}
		check, mend := "notices by "+channel, "mend -"+channel+", or the server that it names"
		switch {
		case err != nil:
			d.broke(check, "look at the store", err)
		case worst.Attempts > 0:
			d.say(check, warns, mend, "%d wait, the first since %s: %s", waiting, d.ago(first.Made), worst.Error)
		case waiting > 0 && d.ago(first.Made) > waitsLong:
			d.say(check, warns, "start a server on this store, or look into its log", "%d wait, the first since %s", waiting, d.ago(first.Made))
		case given > 0:
			d.say(check, warns, mend, "%d of the last seven days were given up", given)
		default:
			d.say(check, fine, "", "%d are on their way", waiting)
		}
	}
}

// directory looks at how fresh the people are whom a provider of identities keeps here.
func (d *doctor) directory(ctx context.Context) {
	if d.scim.text == "" {
		return
	}
	s, err := d.scim.read()
	if err != nil {
		return // the configuration has said it
	}
	const check, mend = "directory", "have the provider of identities push its people and groups once more, and look at its log"
	people, last := 0, time.Time{}
	err = everyone(ctx, d.records, records.EnrolledBy.Query(records.EnrolledOf(s.issuer)), func(e request.Enrollee) {
		people++
		if e.Changed.After(last) {
			last = e.Changed
		}
	})
	switch {
	case err != nil:
		d.broke(check, "look at the store", err)
	case people == 0:
		d.say(check, failed, mend, "the provider keeps nobody here under the issuer %q", s.issuer)
	case d.ago(last) > quietDirectory:
		d.say(check, warns, mend, "of %d people none was changed since %s", people, last.UTC().Format(time.RFC3339))
	default:
		d.say(check, fine, "", "%d people, the last changed %s ago", people, d.ago(last))
	}
}
