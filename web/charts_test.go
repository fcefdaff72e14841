package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// The figures count what the log says, each event once: also one that settles a request of an
// earlier day.
func TestFiguresFollowTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve)
	must(t, w.engine.Work(t.Context()))
	first := w.clock.Now().Format(time.DateOnly)
	canceled := w.submitted(t, eve)
	denied := w.submitted(t, frank)
	w.clock.Move(50 * time.Hour)
	_, err := w.engine.Determine(t.Context(), owner, denied.ID, review.Determination{Act: review.Deny, Reason: "no"})
	must(t, err)
	_, err = w.engine.Cancel(t.Context(), eve, canceled.ID)
	must(t, err)
	open := w.submitted(t, frank)
	for range 2 { // nothing counts twice
		must(t, w.engine.Work(t.Context()))
	}
	days, behind, err := w.engine.Log().Tallies(t.Context(), auditor)
	must(t, err)
	second := w.clock.Now().Format(time.DateOnly)
	want := []event.Tally{
		{Day: second, Connections: map[string]event.Counts{"warehouse": {Submitted: 1, Open: 1, Denied: 1, Unsettled: 1, Waited: []int{0, 0, 0, 1, 0, 0, 0}}}},
		{Day: first, Connections: map[string]event.Counts{"warehouse": {Submitted: 3, Approved: 1, Given: 1, Waited: []int{1, 0, 0, 0, 0, 0, 0}}}},
	}
	if diff := cmp.Diff(want, days); diff != "" || behind != 0 {
		t.Errorf("%d behind (-want +got):\n%s", behind, diff)
	}
	_, err = w.engine.Cancel(t.Context(), frank, open.ID)
	must(t, err)
	if _, behind, err = w.engine.Log().Tallies(t.Context(), gov); err != nil || behind == 0 {
		t.Errorf("%d events are not counted, although nobody has counted them (%v)", behind, err)
	}
}

func TestChartsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantOn(t, w.page(t, auditor, "GET", "/charts", nil), http.StatusOK, "Nothing has been counted yet.")
	w.approved(t, eve)
	w.submitted(t, frank)
	must(t, w.engine.Work(t.Context()))
	w.clock.Move(4 * 24 * time.Hour)
	page := w.page(t, gov, "GET", "/charts", nil)
	wantOn(t, page, http.StatusOK, "How long do decisions take?", `<svg class="chart"`, `aria-label="Access given and removed by week"`, "As a table", "<th scope=\"row\">3–6 days</th><td>1</td>",
		`<th scope="row">warehouse</th><td>2</td><td>1</td><td>1</td>`) // governance does not read the log
	wantOn(t, w.page(t, auditor, "GET", "/charts", nil), http.StatusOK, `<a href="/log?connection=warehouse">warehouse</a>`)
	if strings.Contains(page.body, "style=") || strings.Contains(page.body, "ZgotmplZ") {
		t.Error("the charts bring styles of their own")
	}
	wantOn(t, w.page(t, gov, "GET", "/charts?connection=nowhere", nil), http.StatusNotFound, "There are no figures of a connection nowhere.")
	for _, who := range []request.Identity{eve, owner, admin} {
		if a := w.page(t, who, "GET", "/charts", nil); a.status != http.StatusForbidden || strings.Contains(a.body, "<svg") {
			t.Errorf("%s sees the figures: status %d", who.ID, a.status)
		}
	}
}
