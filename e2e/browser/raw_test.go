package browser

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// texts gathers what the page shows, apart from code and fields: one entry for each piece of text.
const texts = `(() => { const all = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; (n = walk.nextNode());) {
		const p = n.parentElement, text = n.textContent.replace(/\s+/g, " ").trim();
		if (text && !p.closest("code, pre, textarea, script, style, template, option, svg, .ref") && p.checkVisibility()) all.push(text);
	}
	return all })()`

// inside is what only programmers know: the words of records, of Go and of its packages.
var inside = regexp.MustCompile(`\[(GOVERNANCE|ADMIN|AUDIT)\b|\bConfig\.[A-Z]\w+|%![a-zA-Z(]|<nil>|\bmap\[|0001-01-01|\{\{|\}\}|\b(true|false) false\b|` +
	`\b(DATA_ACCESS|MASKING_EXCEPTION|READ_WRITE|REVOKING|PROVISIONING|SUSPENDED|ESCALATE)\b`)

// packages are the names of our packages, as their errors begin.
func packages() *regexp.Regexp {
	var names []string
	_ = filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && regexp.MustCompile(`^[a-z]{3,}(notify|provision|store|source|signin)$`).MatchString(d.Name()) {
			names = append(names, d.Name())
		}
		return nil
	})
	return regexp.MustCompile(`\b(` + strings.Join(append(names, "grantwright", "catalog", "provision", "review", "decisions", "sql", "pq"), "|") + `): `)
}

// events are the types of events, as the log has them.
func events(t *testing.T) *regexp.Regexp {
	t.Helper()
	source, err := os.ReadFile("../../event/names.go")
	must(t, err)
	var names []string
	for _, m := range regexp.MustCompile(`= "([a-z_]+\.[a-z_]+)"`).FindAllStringSubmatch(string(source), -1) {
		names = append(names, regexp.QuoteMeta(m[1]))
	}
	if len(names) < 50 {
		t.Fatalf("there are %d events", len(names))
	}
	return regexp.MustCompile(`\b(` + strings.Join(names, "|") + `)\b`)
}

var ours = packages()

// raw finds texts that are for programs.
func (c *crawl) raw(on string) {
	c.Helper()
	all := ask[[]string](c.tab, texts)
	address, err := url.Parse(c.world.pg.SuperURL(database))
	must(c.T, err)
	said := events(c.T)
	for _, text := range all {
		for name, finds := range map[string]*regexp.Regexp{"the type of an event": said, "words of programmers": inside, "the name of a package": ours, "the address of the platform": regexp.MustCompile(regexp.QuoteMeta(address.Host))} {
			if name == "words of programmers" && strings.Contains(on, " at /build/") || name == "the address of the platform" && c.role == "admin" {
				continue // conditions are written there, and connections
			}
			if hit := finds.FindString(text); hit != "" {
				c.finds(on, "%s (%s) in %q", name, hit, anyID.ReplaceAllString(text, "…"))
			}
		}
	}
}
