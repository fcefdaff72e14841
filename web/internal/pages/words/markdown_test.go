package words

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var addresses = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

// TestMarkdownRunsNothing holds agreements to links that lead somewhere: none may run
// anything, in whatever way it is spelled.
func TestMarkdownRunsNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"<javascript:alert(1)>", "<JavaScript:alert(1)>", "<vbscript:x>", "<data:text/html,x>", "<file:///etc/passwd>",
		"[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](javascript&colon;alert(1))", "[x](java&#115;cript:alert(1))",
		"[x](&#106;avascript:alert(1))", "[x](<javascript:alert(1)>)", "[x](vbscript&colon;x)", "[x](data:text/html;base64,x)",
		"[x](java&Tab;script:alert(1))", "[x](java&NewLine;script:alert(1))", "[x](&#1;javascript:alert(1))", "[x](&#32;javascript:alert(1))",
		"[x](java\\script:alert(1))", "[x][1]\n\n[1]: javascript&colon;alert(1)", "![x](javascript&colon;alert(1))",
		"[x](data:image/svg+xml,x)", "<a href=\"javascript:alert(1)\">x</a>", "<script>alert(1)</script>",
	} {
		shown := string(markdown(text))
		if strings.Contains(shown, "<script") || strings.Contains(shown, "onerror") {
			t.Errorf("%q becomes %q", text, shown)
		}
		for _, found := range addresses.FindAllStringSubmatch(shown, -1) {
			if scheme := schemeOf(html.UnescapeString(found[1])); !slices.Contains([]string{"", "http", "https", "mailto"}, scheme) {
				t.Errorf("%q leads to %q, of scheme %q", text, found[1], scheme)
			}
		}
	}
	for text, want := range map[string]string{
		"[terms](https://example.com/terms)": `<a href="https://example.com/terms">terms</a>`,
		"<mailto:legal@example.com>":         `href="mailto:legal@example.com"`,
		"[below](#retention)":                `href="#retention"`,
	} {
		if shown := string(markdown(text)); !strings.Contains(shown, want) {
			t.Errorf("%q becomes %q, without %q", text, shown, want)
		}
	}
}

// schemeOf reads a scheme as a browser does: without spaces and controls before it, and
// without tabs and line ends in it. What holds an escape is no scheme.
func schemeOf(address string) string {
	address = strings.TrimLeftFunc(address, func(r rune) bool { return r <= ' ' })
	address = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(address)
	scheme, _, is := strings.Cut(address, ":")
	if !is || strings.ContainsAny(scheme, "/?#%") {
		return ""
	}
	return strings.ToLower(scheme)
}
