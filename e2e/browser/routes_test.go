package browser

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var routed = regexp.MustCompile(`\.Handle\("GET (/[^"]*)"`)

// routes are the patterns of all pages, as the code has them: those with the most that is
// fixed come first.
func routes(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob("../../web/internal/pages/*/*.go")
	must(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, m := range routed.FindAllSubmatch(text, -1) {
			all = append(all, string(m[1]))
		}
	}
	if len(all) < 25 {
		t.Fatalf("there are %d routes", len(all))
	}
	slices.SortFunc(all, func(a, b string) int {
		if n := strings.Count(a, "{") - strings.Count(b, "{"); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(all)
}

var wildcard = regexp.MustCompile(`\\\{(\w+)(\\\.\\\.\\\.|)\\\}`)

// patternOf is the route that leads to a path, as in http.ServeMux; empty for none.
func patternOf(all []string, path string) string {
	for _, pattern := range all {
		expression := wildcard.ReplaceAllStringFunc(regexp.QuoteMeta(strings.TrimSuffix(pattern, "{$}")), func(name string) string {
			if strings.Contains(name, `\.`) {
				return ".+"
			}
			return "[^/]+"
		})
		if is, err := regexp.MatchString("^"+expression+"$", path); err == nil && is {
			return pattern
		}
	}
	return ""
}

// alone are routes that no page shows: pictures, lists for pickers, downloads.
var alone = regexp.MustCompile(`^/(pick|live|charts?|embed)(/|$)|\.(csv|svg|json|jsonl|ndjson|sql|yaml|txt)$|/(download|script|export)$`)

// entries are addresses to which people come from elsewhere: a catalog, a message, a program.
func (w *world) addresses() map[string][]string {
	link := url.Values{"fullyQualifiedName": {"sales.public.customers"}, "technology": {"postgres"}, "host": {"dwh.example.com"}}
	exception := url.Values{"requestType": {"masking-exception"}}
	none := url.Values{"fullyQualifiedName": {"sales.public.budgets"}}
	several := url.Values{"fullyQualifiedName": {"sales"}}
	prevented := url.Values{"fullyQualifiedName": {"sales.public.prices"}}
	for name, value := range link {
		exception[name] = value
	}
	program := url.Values{"redirect_uri": {"http://127.0.0.1:46001/callback"}, "state": {"0123456789"}, "code_challenge": {strings.Repeat("A", 43)}, "code_challenge_method": {"S256"}, "name": {"gw"}}
	return map[string][]string{
		"eve": {"/request/several?asset=" + string(stock) + "&asset=" + string(long), "/request?" + link.Encode(), "/request?" + exception.Encode(), "/request?" + none.Encode(), "/request?" + several.Encode(),
			"/requests/" + w.entries["pending"] + "/edit", "/requests/" + w.entries["active"] + "/renewal", "/batches/" + w.entries["batch"],
			"/cli?" + program.Encode(), "/device", "/signed-in", "/requests/" + w.entries["active"], "/requests/" + w.entries["expired"], "/requests/" + w.entries["task"]},
		"frank": {"/request?" + prevented.Encode(), "/requests/" + w.entries["lapsed"], "/requests/" + w.entries["suspended"]},
		"sales-owner": {"/requests/" + w.entries["pending"], "/requests/" + w.entries["pending"] + "?why=1", "/requests/" + w.entries["exception"], "/requests/" + w.entries["prevented"],
			"/requests/" + w.entries["active"]},
		"governance": {"/requests/" + w.entries["suspended"], "/requests/" + w.entries["failing"], "/requests/" + w.entries["failing"] + "?why=1", "/access?asset=" + string(orders),
			"/parts", "/access?person=eve@example.com", "/access?asset=" + string(orders) + "&person=eve@example.com"},
		"auditor": {"/requests/" + w.entries["active"], "/access?asset=warehouse:sales"},
	}
}
