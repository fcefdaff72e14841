package grantwright_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/grantwright/grantwright"

// modules are the folders of the modules that the rules hold for: this one, and that of the
// reference server, whose libraries reach no go.sum of a host.
var modules = []string{".", "examples/server"}

// floors are the parts of the house, the lowest first: imports run down only. A
// folder belongs to the floor of the folder above it, and what stands on one
// floor does not know its neighbours. The rooms inside the engine stand on a floor
// each.
var floors = [][]string{
	{"internal/privatefile", "internal/visible", "internal/telemetry"},
	{"internal/pgwire", "internal/mariadbwire", "internal/cache", "internal/excerpt", "internal/jsoncall", "internal/address"},
	{"catalog"},
	{"request"},
	{"event"},
	{"review", "provision", "notify"},
	{"store"},
	{"manifest"},
	{"internal/records", "internal/snapshot"},
	{"internal/metrics"},
	{"internal/journal"},
	{"internal/people", "internal/evidence", "internal/figures", "internal/proofs"},
	{"internal/sessions"},
	{"internal/tokens"},
	{"internal/platforms"},
	{"internal/rulebook"},
	{"internal/provisioning"},
	{"internal/decisions"},
	{"internal/lists"},
	{"internal/outlook"},
	{"internal/desk"},
	{"internal/masking"},
	{"internal/drift"},
	{"internal/switches"},
	{"internal/governance"},
	{"internal/inventory"},
	{"internal/enrollment"},
	{"internal/webhooks"},
	{"internal/advice"},
	{"internal/notices"},
	{"internal/background"},
	{""},
	{"web", "internal/throwaway", "internal/enginetest"},
	{"grantwrighttest"},
	{"examples"},
	{"tests"},
}

// owners say which folders alone may import a library.
var owners = map[string][]string{
	"github.com/google/cel-go":            {"review"},
	"github.com/jmoiron/sqlx":             {"store/sqlstore"},
	"modernc.org/sqlite":                  {"store/sqlitestore"},
	"github.com/lib/pq":                   {"store/pgstore", "catalog/pgsource", "provision/pgprovision", "internal/throwaway/pgserver", "internal/pgwire"},
	"github.com/go-sql-driver/mysql":      {"catalog/mariadbsource", "provision/mariadbprovision", "internal/throwaway/mariadbserver", "internal/mariadbwire"},
	"go.yaml.in/yaml":                     {"manifest"},
	"github.com/goccy/go-yaml":            {"manifest"},
	"github.com/danielgtaylor/huma":       {"web/internal/api", "web/internal/self", "web/internal/oversight", "web/internal/proving", "web/internal/route", "web/internal/document", "web/internal/body", "web/internal/once"},
	"github.com/yuin/goldmark":            {"web/internal/pages/words", "web/internal/pages/chart"},
	"golang.org/x/text":                   {"web/internal/pages/words", "web/internal/pages/chart"},
	"github.com/alexedwards/scs":          {"web/oidcsignin"},
	"github.com/coreos/go-oidc":           {"web/oidcsignin"},
	"golang.org/x/oauth2":                 {"web/oidcsignin"},
	"github.com/go-jose/go-jose":          {}, // of tests
	"golang.org/x/time":                   {"web/internal/limit"},
	"github.com/elimity-com/scim":         {"web/scim"},
	"github.com/scim2/filter-parser":      {"web/scim"},
	"github.com/standard-webhooks":        {"examples"}, // of receivers: what they verify we do not sign with it
	"code.dny.dev/ssrf":                   {"notify/hooknotify"},
	"github.com/wneessen/go-mail":         {"notify/mailnotify"},
	"github.com/emersion/go-smtp":         {}, // of tests
	"github.com/google/go-cmp":            {"catalog/catalogtest", "provision/provisiontest", "store/storetest"},
	"github.com/transparency-dev/merkle":  {"event/proof"},
	"github.com/transparency-dev/formats": {"event/proof"},
	"golang.org/x/mod":                    {"event/proof", "examples"},
	"github.com/matryer/moq":              {},
	"go.opentelemetry.io/otel":            {"internal/telemetry", "examples/server"},
	"github.com/prometheus":               {"examples/server"},
}

// standardOnly need nothing but the standard library and each other.
var standardOnly = []string{"catalog", "request", "event", "provision", "notify", "store"}

