package web_test

import (
	"html"
	"net/url"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/web"
)

// What people of a platform have named is shown so that nobody takes it for something else:
// a page holds none of the characters that turn the direction of what follows.
func TestPagesShowHostileNames(t *testing.T) {
	t.Parallel()
	var in catalog.Inventory
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) { in = c.Inventory })
	ref, err := catalog.NewRef("warehouse", "sales", "public", "\u202esalas.rh\u202c\n<b>")
	must(t, err)
	_, err = in.Replace(t.Context(), ref, func(yield func(catalog.Asset, error) bool) {
		yield(catalog.Asset{Ref: ref, Kind: catalog.Table, ID: "99", Technology: "fake",
			Columns: []catalog.Column{{Name: "\u202eliame", Type: "\u2066text", Comment: "who \u2067is it"}},
			Source:  catalog.Claims{Owner: "\u2066eve\u2069", Comment: "what \u202eis this"}}, nil)
	}, w.clock.Now())
	must(t, err)
	b := w.browser(t)
	page := b.signIn(b.open("/request?"+url.Values{"fullyQualifiedName": {catalog.FormatPath(ref.Path())}}.Encode()), eve.ID)
	wantOn(t, page, 200, `\u202esalas.rh\u202c\u000a&lt;b&gt;`, `\u2066eve\u2069`, `what \u202eis this`, `\u202eliame`, `\u2066text`, `who \u2067is it`)
	shown := page.body
	for _, value := range formWith(t, page, "asset").values { // what a form sends back is the name itself
		shown = strings.ReplaceAll(shown, html.EscapeString(strings.Join(value, "")), "")
	}
	if i := strings.IndexAny(shown, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"); i >= 0 {
		t.Errorf("the page holds %q", shown[max(0, i-100):min(len(shown), i+50)])
	}
}
