package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// hooked has access approved on a platform that a service automates, and returns the
// token by which that answers.
func (w *world) hooked(t *testing.T) (request.Request, string) {
	t.Helper()
	ctx := t.Context()
	must(t, w.engine.Connections().Register(ctx, admin, catalog.Connection{Name: "robot", Technology: "service", Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
	_, err := w.engine.Sync(ctx, admin, "robot")
	must(t, err)
	must(t, attach(ctx, w.engine.Governance(), gov, request.Attachment{At: "robot", Type: request.DataAccess, Flow: "sales"}))
	req, err := w.engine.Submit(ctx, eve, request.Submission{Asset: "robot:sales.public.orders", Answers: request.Answers{"purpose": {"x"}, "duration": {"1 HOURS"}}})
	must(t, err)
	_, err = w.engine.WaitForGrant(ctx, eve, req.ID)
	must(t, err)
	return req, w.robot.Calls()[0].Token
}

// answer posts what a service says, with a token in the header unless it is empty.
func (w *world) answer(t *testing.T, token, body string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL+w.base+"/provisioning/answers", strings.NewReader(body))
	must(t, err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return do(t, w.Client(), r)
}

func TestServicesAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req, token := w.hooked(t)
	b := w.browser(t)
	wantOn(t, b.signIn(b.open("/requests/"+string(req.ID)), eve.ID), 200, "A service was asked to give the access", "Answer expected until", "1 Mar 2026, 13:00 UTC")
	for _, tt := range []struct {
		name, token, body string
		status            int
		says              string
	}{
		{"nobody", "", `{"outcome":"DONE"}`, 401, "TOKEN"},
		{"a guess", "x.y", `{"outcome":"DONE"}`, 401, "TOKEN"},
		{"a guess that says nothing", "x.y", `{}`, 401, "TOKEN"},
		{"nothing said", token, `{}`, 422, "DONE or FAILED"},
		{"no JSON", token, `x`, 422, "DONE or FAILED"},
		{"done", "", `{"outcome":"DONE","token":"` + token + `"}`, 200, `"counts":true`},
		{"done, said again", token, `{"outcome":"DONE"}`, 200, `"counts":true`},
		{"and otherwise", token, `{"outcome":"FAILED","error":"x"}`, 409, "STATE"},
	} {
		a := w.answer(t, tt.token, tt.body)
		if a.status != tt.status || !strings.Contains(a.body, tt.says) || strings.Contains(a.body, token) {
			t.Errorf("%s: %d %s, want %d with %q", tt.name, a.status, a.body, tt.status, tt.says)
		}
	}
	wantOn(t, b.open("/requests/"+string(req.ID)), 200, "The access works. Reported by the service that did it.")
}

func TestGuessesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, token := w.hooked(t)
	for i := range 20 {
		if a := w.answer(t, "guess.guess", `{"outcome":"DONE"}`); a.status != 401 {
			t.Fatalf("guess %d: %d", i, a.status)
		}
	}
	if a := w.answer(t, "guess.guess", `{"outcome":"DONE"}`); a.status != 429 || a.header.Get("Retry-After") == "" {
		t.Errorf("after twenty guesses: %d %s", a.status, a.body)
	}
	if a := w.answer(t, token, `{"outcome":"DONE"}`); a.status != 200 {
		t.Errorf("the right token after too many guesses of others: %d %s", a.status, a.body)
	}
}
