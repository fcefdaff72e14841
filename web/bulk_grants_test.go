package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/api"
	"github.com/grantwright/grantwright/web/internal/oversight"
)

// settled is the request as it stands once the platform has answered.
func (w *world) settled(t *testing.T, by request.Identity, id request.ID) (request.Request, provision.Grant) {
	t.Helper()
	must(t, w.engine.Work(t.Context()))
	c, err := w.engine.Request(t.Context(), by, id)
	must(t, err)
	return c.Request, c.Grant
}

// threeGrants are two of eve's and frank's, which the steward of orders may end, and one that
// nobody has.
func (w *world) threeGrants(t *testing.T) (one, two request.Request, grants string) {
	t.Helper()
	one, two = w.approved(t, eve), w.approved(t, frank)
	return one, two, fmt.Sprintf(`["%s","%s","NONE"]`, one.ID, two.ID)
}

// Several grants are revoked and shortened over the API, each with the rights of the act on
// it alone; what is refused keeps no other from being done.
func TestSeveralGrantsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two, grants := w.threeGrants(t)
	ends := w.clock.Now().Add(2 * time.Hour).UTC().Truncate(time.Second)
	act := func(by request.Identity, what, more string, status ...bool) {
		t.Helper()
		got := read[api.List[oversight.Acted]](t, w.call(t, by, "POST", "/grants/"+what, `{"grants":`+grants+more+`}`), http.StatusOK).Items
		if len(got) != len(status) {
			t.Fatalf("%s: %d results", what, len(got))
		}
		for i, done := range status {
			if done != (got[i].Problem == nil) {
				t.Errorf("%s%s: result %d is %+v", what, more, i, got[i].Problem)
			}
		}
	}
	shorter := `,"ends":"` + ends.Format(time.RFC3339) + `","reason":"over soon"`
	act(eve, "shorten", shorter+`,"try":true`, true, false, false) // her own alone
	act(gov, "shorten", shorter+`,"try":true`, true, true, false)
	if _, g := w.settled(t, gov, one.ID); g.Ends.Equal(ends) {
		t.Error("a trial has shortened the access")
	}
	act(gov, "shorten", shorter, true, true, false)
	for _, r := range []request.Request{one, two} {
		if _, g := w.settled(t, gov, r.ID); !g.Ends.Equal(ends) || g.State != provision.Active {
			t.Errorf("it is %s and ends at %s, want %s", g.State, g.Ends, ends)
		}
	}
	act(gov, "shorten", shorter+`,"try":true`, false, false, false) // not shorter any more
	act(gov, "shorten", shorter, false, false, false)
	act(gov, "retry", "", false, false, false)                     // none has failed
	act(eve, "renew", `,"duration":"20 DAYS"`, true, false, false) // frank's is not hers
	act(frank, "revoke", `,"reason":"x","try":true`, false, true, false)
	act(frank, "revoke", `,"reason":"x"`, false, true, false)
	if r, _ := w.settled(t, gov, two.ID); r.Status != request.Revoked || r.Reason != "x" {
		t.Errorf("it is %s: %s", r.Status, r.Reason)
	}
	w.clock.Move(3 * time.Hour)
	if r, _ := w.settled(t, gov, one.ID); r.Status != request.Expired {
		t.Errorf("it is %s after its shorter end", r.Status)
	}
	for what, body := range map[string]string{"revoke": `{"grants":[]}`, "shorten": `{"grants":["x"]}`, "renew": `{"grants":["x"],"duration":"soon"}`} {
		wantStatus(t, w.call(t, gov, "POST", "/grants/"+what, body), http.StatusUnprocessableEntity)
	}
}

// A list of access has a form by which several are revoked, after a page that says what would
// become of each.
func TestSeveralGrantsOnPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.approved(t, eve), w.approved(t, frank)
	list := "/access?asset=" + url.QueryEscape(string(orders))
	b := w.browser(t)
	page := b.signIn(b.open(list), gov.ID)
	wantOn(t, page, 200, "With the selected ones", `value="`+string(one.ID)+`" form="bulk"`)
	sent := url.Values{"grant": {string(one.ID), string(two.ID), "NONE"}, "act": {"REVOKE"}, "reason": {"the project is over"}, "from": {list}}
	checked := w.page(t, gov, "POST", "/grants/preview", sent)
	wantOn(t, checked, 200, "Nothing is done yet", "The access would end now.", "Would not be done", "Revoke 2", "the project is over")
	if r, _ := w.settled(t, gov, one.ID); r.Status != request.Approved {
		t.Fatalf("the page before has made it %s", r.Status)
	}
	for _, tt := range []struct{ form url.Values }{{url.Values{"act": {"REVOKE"}}}, {url.Values{"grant": {"x"}}}, {url.Values{"grant": {"x"}, "act": {"SHORTEN"}, "ends": {"soon"}}}} {
		wantOn(t, w.page(t, gov, "POST", "/grants/preview", tt.form), 422, "This did not work")
	}
	sent["from"] = []string{"//elsewhere.example.com"}
	if a := w.page(t, frank, "POST", "/grants", sent); strings.Contains(a.body, "elsewhere") || !strings.Contains(a.body, "Revoked. The access is being removed.") || strings.Count(a.body, "Not done") != 2 {
		t.Errorf("frank may end his own alone: %s", truncated(a.body))
	}
	if r, _ := w.settled(t, gov, one.ID); r.Status != request.Approved {
		t.Errorf("eve's is %s", r.Status)
	}
	wantOn(t, w.page(t, gov, "POST", "/grants", sent), 200, "What was done", "Done", "Not done")
	if r, _ := w.settled(t, gov, one.ID); r.Status != request.Revoked || r.Reason != "the project is over" {
		t.Errorf("it is %s: %s", r.Status, r.Reason)
	}
}

