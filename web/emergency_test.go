package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// urgentFlow lets eve have access at once.
const urgentFlow = `{"based": 1, "emergency": {"for": [{"person": "eve@example.com"}], "longest": "4 HOURS", "review": [{"group": "sales-owners"}]},
	"default": {"act": "REVIEW", "stages": [{"name": "owners", "mode": "ANY", "selectors": [{"group": "sales-owners"}]}]}}`

// Access that cannot wait is asked for on the form, marked where it is shown, and reviewed on
// the case by somebody else.
func TestEmergencyPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantStatus(t, w.call(t, gov, http.MethodPut, "/flows/sales", urgentFlow), http.StatusOK)
	if a := w.page(t, frank, http.MethodGet, ordersLink, nil); strings.Contains(a.body, "This is an emergency") {
		t.Error("frank may have it at once")
	}
	wantOn(t, w.page(t, frank, http.MethodGet, ordersLink, nil), 200, "In an emergency these may have it at once, for 4 hours at most:")
	b := w.browser(t)
	page := b.signIn(b.open(ordersLink), eve.ID)
	wantOn(t, page, 200, "It cannot wait")
	asked := formWith(t, page, "answers.purpose").fill("answers.purpose", "mend the load", "answers.duration.count", "30")
	wantOn(t, b.send(asked.fill("urgent", "on", "emergency", "")), 422, "must say why the access cannot wait")
	page = b.send(asked.fill("urgent", "on", "emergency", "the load has stopped"))
	wantOn(t, page, 200, "Emergency access", "the load has stopped", "Somebody else has to review it by")
	its := page.url.Path
	if strings.Contains(page.body, "Close the review") {
		t.Error("eve may review her own")
	}
	wantOn(t, w.page(t, owner, http.MethodGet, "/emergencies", nil), 200, "Emergency", its)
	wantOn(t, w.page(t, gov, http.MethodGet, "/flows/sales", nil), 200, "Emergency access", "Reviewed afterwards by:")
	wantOn(t, w.page(t, gov, http.MethodGet, "/build/flow?name=sales", nil), 200, `name="emergency.longest.count"`)
	wantOn(t, w.page(t, owner, http.MethodPost, its, url.Values{"act": {"review-emergency"}, "verdict": {"NOT_JUSTIFIED"}, "reason": {""}}), 422, "Close the review")
	w.page(t, owner, http.MethodPost, its, url.Values{"act": {"review-emergency"}, "verdict": {"NOT_JUSTIFIED"}, "reason": {"it had not"}})
	wantOn(t, w.page(t, eve, http.MethodGet, its, nil), 200, "Not justified", "it had not")
	wantStatus(t, w.call(t, gov, http.MethodGet, "/emergencies?verdict=NOT_JUSTIFIED", ""), 200, `"verdict":"NOT_JUSTIFIED"`, strings.TrimPrefix(its, "/requests/"))
	wantStatus(t, w.call(t, owner, http.MethodPost, its+"/emergency-review", `{"verdict":"JUSTIFIED","note":"x"}`), 409)
	wantStatus(t, w.call(t, gov, http.MethodGet, "/emergencies?verdict=UNREVIEWED", ""), 200, `"items":[]`)
}
