package web_test

import (
	"strings"
	"testing"
)

// Where another platform answers, the API and the page say so, and governance recognizes it.
func TestAnotherPlatformIsShownAndRecognized(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := w.call(t, gov, "POST", "/connections/warehouse/reconcile", `{}`); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	recognize := func(body string, status int, says string) {
		t.Helper()
		if a := w.call(t, gov, "POST", "/connections/warehouse/recognize", body); a.status != status || !strings.Contains(a.body, says) {
			t.Errorf("recognizing with %s: %d %s, want %d with %q", body, a.status, a.body, status, says)
		}
	}
	recognize(`{"reason":"upgraded"}`, 409, "is the one that is known")
	w.platform.Answer("another")
	if a := w.call(t, gov, "POST", "/connections/warehouse/reconcile", `{}`); a.status != 200 || !strings.Contains(a.body, "another platform answers") {
		t.Errorf("compared: %d %s", a.status, a.body)
	}
	if a := w.call(t, auditor, "GET", "/connections", ""); strings.Count(a.body, `"trouble":{"why":"another platform answers`) != 1 {
		t.Errorf("the connections are %s", a.body)
	}
	recognize(`{"reason":""}`, 422, "#/reason")

	b := w.browser(t)
	page := b.signIn(b.open("/stops"), gov.ID)
	wantOn(t, page, 200, "Another platform", "its id is another", "Recognize the platform")
	page = b.send(formWith(t, page, "Recognize the platform").fill("act", "recognize", "reason", " "))
	wantOn(t, page, 422, "must be given")
	page = b.send(formWith(t, page, "Recognize the platform").fill("act", "recognize", "reason", "upgraded"))
	wantOn(t, page, 200, "Emergency")
	if strings.Contains(page.body, "Another platform") {
		t.Error("the page shows it still")
	}
	if a := w.call(t, auditor, "GET", "/connections", ""); strings.Contains(a.body, `"trouble"`) {
		t.Errorf("the connections are %s", a.body)
	}
	w.platform.Answer("a third")
	recognize(`{"reason":"moved"}`, 204, "")
}
