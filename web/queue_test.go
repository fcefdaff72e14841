package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// S3, S4: a row says of a masking exception that it is one, with its columns, its purpose and
// whose it is; a mark says that a guardrail blocks it.
func TestRowsOfTheQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.engine.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "pii", At: orders, Columns: []string{"email"}, How: catalog.MaskNull})
	must(t, err)
	must(t, attach(t.Context(), w.engine.Governance(), gov, request.Attachment{At: orders, Type: request.MaskingException, Flow: "sales"}))
	_, err = w.engine.Submit(t.Context(), eve, request.Submission{Asset: orders, Type: request.MaskingException, Columns: []string{"email"}, Answers: request.Answers{"purpose": {"to call them back"}, "duration": {"30 DAYS"}}})
	must(t, err)
	queue := w.page(t, owner, http.MethodGet, "/reviews", nil)
	wantOn(t, queue, 200, "Masking exception, 1 column: email, 30 days", "to call them back", "stage ", "waits for less than an hour", "Select sales.public.orders: Masking exception", `class="count-of">1<`)
	if strings.Contains(queue.body, "Read, 30 days") || strings.Contains(queue.body, "A guardrail blocks this") {
		t.Errorf("an exception reads like access, or is marked without a guardrail:\n%s", queue.body)
	}
	_, err = w.engine.Governance().Guardrails.Save(t.Context(), gov, review.Guardrail{Name: "rail", At: []catalog.Ref{"warehouse"}, Require: `beneficiary.id == "nobody"`, Reason: "because"})
	must(t, err)
	wantOn(t, w.page(t, owner, http.MethodGet, "/reviews", nil), 200, "A guardrail blocks this. Approval will not help.")
}

// The filters stand in the address, hold on the next page and in the case, and one that cannot
// be read is refused by name.
func TestFiltersOfTheQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.submitted(t, eve)
	w.clock.Move(time.Hour)
	second := w.submitted(t, frank)
	place := func(order string) (int, int) {
		body := w.page(t, owner, http.MethodGet, "/reviews?order="+order, nil).body
		return strings.Index(body, `/requests/`+string(first.ID)), strings.Index(body, `/requests/`+string(second.ID))
	}
	if a, b := place(""); a < 0 || b < a {
		t.Errorf("the oldest is not first: %d, %d", a, b)
	}
	if a, b := place("NEWEST"); b < 0 || a < b {
		t.Errorf("the newest is not first: %d, %d", a, b)
	}
	only := w.page(t, owner, http.MethodGet, "/reviews?person="+url.QueryEscape(eve.ID), nil)
	if !strings.Contains(only.body, string(first.ID)) || strings.Contains(only.body, string(second.ID)) {
		t.Errorf("the filter by person shows\n%s", only.body)
	}
	wantOn(t, only, 200, "?from=person%3d")
	wantOn(t, w.page(t, owner, http.MethodGet, "/reviews?text=nothing+like+it", nil), 200, "Nothing fits the filters")
	wantOn(t, w.page(t, owner, http.MethodGet, "/reviews?due=soon", nil), 422, "must be a day such as")
	wantOn(t, w.page(t, owner, http.MethodGet, "/reviews?order=BEST", nil), 422, "must be OLDEST, NEWEST or DUE")
	page := w.page(t, owner, http.MethodGet, "/requests/"+string(first.ID)+"?from=", nil)
	wantOn(t, page, 200, `data-key="j"`, "/requests/"+string(second.ID)+"?from=", "Back to the list", `<dialog id="keys"`)
	if strings.Contains(page.body, `data-key="k"`) {
		t.Error("the first has one before it")
	}
}

// Several decisions are shown with what they would do before any counts.
func TestPreviewOfSeveralDecisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, two := w.submitted(t, eve), w.submitted(t, frank)
	b := w.browser(t)
	page := b.signIn(b.open("/reviews"), owner.ID)
	many := formWith(t, page, "Preview decisions")
	many.values["request"] = []string{string(one.ID) + " 1 READ 30 DAYS", string(two.ID) + " 7 READ 30 DAYS"}
	contradiction := many.fill("act", "DENY", "count", "7", "unit", "DAYS")
	wantOn(t, b.send(contradiction), 422, "You chose “Deny”, but limits are set too: for 7 days")
	page = b.send(many.fill("act", "APPROVE", "count", "7", "unit", "DAYS", "reason", "fine"))
	wantOn(t, page, 200, "Would count; others have still to decide, for 7 days", "Would not count", "The review has changed since it was shown", "Submit 1 decision", "stage owners", "due <time")
	for _, req := range []request.Request{one, two} {
		c, err := w.engine.Request(t.Context(), gov, req.ID)
		must(t, err)
		if len(c.Review.Determinations) != 0 || c.Request.Events != req.Events {
			t.Errorf("the preview has counted: %+v", c.Review.Determinations)
		}
	}
	page = b.send(formWith(t, page, "Submit 1 decision"))
	wantOn(t, page, 200, "What you decided", "Counted; others have still to decide, for 7 days")
	c, err := w.engine.Request(t.Context(), gov, one.ID)
	must(t, err)
	if d := c.Review.Determinations; len(d) != 1 || d[0].Duration != request.For(7, request.Days) || d[0].Reason != "fine" {
		t.Errorf("the determination is %+v", d)
	}
	wantOn(t, b.open("/reviews?tab=decided"), 200, "Decided by you", string(one.ID))
}

// Limits of several decisions hold for whatever was chosen, also where the box does not say
// what was asked.
func TestLimitsOfSeveralDecisionsHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.submitted(t, frank) // a form for several takes two
	for _, box := range []string{" 1 READ_WRITE 30 DAYS", " 1", " 1 WHAT 30 EONS"} {
		sub := strings.Replace(submission, `{"asset"`, `{"privilege":"READ_WRITE","asset"`, 1)
		req := read[request.Request](t, w.call(t, eve, "POST", "/requests", sub), http.StatusCreated)
		if req.Privilege != request.ReadWrite {
			t.Fatalf("%s is asked for with %s", req.Privilege, sub)
		}
		b := w.browser(t)
		many := formWith(t, b.signIn(b.open("/reviews"), owner.ID), "Preview decisions")
		many.values["request"] = []string{string(req.ID) + box}
		page := b.send(many.fill("act", "APPROVE", "count", "7", "unit", "DAYS", "read", "on", "reason", "fine"))
		b.send(formWith(t, page, "Submit 1 decision"))
		c, err := w.engine.Request(t.Context(), gov, req.ID)
		must(t, err)
		if d := c.Review.Determinations; len(d) != 1 || d[0].Privilege != request.Read || d[0].Duration != request.For(7, request.Days) {
			t.Errorf("%q: the determination is %+v", box, d)
		}
		_, err = w.engine.Cancel(t.Context(), eve, req.ID)
		must(t, err)
	}
}

// T6: a list says of approved access whether it works.
func TestListsSayWhetherAccessWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	req := w.approved(t, eve)
	must(t, w.engine.Work(t.Context()))
	page := w.page(t, eve, http.MethodGet, "/requests", nil)
	if wantOn(t, page, 200, string(req.ID)); strings.Contains(page.body, `badge good">Approved<`) {
		t.Errorf("access that does not work is green:\n%s", page.body)
	}
}
