package web_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	signing "golang.org/x/mod/sumdb/note"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/proofs"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web"
)

// learning is a world in which each field that somebody may want to know holds a text of its
// own: whoever gets that text has learned of the field.
type learning struct {
	*world
	ids     map[string]string // by the operation's place of them
	secrets []secret
}

// secret is a text that stands in one place only.
type secret struct {
	letter string
	what   string // for the legend
	texts  []string
}

// ben is the beneficiary of the table: frank asks for him.
var ben = request.Identity{ID: "ben@example.com", Name: "SECRET-NAME", Groups: []string{"team"}, Attributes: map[string][]string{"login": {"secret-login"}}}

// learners are the roles of the table, in its order. Who has a role is the value.
var learners = []struct {
	role string
	who  request.Identity
}{
	{"stranger", nobody},
	{"requester", frank},
	{"beneficiary", ben},
	{"colleague", request.Identity{ID: "colleague@example.com", Groups: []string{"team"}}},
	{"steward", owner},
	{"other steward", privacy},
	{"GOVERNANCE", gov},
	{"ADMIN", admin},
	{"AUDIT", auditor},
	{"service", request.Identity{ID: "service", Kind: request.Service, Owner: owner.Person(), Groups: []string{"sales-owners"}}},
	{"disabled", request.Identity{ID: "left@example.com", Groups: []string{"sales-owners"}, Permissions: []request.Permission{request.Audit}}},
}

// outsiders have nothing to do with the requests of the table.
var outsiders = []string{"stranger", "colleague", "other steward", "disabled"}

// guarding is a flow with a secret in each condition; its rule fails.
var guarding = review.Flow{Name: "guarding",
	Rules: []review.Rule{{Name: "known", When: `beneficiary.attributes["SECRET-RULE"][0] == "x"`, Then: review.Action{Act: review.Approve}}},
	Default: review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "owners", Mode: review.Any, When: `!("SECRET-STAGE" in beneficiary.groups)`,
		Selectors: []review.Selector{{Group: "sales-owners"}, {When: `"SECRET-SELECTOR" in steward.groups`}}}}}}

// newLearning seeds the world of the table.
func newLearning(t *testing.T) *learning {
	t.Helper()
	l := &learning{ids: map[string]string{}}
	people := map[string]request.Identity{}
	for _, r := range learners {
		people[r.who.ID] = r.who
	}
	people[etl.ID] = etl
	var records store.Store
	l.world = newWorldAt(t, "", web.Options{Authenticate: func(r *http.Request) (request.Identity, error) {
		who, is := people[r.Header.Get(web.DevHeader)]
		if !is {
			return who, web.ErrSignIn
		}
		return who, nil
	}}, nil, func(c *grantwright.Config) { c.Directory, records = append(slices.Clone(everybody), ben), c.Store })
	ctx, e := t.Context(), l.engine
	_, err := e.Governance().Flows.Save(ctx, gov, guarding)
	must(t, err)
	for _, at := range []catalog.Ref{orders, "warehouse:sales.public.prices"} {
		must(t, attach(ctx, e.Governance(), gov, request.Attachment{At: at, Type: request.DataAccess, Flow: "guarding"}))
	}
	_, err = e.Governance().Guardrails.Save(ctx, gov, review.Guardrail{Name: "guarding", At: []catalog.Ref{"warehouse:sales.public.prices"},
		Require: `beneficiary.attributes["SECRET-GUARDRAIL"][0] == "x"`, Reason: "SECRET-REASON"})
	must(t, err)
	_, err = e.Governance().Agreements.Save(ctx, gov, request.Agreement{Name: "terms", Title: "Terms", Text: "Be kind."})
	must(t, err)
	hook, _, err := e.Webhooks().Register(ctx, admin, notify.WebhookSettings{Name: "hook", URL: "https://hooks.example.com/SECRET-URL", Events: []string{"request.created"}}, "")
	must(t, err)
	l.platform.OtherWays(provision.Path("SECRET-WAY"))
	l.requests(t)
	must(t, e.StopSwitches().DisableUnknown(ctx, gov, "left@example.com", "left"))
	l.ids["name"], l.ids["hook"] = "none", string(hook.ID)
	signLog(t, records)
	return l
}

