package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
)

const riskyFlow = `{"based": 1, "rules": [{"name": "short", "when": "request.duration <= duration('48h')", "then": {"act": "APPROVE"}}],
	"default": {"act": "REVIEW", "stages": [{"name": "owners", "mode": "ANY", "selectors": [{"group": "sales-owners"}]}]}}`

// pending has eve ask for the orders for some time.
func (w *world) pending(t *testing.T, duration string) request.Request {
	t.Helper()
	req, err := w.engine.Submit(t.Context(), eve, request.Submission{Asset: orders, Answers: request.Answers{"purpose": {"monthly report"}, "duration": {duration}}})
	must(t, err)
	return req
}

func TestFlowsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.pending(t, "40 HOURS")
	for _, tt := range []struct {
		name   string
		by     request.Identity
		method string
		path   string
		body   string
		status int
		holds  []string
	}{
		{"list", auditor, "GET", "/flows", "", 200, []string{`"name":"sales"`}},
		{"one", gov, "GET", "/flows/sales", "", 200, []string{`"version":1`, `"short"`}},
		{"none", gov, "GET", "/flows/nothing", "", 404, nil},
		{"not for everybody", eve, "GET", "/flows/sales", "", 403, nil},
		{"lint", auditor, "POST", "/flows/sales/lint", riskyFlow, 200, []string{"ANY_BENEFICIARY", "WRITING"}},
		{"replay", auditor, "POST", "/flows/sales/replay", riskyFlow, 200, []string{`"looked":1`, string(req.ID), `"says":"approves at once"`, "each of group sales-owners, group privacy"}},
		{"a typo", gov, "PUT", "/flows/sales", strings.Replace(riskyFlow, "request.duration", "request.duratoin", 1), 422,
			[]string{"is duration meant?", `"snippet":"request.duratoin <= duration('48h')\n       ^"`, "CONDITION"}},
		{"save", gov, "PUT", "/flows/sales", riskyFlow, 200, []string{`"version":2`, "ANY_BENEFICIARY"}},
		{"stale", gov, "PUT", "/flows/sales", riskyFlow, 409, []string{"STALE"}},
		{"a version", auditor, "GET", "/flows/sales/versions/1", "", 200, []string{"an hour is fine"}},
		{"in use", gov, "DELETE", "/flows/sales?version=2", "", 409, []string{"IN_USE"}},
		{"explanation", owner, "GET", "/requests/" + string(req.ID) + "/explanation", "", 200, []string{`"rule":"default"`, `"same":true`, "the duration asked for is at most 1 hour", `"value":"40 hours"`}},
		{"not for the requester", eve, "GET", "/requests/" + string(req.ID) + "/explanation", "", 403, nil},
	} {
		a := w.call(t, tt.by, tt.method, tt.path, tt.body)
		if a.status != tt.status {
			t.Errorf("%s: %d %s", tt.name, a.status, a.body)
		}
		for _, text := range tt.holds {
			if !strings.Contains(a.body, text) {
				t.Errorf("%s: %s is not in %s", tt.name, text, a.body)
			}
		}
	}
}

func TestReplayOfAProposalOverTheAPI(t *testing.T) {
	t.Parallel()
	w := seenByTwo(t)
	w.pending(t, "40 HOURS")
	var waits struct{ Proposal string }
	must(t, json.Unmarshal([]byte(w.call(t, gov, http.MethodPut, "/flows/sales", riskyFlow).body), &waits))
	a := w.call(t, second, http.MethodGet, "/proposals/"+waits.Proposal+"/replay?flow=sales", "")
	if a.status != 200 || !strings.Contains(a.body, `"status":"APPROVED","says":"approves at once"`) {
		t.Errorf("the replay: %d %s", a.status, a.body)
	}
	if a := w.call(t, second, http.MethodGet, "/proposals/"+waits.Proposal, ""); !strings.Contains(a.body, `"flows":["sales"]`) || !strings.Contains(a.body, "approves for anybody") {
		t.Errorf("the proposal: %d %s", a.status, a.body)
	}
}

// TestFlowsInABrowser writes a changed flow, is shown what is dangerous in it and
// what it would have done, and saves it.
func TestFlowsInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pending(t, "40 HOURS")
	b := w.browser(t)
	page := b.signIn(b.open("/flows"), gov.ID)
	wantOn(t, page, http.StatusOK, "sales", "1 rule", "otherwise it asks people: each of group sales-owners, group privacy")
	page = b.open("/flows/sales")
	wantOn(t, page, http.StatusOK, "request.duration &lt;= duration", "Then it approves at once.", "rule short approves for anybody", "Change")
	page = b.open("/definitions?flow=sales")
	f := formWith(t, page, `name="text"`)
	page = b.send(f.fill("text", strings.Replace(f.values.Get("text"), "1h", "48h", 1), "act", "diff"))
	wantOn(t, page, http.StatusOK, "Please check before you go on", "rule short approves for anybody", "run over 1 past request", "each of group sales-owners, group privacy", "approves at once")
	page = b.send(formWith(t, page, "Save these changes").fill("act", "apply"))
	wantOn(t, page, http.StatusOK, "Forms")
	wantOn(t, b.open("/flows/sales"), http.StatusOK, "version 2", "48h")
}

func TestExplanationOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	its := "/requests/" + string(w.pending(t, "40 HOURS").ID)
	b := w.browser(t)
	page := b.signIn(b.open(its), owner.ID)
	wantOn(t, page, http.StatusOK, "Why does it go this way?")
	page = b.open(its + "?why=1")
	wantOn(t, page, http.StatusOK, "no rule held", "the duration asked for is at most 1 hour", "does not hold", "<b>40 hours</b>", "asks people: each of group sales-owners, group privacy",
		"Whether you are a data steward of this", "<strong>group sales-owners</strong>", "matches you", "does not match you")
	c := w.browser(t)
	page = c.signIn(c.open(its+"?why=1"), eve.ID)
	if strings.Contains(page.body, "duration asked for") || strings.Contains(page.body, "Why does it go this way?") {
		t.Error("the requester is told by which facts the flow decides")
	}
}

func TestAProposedFlowShowsWhatItWouldHaveDone(t *testing.T) {
	t.Parallel()
	w := seenByTwo(t)
	w.pending(t, "40 HOURS")
	var waits struct{ Proposal string }
	must(t, json.Unmarshal([]byte(w.call(t, gov, http.MethodPut, "/flows/sales", riskyFlow).body), &waits))
	b := w.browser(t)
	page := b.signIn(b.open("/proposals/"+waits.Proposal), second.ID)
	wantOn(t, page, http.StatusOK, "What it would have done", "It would have treated 1 of them otherwise", "rule short approves for anybody", "rules[0].when")
}
