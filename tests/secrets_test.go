package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// TestSecretsThatNobodyAllows names secrets that belong to others of the process in each
// place that takes a reference.
func TestSecretsThatNobodyAllows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	for _, reference := range []string{"file:/proc/self/environ", "env:OTHER", "file:/run/secrets/../../proc/self/environ", "file:" + filepath.Join(t.TempDir(), "x")} {
		mine := catalog.Connection{Name: "mine", Technology: "fake", URL: "postgres://me@attacker.example.com/db", Secret: reference}
		if err := w.Connections().Register(ctx, admin, mine); !errors.Is(err, platforms.ErrSecretNotAllowed) || !errors.Is(err, catalog.ErrConnection) {
			t.Errorf("a connection with %s: %v", reference, err)
		}
		if _, _, err := w.Webhooks().Register(ctx, admin, notify.WebhookSettings{Name: "mine", URL: "https://hooks.example.com"}, reference); len(request.FaultsOf(err)) != 1 {
			t.Errorf("a webhook with %s: %v", reference, err)
		}
		mask := catalog.Mask{Name: "mine", At: "warehouse", Columns: []string{"email"}, How: catalog.MaskHash, Key: reference}
		if _, err := w.Governance().Masks.Save(ctx, gov, mask); len(request.FaultsOf(err)) != 1 {
			t.Errorf("a mask with %s: %v", reference, err)
		}
		stored, err := w.Governance().Export(ctx, gov)
		must(t, err)
		want := stored.With(manifest.Definitions{Masks: []catalog.Mask{mask}})
		if _, err := w.Governance().Apply(ctx, gov, want, manifest.Diff(stored, want).Hash()); len(request.FaultsOf(err)) != 1 {
			t.Errorf("an applied mask with %s: %v", reference, err)
		}
	}
	hook, _, err := w.Webhooks().Register(ctx, admin, notify.WebhookSettings{Name: "mine", URL: "https://hooks.example.com"}, "env:HOOK")
	must(t, err)
	if _, _, err := w.Webhooks().Rotate(ctx, admin, hook.ID, "env:OTHER", 0); len(request.FaultsOf(err)) != 1 {
		t.Errorf("a new secret of a webhook: %v", err)
	}
}

// TestASecretThatIsAllowedNoMore registers a connection, and takes its secret off the list.
func TestASecretThatIsAllowedNoMore(t *testing.T) {
	t.Setenv("HOOK", "the password")
	w := newWorld(t)
	opened := 0
	w.Config.Platforms["counting"] = provision.Platform{Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) {
		opened++
		return provision.Each(nil), nil
	}}
	w.restart(t)
	must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "vault", Technology: "counting", Secret: "env:HOOK"}))
	w.Config.AllowedSecrets = []string{}
	w.restart(t)
	_, err := w.Connections().Setup(t.Context(), admin, "vault")
	if !errors.Is(err, platforms.ErrSecretNotAllowed) || !strings.Contains(err.Error(), "env:HOOK") || opened > 0 {
		t.Errorf("it was opened %d times, and an administrator reads %v", opened, err)
	}
}

// TestWhereAConnectionLeadsTakesTwo changes one thing of a connection at a time.
func TestWhereAConnectionLeadsTakesTwo(t *testing.T) {
	t.Setenv("HOOK", "the password")
	w := watched(t)
	ctx := t.Context()
	stands := func() catalog.Connection {
		t.Helper()
		all, err := w.Connections().All(ctx, admin, "vhost", 10)
		must(t, err)
		return all[0]
	}
	c := catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com", Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}
	for _, tt := range []struct {
		name   string
		change func(*catalog.Connection)
		two    bool
	}{
		{"URL", func(c *catalog.Connection) { c.URL = "postgres://ours@other.example.com/db" }, true},
		{"secret", func(c *catalog.Connection) { c.Secret = "env:HOOK" }, true},
		{"no secret", func(c *catalog.Connection) { c.Secret = "" }, true},
		{"user in the URL", func(c *catalog.Connection) { c.URL = "postgres://root@other.example.com/db" }, true},
		{"host for links", func(c *catalog.Connection) { c.Host = "links.example.com" }, false},
		{"scope", func(c *catalog.Connection) { c.Scope.Include = []string{"sales"} }, false},
	} {
		before := stands()
		tt.change(&c)
		err := w.Connections().Register(ctx, admin, c)
		if !tt.two {
			must(t, err)
			continue
		}
		id := proposal(t, err)
		if now := stands(); now.URL != before.URL || now.Secret != before.Secret {
			t.Errorf("%s: changed before anybody has agreed: %+v", tt.name, now)
		}
		if _, err := w.Proposals().Approve(ctx, admin, id, ""); !errors.Is(err, request.ErrForbidden) {
			t.Errorf("%s: whoever proposed it approves it: %v", tt.name, err)
		}
		seen, err := w.Proposals().Proposal(ctx, gov, id)
		must(t, err)
		if len(seen.Changes) != 1 || len(seen.Changes[0].Fields) != 1 {
			t.Errorf("%s: the second person sees %v", tt.name, seen.Changes)
		}
		_, err = w.Proposals().Approve(ctx, gov, id, "seen")
		must(t, err)
		if now := stands(); now.URL != c.URL || now.Secret != c.Secret {
			t.Errorf("%s: two have agreed, and it stands as %+v", tt.name, now)
		}
	}
	mine := catalog.Connection{Name: "mine", Technology: "fake", URL: "postgres://me@attacker.example.com/db", Secret: "env:HOOK"}
	proposal(t, w.Connections().Register(ctx, admin, mine))
}