// unlinked are libraries that whoever uses a package does not link with it: each
// driver is large, and comes with the package of its own database only.
var unlinked = map[string][]string{
	"":                  {"github.com/lib/pq", "modernc.org", "github.com/go-sql-driver/mysql"},
	"web":               {"github.com/lib/pq", "modernc.org", "github.com/go-sql-driver/mysql"},
	"grantwrighttest":   {"github.com/lib/pq", "modernc.org", "github.com/go-sql-driver/mysql"},
	"store/sqlstore":    {"github.com/lib/pq", "modernc.org", "github.com/go-sql-driver/mysql"},
	"store/pgstore":     {"modernc.org", "github.com/go-sql-driver/mysql"},
	"store/sqlitestore": {"github.com/lib/pq", "github.com/go-sql-driver/mysql"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
}

// rules are what every package of the module is held to. Each says what breaks it.
var rules = map[string]func(p goPackage) []string{
	"imports run down only":                importsUp,
	"rooms inside a part import down only": importsUpInside,
	"heavy libraries have one owner":       importsOfOthers,
	"these need the standard library only": needsMore,
	"no driver of another database":        linksOthers,
}

func TestTheHouseKeepsItsRules(t *testing.T) {
	t.Parallel()
	for _, p := range listPackages(t) {
		for name, rule := range rules {
			for _, fault := range rule(p) {
				t.Errorf("%s: %s", name, fault)
			}
		}
	}
}

// TestEveryRuleFindsABreak plants one break of each kind.
func TestEveryRuleFindsABreak(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ rule, from, imports string }{
		{"imports run down only", "catalog", module + "/request"},
		{"imports run down only", "review", module + "/provision"},
		{"imports run down only", "internal/journal", module + "/internal/people"},
		{"imports run down only", "internal/governance", module + "/internal/webhooks"},
		{"imports run down only", "internal/decisions", module},
		{"imports run down only", "internal/stranger", module + "/catalog"},
		{"imports run down only", "internal/enginetest", module + "/grantwrighttest"},
		{"imports run down only", "web", module + "/grantwrighttest"},
		{"rooms inside a part import down only", "web/internal/api", module + "/web/internal/pages"},
		{"rooms inside a part import down only", "web/internal/api", module + "/web/internal/self"},
		{"rooms inside a part import down only", "web/internal/route", module + "/web/internal/api"},
		{"rooms inside a part import down only", "web/internal/site", module + "/web"},
		{"rooms inside a part import down only", "web/internal/stranger", module + "/web/internal/site"},
		{"rooms inside a part import down only", "review/internal/condition", module + "/review"},
		{"rooms inside a part import down only", "provision/pgprovision/internal/naming", module + "/provision/pgprovision/internal/cluster"},
		{"rooms inside a part import down only", "provision/pgprovision/internal/masks", module + "/provision/pgprovision/internal/reach"},
		{"rooms inside a part import down only", "provision/internal/converge", module + "/provision/pgprovision/internal/naming"},
		{"rooms inside a part import down only", "provision/mariadbprovision", module + "/provision/pgprovision"},
		{"heavy libraries have one owner", "internal/decisions", "github.com/google/cel-go/cel"},
		{"heavy libraries have one owner", "web", "example.com/stranger"},
		{"these need the standard library only", "store", "github.com/google/cel-go/cel"},
		{"these need the standard library only", "event", "gopkg.in/stranger"},
		{"no driver of another database", "store/pgstore", "modernc.org/libc"},
		{"no driver of another database", "store/sqlitestore", "github.com/lib/pq"},
		{"no driver of another database", "", "modernc.org/sqlite"},
	} {
		p := goPackage{ImportPath: module + "/" + tt.from, Imports: []string{tt.imports}, Deps: []string{tt.imports}}
		if len(rules[tt.rule](p)) == 0 {
			t.Errorf("%q lets %s import %s", tt.rule, tt.from, tt.imports)
		}
	}
}

func importsUp(p goPackage) (faults []string) {
	from := folderOf(p.ImportPath)
	if floorOf(from) < 0 {
		faults = append(faults, from+" is on no floor of the house")
	}
	for _, imported := range p.Imports {
		if within(imported, module) && !mayImport(from, folderOf(imported)) {
			faults = append(faults, fmt.Sprintf("%s imports %s, which is above it or beside it", from, imported))
		}
	}
	return faults
}

