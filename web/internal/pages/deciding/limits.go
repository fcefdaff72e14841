package deciding

import (
	"net/url"
	"strings"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// someTime is a start for comparing durations where any will do.
var someTime = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// limitsOf writes the limits of an approval; empty where there are none.
func limitsOf(w *words.Words, read bool, asked, kept []string, d request.Duration) string {
	var all []string
	if !d.IsZero() {
		all = append(all, w.T("for %s", w.Lasts(d)))
	}
	if read {
		all = append(all, w.T("read only"))
	}
	if len(kept) < len(asked) {
		all = append(all, w.T("columns %s", strings.Join(kept, ", ")))
	}
	return strings.Join(all, ", ")
}

// contradicts refuses a decision with limits that it does not take, and names both.
func contradicts(w *words.Words, decision, limits string) error {
	return &site.Problem{Status: 422, Code: "INVALID", Title: "Unprocessable Entity",
		Detail: w.T("You chose “%s”, but limits are set too: %s. Choose “Approve with limits”, or clear the limits.", decision, limits)}
}

// determinationOf reads the decision of the form of a case. Limits beside a decision that
// takes none are refused.
func determinationOf(w *words.Words, d review.Determination, form url.Values) (review.Determination, error) {
	limited, err := narrowed(d, form)
	if form.Get("act") == "approve-for" {
		return limited, err
	}
	decision := w.T("Approve as asked")
	if d.Act = review.Approve; form.Get("act") == "deny" {
		d.Act, decision = review.Deny, w.T("Deny")
	}
	count := strings.TrimSpace(form.Get("count"))
	switch asked, kept := form["asked"], form["columns"]; {
	case form.Has("read") || count != "" && err == nil || len(kept) < len(asked):
		return d, contradicts(w, decision, limitsOf(w, form.Has("read"), asked, kept, limited.Duration))
	case count != "":
		return d, contradicts(w, decision, count)
	}
	return d, nil
}

// narrowed is an approval of less than was asked: for less time, of reading only, of
// some of the columns.
func narrowed(d review.Determination, form url.Values) (review.Determination, error) {
	d.Act = review.Approve
	if form.Has("read") {
		d.Privilege = request.Read
	}
	kept := form["columns"]
	if len(kept) == 0 && len(form["asked"]) > 0 {
		return d, site.Invalid("determination", "columns", "are all left out; deny the request instead")
	}
	if len(kept) < len(form["asked"]) {
		d.Columns = kept
	}
	count := strings.TrimSpace(form.Get("count"))
	if count == "" && (d.Privilege != "" || len(d.Columns) > 0) {
		return d, nil
	}
	given, err := request.ParseDuration(count + " " + form.Get("unit"))
	if err != nil {
		return d, site.Invalid("determination", "duration", "must be a number from 1 to 999 and a unit, such as 7 days")
	}
	d.Duration = given
	return d, nil
}
