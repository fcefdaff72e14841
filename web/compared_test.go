package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestAProposedFlowShowsWhatItLetsThrough reads a proposal over the API and in a browser, and
// as somebody who may not.
func TestAProposedFlowShowsWhatItLetsThrough(t *testing.T) {
	t.Parallel()
	w := seenByTwo(t)
	var waits struct{ Proposal string }
	must(t, json.Unmarshal([]byte(w.call(t, gov, http.MethodPut, "/flows/sales", riskyFlow).body), &waits))
	const lets = "lets through: rule short approves at once; so far default asks people: each of group sales-owners, group privacy; for example request.duration 1 DAYS"
	its := "/proposals/" + waits.Proposal
	if a := w.call(t, second, http.MethodGet, its, ""); !strings.Contains(a.body, `"lets":["`+lets+`"`) {
		t.Errorf("the proposal: %d %s", a.status, a.body)
	}
	b := w.browser(t)
	wantOn(t, b.signIn(b.open(its), second.ID), http.StatusOK, "Compared with now, for every request that there may be", lets, "without the stage")
	c := w.browser(t)
	page := c.signIn(c.open(its), eve.ID)
	if a := w.call(t, eve, http.MethodGet, its, ""); a.status == http.StatusOK || strings.Contains(a.body+page.body, "lets through") {
		t.Errorf("whoever may not see the proposal reads %d %s", a.status, a.body+page.body)
	}
}

// TestDefinitionsShowWhatTheyLetThrough writes a changed flow as YAML, and looks at it.
func TestDefinitionsShowWhatTheyLetThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser(t)
	page := b.signIn(b.open("/definitions?flow=sales"), gov.ID)
	f := formWith(t, page, `name="text"`)
	text := f.values.Get("text")
	wantOn(t, b.send(f.fill("text", strings.Replace(text, "1h", "48h", 1), "act", "diff")), http.StatusOK, "lets through: rule short approves at once", "for example request.duration 1 DAYS")
	wantOn(t, b.send(f.fill("text", strings.Replace(text, "1h", "30m", 1), "act", "diff")), http.StatusOK, "lets nothing more through")
}