// insides are the floors inside the parts of the house that have rooms of their own, the
// lowest first. The rules are those of floors.
var insides = map[string][][]string{
	"review": {
		{"review/internal/condition", "review/internal/pairing"},
		{"review/internal/danger", "review/internal/formula"},
		{"review"},
		{"review/comparison", "review/assist", "review/dossier"},
		{"review/assist/llm"},
	},
	"provision": {
		{"provision"},
		{"provision/internal/converge", "provision/internal/convergetest", "provision/internal/sqlconn"},
		{"provision/pgprovision/internal/naming"},
		{"provision/pgprovision/internal/cluster", "provision/pgprovision/internal/columns"},
		{"provision/pgprovision/internal/reach", "provision/pgprovision/internal/masks", "provision/pgprovision/internal/listing", "provision/pgprovision/internal/setup"},
		{"provision/pgprovision", "provision/mariadbprovision", "provision/hookprovision", "provision/provisiontest"},
	},
	"event": {
		{"event"},
		{"event/proof"},
	},
	"web": {
		{"web/internal/limit", "web/internal/exchange", "web/edge"},
		{"web/internal/site", "web/internal/scopes", "web/internal/sheet"},
		{"web/internal/document", "web/internal/body", "web/internal/once", "web/internal/conditional"},
		{"web/internal/route"},
		{"web/internal/pages/words", "web/internal/pages/chart", "web/internal/pages/governing/draft"},
		{"web/internal/pages/frame"},
		{"web/internal/pages/asking", "web/internal/pages/deciding", "web/internal/pages/governing", "web/internal/pages/operating", "web/internal/pages/account", "web/internal/pages/auditing"},
		{"web/internal/api", "web/internal/self", "web/internal/proving", "web/internal/pages", "web/oidcsignin", "web/proxysignin"},
		{"web/internal/oversight"},
		{"web"},
		{"web/scim"},
	},
}

func importsUpInside(p goPackage) (faults []string) {
	from := folderOf(p.ImportPath)
	part := family(from)
	rooms := insides[part]
	if rooms == nil {
		return nil
	}
	at := func(folder string) int {
		return slices.IndexFunc(rooms, func(names []string) bool { return slices.Contains(names, folder) })
	}
	if at(from) < 0 {
		faults = append(faults, from+" is no room of "+part+": give it a place in this test")
	}
	for _, imported := range p.Imports {
		to := folderOf(imported)
		if within(imported, module) && within(to, part) && at(to) >= at(from) {
			faults = append(faults, fmt.Sprintf("%s imports %s", from, to))
		}
	}
	return faults
}

func importsOfOthers(p goPackage) (faults []string) {
	folder := folderOf(p.ImportPath)
	for _, imported := range p.Imports {
		owned := within(imported, module) || !strings.Contains(imported, ".")
		for library, allowed := range owners {
			if !within(imported, library) {
				continue
			}
			owned = true
			if !slices.ContainsFunc(allowed, func(o string) bool { return within(folder, o) }) {
				faults = append(faults, fmt.Sprintf("%q imports %s, which belongs to %v", folder, imported, allowed))
			}
		}
		if !owned {
			faults = append(faults, fmt.Sprintf("%q imports %s, which no folder owns: give it an owner in this test", folder, imported))
		}
	}
	return faults
}

func needsMore(p goPackage) (faults []string) {
	if !slices.Contains(standardOnly, folderOf(p.ImportPath)) {
		return nil
	}
	for _, dependency := range p.Deps {
		if strings.Contains(strings.Split(dependency, "/")[0], ".") && !within(dependency, module) {
			faults = append(faults, fmt.Sprintf("%s needs %s", p.ImportPath, dependency))
		}
	}
	return faults
}

func linksOthers(p goPackage) (faults []string) {
	for _, dependency := range p.Deps {
		for _, library := range unlinked[folderOf(p.ImportPath)] {
			if within(dependency, library) {
				faults = append(faults, fmt.Sprintf("%s links %s", p.ImportPath, dependency))
			}
		}
	}
	return faults
}

// folderOf is the folder of a package of the module.
func folderOf(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
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
	var packages []goPackage
	for _, folder := range modules {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-C", folder, "-json=ImportPath,Imports,Deps,Standard", "./...").Output()
		if err != nil {
			t.Fatalf("%s: %v", folder, err)
		}
		for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
			var p goPackage
			if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			packages = append(packages, p)
		}
		if !slices.ContainsFunc(packages, func(p goPackage) bool { return folderOf(p.ImportPath) == strings.TrimPrefix(folder, ".") }) {
			t.Fatalf("go list finds no package in %s", folder)
		}
	}
	return packages
}
