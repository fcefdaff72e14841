package grantwright_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files of exported names anew")

// The budgets of the house.
const (
	fileLines     = 450
	functionLines = 80
	packageLines  = 3500 // of one package, without its tests
	rootLines     = 4000
)

// publicNames are the packages that hosts import, with the most top-level names that
// each may export; 0 is no bound.
var publicNames = map[string]int{".": 40, "web": 15, "web/oidcsignin": 15, "web/proxysignin": 8, "store": 70, "catalog": 0, "request": 0, "event": 0, "event/proof": 45, "review": 0, "review/comparison": 20, "review/dossier": 20, "review/assist": 0, "review/assist/llm": 0, "provision": 0, "notify": 0, "manifest": 0,
	"grantwrighttest": 15, "web/scim": 15, "web/edge": 8, "client": 20}

// source is one file of the module that is no test.
type source struct {
	path  string
	lines int
	fset  *token.FileSet
	file  *ast.File
}

func (s source) folder() string { return filepath.ToSlash(filepath.Dir(s.path)) }

// generated marks files that nobody writes: their length is the generator's.
var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// sources parses every file of the module that is no test, and not generated.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "e2e" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if generated.Match(text) {
			return nil
		}
		s := source{path: path, lines: strings.Count(string(text), "\n"), fset: token.NewFileSet()}
		s.file, err = parser.ParseFile(s.fset, path, text, 0)
		all = append(all, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("%d files only", len(all))
	}
	return all
}

func TestNothingIsTooLong(t *testing.T) {
	t.Parallel()
	folders := map[string]int{}
	for _, s := range sources(t) {
		if s.lines > fileLines {
			t.Errorf("%s has %d lines, at most %d are allowed", s.path, s.lines, fileLines)
		}
		folders[s.folder()] += s.lines
		for _, d := range s.file.Decls {
			if f, is := d.(*ast.FuncDecl); is {
				if lines := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1; lines > functionLines {
					t.Errorf("%s: %s has %d lines, at most %d are allowed", s.path, f.Name.Name, lines, functionLines)
				}
			}
		}
	}
	for folder, lines := range folders {
		most := packageLines
		if folder == "." {
			most = rootLines
		}
		if lines > most {
			t.Errorf("%s has %d lines, at most %d are allowed: does it want rooms?", folder, lines, most)
		}
	}
}

// TestOnlyTheJournalCommits holds the seam: no room commits a change past the journal,
// and rights are checked at the door, by the root's permit.
func TestOnlyTheJournalCommits(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		inside := strings.HasPrefix(s.path, "internal/")
		if !inside && s.folder() != "." || s.folder() == "internal/journal" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is {
				return true
			}
			if commitsPast(call) {
				t.Errorf("%s commits a change past the journal", s.fset.Position(call.Pos()))
			}
			if name, is := call.Fun.(*ast.Ident); is && inside && name.Name == "permit" {
				t.Errorf("%s decides who may: that is the root's", s.fset.Position(call.Pos()))
			}
			return true
		})
	}
}

// commitsPast reports whether a call is Commit of a store.Change: with a store, where
// the journal's takes a function.
func commitsPast(call *ast.CallExpr) bool {
	sel, is := call.Fun.(*ast.SelectorExpr)
	if !is || sel.Sel.Name != "Commit" || len(call.Args) != 2 {
		return false
	}
	arg, is := call.Args[1].(*ast.SelectorExpr)
	return is && arg.Sel.Name == "Store"
}

func TestCommitsPastTheJournalAreFound(t *testing.T) {
	t.Parallel()
	for text, past := range map[string]bool{"c.Commit(ctx, j.Store)": true, "j.Commit(ctx, func(c *store.Change) error { return nil })": false, "j.CommitOnce(ctx, &c)": false} {
		expr, err := parser.ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := commitsPast(expr.(*ast.CallExpr)); got != past {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestRoomsTagEveryStoredField holds the JSON of what the rooms store: where a struct tags
// one of its fields, it tags every exported one. A field that is exported for another room
// must not slip into a record.
func TestRoomsTagEveryStoredField(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if !strings.HasPrefix(s.path, "internal/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if st, is := n.(*ast.StructType); is {
				for _, name := range untagged(st) {
					t.Errorf("%s: field %s has no json tag, and others of its struct have", s.fset.Position(st.Pos()), name)
				}
			}
			return true
		})
	}
}

// untagged names the exported fields without a json tag of a struct that tags others.
func untagged(st *ast.StructType) (names []string) {
	tags := false
	for _, f := range st.Fields.List {
		if f.Tag != nil && strings.Contains(f.Tag.Value, "json:") {
			tags = true
			continue
		}
		for _, n := range f.Names {
			if n.IsExported() {
				names = append(names, n.Name)
			}
		}
	}
	if !tags {
		return nil
	}
	return names
}

// TestExportedNames compares what each public package exports with its golden file.
func TestExportedNames(t *testing.T) {
	t.Parallel()
	names := map[string][]string{}
	top := map[string]int{}
	for _, s := range sources(t) {
		if _, public := publicNames[s.folder()]; public {
			found := exported(s.file)
			names[s.folder()] = append(names[s.folder()], found...)
			for _, n := range found {
				if !strings.Contains(n, ".") {
					top[s.folder()]++
				}
			}
		}
	}
	for folder, most := range publicNames {
		if most > 0 && top[folder] > most {
			t.Errorf("%s exports %d top-level names, at most %d are allowed", folder, top[folder], most)
		}
		slices.Sort(names[folder])
		got := strings.Join(names[folder], "\n") + "\n"
		golden := filepath.Join("testdata", "names", strings.ReplaceAll(folder, ".", "grantwright")+".txt")
		if *update {
			if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("the exported names of %s differ from %s; go test . -run ExportedNames -update writes them (-want +got):\n%s", folder, golden, diff)
		}
	}
}

// exported lists the exported names of a file: top-level ones, and Type.Method.
func exported(f *ast.File) (names []string) {
	add := func(name string) {
		if ast.IsExported(name) {
			names = append(names, name)
		}
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				add(d.Name.Name)
			} else if of := receiverOf(d); ast.IsExported(of) && d.Name.IsExported() {
				names = append(names, fmt.Sprintf("%s.%s", of, d.Name.Name))
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					add(spec.Name.Name)
				case *ast.ValueSpec:
					for _, n := range spec.Names {
						add(n.Name)
					}
				}
			}
		}
	}
	return names
}

// receiverOf is the name of the type that a method belongs to.
func receiverOf(f *ast.FuncDecl) string {
	t := f.Recv.List[0].Type
	for {
		switch of := t.(type) {
		case *ast.StarExpr:
			t = of.X
		case *ast.IndexExpr:
			t = of.X
		case *ast.IndexListExpr:
			t = of.X
		case *ast.Ident:
			return of.Name
		default:
			return ""
		}
	}
}
