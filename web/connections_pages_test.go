package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/web"
)

// A connection is tested step by step, registered, set up, synced and changed on its pages.
func TestAConnectionIsRegisteredOnThePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/connections"), admin.ID)
	wantOn(t, page, 200, "Register a connection", "warehouse", "Healthy")
	form := formWith(t, b.open("/connections/new"), "Test only")
	wantOn(t, b.send(form.fill("act", "register", "name", "", "technology", "fake")), 422, "required")
	wantOn(t, b.send(form.fill("act", "register", "name", "Bad Name", "technology", "fake")), 400, "This did not work")
	wantOn(t, b.send(form.fill("act", "test", "name", "more", "technology", "fake", "minutes", "x")), 422, "must be a number of minutes")
	tested := b.send(form.fill("act", "test", "name", "more", "technology", "fake", "minutes", "", "exclude", "sales.public.customers", "table", "eve@example.com = eve"))
	wantOn(t, tested, 200, "Something answers at the address", "Passed", "sales.public.customers", "eve@example.com = eve")
	if _, err := w.engine.Connections().Connection(t.Context(), admin, "more"); err == nil {
		t.Error("a test has registered it")
	}
	page = b.send(formWith(t, tested, "Test only").fill("act", "register"))
	wantOn(t, page, 200, "Not synced yet", "<code>sales.public.customers</code>")
	if page.url.Path != "/connections/more" {
		t.Errorf("it goes on at %s", page.url.Path)
	}
	wantOn(t, b.send(form.fill("act", "register", "name", "more", "technology", "fake", "minutes", "")), 409, "This did not work")
	b.send(formWith(t, page, "Sync now").fill("act", "sync"))
	for { // until the sync in the background has ended
		health, err := w.engine.Connections().Health(t.Context(), admin, "more")
		must(t, err)
		if past := health[0].Syncs.Past; len(past) > 0 {
			if past[0].Error != "" || past[0].Added == 0 || past[0].Read < past[0].Added || past[0].By != admin.Person() {
				t.Errorf("the sync was %+v", past[0])
			}
			break
		}
	}
	page = b.open("/connections/more")
	wantOn(t, page, 200, "Last syncs", "Complete", "Up to date.")
	page = b.send(formWith(t, page, "<button name=\"act\" value=\"save\"").fill("act", "save", "include", "sales.public", "exclude", ""))
	wantOn(t, page, 200, "<code>sales.public</code>")
	c, err := w.engine.Connections().Connection(t.Context(), admin, "more")
	must(t, err)
	if len(c.Scope.Exclude) != 0 || c.Principals.Table["eve@example.com"] != "eve" {
		t.Errorf("it is %+v by now", c)
	}
	page = b.send(formWith(t, page, "value=\"pause\"").fill("act", "pause", "reason", "an incident"))
	wantOn(t, page, 200, "Paused", "an incident")
	page = b.send(formWith(t, page, "value=\"resume\"").fill("act", "resume", "reason", "over"))
	wantOn(t, page, 200, "Healthy")
	wantOn(t, b.send(formWith(t, page, "value=\"remove\"").fill("act", "remove", "reason", "unused")), 200, "emoved")
	for _, who := range []string{eve.ID, frank.ID} {
		hers := w.browser(t)
		wantOn(t, hers.signIn(hers.open("/connections"), who), 403, "Only people with ADMIN, GOVERNANCE or AUDIT can")
	}
}

// errLogin is what a platform says that does not let us in.
var errLogin = errors.New("password authentication failed")

// A step that fails says how an administrator of the platform mends it, and the page asks
// before a connection is registered that cannot be reached.
func TestAFailedTestSaysWhatMendsIt(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) {
		c.Platforms["closed"] = provision.Platform{
			Source:      readSame,
			Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) { return nil, errLogin },
			MendLogin: func(_ provision.Target, err error) []provision.Statement {
				if errors.Is(err, errLogin) {
					return []provision.Statement{"create role grantwright"}
				}
				return nil
			},
		}
	})
	steps, err := w.engine.Connections().Test(t.Context(), admin, catalog.Connection{Name: "closed", Technology: "closed"})
	must(t, err)
	got := map[provision.ProbeStep]provision.ProbeState{}
	for _, s := range steps {
		got[s.Step] = s.State
		if s.Step == provision.ProbeLogin && (len(s.Mend) != 1 || !strings.Contains(s.Detail, "authentication failed")) {
			t.Errorf("the login is %+v", s)
		}
	}
	if got[provision.ProbeAddress] != provision.ProbePassed || got[provision.ProbeLogin] != provision.ProbeFailed || got[provision.ProbeAssets] != provision.ProbeSkipped {
		t.Errorf("the steps are %v", got)
	}
	b := w.browser(t)
	b.signIn(b.open("/connections"), admin.ID)
	form := formWith(t, b.open("/connections/new"), "Test only").fill("name", "closed", "technology", "closed", "minutes", "")
	wantOn(t, b.send(form.fill("act", "test")), 200, "create role grantwright;", "Failed")
	wantOn(t, b.send(form.fill("act", "register")), 200, "closed", "Not synced yet") // Setup comes after it
	if a := w.call(t, admin, "GET", "/connections/closed/setup", ""); a.status != http.StatusBadGateway || !strings.Contains(a.body, "create role grantwright") {
		t.Errorf("its setup: %d %s", a.status, a.body)
	}
	wantOn(t, b.open("/connections/closed/setup"), http.StatusBadGateway, "Setup cannot be listed yet", "create role grantwright")
	unset := form.fill("name", "unset", "technology", "fake", "secret", "env:KEY", "act", "register")
	wantOn(t, b.send(unset), 200, "The password can be read", "environment variable KEY is not set", "Register it although")
	wantOn(t, b.send(unset.fill("untested", "on")), 422, "environment variable KEY is not set")
	if a := w.call(t, admin, "PUT", "/connections/unset", `{"technology":"fake","secret":"env:KEY"}`); a.status != 422 || !strings.Contains(a.body, "environment variable KEY is not set") {
		t.Errorf("the API: %d %s", a.status, a.body)
	}
}