// TestATestSendsASecretNowhereUnseen tests connections of which nobody else has seen where
// their secret is sent.
func TestATestSendsASecretNowhereUnseen(t *testing.T) {
	t.Setenv("HOOK", "the password")
	var sent []string // URLs with the secret
	opens := func(c *grantwright.Config) {
		fake := c.Platforms["fake"]
		fake.Provisioner = nil
		source := fake.Source
		fake.Source = func(ctx context.Context, to provision.Target) (catalog.Source, error) {
			if to.Password != "" {
				sent = append(sent, to.Connection.URL)
			}
			return source(ctx, to)
		}
		c.Platforms["fake"] = fake
	}
	alone := newWorld(t, opens)
	ctx := t.Context()
	mine := catalog.Connection{Name: "mine", Technology: "fake", URL: "postgres://me@elsewhere.example.com/db", Secret: "env:HOOK"}
	_, err := alone.Connections().Test(ctx, admin, mine)
	must(t, err)
	if want := []string{mine.URL}; !slices.Equal(sent, want) {
		t.Fatalf("where one person decides, the secret is sent to %v, want %v", sent, want)
	}

	w := watched(t, opens)
	ours := catalog.Connection{Name: "warehouse", Technology: "fake", URL: "postgres://ours@dwh.example.com/db", Secret: "env:HOOK", Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}
	_, err = w.Proposals().Approve(ctx, gov, proposal(t, w.Connections().Register(ctx, admin, ours)), "seen")
	must(t, err)
	elsewhere, unset := ours, ours
	elsewhere.URL, unset.Secret = mine.URL, "env:GRANTWRIGHT_TEST_NOTHING"
	for _, tt := range []struct {
		name   string
		c      catalog.Connection
		secret provision.ProbeState
		sent   int
	}{
		{"a new one", mine, provision.ProbePassed, 0},
		{"another URL", elsewhere, provision.ProbePassed, 0},
		{"another secret", unset, provision.ProbeFailed, 0},
		{"no secret", catalog.Connection{Name: "mine", Technology: "fake", URL: mine.URL}, provision.ProbeSkipped, 0},
		{"as it is registered", ours, provision.ProbePassed, 1},
	} {
		sent = nil
		steps, err := w.Connections().Test(ctx, admin, tt.c)
		must(t, err)
		if len(sent) != tt.sent {
			t.Errorf("%s: the secret was sent to %v", tt.name, sent)
		}
		if steps[0].Step != provision.ProbeSecret || steps[0].State != tt.secret {
			t.Errorf("%s: the secret is %+v, want it %s", tt.name, steps[0], tt.secret)
		}
	}
}

// TestErrorsHoldNoAddressOfThePlatform lets a platform fail with its address in the text, and
// looks at all that people without ADMIN read of it.
func TestErrorsHoldNoAddressOfThePlatform(t *testing.T) {
	t.Parallel()
	log := &enginetest.Log{}
	w := newWorld(t, func(c *grantwright.Config) { c.Logger = slog.New(slog.NewTextHandler(log, nil)) })
	ctx := t.Context()
	must(t, w.Connections().Register(ctx, admin, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com", URL: "postgres://ours@db-7.internal/postgres",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
	down := fmt.Errorf("cannot ask db-7.internal: %w", &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 1, 2, 3), Port: 5432}, Err: syscall.ECONNREFUSED})
	clean := func(what string, value any) {
		t.Helper()
		text, err := json.Marshal(value)
		if is, isErr := value.(error); isErr {
			text, err = []byte(is.Error()), nil
		}
		must(t, err)
		if s := string(text); strings.Contains(s, "10.1.2.3") || strings.Contains(s, "db-7") || !strings.Contains(s, "connection refused") {
			t.Errorf("%s says %s", what, s)
		}
	}
	w.platform.Fail(down)
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, twice, req, review.Approve)
	w.settle(t, req)
	w.work(t)
	for _, by := range []request.Identity{eve, gov, auditor} {
		seen, err := w.Request(ctx, by, req.ID)
		must(t, err)
		clean("the grant for "+by.ID, seen.Grant)
	}
	events, err := w.Log().Of(ctx, gov, req.ID, 0, 100)
	must(t, err)
	clean("the log", events)
	told, _, err := w.Inbox().Messages(ctx, eve, false, store.Position{}, 100)
	must(t, err)
	if text, err := json.Marshal(told); err != nil || len(told) == 0 || strings.Contains(string(text), "10.1.2.3") || strings.Contains(string(text), "db-7") {
		t.Errorf("eve is told %s, %v", text, err)
	}

	w.platform.Refuse = map[string]error{"frank": down}
	_, err = w.Submit(ctx, frank, asking("30 DAYS"))
	clean("a submission", err)
	if !errors.Is(err, provision.ErrPlatform) || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the error is of another kind: %v", err)
	}
	w.platform.FailMasks(down)
	_, err = w.Governance().Masks.Save(ctx, gov, catalog.Mask{Name: "e-mail", At: "warehouse:sales", Columns: []string{"email"}, How: catalog.MaskNull})
	must(t, err)
	w.work(t)
	masks, err := w.Masks().Of(ctx, eve, orders)
	must(t, err)
	clean("the mask", masks)
	if s := log.String(); !strings.Contains(s, "10.1.2.3:5432") || !strings.Contains(s, "db-7.internal") {
		t.Errorf("the log does not name the address:\n%s", s)
	}
}
