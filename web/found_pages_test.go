package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// A browser asks for the icon by itself, before anybody has signed in.
func TestTheIconIsThere(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, mounts[1].base, mounts[1].options, mounts[1].mount)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+w.base+"/favicon.ico", nil)
	must(t, err)
	icon := do(t, w.Client(), r)
	wantOn(t, icon, 200, "<svg")
	if kind := icon.header.Get("Content-Type"); kind != "image/svg+xml" {
		t.Errorf("the icon is %s", kind)
	}
}

var (
	timeTag   = regexp.MustCompile(`<time datetime="([^"]*)">([^<]*)</time>`)
	timeInput = regexp.MustCompile(`<input [^>]*type="datetime-local"[^>]*>`)
	clockTime = regexp.MustCompile(`\b\d{1,2}:\d{2}\b`)
	idOf      = regexp.MustCompile(` id="([^"]*)"`)
)

// wantZones wants each time on a page, and each field for one, to say that it is UTC.
func wantZones(t *testing.T, page answer) (times, fields int) {
	t.Helper()
	wantOn(t, page, 200)
	for _, m := range timeTag.FindAllStringSubmatch(page.body, -1) {
		if times++; !strings.HasSuffix(m[1], "Z") || !strings.HasSuffix(m[2], " UTC") {
			t.Errorf("%s: the time %q does not say its zone: %q", page.url, m[1], m[2])
		}
	}
	for _, text := range saidOn(answer{body: timeTag.ReplaceAllString(page.body, "")}) {
		if clockTime.MatchString(text) && !strings.Contains(text, "UTC") {
			t.Errorf("%s: a time without a zone: %q", page.url, text)
		}
	}
	for _, at := range timeInput.FindAllStringIndex(page.body, -1) {
		fields++
		label := page.body[max(0, at[0]-80):at[0]] // one around it
		if id := idOf.FindStringSubmatch(page.body[at[0]:at[1]]); id != nil {
			_, label, _ = strings.Cut(page.body, `<label for="`+id[1]+`">`)
			label, _, _ = strings.Cut(label, "</label>")
		}
		if !strings.Contains(label, "UTC") {
			t.Errorf("%s: a field for a time says no zone: %q", page.url, label)
		}
	}
	return times, fields
}

// Whoever reads a time knows of which zone it is, on every page that has one.
func TestTimesSayTheirZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve)
	waits := w.submitted(t, frank)
	its, asset := "/requests/"+string(req.ID), url.QueryEscape(string(orders))
	_, _, err := w.engine.Webhooks().Register(t.Context(), admin, notify.WebhookSettings{Name: "catalog", URL: "http://127.0.0.1:1/hook"}, "")
	must(t, err)
	must(t, w.engine.Work(t.Context()))
	hooks, err := w.engine.Webhooks().All(t.Context(), admin, "", 1)
	must(t, err)
	must(t, w.engine.StopSwitches().Disable(t.Context(), gov, nobody.Person(), "an incident"))
	times, fields := 0, 0
	for _, one := range []struct {
		by   request.Identity
		path string
	}{
		{eve, "/requests"}, {eve, its}, {eve, "/inbox"}, {eve, "/access"}, {owner, "/reviews"}, {owner, "/requests/" + string(waits.ID)}, {owner, "/substitute"},
		{auditor, "/log"}, {auditor, its + "/story"}, {auditor, "/access?asset=" + asset}, {auditor, "/proposals"}, {gov, "/stops"},
		{admin, "/connections"}, {admin, "/connections/warehouse"}, {admin, "/people"}, {admin, "/person?id=" + eve.ID}, {admin, "/webhooks/" + string(hooks[0].ID)}, {eve, "/tokens"},
	} {
		n, m := wantZones(t, w.page(t, one.by, "GET", one.path, nil))
		times, fields = times+n, fields+m
	}
	if times < 20 || fields < 4 {
		t.Errorf("only %d times and %d fields for one were seen", times, fields)
	}
}