// Access whose form has an agreement is extended together with others: the page asks for it once.
func TestSeveralGrantsAreExtendedWithTheirAgreements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.approved(t, eve)
	g := w.engine.Governance()
	_, err := g.Agreements.Save(t.Context(), gov, request.Agreement{Name: "terms", Title: "Terms of use", Text: "Keep it to yourself."})
	must(t, err)
	form := request.DefaultForm
	form.Name, form.Version, form.Title, form.Agreements = "strict", 0, "Strict", []request.AgreementName{"terms"}
	_, err = g.Forms.Save(t.Context(), gov, form)
	must(t, err)
	must(t, attach(t.Context(), g, gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "strict"}))
	sent := url.Values{"grant": {string(one.ID)}, "act": {"RENEW"}, "count": {"60"}, "unit": {"DAYS"}}
	checked := w.page(t, eve, "POST", "/grants/preview", sent)
	wantOn(t, checked, 200, "A request to extend it would be made.", "Keep it to yourself.", `name="agreements.terms" value="1" required`, "Ask to extend 1")
	wantOn(t, w.page(t, eve, "POST", "/grants", sent), 200, "Not done", "accepted, in version 1")
	sent.Set("agreements.terms", "1")
	wantOn(t, w.page(t, eve, "POST", "/grants", sent), 200, "A request to extend it was made.")
	body := `{"grants":["` + string(one.ID) + `"],"duration":"90 DAYS","try":true`
	for more, done := range map[string]bool{`}`: false, `,"agreements":[{"name":"terms","version":1}]}`: true} {
		got := read[api.List[oversight.Acted]](t, w.call(t, eve, "POST", "/grants/renew", body+more), http.StatusOK).Items
		if len(got) != 1 || strings.Contains(fmt.Sprint(got[0].Problem), "terms") == done {
			t.Errorf("%s: %+v", more, got[0].Problem)
		}
	}
}

// One access is ended, or made to end sooner, from its case and from the page of its asset.
func TestOneGrantEndsSooner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.approved(t, eve)
	for path, back := range map[string]string{"/requests/" + string(one.ID): "/requests/" + string(one.ID), "/assets/" + string(orders): "/assets/warehouse:sales.public.orders"} {
		b := w.browser(t)
		page := b.signIn(b.open(path), eve.ID)
		wantOn(t, page, 200, `name="act" value="SHORTEN"`)
		form := formWith(t, page, "Check first").fill("ends", w.clock.Now().Add(24*time.Hour).Format("2006-01-02T15:04"))
		if form.values.Get("from") != back {
			t.Errorf("%s leads back to %q", path, form.values.Get("from"))
		}
		wantOn(t, b.send(form), 200, "The access would end sooner.")
	}
	wantOn(t, w.page(t, gov, "GET", "/assets/"+string(orders), nil), 200, "/requests/"+string(one.ID)+"#revoke")
	if a := w.page(t, auditor, "GET", "/requests/"+string(one.ID), nil); strings.Contains(a.body, `value="SHORTEN"`) {
		t.Error("an auditor is offered to shorten it")
	}
}

// Whoever has ADMIN tries failed access again, several at once, and sees what is refused.
func TestFailedAccessIsRetriedTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	one, two := w.approved(t, eve), w.approved(t, frank)
	page := w.page(t, admin, "GET", "/failed", nil)
	wantOn(t, page, 200, `value="`+string(one.ID)+`" form="bulk"`, `value="`+string(two.ID)+`" form="bulk"`, "Try again now")
	sent := url.Values{"grant": {string(one.ID), string(two.ID), "NONE"}, "act": {"RETRY"}, "from": {"/failed"}}
	wantOn(t, w.page(t, admin, "POST", "/grants/preview", sent), 200, "It would be tried again now.", "Try 2 again", "Would not be done")
	w.platform.Fail(nil)
	wantOn(t, w.page(t, admin, "POST", "/grants", sent), 200, "It is tried again now.", "Not done")
	for _, r := range []request.Request{one, two} {
		if _, g := w.settled(t, gov, r.ID); g.State != provision.Active {
			t.Errorf("it is %s", g.State)
		}
	}
	if a := w.page(t, eve, "POST", "/grants/preview", sent); strings.Count(a.body, "Would not be done") != 3 {
		t.Errorf("eve: %s", truncated(a.body))
	}
}
