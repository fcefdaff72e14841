package grantwright_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/grantwright/grantwright"

// floors are the parts of the house, the lowest first: imports run down only. A
// folder belongs to the floor of the folder above it, and what stands on one
// floor does not know its neighbours.
var floors = [][]string{
	{"internal/pgwire", "internal/mariadbwire"},
	{"catalog"},
	{"request"},
	{"event"},
	{"review", "provision", "notify"},
	{"store", "manifest"},
	{""},
	{"web", "internal/pgserver", "internal/mariadbserver"},
	{"examples"},
}

// owners say which folders alone may import a library.
var owners = map[string][]string{
	"github.com/google/cel-go":       {"review"},
	"github.com/jmoiron/sqlx":        {"store/sqlstore"},
	"modernc.org/sqlite":             {"store/sqlstore"},
	"github.com/lib/pq":              {"store/sqlstore", "catalog/pgsource", "provision/pgprovision", "internal/pgserver", "internal/pgwire"},
	"github.com/go-sql-driver/mysql": {"catalog/mariadbsource", "provision/mariadbprovision", "internal/mariadbserver", "internal/mariadbwire"},
	"go.yaml.in/yaml":                {"manifest"},
	"github.com/goccy/go-yaml":       {"manifest"},
	"github.com/danielgtaylor/huma":  {"web/internal/api"},
	"github.com/yuin/goldmark":       {"web/internal/pages"},
	"github.com/alexedwards/scs":     {"web"},
	"github.com/coreos/go-oidc":      {"web"},
	"github.com/standard-webhooks":   {"examples"}, // of receivers: what they verify we do not sign with it
	"code.dny.dev/ssrf":              {"notify/hooknotify"},
	"github.com/wneessen/go-mail":    {"notify/mailnotify"},
	"github.com/emersion/go-smtp":    {}, // of tests
	"github.com/google/go-cmp":       {"catalog/catalogtest", "provision/provisiontest", "store/storetest"},
	"github.com/matryer/moq":         {},
}

// standardOnly need nothing but the standard library and each other.
var standardOnly = []string{"catalog", "request", "event", "provision", "notify"}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
}

func TestImportsRunDownOnly(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		from := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		for _, imported := range p.Imports {
			to, ours := strings.CutPrefix(imported, module)
			if ours && !mayImport(from, strings.TrimPrefix(to, "/")) {
				t.Errorf("%s imports %s: imports run down only, and neighbours do not know each other", from, to)
			}
		}
	}
}

// webRooms are the floors inside web, the lowest first. The rules are those of
// floors.
var webRooms = [][]string{
	{"web/internal/site"},
	{"web/internal/api", "web/internal/pages"},
	{"web"},
}

func TestRoomsOfWebImportDownOnly(t *testing.T) {
	t.Parallel()
	at := func(folder string) int {
		return slices.IndexFunc(webRooms, func(names []string) bool { return slices.Contains(names, folder) })
	}
	for _, p := range listPackages(t) {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		if !within(from, "web") {
			continue
		}
		if at(from) < 0 {
			t.Errorf("%s is no room of web: give it a place in this test", from)
		}
		for _, imported := range p.Imports {
			to := strings.TrimPrefix(imported, module+"/")
			if within(to, "web") && at(to) >= at(from) {
				t.Errorf("%s imports %s: the rooms of web import down only", from, to)
			}
		}
	}
}

func TestHeavyLibrariesHaveOneOwner(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		folder := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		for _, imported := range p.Imports {
			for library, allowed := range owners {
				if within(imported, library) && !slices.ContainsFunc(allowed, func(o string) bool { return within(folder, o) }) {
					t.Errorf("%q imports %s, which belongs to %v", folder, imported, allowed)
				}
			}
			known := func(library string) bool { return within(imported, library) }
			if foreign := strings.Contains(imported, "."); foreign && !within(imported, module) && !slices.ContainsFunc(slices.Collect(maps.Keys(owners)), known) {
				t.Errorf("%q imports %s, which no folder owns: give it an owner in this test", folder, imported)
			}
		}
	}
}

func TestTheUsersPackagesNeedTheStandardLibraryOnly(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		if !slices.Contains(standardOnly, strings.TrimPrefix(p.ImportPath, module+"/")) {
			continue
		}
		for _, dependency := range p.Deps {
			if strings.Contains(strings.Split(dependency, "/")[0], ".") && !within(dependency, module) {
				t.Errorf("%s needs %s", p.ImportPath, dependency)
			}
		}
	}
}

// mayImport says whether one folder of the module may import another.
func mayImport(from, to string) bool {
	a, b := floorOf(from), floorOf(to)
	if family(from) == family(to) {
		return true
	}
	return b < a
}

func floorOf(folder string) int {
	return slices.IndexFunc(floors, func(names []string) bool { return slices.Contains(names, family(folder)) })
}

// family is the part of the house that a folder belongs to. What is internal is
// one each, at the height of those who need it.
func family(folder string) string {
	parts := strings.SplitN(folder, "/", 3)
	if parts[0] == "internal" && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps,Standard", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if floorOf(strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")) < 0 {
			t.Errorf("%s is on no floor of the house", p.ImportPath)
		}
		packages = append(packages, p)
	}
	if len(packages) < 10 {
		t.Fatalf("go list found %d packages only", len(packages))
	}
	return packages
}
