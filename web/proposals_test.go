package web_test

import (
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
)

// second is another person who holds GOVERNANCE.
var second = request.Identity{ID: "second@example.com", Name: "Second", Permissions: []request.Permission{request.Governance}}

// seenByTwo is a world in which every change takes two people.
func seenByTwo(t *testing.T) *world {
	t.Helper()
	two := append(request.Roster{second}, everybody...)
	return newWorldAt(t, "", web.Options{Dev: &web.Dev{People: two}}, nil, func(c *grantwright.Config) { c.Directory = two })
}

func TestProposalsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := seenByTwo(t)
	a := w.call(t, gov, http.MethodPut, "/forms/extra", `{"title": "Extra", "questions": [{"id": "time", "type": "ACCESS_DURATION", "title": "How long?"}]}`)
	var waits struct{ Proposal, Detail string }
	must(t, json.Unmarshal([]byte(a.body), &waits))
	if a.status != http.StatusAccepted || waits.Proposal == "" || !strings.Contains(waits.Detail, "somebody else with GOVERNANCE") {
		t.Fatalf("saving a form: %d %s", a.status, a.body)
	}
	if a := w.call(t, gov, http.MethodGet, "/forms/extra", ""); a.status != http.StatusNotFound {
		t.Errorf("it is saved before anybody has approved: %d %s", a.status, a.body)
	}
	one := "/proposals/" + waits.Proposal
	for _, tt := range []struct {
		by     request.Identity
		method string
		path   string
		status int
		holds  string
	}{
		{gov, http.MethodGet, "/proposals?status=PENDING", 200, waits.Proposal},
		{admin, http.MethodGet, "/proposals", 200, `"items":[]`},
		{eve, http.MethodGet, one, 404, "NOT_FOUND"},
		{second, http.MethodGet, one, 200, `"mayDecide":true`},
		{gov, http.MethodPost, one + "/approve", 403, "OWN_PROPOSAL"},
		{second, http.MethodPost, one + "/withdraw", 403, "FORBIDDEN"},
		{second, http.MethodPost, one + "/approve", 200, `"status":"APPROVED"`},
		{second, http.MethodPost, one + "/refuse", 409, "STATE"},
		{gov, http.MethodGet, "/forms/extra", 200, `"agreedBy":"second@example.com"`},
	} {
		body := ""
		if tt.method == http.MethodPost && !strings.HasSuffix(tt.path, "withdraw") {
			body = "{}"
		}
		if a := w.call(t, tt.by, tt.method, tt.path, body); a.status != tt.status || !strings.Contains(a.body, tt.holds) {
			t.Errorf("%s %s by %s: %d %s", tt.method, tt.path, tt.by.ID, a.status, a.body)
		}
	}
}

func TestAWebhookThatAwaitsASecondPersonShowsItsSecret(t *testing.T) {
	t.Parallel()
	w := seenByTwo(t)
	a := w.call(t, admin, http.MethodPost, "/webhooks", `{"name": "catalog", "url": "https://hooks.example.com"}`)
	if a.status != http.StatusAccepted || !strings.Contains(a.body, `"secret":"whsec_`) {
		t.Errorf("registering a webhook: %d %s", a.status, a.body)
	}
	if a := w.call(t, admin, http.MethodGet, "/proposals", ""); !strings.Contains(a.body, "webhook.register") || strings.Contains(a.body, "sealed") {
		t.Errorf("the list holds %s", a.body)
	}
}

// TestProposalsInABrowser goes from a change in one browser to its approval in
// another.
func TestProposalsInABrowser(t *testing.T) {
	t.Parallel()
	w := seenByTwo(t)
	a := w.browser(t)
	page := a.signIn(a.open("/webhooks"), admin.ID)
	page = a.send(formWith(t, page, "url").fill("name", "catalog", "url", "https://hooks.example.com/"+hostileText))
	wantOn(t, page, http.StatusAccepted, "The webhook waits for a second person", "whsec_")
	wantOn(t, a.open(regexp.MustCompile(`/proposals/\w{10,}`).FindString(page.body)), http.StatusOK, "Nothing has changed yet.", "Withdraw", html.EscapeString(hostileText)[:5])
	if strings.Contains(page.body, "<img src=x") {
		t.Error("what was typed in is HTML")
	}
	b := w.browser(t)
	page = b.signIn(b.open("/proposals"), second.ID)
	wantOn(t, page, http.StatusOK, "Register webhook", "catalog", "Pending")
	its := regexp.MustCompile(`/proposals/\w{10,}`).FindString(page.body)
	page = b.open(its)
	wantOn(t, page, http.StatusOK, "Approve and apply")
	if strings.Contains(page.body, "whsec_") {
		t.Error("the secret is shown again")
	}
	page = b.send(formWith(t, page, "reason").fill("act", "approve", "reason", "we know them"))
	wantOn(t, page, http.StatusOK, "What has changed", "Approved", "we know them")
	wantOn(t, a.open("/webhooks"), http.StatusOK, "catalog")
	hooks, err := w.engine.Webhooks().All(t.Context(), admin, "", 10)
	must(t, err)
	page = a.open("/webhooks/" + string(hooks[0].ID))
	page = a.send(formWith(t, page, "remove").fill("act", "remove"))
	wantOn(t, page, http.StatusOK, "Remove webhook", "is removed", "Withdraw")
	page = a.send(formWith(t, page, "withdraw").fill("act", "withdraw"))
	wantOn(t, page, http.StatusOK, "Withdrawn")
	c := w.browser(t)
	wantOn(t, c.signIn(c.open("/proposals"), eve.ID), http.StatusForbidden)
}
