package web_test

import (
	"strings"
	"testing"
)

func TestStopsOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	wantOn(t, b.signIn(b.open("/stops"), eve.ID), 403, "can list the stop switches")
	b = w.browser(t)
	page := b.signIn(b.open("/stops"), gov.ID)
	wantOn(t, page, 200, "Rules approve by themselves", "warehouse", "lake", "Only revoke all that they have")
	wantOn(t, b.send(formWith(t, page, "Pause automatic approvals").fill("act", "freeze-approvals", "reason", " ")), 422, "is required: it is recorded in the log")
	page = b.send(formWith(t, page, "Pause automatic approvals").fill("act", "freeze-approvals", "reason", "a rule is wrong"))
	wantOn(t, page, 200, "a rule is wrong", "Resume automatic approvals")
	page = b.send(formWith(t, page, "Pause: give nothing there").fill("act", "freeze", "reason", "an incident"))
	wantOn(t, page, 200, "an incident", "Access still ends on time")
	page = b.send(formWith(t, page, "Stop a person").fill("act", "disable", "person", eve.ID, "reason", "has left"))
	wantOn(t, page, 200, "Disabled", "has left", "What was ended stays so")

	hers := w.browser(t)
	wantOn(t, hers.signIn(hers.open("/requests"), eve.ID), 403, "You cannot do anything here: that takes being enabled again")
	if a := w.call(t, eve, "GET", "/requests", ""); a.status != 403 || !strings.Contains(a.body, "FORBIDDEN") {
		t.Errorf("the API: %d %s", a.status, a.body)
	}
	page = b.send(formWith(t, page, "They can act again").fill("act", "enable", "reason", "is back"))
	wantOn(t, page, 200, "Emergency")
	wantOn(t, hers.open("/requests"), 200, "Requests")
}

func TestStopsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		path, body string
		status     int
		says       string
	}{
		{"/stops/approvals/freeze", `{"reason":"a rule is wrong"}`, 204, ""},
		{"/stops/approvals/freeze", `{"reason":"again"}`, 409, "that is so already, by governance@example.com"},
		{"/stops/approvals/thaw", `{"reason":""}`, 422, "#/reason"},
		{"/stops/approvals/thaw", `{"reason":"mended"}`, 204, ""},
		{"/stops/approvals/thaw", `{"reason":"again"}`, 404, ""},
		{"/connections/warehouse/freeze", `{"reason":"an incident"}`, 204, ""},
		{"/connections/nowhere/freeze", `{"reason":"an incident"}`, 404, ""},
		{"/connections/warehouse/retire", `{"reason":"moved"}`, 403, "ADMIN"},
		{"/stops/people/disable", `{"person":"eve@example.com","reason":"has left"}`, 204, ""},
		{"/stops/people/disable", `{"person":"governance@example.com","reason":"oops"}`, 403, "someone else"},
		{"/stops/people/disable", `{"person":"","reason":"oops"}`, 422, "#/person"},
		{"/stops/people/revoke", `{"person":"frank@example.com","reason":"moved on"}`, 204, ""},
	} {
		if a := w.call(t, gov, "POST", tt.path, tt.body); a.status != tt.status || !strings.Contains(a.body, tt.says) {
			t.Errorf("%s %s: %d %s, want %d with %q", tt.path, tt.body, a.status, a.body, tt.status, tt.says)
		}
	}
	a := w.call(t, auditor, "GET", "/stops", "")
	if !strings.Contains(a.body, `"id":"connection/warehouse"`) || !strings.Contains(a.body, `"id":"person/eve@example.com"`) || strings.Contains(a.body, "revocation/") || strings.Contains(a.body, "approvals") {
		t.Errorf("set are %s", a.body)
	}
}
