package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// TestWritesOfDefinitionsWarn holds each write of a definition to its warnings: what is most
// likely not meant is saved, and the answer says so.
func TestWritesOfDefinitionsWarn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nowhere := url.PathEscape("warehouse:sales.public.nothing")
	on := url.PathEscape(string(orders))
	for _, tt := range []struct {
		path, body string
		want       review.WarningCode // empty for none
	}{
		{"/masks/m", `{"at":"warehouse:sales.public.nothing","columns":["email"],"how":"NULL"}`, review.NothingThere},
		{"/masks/n", `{"at":"` + string(orders) + `","columns":["no_such"],"how":"NULL"}`, review.NoSuchColumn},
		{"/masks/o", `{"at":"` + string(orders) + `","tags":["no-such"],"how":"NULL"}`, review.NoSuchColumn},
		{"/masks/p", `{"at":"` + string(orders) + `","columns":["email"],"how":"NULL"}`, ""},
		{"/guardrails/g", `{"at":["warehouse:sales.public.nothing"],"require":"true"}`, review.NothingThere},
		{"/guardrails/h", `{"at":["` + string(orders) + `"],"require":"true"}`, ""},
		{"/flows/empty", `{"default":{"act":"REVIEW","stages":[{"name":"s","mode":"ANY","selectors":[{"group":"nobody-at-all"}]}]}}`, review.NoStewards},
		{"/forms/f", `{"title":"Form","flow":"empty"}`, review.NoStewards},
		{"/forms/g", `{"title":"Form","flow":"sales"}`, ""},
		{"/agreements/a", `{"title":"Terms","text":"Terms."}`, ""},
		{"/assets/" + nowhere + "/attachments/DATA_ACCESS", `{"flow":"sales"}`, review.NothingThere},
		{"/assets/" + on + "/attachments/DATA_ACCESS", `{"flow":"empty"}`, review.NoStewards},
		{"/assets/" + url.PathEscape("warehouse:sales.public.customers") + "/attachments/DATA_ACCESS", `{"flow":"sales"}`, ""},
	} {
		a := w.call(t, gov, "PUT", tt.path, tt.body)
		got := read[struct{ Warnings []review.Warning }](t, a, 200)
		if !strings.Contains(a.body, `"warnings":[`) {
			t.Errorf("%s: no list of warnings: %s", tt.path, a.body)
		}
		if codes := len(got.Warnings); tt.want == "" && codes > 0 || tt.want != "" && (codes != 1 || got.Warnings[0].Code != tt.want) {
			t.Errorf("%s %s: warnings %v, want %q", tt.path, tt.body, got.Warnings, tt.want)
		}
	}
	if a := w.call(t, gov, "GET", "/assets/"+on+"/attachments/"+string(request.DataAccess), ""); !strings.Contains(a.body, `"empty"`) {
		t.Errorf("what was warned of is not saved: %s", a.body)
	}
}
