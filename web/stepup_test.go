package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web"
)

// fresh has the orders decided by those who have signed in within a quarter of an hour.
var fresh = review.Flow{Name: "fresh", Default: review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "owners", Mode: review.Any,
	Selectors: []review.Selector{{Group: "sales-owners"}}, StepUp: review.StepUp{Within: request.For(15, request.Minutes), ACR: []string{"high"}}}}}}

// Whoever approves where a fresh sign-in is asked for, and has none, is asked for it by the page,
// which keeps what was entered, by the bulk, and by the API as RFC 9470 says.
func TestApprovalsAskForAFreshSignIn(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := newEngine(t)
	_, err := w.engine.Governance().Flows.Save(ctx, gov, fresh)
	must(t, err)
	must(t, attach(ctx, w.engine.Governance(), gov, request.Attachment{At: "warehouse:sales.public.orders", Type: request.DataAccess, Flow: "fresh"}))
	var waiting [2]request.Request
	for i, who := range []request.Identity{eve, frank} {
		waiting[i], err = w.engine.Submit(ctx, who, request.Submission{Asset: "warehouse:sales.public.orders", Answers: request.Answers{"purpose": {"x"}, "duration": {"1 DAYS"}}})
		must(t, err)
	}
	ago := time.Hour
	h, err := web.Handler(w.engine, web.Options{SignInPath: "/login", Authenticate: func(*http.Request) (request.Identity, error) {
		by := owner
		by.SignedIn = request.SignIn{At: w.clock.Now().Add(-ago), ACR: "high"}
		return by, nil
	}})
	must(t, err)
	send := func(method, path, kind, body string) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequestWithContext(ctx, method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		a := httptest.NewRecorder()
		h.ServeHTTP(a, r)
		return a
	}
	const form = "application/x-www-form-urlencoded"
	wants := func(what string, a *httptest.ResponseRecorder, status int, says ...string) {
		t.Helper()
		for _, text := range says {
			if a.Code != status || !strings.Contains(a.Body.String(), text) {
				t.Errorf("%s: %d, without %q:\n%s", what, a.Code, text, a.Body)
			}
		}
	}
	page := "/requests/" + string(waiting[0].ID)
	approve := url.Values{"act": {"approve"}, "version": {"1"}, "reason": {"it is <due>"}}.Encode()
	wants("the page", send(http.MethodGet, page, "", ""), 200, "An approval counts here only if you have signed in within the last 15 minutes and to the level high.",
		`/login?acr=high&amp;fresh=1&amp;return=%2Frequests%2F`+string(waiting[0].ID))
	wants("approving", send(http.MethodPost, page, form, approve), 401, "Sign in again to approve.", `value="it is &lt;due&gt;"`, `action="`+page+`"`, "fresh=1", "return=%2Fsigned-in")
	wants("several", send(http.MethodPost, "/reviews", form, url.Values{"act": {"APPROVE"}, "request": {string(waiting[1].ID) + " 1"}}.Encode()), 200, "Sign in again</a>", "return=%2Freviews")
	a := send(http.MethodPost, "/api/v1/requests/"+string(waiting[0].ID)+"/determinations", "application/json", `{"act":"APPROVE"}`)
	wants("the API", a, 401, `"STEP_UP"`)
	if says := a.Header().Get("WWW-Authenticate"); !strings.HasPrefix(says, `Bearer error="insufficient_user_authentication"`) || !strings.HasSuffix(says, `max_age="900", acr_values="high"`) {
		t.Errorf("the API asks for it with %q", says)
	}
	wants("the API shows it", send(http.MethodGet, "/api/v1/requests/"+string(waiting[0].ID), "", ""), 200, `"stepUp":{"within":"15 MINUTES","acr":["high"]}`)

	ago = time.Minute
	if text := send(http.MethodGet, page, "", "").Body.String(); strings.Contains(text, "Sign in again") {
		t.Error("signed in again, the page still asks for it")
	}
	if a := send(http.MethodPost, page, form, approve); a.Code != 303 {
		t.Errorf("signed in again: %d %s", a.Code, a.Body)
	}
}
