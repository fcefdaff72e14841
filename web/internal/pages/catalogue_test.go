package pages_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html/template"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/grantwright/grantwright/web/internal/pages/words"
)

// english are rooms whose pages are not in the catalogue yet. The list may only shrink.
var english []string

// rooms are the folders of pages.
func rooms(t *testing.T) (all []string) {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.IsDir() {
			all = append(all, f.Name())
		}
	}
	return all
}

// TestEverySentenceIsInTheCatalogue holds each room to its words: whatever a template or
// the code of a page says is in the catalogue of each language, and nothing else is.
func TestEverySentenceIsInTheCatalogue(t *testing.T) {
	t.Parallel()
	for _, room := range rooms(t) {
		t.Run(room, func(t *testing.T) {
			t.Parallel()
			said, bare := sentences(t, room)
			known := german(t, room)
			if slices.Contains(english, room) {
				return
			}
			for _, text := range bare {
				t.Errorf("a template says %q without t", text)
			}
			for _, s := range slices.Sorted(maps.Keys(said)) {
				if !known[s] && !everywhere(t)[s] {
					t.Errorf("words/catalogue/de/%s.json lacks %q", room, s)
				}
			}
			for _, s := range slices.Sorted(maps.Keys(known)) {
				if !said[s] && !dynamic[room] {
					t.Errorf("words/catalogue/de/%s.json has %q, which nothing says", room, s)
				}
			}
		})
	}
}

// dynamic are catalogues of sentences that are put together, such as those of constants.
var dynamic = map[string]bool{"words": true, "records": true}

// everywhere are sentences of records, which any room may say.
func everywhere(t *testing.T) map[string]bool {
	all := german(t, "records")
	maps.Copy(all, german(t, "frame"))
	return all
}

// german are the sentences of a catalogue; those of the package words stand in records.
func german(t *testing.T, room string) map[string]bool {
	t.Helper()
	if room == "words" {
		room = "records"
	}
	text, err := os.ReadFile("words/catalogue/de/" + room + ".json")
	if os.IsNotExist(err) {
		return map[string]bool{}
	}
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatalf("de/%s.json: %v", room, err)
	}
	known := map[string]bool{}
	for key := range all {
		known[key] = true
	}
	return known
}

// sentences are what the templates and the code of a room say by the catalogue, and the
// texts of templates that do not.
func sentences(t *testing.T, room string) (said map[string]bool, bare []string) {
	t.Helper()
	said = map[string]bool{}
	files, _ := filepath.Glob(room + "/templates/*.html")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		trees, err := parse.Parse(file, string(text), "", "", builtins, words.Languages()[0].Functions())
		if err != nil {
			t.Fatal(err)
		}
		for _, tree := range trees {
			if found := walk(tree.Root, said); !ofAttributes(tree.Root.String()) {
				bare = append(bare, found...)
			}
		}
	}
	code, _ := filepath.Glob(room + "/*.go")
	for _, file := range code {
		if !strings.HasSuffix(file, "_test.go") {
			inCode(t, file, said)
		}
	}
	return said, bare
}

// ofAttributes reports whether a template is a part of a tag.
func ofAttributes(text string) bool {
	return strings.Contains(text, `="`) && !strings.Contains(text, "<")
}

var builtins = map[string]any{"and": 0, "or": 0, "not": 0, "len": 0, "index": 0, "slice": 0, "print": 0, "printf": 0, "println": 0, "html": 0, "js": 0, "urlquery": 0, "call": 0, "eq": 0, "ne": 0, "lt": 0, "le": 0, "gt": 0, "ge": 0}

var (
	letter = regexp.MustCompile(`\pL{2,}`)
)

// walk gathers the sentences of a template, and the texts that stand bare between tags.
func walk(node parse.Node, said map[string]bool) (bare []string) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		inTag := false
		for _, child := range n.Nodes {
			if text, is := child.(*parse.TextNode); is {
				for _, part := range outside(string(text.Text), &inTag) {
					if letter.MatchString(part) {
						bare = append(bare, strings.TrimSpace(part))
					}
				}
				continue
			}
			if inTag { // attributes are not texts, but may say some
				walk(child, said)
				continue
			}
			bare = append(bare, walk(child, said)...)
		}
	case *parse.ActionNode:
		walkPipe(n.Pipe, said)
	case *parse.IfNode:
		walkPipe(n.Pipe, said)
		return append(walk(n.List, said), walk(n.ElseList, said)...)
	case *parse.RangeNode:
		walkPipe(n.Pipe, said)
		return append(walk(n.List, said), walk(n.ElseList, said)...)
	case *parse.WithNode:
		walkPipe(n.Pipe, said)
		return append(walk(n.List, said), walk(n.ElseList, said)...)
	case *parse.TemplateNode:
		walkPipe(n.Pipe, said)
	}
	return bare
}

