package web_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
)

// S1, S2: limits beside "Approve as asked" are refused, naming both, and so is a longer time
// than what was asked.
func TestContradictionsAreRefused(t *testing.T) {
	t.Parallel()
	w := patientWorld(t)
	its := w.asked(t)
	b := w.browser(t)
	page := b.signIn(b.open(its), owner.ID)
	for _, tt := range []struct {
		name string
		with []string
		says string
	}{
		{"read only", []string{"act", "approve", "read", "on"}, "You chose “Approve as asked”, but limits are set too: read only."},
		{"a day", []string{"act", "approve", "count", "1", "unit", "DAYS"}, "limits are set too: for 1 day."},
		{"a column", []string{"act", "approve", "columns", "id"}, "limits are set too: columns id."},
		{"a denial for a day", []string{"act", "deny", "count", "1", "unit", "DAYS", "reason", "no"}, "You chose “Deny”, but limits are set too: for 1 day."},
		{"longer than asked", []string{"act", "approve-for", "count", "2000", "unit", "DAYS"}, "longer than what was asked: 30 DAYS"},
	} {
		wantOn(t, b.send(formWith(t, page, "Submit decision").fill(tt.with...)), 422, tt.says)
	}
	wantStatus(t, w.call(t, owner, "POST", its+"/determinations", `{"act":"APPROVE","duration":"31 DAYS"}`), 422, "#/duration", "longer than what was asked: 30 DAYS")
	wantStatus(t, w.call(t, owner, "POST", its+"/determinations", `{"act":"APPROVE","columns":[]}`), 422, "#/columns")
	wantStatus(t, w.call(t, owner, "POST", its+"/determinations", `{"act":"DENY","reason":"x","duration":"1 DAYS"}`), 422, "#/duration")
}

// A case shows the asset, the person and what was decided before to those who decide, and to
// nobody else.
func TestWhatSurroundsACase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.approved(t, frank)
	_, err := w.engine.WaitForGrant(t.Context(), gov, before.ID)
	must(t, err)
	req := w.submitted(t, eve)
	its := "/requests/" + string(req.ID)
	wantOn(t, w.page(t, owner, http.MethodGet, its, nil), 200, "Every order since 2019", "sales_etl", "customer_id", "Earlier decisions on this asset", "frank@example.com",
		"Approved by", "None through Grantwright", "These people can decide now:")
	wantStatus(t, w.call(t, owner, "GET", its+"/dossier", ""), 200, `"precedents":[`, `"has":[]`)
	again := "/requests/" + string(w.submitted(t, frank).ID)
	wantStatus(t, w.call(t, owner, "GET", again+"/dossier", ""), 200, `"status":"APPROVED","state":"ACTIVE"`) // whether it works, and not that it was approved
	wantStatus(t, w.call(t, eve, "GET", its+"/dossier", ""), 403)
	wantStatus(t, w.call(t, nobody, "GET", its+"/dossier", ""), 404)
}

// A data steward asks another by name, who is told; whoever matches nothing cannot be asked.
func TestAskingByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	its := "/requests/" + string(w.submitted(t, eve).ID)
	b := w.browser(t)
	page := b.signIn(b.open(its), owner.ID)
	ask := formWith(t, page, "Ask them")
	wantOn(t, b.send(ask.fill("act", "assign", "person", "x@example.com")), 422, "Person is nobody we know.")
	wantOn(t, b.send(ask.fill("act", "assign", "person", frank.ID)), 422, "cannot decide on this request now")
	wantOn(t, b.send(ask.fill("act", "assign", "person", eve.ID)), 422, "cannot decide on this request now")
	wantOn(t, b.send(ask.fill("act", "assign", "person", privacy.ID, "reason", "you know the data")), 200, "was asked by name to decide", "you know the data")
	must(t, w.engine.Work(t.Context()))
	wantOn(t, w.page(t, privacy, http.MethodGet, "/inbox", nil), 200, "asks you to decide")
	wantOn(t, w.page(t, privacy, http.MethodGet, "/reviews?mine=1", nil), 200, its)
	wantOn(t, w.page(t, owner, http.MethodGet, "/reviews?mine=1", nil), 200, "Nothing fits the filters")
	wantStatus(t, w.call(t, eve, "POST", its+"/assign", `{"person":"privacy@example.com"}`), 403, "OWN_REQUEST")
	wantStatus(t, w.call(t, nobody, "POST", its+"/assign", `{"person":"privacy@example.com"}`), 404)
}

// Data stewards are reminded at most once a day.
func TestReminders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	its := "/requests/" + string(w.submitted(t, eve).ID)
	wantStatus(t, w.call(t, eve, "POST", its+"/remind", `{}`), 409, "within the last day")
	w.clock.Move(request.RemindEvery)
	b := w.browser(t)
	page := b.signIn(b.open(its), eve.ID)
	wantOn(t, b.send(formWith(t, page, "Send a reminder").fill("act", "remind")), 200, "The data stewards were reminded")
	must(t, w.engine.Work(t.Context()))
	wantOn(t, w.page(t, owner, http.MethodGet, "/inbox", nil), 200, "Still waiting")
	wantStatus(t, w.call(t, owner, "POST", its+"/remind", `{}`), 409)
	w.clock.Move(request.RemindEvery)
	wantStatus(t, w.call(t, owner, "POST", its+"/remind", `{"reason":"please"}`), 200)
	wantStatus(t, w.call(t, frank, "POST", its+"/remind", `{}`), 404)
}

// Part C: a stage that nobody decided is not called canceled after a lapse.
func TestALapsedStageIsNotCanceled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	its := "/requests/" + string(w.submitted(t, eve).ID)
	w.clock.Move(31 * 24 * time.Hour)
	must(t, w.engine.Work(t.Context()))
	page := w.page(t, eve, http.MethodGet, its, nil)
	wantOn(t, page, 200, "Lapsed", "Not decided")
}
