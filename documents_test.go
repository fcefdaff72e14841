package grantwright_test

import (
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/event"
)

// documents lists the documents of the module.
func documents(t *testing.T) []string {
	t.Helper()
	root, err := filepath.Glob("*.md")
	if err != nil || len(root) == 0 {
		t.Fatalf("no documents are found: %v", err)
	}
	docs, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(root, docs)
}

// textOf reads a document.
func textOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	decided = regexp.MustCompile(`(?ms)^\*\*(\d{4}-\d\d-\d\d)\. (.*?)\*\*`)
	indexed = regexp.MustCompile(`(?m)^- (\d{4}-\d\d-\d\d)\. (.*)$`)
	room    = regexp.MustCompile(`(?m)^### (.*)$`)
	pointer = regexp.MustCompile(`(?m)^\[(.*)\]\(#.*\)$`)
)

// TestDesignHasAnIndex compares the index of DESIGN.md with its decisions: rooms and
// titles, in their order.
func TestDesignHasAnIndex(t *testing.T) {
	t.Parallel()
	index, decisions, cut := strings.Cut(textOf(t, "DESIGN.md"), "\n## The house\n")
	if !cut {
		t.Fatal("DESIGN.md does not describe the house")
	}
	lines := func(found *regexp.Regexp, in string) (all []string) {
		for _, m := range found.FindAllStringSubmatch(in, -1) {
			all = append(all, strings.Join(strings.Fields(strings.Join(m[1:], " ")), " "))
		}
		return all
	}
	if diff := cmp.Diff(lines(decided, decisions), lines(indexed, index)); diff != "" {
		t.Errorf("the index of DESIGN.md differs from the decisions (-decisions +index):\n%s", diff)
	}
	if diff := cmp.Diff(lines(room, decisions), lines(pointer, index)); diff != "" {
		t.Errorf("the rooms in the index of DESIGN.md differ (-headings +index):\n%s", diff)
	}
	for _, part := range room.Split(decisions, -1)[1:] {
		if dates := lines(regexp.MustCompile(`(?m)^\*\*(\d{4}-\d\d-\d\d)\.`), part); !slices.IsSorted(dates) {
			t.Errorf("decisions are out of the order of their dates: %v", dates)
		}
	}
}

var (
	linked = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	named  = regexp.MustCompile("`\\*?([a-z]+)\\.([A-Z]\\w*)(?:\\.([A-Z]\\w*))?[`(\\[{]")
	fenced = regexp.MustCompile("(?s)```.*?```")
)

func TestDocumentsLinkToFilesThatAreThere(t *testing.T) {
	t.Parallel()
	for _, path := range documents(t) {
		for _, m := range linked.FindAllStringSubmatch(fenced.ReplaceAllString(textOf(t, path), ""), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// TestDocumentsNameWhatIsThere looks for each name of a package, such as
// store.Change.Commit, in the code. The history is left out: it has names of before.
func TestDocumentsNameWhatIsThere(t *testing.T) {
	t.Parallel()
	there := membersByPackage(t)
	for _, path := range documents(t) {
		if path == "CHANGELOG.md" {
			continue
		}
		for _, m := range named.FindAllStringSubmatch(textOf(t, path), -1) {
			members, known := there[m[1]]
			name := strings.TrimSuffix(m[2]+"."+m[3], ".")
			if known && !members[name] {
				t.Errorf("%s names %s.%s, which is not there", path, m[1], name)
			}
		}
	}
}

// membersByPackage finds the exported names of each package, and those of its types'
// fields and methods.
func membersByPackage(t *testing.T) map[string]map[string]bool {
	t.Helper()
	all := map[string]map[string]bool{}
	for _, s := range sources(t) {
		name := s.file.Name.Name
		if all[name] == nil {
			all[name] = map[string]bool{}
		}
		for _, n := range exported(s.file) {
			all[name][n] = true
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if spec, is := n.(*ast.TypeSpec); is {
				maps.Copy(all[name], membersOf(spec))
			}
			return true
		})
	}
	return all
}

// membersOf are the fields of a struct, or the methods of an interface.
func membersOf(spec *ast.TypeSpec) map[string]bool {
	var fields *ast.FieldList
	switch of := spec.Type.(type) {
	case *ast.StructType:
		fields = of.Fields
	case *ast.InterfaceType:
		fields = of.Methods
	default:
		return nil
	}
	found := map[string]bool{}
	for _, f := range fields.List {
		for _, n := range f.Names {
			found[spec.Name.Name+"."+n.Name] = true
		}
	}
	return found
}

var eventRow = regexp.MustCompile("(?m)^\\| `([a-z_]+\\.[a-z_]+)` \\|")

// TestEveryEventIsExplained compares the events that the page for operators explains
// with those that there are.
func TestEveryEventIsExplained(t *testing.T) {
	t.Parallel()
	var explained []event.Name
	for _, m := range eventRow.FindAllStringSubmatch(textOf(t, "docs/operating.md"), -1) {
		explained = append(explained, event.Name(m[1]))
	}
	slices.Sort(explained)
	if diff := cmp.Diff(event.Names(), explained); diff != "" {
		t.Errorf("docs/operating.md explains other events than there are (-there +explained):\n%s", diff)
	}
}

// TestEveryFindingIsExplained compares the findings that the page for operators
// explains with those that there are.
func TestEveryFindingIsExplained(t *testing.T) {
	t.Parallel()
	_, after, _ := strings.Cut(textOf(t, "docs/operating.md"), "\n## Reconciliation\n")
	section, _, _ := strings.Cut(after, "\n## ")
	var explained []string
	for _, m := range stateRow.FindAllStringSubmatch(section, -1) {
		explained = append(explained, m[1])
	}
	slices.Sort(explained)
	if diff := cmp.Diff(constants(t, "provision", "FindingKind"), explained); diff != "" {
		t.Errorf("docs/operating.md explains other findings than there are (-there +explained):\n%s", diff)
	}
}