// Findings of the last comparison are shown, and a suspended grant is resumed where it is
// found.
func TestFindingsAreShownWithTheirActs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	wantOn(t, b.signIn(b.open("/connections/warehouse/findings"), gov.ID), 200, "Findings", "Compare now")
	page := b.send(formWith(t, b.open("/connections/warehouse/findings"), "Compare, change nothing").fill("act", "repair"))
	wantOn(t, page, 200, "Last comparison", "Grants compared", "No findings")
	wantOn(t, b.open("/connections/warehouse/findings"), 200, "Last comparison", "The platform is as the records say.")
	wantOn(t, b.send(formWith(t, page, "Compare, change nothing").fill("act", "repair", "most", "many")), 422, "must be a number from 1 on")
	auditors := w.browser(t)
	if page := auditors.signIn(auditors.open("/connections/warehouse/findings"), auditor.ID); strings.Contains(page.body, "Compare now") {
		t.Error("an auditor is offered to compare")
	}
	wantOn(t, b.open("/connections/none/findings"), 404, "none")
	wantOn(t, b.open("/connections/lake/foreign"), 200, "lake")
	wantOn(t, b.open("/failed"), 200, "Nothing has failed")
}

// People are found by a part of their names; a page shows one, and an id that nobody has is
// not disabled without asking.
func TestPeopleAreFoundAndDisabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/people?q=EVE"), admin.ID)
	wantOn(t, page, 200, eve.ID)
	if strings.Contains(page.body, frank.ID) {
		t.Error("others are found too")
	}
	wantOn(t, b.open("/people?q=nobody-has-this"), 200, "Nobody found")
	path := "/person?" + url.Values{"id": {eve.ID}}.Encode()
	page = b.open(path)
	wantOn(t, page, 200, eve.ID, "analysts", "Logins on platforms", "Disable")
	wantOn(t, b.open("/person?id=ghost@example.com"), 404, "Nobody is known here as ghost@example.com")
	page = b.send(formWith(t, page, `value="disable"`).fill("act", "disable", "reason", "has left"))
	wantOn(t, page, 200, "Disabled", "has left", "Enable")
	wantOn(t, b.open("/people"), 200, "has left")
	wantOn(t, b.send(formWith(t, page, `value="enable"`).fill("act", "enable", "reason", "is back")), 200, "Identity")

	stops := b.open("/stops")
	page = b.send(formWith(t, stops, "Stop a person").fill("act", "disable", "person", "ghost@example.com", "reason", "x"))
	wantOn(t, page, 422, "nobody known here", "The id is right")
	wantOn(t, b.send(formWith(t, page, "Stop a person").fill("act", "disable", "unknown", "on")), 200, "ghost@example.com", "Disabled")
	for _, tt := range []struct {
		body string
		want int
	}{{`{"person":"spook@example.com","reason":"x"}`, 422}, {`{"person":"spook@example.com","reason":"x","unknown":true}`, 204}} {
		if a := w.call(t, gov, "POST", "/stops/people/disable", tt.body); a.status != tt.want {
			t.Errorf("%s: %d %s, want %d", tt.body, a.status, a.body, tt.want)
		}
	}
	if a := w.call(t, gov, "POST", "/stops/people/revoke", `{"person":"phantom@example.com","reason":"x"}`); a.status != 422 {
		t.Errorf("revoking all of nobody: %d %s", a.status, a.body)
	}
}

// A webhook that has delivered nothing is not shown as good, and one at a private address is
// refused when it is saved.
func TestWebhooksAreShownAsTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/webhooks"), admin.ID)
	form := formWith(t, page, "Register a webhook")
	for _, at := range []string{"https://10.1.2.3/hook", "https://[fd00::1]/hook", "https://169.254.169.254/"} {
		wantOn(t, b.send(form.fill("name", "private", "url", at)), 422, "not on the public internet")
	}
	wantOn(t, b.send(form.fill("name", "catalog", "url", "https://hooks.example.com/x")), 201, "The secret, shown this once", "Nothing delivered yet")
	wantOn(t, b.open("/webhooks"), 200, "catalog", "Nothing delivered yet")
}