// outside are the parts of a text that no tag holds.
func outside(text string, inTag *bool) (parts []string) {
	for text != "" {
		if *inTag {
			i := strings.IndexByte(text, '>')
			if i < 0 {
				return parts
			}
			*inTag, text = false, text[i+1:]
			continue
		}
		i := strings.IndexByte(text, '<')
		if i < 0 {
			return append(parts, text)
		}
		parts = append(parts, text[:i])
		*inTag, text = true, text[i:]
	}
	return parts
}

func walkPipe(pipe *parse.PipeNode, said map[string]bool) {
	if pipe == nil {
		return
	}
	for _, c := range pipe.Cmds {
		if f, is := c.Args[0].(*parse.IdentifierNode); is && (f.Ident == "t" || f.Ident == "th") && len(c.Args) > 1 {
			if s, is := c.Args[1].(*parse.StringNode); is {
				said[s.Text] = true
			}
		}
		for _, a := range c.Args {
			if p, is := a.(*parse.PipeNode); is {
				walkPipe(p, said)
			}
		}
	}
}

// inCode gathers what the code says: the first argument of T and TH, and the texts of links.
func inCode(t *testing.T, file string, said map[string]bool) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if s, is := n.Fun.(*ast.SelectorExpr); is && (s.Sel.Name == "T" || s.Sel.Name == "TH") && len(n.Args) > 0 {
				note(n.Args[0], said)
			}
		case *ast.KeyValueExpr:
			if k, is := n.Key.(*ast.Ident); is && k.Name == "Text" {
				note(n.Value, said)
			}
		}
		return true
	})
}

func note(e ast.Expr, said map[string]bool) {
	if lit, is := e.(*ast.BasicLit); is && lit.Kind == token.STRING {
		if s, err := strconv.Unquote(lit.Value); err == nil {
			said[s] = true
		}
	}
}

var verb = regexp.MustCompile(`%(\[\d+\])?[a-z]`)

// TestTranslationsKeepTheirValues wants each value of a sentence in its translation too.
func TestTranslationsKeepTheirValues(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("words/catalogue/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalogue: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]any
		if err := json.Unmarshal(text, &all); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for key, value := range all {
			for form, said := range forms(value) {
				if want, got := len(verb.FindAllString(key, -1)), len(verb.FindAllString(said, -1)); want != got && (form != "one" || got > want) {
					t.Errorf("%s: %q has %d values, and %q has %d", file, key, want, said, got)
				}
				if strings.Contains(said, "<") && strings.Count(key, "<") != strings.Count(said, "<") {
					t.Errorf("%s: %q and %q differ in their markup", file, key, said)
				}
			}
		}
	}
}

// forms are the forms of a sentence by number: one, which may leave the number out, and other.
func forms(value any) map[string]string {
	all := map[string]string{}
	switch v := value.(type) {
	case string:
		all["other"] = v
	case map[string]any:
		for form, said := range v {
			all[form] = fmt.Sprint(said)
		}
	}
	return all
}

// TestSentencesSpeakTheLanguage says sentences with values in each language.
func TestSentencesSpeakTheLanguage(t *testing.T) {
	t.Parallel()
	en, de := words.Languages()[0], words.Languages()[1]
	for _, tt := range []struct{ got, want string }{
		{en.T("%d days", 1), "1 day"}, {en.T("%d days", 30), "30 days"},
		{de.T("%d days", 1), "1 Tag"}, {de.T("%d days", 30), "30 Tage"},
		{string(de.TH("%s by the rule %s", template.HTML("<b>x</b>"), "<i>")), "<b>x</b> nach der Regel &lt;i&gt;"},
		{de.T("nothing says this"), "nothing says this"}, {en.T("and %d different people", 1), "and one person"},
	} {
		if tt.got != tt.want {
			t.Errorf("said %q, want %q", tt.got, tt.want)
		}
	}
}