// signLog signs the log as it is, without any other work in the background.
func signLog(t *testing.T, records store.Store) {
	t.Helper()
	secret, _, err := signing.GenerateKey(rand.Reader, "access.example.com/log")
	must(t, err)
	signer, err := signing.NewSigner(secret)
	must(t, err)
	j := journal.New(records)
	j.Clock = time.Now
	must(t, (&proofs.Proofs{Journal: j, Signer: signer}).Grow(t.Context()))
}

// requests makes one that is granted and one that waits and is prevented, of frank for ben.
func (l *learning) requests(t *testing.T) {
	t.Helper()
	ctx, e := t.Context(), l.engine
	ask := func(at catalog.Ref, days string) request.Request {
		made, err := e.SubmitBatch(ctx, frank, "", []request.Submission{{Asset: at, Beneficiary: ben.Person(), Answers: request.Answers{"purpose": {"SECRET-ANSWER"}, "duration": {days}}}})
		must(t, err)
		return made[0]
	}
	granted := ask(orders, "77 DAYS")
	_, err := e.Determine(ctx, owner, granted.ID, review.Determination{Act: review.Approve})
	must(t, err)
	g, err := e.WaitForGrant(ctx, gov, granted.ID)
	must(t, err)
	_, err = e.Reviews().Comment(ctx, owner, granted.ID, "SECRET-REMARK")
	must(t, err)
	pending := ask("warehouse:sales.public.prices", "30 DAYS")
	l.ids["granted"], l.ids["pending"], l.ids["batch"] = string(granted.ID), string(pending.ID), string(pending.Batch)
	l.secrets = []secret{
		{"X", "that there is a request, by its id", []string{string(granted.ID), string(pending.ID)}},
		{"N", "the name of the beneficiary", []string{ben.Name}},
		{"L", "the login of the beneficiary", []string{"secret-login"}},
		{"E", "when the access ends", []string{g.Ends.Format(time.RFC3339), g.Ends.Format("2 January 2006"), g.Ends.Format("2 Jan 2006")}},
		{"A", "the answers of the form", []string{"SECRET-ANSWER"}},
		{"T", "remarks", []string{"SECRET-REMARK"}},
		{"W", "how the beneficiary gets in otherwise", []string{"SECRET-WAY"}},
		{"R", "conditions of a flow", []string{"SECRET-RULE", "SECRET-STAGE", "SECRET-SELECTOR"}},
		{"F", "why a condition failed", []string{"no such key"}},
		{"G", "the condition of a guardrail", []string{"SECRET-GUARDRAIL"}},
		{"P", "the reason of a guardrail", []string{"SECRET-REASON"}},
		{"U", "the URL of a webhook", []string{"SECRET-URL"}},
	}
	if g.State != provision.Active || g.Ends.IsZero() {
		t.Fatalf("the grant is %s", g.State)
	}
}

// learned is the cell of an answer: its status, and the letters of what it tells.
func (l *learning) learned(a answer) string {
	told := ""
	for _, s := range l.secrets {
		if s.letter == "X" && a.status >= 400 {
			continue // the answer repeats the id that it was asked for
		}
		if slices.ContainsFunc(s.texts, func(text string) bool { return strings.Contains(a.body, text) }) {
			told += s.letter
		}
	}
	return strings.TrimSpace(fmt.Sprint(a.status, " ", told))
}

// place is an address with ids in it, and its row in the table.
type place struct{ row, path string }

