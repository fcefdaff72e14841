package browser

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/grantwright/grantwright/web"
)

const pages = "../../web/internal/pages/"

// sentence is one of the catalogue: the pieces of its English between its values.
type sentence struct {
	english string
	pieces  []string
}

var (
	value      = regexp.MustCompile(`%(\[\d+\])?[a-z]`)
	threeWords = regexp.MustCompile(`\pL+\W+\pL+\W+\pL+`)
	letters    = regexp.MustCompile(`\pL{2}`)
	// english are words that no German sentence has, and no text of the world.
	english = regexp.MustCompile(`\b([Tt]he|[Oo]f|[Aa]nd|[Yy]our?|[Ii]s|[Aa]re|[Ww]ith|[Ff]or|[Hh]ave|[Nn]ot|[Tt]his|[Tt]hat|[Ff]rom|[Bb]y|[Ww]hich|[Uu]ntil|[Nn]obody)\b`)
)

// unsaid are sentences that the engine makes, and that have no German yet: how a flow goes on,
// and errors of platforms. The list may only shrink.
var unsaid = regexp.MustCompile(`asks people: |approves at once|approves for anybody|does not exist$|^The platform does not say by which`)

// catalogue are the sentences that German says otherwise.
func catalogue(t *testing.T) (all []sentence) {
	t.Helper()
	files, err := filepath.Glob(pages + "words/catalogue/de/*.json")
	must(t, err)
	same := map[string]bool{} // what is German too: said as in English by one of the rooms, or how another sentence is said
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		var said map[string]any
		must(t, json.Unmarshal(text, &said))
		for key, german := range said {
			if german, is := german.(string); is {
				same[german] = true
			}
			if german == key || !letters.MatchString(key) {
				continue
			}
			s := sentence{english: key}
			for _, piece := range value.Split(key, -1) {
				if threeWords.MatchString(piece) {
					s.pieces = append(s.pieces, strings.TrimSpace(piece))
				}
			}
			all = append(all, s)
		}
	}
	return slices.DeleteFunc(all, func(s sentence) bool { return same[s.english] })
}

// unconverted are the rooms whose pages still speak English only.
func unconverted(t *testing.T) (rooms []string) {
	t.Helper()
	source, err := os.ReadFile(pages + "catalogue_test.go")
	must(t, err)
	list := regexp.MustCompile(`var english = \[\]string\{([^}]*)\}`).FindSubmatch(source)
	if list == nil {
		return nil
	}
	for _, m := range regexp.MustCompile(`"(\w+)"`).FindAllSubmatch(list[1], -1) {
		rooms = append(rooms, string(m[1]))
	}
	return rooms
}

// roomOf is the folder whose code has a route.
func roomOf(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pages + "*/*.go")
	must(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		if strings.Contains(string(text), `.Handle("GET `+pattern+`"`) {
			return filepath.Base(filepath.Dir(file))
		}
	}
	return ""
}

// german asks for every page that somebody has opened in German, and wants nothing English
// on those of rooms that are in the catalogue.
func german(t *testing.T, w *world, opened map[string]map[string]string) {
	said, still, looked := catalogue(t), unconverted(t), 0
	wrong := map[string][]string{}
	rooms := map[string]string{}
	for _, role := range roles {
		for _, at := range sorted(opened[role]) {
			pattern := opened[role][at]
			if _, known := rooms[pattern]; !known {
				rooms[pattern] = roomOf(t, pattern)
			}
			if slices.Contains(still, rooms[pattern]) {
				continue
			}
			looked++
			path := strings.TrimPrefix(at, w.URL)
			for _, text := range w.german(t, role, at) {
				if unsaid.MatchString(text) {
					continue
				}
				if hit := english.FindString(text); hit != "" {
					wrong[text] = append(wrong[text], role+" at "+path)
					continue
				}
				for _, s := range said {
					if text == s.english || slices.ContainsFunc(s.pieces, func(piece string) bool { return strings.Contains(text, piece) }) {
						wrong[s.english] = append(wrong[s.english], role+" at "+path)
					}
				}
			}
		}
	}
	for _, text := range sorted(wrong) {
		t.Errorf("in German: %q\n\ton %d pages: %s", text, len(wrong[text]), wrong[text][0])
	}
	t.Logf("%d pages in German; rooms that are not in the catalogue: %q", looked, still)
}

// german are the texts of a page in German, and those of attributes that people hear or see.
func (w *world) german(t *testing.T, role, at string) (all []string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, nil)
	must(t, err)
	r.Header.Set(web.DevHeader, role+"@example.com")
	r.Header.Set("Accept-Language", "de-DE,de;q=0.9,en;q=0.5")
	a, err := http.DefaultClient.Do(r)
	must(t, err)
	defer func() { _ = a.Body.Close() }()
	if language := a.Header.Get("Content-Language"); language != "de" {
		t.Errorf("%s is in %q", at, language)
	}
	page, err := html.Parse(a.Body)
	must(t, err)
	for n := range page.Descendants() {
		if n.Type == html.ElementNode {
			for _, attribute := range n.Attr {
				if slices.Contains([]string{"aria-label", "title", "placeholder", "alt", "data-confirm", "data-cancel", "data-done", "data-label"}, attribute.Key) {
					all = append(all, clean(attribute.Val))
				}
			}
		}
		if n.Type == html.TextNode && !isCode(n) && letters.MatchString(n.Data) {
			all = append(all, clean(n.Data))
		}
	}
	return all
}

func clean(text string) string { return strings.Join(strings.Fields(text), " ") }

// isCode reports whether a text is one that has no language, or one of its own. Conditions in
// words, and notices in the inbox, have none but English yet.
func isCode(n *html.Node) bool {
	for p := range n.Ancestors() {
		if slices.Contains([]atom.Atom{atom.Code, atom.Pre, atom.Textarea, atom.Script, atom.Style}, p.DataAtom) {
			return true
		}
		if slices.ContainsFunc(p.Attr, func(a html.Attribute) bool {
			return a.Key == "lang" && p.DataAtom != atom.Html || a.Key == "class" && slices.ContainsFunc(strings.Fields(a.Val), func(class string) bool { return class == "ref" || class == "rules" || class == "notices" })
		}) {
			return true
		}
	}
	return false
}
