package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
)

// The story of a request is whole: what was asked and answered, who decided, on what evidence,
// what was run, what remains, and every event.
func TestStoryOfARequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.OtherWays("member of the role reporting")
	req := w.approved(t, eve)
	_, err := w.engine.Reviews().Comment(t.Context(), owner, req.ID, "keep <it> short")
	must(t, err)
	page := "/requests/" + string(req.ID) + "/story"
	wantOn(t, w.page(t, auditor, "GET", page, nil), http.StatusOK, string(req.ID), "sales.public.orders", "What do you need the data for?", "30 days", "Approved by Sales owner (sales-owner@example.com)",
		"Approved by privacy@example.com", "Counted for", "group sales-owners", "Statements that ran", "grant [READ] on warehouse:sales.public.orders to eve", "What remains", "member of the role reporting",
		"Verified on the platform", "Request submitted", "Access works", "Automatic", "keep &lt;it&gt; short", "/log?request="+string(req.ID), "Flow sales, version 1")
	_, err = w.engine.Revoke(t.Context(), gov, req.ID, "the report is done")
	must(t, err)
	_, err = w.engine.WaitForGrant(t.Context(), gov, req.ID)
	must(t, err)
	wantOn(t, w.page(t, auditor, "GET", page, nil), http.StatusOK, "the report is done", "Access removed", "Revoked")
}

// A story tells whoever reads it no more than the request does.
func TestWhoReadsAStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.OtherWays("SECRET-WAY")
	req := w.approved(t, eve)
	page := "/requests/" + string(req.ID) + "/story"
	for _, who := range []request.Identity{eve, owner, gov, auditor} {
		a := w.page(t, who, "GET", page, nil)
		wantOn(t, a, http.StatusOK, "Every event")
		its := w.page(t, who, "GET", "/requests/"+string(req.ID), nil)
		if strings.Contains(a.body, "SECRET-WAY") != strings.Contains(its.body, "SECRET-WAY") {
			t.Errorf("%s learns of other ways from the story: %v, and from the request: %v", who.ID, strings.Contains(a.body, "SECRET-WAY"), !strings.Contains(a.body, "SECRET-WAY"))
		}
		if strings.Contains(a.body, "/log?request=") != who.Has(request.Audit) {
			t.Errorf("%s is led to the log, or not", who.ID)
		}
	}
	for _, who := range []request.Identity{frank, nobody, admin} {
		if a := w.page(t, who, "GET", page, nil); a.status != http.StatusForbidden && a.status != http.StatusNotFound {
			t.Errorf("%s reads the story: status %d", who.ID, a.status)
		}
	}
	wantOn(t, w.page(t, auditor, "GET", "/requests/none/story", nil), http.StatusNotFound)
}