// places puts ids into the address of an operation or a page: those of requests twice.
func (l *learning) places(method, path string) []place {
	fill := strings.NewReplacer("{ref}", string(orders), "{type}", "DATA_ACCESS", "{person}", ben.ID, "{version}", "1", "{number}", "1", "{$}", "").Replace(path)
	id := "{id}"
	switch {
	case strings.HasPrefix(path, "/requests/{id}"), strings.HasPrefix(path, "/grants/{id}"), strings.HasPrefix(path, "/tasks/{id}"):
		var both []place
		for _, name := range []string{"granted", "pending"} {
			both = append(both, place{method + " " + strings.Replace(path, id, "{"+name+"}", 1), strings.Replace(fill, id, l.ids[name], 1)})
		}
		return both
	case strings.HasPrefix(path, "/batches/"):
		fill = strings.Replace(fill, id, l.ids["batch"], 1)
	case strings.HasPrefix(path, "/webhooks/"):
		fill = strings.Replace(fill, id, l.ids["hook"], 1)
	case strings.HasPrefix(path, "/connections/"):
		fill = strings.Replace(fill, "{name}", "warehouse", 1)
	case strings.HasPrefix(path, "/agreements/"):
		fill = strings.Replace(fill, "{name}", "terms", 1)
	case strings.HasPrefix(path, "/forms/"):
		fill = strings.Replace(fill, "{name}", "survey", 1)
	}
	fill = strings.NewReplacer("{name}", "guarding", "{kind}", "flow", id, "none").Replace(fill)
	switch path {
	case "/resolve", "/request":
		fill += "?fullyQualifiedName=sales.public.orders&technology=fake&host=warehouse"
	case "/access", "/access.csv", "/access.jsonl":
		fill += "?asset=" + string(orders)
	case "/log/consistency":
		fill += "?from=1"
	case "/requests":
		fill += "?role=OVERSEER"
	}
	return []place{{method + " " + path, fill}}
}

// operations are the methods and paths of the API, sorted by path.
func operations(t *testing.T) (all [][2]string) {
	t.Helper()
	text, err := os.ReadFile("testdata/openapi.json")
	must(t, err)
	var document struct{ Paths map[string]map[string]any }
	must(t, json.Unmarshal(text, &document))
	for path, methods := range document.Paths {
		for method := range methods {
			all = append(all, [2]string{strings.ToUpper(method), strings.TrimPrefix(path, "/api/v1")})
		}
	}
	slices.SortFunc(all, func(a, b [2]string) int { return strings.Compare(a[1]+" "+a[0], b[1]+" "+b[0]) })
	return all
}

var routed = regexp.MustCompile(`\.Handle\("GET (/[^"]*)"`)

// pagePaths are the paths of all pages, as the code routes them.
func pagePaths(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob("internal/pages/*/*.go")
	must(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, m := range routed.FindAllSubmatch(text, -1) {
			all = append(all, string(m[1]))
		}
	}
	slices.Sort(all)
	return all
}

// row is what each role learns at one place.
type row struct {
	name  string
	cells []string
}

// row asks at a place in everybody's name.
func (l *learning) row(p place, ask func(who request.Identity) answer) row {
	r := row{name: p.row}
	for _, one := range learners {
		r.cells = append(r.cells, l.learned(ask(one.who)))
	}
	return r
}

// TestWhoMayLearnWhat asks every operation that reads, and every page, in everybody's name.
// docs/who-may-learn.md is what they learn.
func TestWhoMayLearnWhat(t *testing.T) {
	t.Parallel()
	l := newLearning(t)
	var api, pages []row
	for _, op := range operations(t) {
		for _, p := range l.places(op[0], op[1]) {
			if op[0] != http.MethodGet {
				continue
			}
			api = append(api, l.row(p, func(who request.Identity) answer { return l.call(t, who, op[0], p.path, "") }))
		}
	}
	preview := fmt.Sprintf(`{"asset":%q,"beneficiary":%q,"answers":{"purpose":["x"],"duration":["30 DAYS"]}}`, orders, ben.ID)
	api = append(api, l.row(place{row: "POST /previews"}, func(who request.Identity) answer { return l.call(t, who, "POST", "/previews", preview) }))
	for _, path := range pagePaths(t) {
		for _, p := range l.places("GET", path) {
			pages = append(pages, l.row(p, func(who request.Identity) answer { return l.page(t, who, "GET", p.path, nil) }))
		}
	}
	if len(api) < 50 || len(pages) < 25 {
		t.Fatalf("there are %d operations and %d pages", len(api), len(pages))
	}
	for _, r := range slices.Concat(api, pages) {
		l.holds(t, r)
	}
	golden(t, "../docs/who-may-learn.md", l.document(api, pages))
}