// What a receiver answers is said once, in the language of the page, with what happened in
// words.
func TestAnswersOfReceiversAreSaidOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	receiver := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) }))
	defer receiver.Close()
	hook, _, err := w.engine.Webhooks().Register(t.Context(), admin, notify.WebhookSettings{Name: "catalog", URL: receiver.URL, Events: []string{"request.created"}}, "")
	must(t, err)
	w.submitted(t, eve)
	must(t, w.engine.Work(t.Context()))
	at := "/webhooks/" + string(hook.ID)
	tested := w.page(t, admin, "POST", at, url.Values{"act": {"test"}})
	wantOn(t, tested, 200, "The test was not delivered.", "answered 500")
	enginetest.Until(t, "the event was tried", func() bool {
		return strings.Contains(w.page(t, admin, "GET", at, nil).body, "answered 500")
	})
	page := w.page(t, admin, "GET", at, nil)
	wantOn(t, page, 200, `<h3>Request submitted</h3> <span class="ref small">request.created</span>`)
	wantOn(t, w.inGerman(t, admin, "GET", at, nil), 200, `<h3>Zugriffsanfrage gestellt</h3>`, "antwortete 500")
	for _, one := range []answer{tested, page, w.inGerman(t, admin, "GET", at, nil), w.call(t, admin, "GET", at+"/deliveries", "")} {
		said := strings.Join(saidOn(one), " ")
		for _, twice := range []string{"answered 500 answered 500", "answered 500: answered 500", "antwortete 500 antwortete 500"} {
			if strings.Contains(strings.Join(strings.Fields(said), " "), twice) {
				t.Errorf("%s says %q", one.url, twice)
			}
		}
	}
}

// Access that others gave is claimed on its page, after a look at what that would do.
func TestForeignAccessIsClaimedOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Gave("dba", "frank", orders, false, request.Read)
	b := w.browser(t)
	page := b.signIn(b.open("/connections/warehouse/foreign"), gov.ID)
	wantOn(t, page, 200, "frank", "given by", "dba", "Claim it")
	claim := formWith(t, page, "Whose is it?").fill("owner", frank.ID, "days", "90", "reason", "has had it for years")
	wantOn(t, b.send(claim.fill("act", "preview", "days", "soon")), 422, "ust be a number of days")
	wantOn(t, b.send(claim.fill("act", "preview", "days", "90")), 200, "It can be claimed. Nothing was changed.")
	found, err := w.engine.Requests(t.Context(), frank, grantwright.RequestQuery{Role: grantwright.Concerned})
	must(t, err)
	if len(found.Requests) != 0 {
		t.Errorf("a look has claimed it: %+v", found.Requests)
	}
	wantOn(t, b.send(claim.fill("act", "claim")), 200, "Claimed: it is a grant of ours now.")
	found, err = w.engine.Requests(t.Context(), frank, grantwright.RequestQuery{Role: grantwright.Concerned})
	must(t, err)
	if len(found.Requests) != 1 {
		t.Fatalf("frank has %+v", found.Requests)
	}
	grant, err := w.engine.WaitForGrant(t.Context(), frank, found.Requests[0].ID)
	must(t, err)
	if grant.State != provision.Active || grant.Principal.Name != "frank" {
		t.Errorf("the grant is %+v", grant)
	}
	admins := w.browser(t)
	if page := admins.signIn(admins.open("/connections/warehouse/foreign"), admin.ID); strings.Contains(page.body, "Claim it") {
		t.Error("an administrator is offered to claim")
	}
	wantOn(t, admins.send(claim), 403)
}

// A login that nobody needs is released, and whoever has left is forgotten, on the page of the
// person.
func TestAPersonIsReleasedAndForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.pending(t, "30 DAYS")
	must(t, w.engine.People().Seen(t.Context(), eve, frank))
	b := w.browser(t)
	page := b.signIn(b.open("/person?id="+eve.ID), admin.ID)
	release := formWith(t, page, "Release, so that").fill("act", "release")
	wantOn(t, b.send(release), 409, "This did not work")
	_, err := w.engine.Cancel(t.Context(), eve, req.ID)
	must(t, err)
	wantOn(t, b.send(release), 200, "None was needed yet.")
	profile, err := w.engine.People().Profile(t.Context(), admin, eve.Person())
	must(t, err)
	if len(profile.Principals) != 0 {
		t.Errorf("she still has %+v", profile.Principals)
	}
	wantOn(t, b.send(release), 404)

	forget := formWith(t, b.open("/person?id="+frank.ID), `value="forget"`).fill("act", "forget")
	others := w.browser(t)
	others.signIn(others.open("/people"), gov.ID)
	wantOn(t, others.send(forget), 403)
	if page := b.send(forget); page.status != 200 || page.url.Path != "/people" {
		t.Errorf("after frank was forgotten: %d at %s", page.status, page.url.Path)
	}
	wantOn(t, b.send(forget), 404)
}
