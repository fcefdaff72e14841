package pages_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// outworn are words for people that were replaced by clearer ones: on pages, in mail, in faults
// and in the document of the API.
var outworn = regexp.MustCompile(`(?i)access to it is access to|handed in yet|what this would lead to|no column of the asset is masked|go on beyond its end|` +
	`approved or not, access|less than asked|one of the permissions \[|is mended on|what stands on the platform is not what|taken away on the platform, and not by us|` +
	`stands in the log|give there again|known by: the platform|would have ended|it waited for too long|same as csv|look at what would change|save just this`)

// unclear are sentences that do not say what they are about, alone on a button or in the
// navigation, by what is said there.
var unclear = []string{"By hand", "Wanted", "Changes", "Stops", "Look", "Go on", "Take it back", "Thaw"}

// root is the folder of the module.
const root = "../../.."

// texts are what templates, the code of pages, mail, the document of the API, and the code of
// the module have in words, by where.
func texts(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, room := range rooms(t) {
		said, bare := sentences(t, room)
		all["pages/"+room] = slices.Concat(slices.Collect(maps.Keys(said)), bare, slices.Collect(maps.Keys(german(t, room))))
	}
	for _, file := range []string{"notify/words/en.tmpl", "web/testdata/openapi.json"} {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		all[file] = strings.Split(string(text), "\n")
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{"e2e", "testdata", "tools", ".git"}, d.Name()):
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			all[path] = literals(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// literals are the texts in the code of a file.
func literals(t *testing.T, path string) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, is := n.(*ast.BasicLit); is && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				all = append(all, text)
			}
		}
		return true
	})
	return all
}

// Words that readers did not understand do not come back.
func TestNoOutwornWords(t *testing.T) {
	t.Parallel()
	found := texts(t)
	if len(found["pages/deciding"]) < 100 || len(found["notify/words/en.tmpl"]) < 100 || len(found) < 200 {
		t.Fatalf("only %d files were read", len(found))
	}
	for where, all := range found {
		for _, text := range all {
			if word := outworn.FindString(text); word != "" {
				t.Errorf("%s says %q: %s", where, word, text)
			}
			if strings.HasPrefix(where, "pages/") && slices.Contains(unclear, text) {
				t.Errorf("%s says %q, and of what?", where, text)
			}
		}
	}
}