// holds checks a row against what holds everywhere.
func (l *learning) holds(t *testing.T, r row) {
	t.Helper()
	for i, cell := range r.cells {
		role := learners[i].role
		_, letters, _ := strings.Cut(cell, " ")
		forbidden := ""
		switch {
		case slices.Contains(outsiders, role):
			forbidden = "XNLEATWRFGPU"
		case role == "requester":
			forbidden = "WRFGPU"
		case role == "beneficiary", role == "service":
			forbidden = "RFGU"
		case role == "ADMIN":
			forbidden = "LEATWF"
		}
		if i := strings.IndexAny(letters, forbidden); i >= 0 {
			t.Errorf("%s: %s learns %q (%s)", r.name, role, letters[i], cell)
		}
		if strings.HasPrefix(cell, "5") {
			t.Errorf("%s: %s gets %s", r.name, role, cell)
		}
	}
}

// document writes the tables.
func (l *learning) document(api, pages []row) string {
	var b strings.Builder
	b.WriteString("# Who may learn what\n\nA test (`TestWhoMayLearnWhat` in `web`) writes this file: it asks every operation of the API that reads, the\n" +
		"preview, and every page, in the name of each role, in a world in which each field holds a text of its own. A cell is the\nHTTP status, and a letter for everything that the answer tells:\n\n| | |\n|---|---|\n")
	for _, s := range l.secrets {
		fmt.Fprintf(&b, "| %s | %s |\n", s.letter, s.what)
	}
	b.WriteString("\nThe requester has asked twice for the beneficiary: one request is granted, one is pending and a guardrail prevents it. The\n" +
		"steward decides on both; the other steward decides elsewhere. The colleague is in a group of the beneficiary. The service\nis owned by the steward, and does not act.\n")
	for _, table := range []struct {
		title string
		rows  []row
	}{{"The API", api}, {"The pages", pages}} {
		fmt.Fprintf(&b, "\n## %s\n\n|", table.title)
		for _, one := range learners {
			b.WriteString(" | " + one.role)
		}
		b.WriteString(" |\n|---" + strings.Repeat("|---", len(learners)) + "|\n")
		for _, r := range table.rows {
			fmt.Fprintf(&b, "| %s | %s |\n", r.name, strings.Join(r.cells, " | "))
		}
	}
	return b.String()
}

// golden holds a text to a file; -update writes it.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs; go test ./web -run WhoMayLearn -update writes it (-want +got):\n%s", path, diff)
	}
}

// bodies are what acts are sent; without one, an empty object.
var bodies = map[string]string{
	"/requests/{id}/determinations": `{"act":"APPROVE"}`,
	"/requests/{id}/remarks":        `{"text":"x"}`,
	"/requests/{id}/answers":        `{"answers":{}}`,
	"/grants/{id}/attestations":     `{"done":true}`,
	"/stops/people/disable":         `{"person":"ben@example.com"}`,
	"/stops/people/enable":          `{"person":"ben@example.com"}`,
	"/stops/people/revoke":          `{"person":"ben@example.com"}`,
	"/webhooks/{id}/agreement":      `{"agrees":true}`,
}

// Acts of outsiders tell them nothing, also not whether an id is one of somebody else.
func TestActsTellOutsidersNothing(t *testing.T) {
	t.Parallel()
	l := newLearning(t)
	acts := 0
	for _, op := range operations(t) {
		if op[0] == http.MethodGet || !strings.Contains(op[1], "{") || strings.HasPrefix(op[1], "/accounts/") { // everyone has their own
			continue
		}
		for _, p := range l.places(op[0], op[1]) {
			absent := p.path
			for _, id := range l.ids {
				absent = strings.ReplaceAll(absent, id, "id-of-none")
			}
			for _, one := range learners {
				if !slices.Contains(outsiders, one.role) {
					continue
				}
				acts++
				body := bodies[op[1]]
				if body == "" {
					body = "{}"
				}
				there, none := l.call(t, one.who, op[0], p.path, body), l.call(t, one.who, op[0], absent, body)
				if cell := l.learned(there); strings.Contains(cell, " ") {
					t.Errorf("%s tells the %s: %s", p.row, one.role, cell)
				}
				if there.status < 400 || there.status != none.status {
					t.Errorf("%s by the %s: %d, but of an absent one %d: %s", p.row, one.role, there.status, none.status, truncated(there.body))
				}
			}
		}
	}
	if acts < 100 {
		t.Errorf("only %d acts were tried", acts)
	}
}
