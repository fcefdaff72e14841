package review

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
)

var update = flag.Bool("update", false, "write CONDITIONS.md anew")

// functions are those that conditions are written with, each with an example that
// holds.
var functions = []struct{ name, says, holds string }{
	{"in", "is among the elements of a list, or the keys of a map", `"a" in ["a", "b"]`},
	{"has", "is there; reading what is not there asks people", `has(answers.region)`},
	{"exists", "for some element", `["a", "b"].exists(x, x == "b")`},
	{"all", "for every element; of none, it holds", `["a", "b"].all(x, x < "c")`},
	{"exists_one", "for exactly one element", `["a", "b"].exists_one(x, x == "a")`},
	{"filter", "the elements for which it holds", `["a", "b"].filter(x, x != "a") == ["b"]`},
	{"map", "what becomes of each element", `["a", "b"].map(x, x + "c") == ["ac", "bc"]`},
	{"size", "how many elements or characters there are", `size(["a", "b"]) == 2 && "abc".size() == 3`},
	{"sets.contains", "the first list holds all of the second", `sets.contains(["a", "b"], ["b"])`},
	{"sets.intersects", "both lists hold something", `sets.intersects(["a", "b"], ["b", "c"])`},
	{"sets.equivalent", "both lists hold the same, in any order", `sets.equivalent(["a", "b"], ["b", "a", "a"])`},
	{"duration", "a length of time, of hours (h), minutes (m) and seconds (s)", `duration("48h") > duration("30m")`},
	{"startsWith", "begins with a text", `"sales_orders".startsWith("sales")`},
	{"endsWith", "ends with a text", `"sales_orders".endsWith("orders")`},
	{"contains", "holds a text", `"sales_orders".contains("_")`},
	{"matches", "some part fits a pattern (RE2)", `"ab-12".matches("^[a-z]+-[0-9]+$")`},
	{"lowerAscii", "in lower case", `"EU".lowerAscii() == "eu"`},
	{"upperAscii", "in upper case", `"eu".upperAscii() == "EU"`},
	{"trim", "without spaces at its ends", `" a ".trim() == "a"`},
	{"split", "the parts between a text", `"a-b".split("-") == ["a", "b"]`},
	{"substring", "the part from one place up to another, from 0", `"orders".substring(0, 2) == "or"`},
	{"replace", fmt.Sprintf("with one text in the place of another, which is written out and has at most %d bytes", condition.MaxReplacement), `"a-b".replace("-", "_") == "a_b"`},
	{"indexOf", "where a text begins, from 0; -1 if nowhere", `"orders".indexOf("d") == 2`},
	{"lastIndexOf", "where a text begins for the last time", `"a.b.c".lastIndexOf(".") == 3`},
	{"charAt", "the character at a place", `"orders".charAt(0) == "o"`},
	{"reverse", "backwards", `"abc".reverse() == "cba"`},
	{"strings.quote", "in quotes", `strings.quote("a") == "\"a\""`},
	{"string", "as text", `string(3) == "3"`},
	{"int", "as a whole number", `int("3") == 3`},
	{"double", "as a number with a fraction", `double("1.5") == 1.5`},
	{"bool", "as true or false", `bool("true")`},
}

// without are functions that are there and that no condition needs: what they work
// on is in no fact.
var without = []string{"bytes", "dyn", "type", "uint", "timestamp", "format", "join", "in",
	"getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds"}

func TestEveryFunctionIsDocumented(t *testing.T) {
	t.Parallel()
	env, err := environment()
	if err != nil {
		t.Fatal(err)
	}
	for name := range env.Functions() {
		operator := strings.ContainsAny(name, "@!_-?[&|") && !strings.Contains(name, ".")
		known := slices.ContainsFunc(functions, func(f struct{ name, says, holds string }) bool { return f.name == name })
		if !operator && !known && !slices.Contains(without, name) {
			t.Errorf("%s can be used in conditions, and the page does not say how", name)
		}
	}
	for _, f := range functions {
		if yes, err := whether(f.holds, exampleFacts(request.For(7, request.Days), nil)); err != nil || !yes {
			t.Errorf("%s: %v, %v", f.holds, yes, err)
		}
	}
}

func TestEveryFactIsDocumented(t *testing.T) {
	t.Parallel()
	for _, f := range Vocabulary() {
		if f.Doc == "" || strings.TrimSpace(f.words) == "" || strings.HasSuffix(f.words, "’s ") || strings.HasSuffix(f.Name, ".") {
			t.Errorf("fact %+v needs the tags cel, doc and words", f)
		}
	}
}

// example is one of the worked examples: a condition, for whom it holds and for
// whom it does not.
type example struct {
	title, condition string
	yes, no          Facts
}

// exampleFacts are those of a request of eve's for the orders, changed.
func exampleFacts(d request.Duration, change func(req *request.Request, asset *catalog.Asset, eve *request.Identity)) Facts {
	eve := request.Identity{ID: "eve@example.com", Groups: []string{"analysts"}, Attributes: map[string][]string{"country": {"FR"}, "training": {"privacy"}}}
	asset := catalog.Asset{Ref: "warehouse:sales.public.orders", Kind: catalog.Table, Technology: "postgres", Columns: []catalog.Column{{Name: "id"}, {Name: "total"}}, Source: catalog.Claims{Owner: "sales_etl", Tags: []string{"internal"}}}
	req := request.Request{Type: request.DataAccess, Asset: asset.Ref, Requester: eve.Person(), Beneficiary: eve.Person(), Privilege: request.Read, Duration: d, Answers: request.Answers{"region": {"EU"}, "agree": {"I delete it"}}}
	form := request.Form{Name: "f", Questions: []request.Question{{ID: "region", Type: request.Dropdown, Title: "Which region?", Options: []string{"EU", "US"}}, {ID: "agree", Type: request.Checkboxes, Options: []string{"I delete it"}}}}
	beneficiary := eve
	if change != nil {
		change(&req, &asset, &beneficiary)
	}
	return NewFacts(req, form, asset, eve, beneficiary, time.Date(2031, 1, 31, 9, 0, 0, 0, time.UTC))
}

func examples() []example {
	type req = *request.Request
	type asset = *catalog.Asset
	type who = *request.Identity
	week, year := request.For(7, request.Days), request.For(1, request.Years)
	usual := exampleFacts(week, nil)
	return []example{
		{"A short look at data, for those who analyse it", `request.privilege == "READ" && request.duration <= duration("168h") && "analysts" in beneficiary.groups`, usual, exampleFacts(year, nil)},
		{"Access without an end", `request.endless`, exampleFacts(request.Endless, nil), usual},
		{"Whoever wants to write", `request.privilege == "READ_WRITE"`, exampleFacts(week, func(r req, _ asset, _ who) { r.Privilege = request.ReadWrite }), usual},
		{"A part of the platform, by the name of the asset", `asset.connection == "warehouse" && asset.path[0] == "sales"`, usual, exampleFacts(week, func(_ req, a asset, _ who) { a.Ref = "warehouse:finance.public.ledger" })},
		{"Some columns only", `size(request.columns) > 0 && !request.columns.exists(c, c.startsWith("secret_"))`, exampleFacts(week, func(r req, _ asset, _ who) { r.Columns = []string{"id"} }), usual},
		{"For oneself, or for another", `requester.person != beneficiary.person`, exampleFacts(week, func(_ req, _ asset, e who) { e.ID = "frank@example.com" }), usual},
		{"For a service, and whoever answers for it", `beneficiary.kind == "SERVICE" && beneficiary.owner == requester.person`, exampleFacts(week, func(_ req, _ asset, e who) {
			*e = request.Identity{ID: "report-bot", Kind: request.Service, Owner: "eve@example.com"}
		}), usual},
		{"What the directory says of a person: a list, which may be missing", `"training" in beneficiary.attributes && "privacy" in beneficiary.attributes.training`, usual, exampleFacts(week, func(_ req, _ asset, e who) { e.Attributes = map[string][]string{} })},
		{"What was answered, where a form asks for it", `has(answers.region) && answers.region == "US"`, exampleFacts(week, func(r req, _ asset, _ who) { r.Answers["region"] = []string{"US"} }), usual},
		{"What the platform claims, to be more careful and never to approve", `sets.intersects(asset.source.tags, ["pii", "secret"])`, exampleFacts(week, func(_ req, a asset, _ who) { a.Source.Tags = []string{"pii"} }), usual},
	}
}

func whether(condition string, f Facts) (bool, error) {
	holds, err := CompileQuestion("example", condition)
	if err != nil {
		return false, err
	}
	return holds(context.Background(), f)
}

// TestConditionsPage holds every example to what it says, and the page to the code.
func TestConditionsPage(t *testing.T) {
	t.Parallel()
	for _, e := range examples() {
		for want, facts := range map[bool]Facts{true: e.yes, false: e.no} {
			if got, err := whether(e.condition, facts); err != nil || got != want {
				t.Errorf("%s: %s is %v, %v, want %v", e.title, e.condition, got, err, want)
			}
		}
	}
	if n := len(examples()); n != 10 {
		t.Errorf("there are %d examples, the page promises ten", n)
	}
	text := page(t)
	if *update {
		if err := os.WriteFile("CONDITIONS.md", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stands, err := os.ReadFile("CONDITIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(stands), text); diff != "" {
		t.Errorf("CONDITIONS.md differs; if it should, run go test ./review -update (-stands +should):\n%s", diff)
	}
}

func page(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Conditions\n")
	line("<!-- Written by go test ./review -update; change the code that it is written from. -->\n")
	line("Rules of flows, stages, selectors and questions have conditions: expressions of CEL (<https://cel.dev>) that are true or\nfalse. They are checked when they are saved: what is misspelled is an error with its line and column. What people and\nplatforms write is only ever compared, and never becomes part of a condition.\n")
	line("**What a condition cannot read asks people.** A fact that is not there, a limit that is reached, a flow that takes too\nlong: nothing is approved then. Ask first with `has` or `in` whether something is there.\n")
	line("## What can be read\n")
	shown := map[string]bool{"requester": true, "steward": true} // they hold what the beneficiary does
	last := ""
	for _, f := range Vocabulary() {
		variable, _, _ := strings.Cut(f.Name, ".")
		if shown[variable] {
			continue
		}
		if last != variable {
			if last != "" {
				line("")
			}
			last = variable
			line("| `%s` | type | |\n|---|---|---|", variable)
		}
		line("| `%s` | %s | %s |", f.Name, f.Type, f.Doc)
	}
	line("\n`requester` holds the same as `beneficiary`. In conditions of selectors `steward` does too: whoever would decide.\n")
	line("`assist.risk` is for conditions of stages alone: a second stage where it is \"HIGH\", say. Rules, guardrails, selectors and questions\nthat read it are refused, because advice decides nothing. It is fixed when the request is submitted, or its answers are\nedited, and kept with the decision. Where it is not known, the stage applies. With too little precedent it is UNDETERMINED:\na condition that asks for \"HIGH\" only is passed then, and there is a warning.\n")
	line("`answers` holds what was answered to each question of the form, by its id:\n")
	line("| question | type |\n|---|---|")
	for _, q := range []request.QuestionType{request.ShortAnswer, request.Dropdown, request.Checkboxes, request.AccessDuration} {
		line("| %s | %s |", q, cel.FormatCELType(condition.TypeOfAnswer(request.Question{Type: q})))
	}
	line("\nWhere a form names the flow, or both are attached at one place, its answers are known when they are saved: a misspelled\nid, or a text that is compared with a time, is an error. A flow that serves several forms asks with `has(answers.id)`.\n")
	line("`asset.source` is what the platform's own people claim. Use it to be more careful, never to approve: there is a warning\nwhen a flow approves on it alone.\n")
	line("## What it is written with\n")
	line("`&&` and, `||` or, `!` not, `==`, `!=`, `<`, `<=`, `>`, `>=`, `? :` if and else, `+` also of texts and lists.\n")
	line("| | | holds |\n|---|---|---|")
	for _, f := range functions {
		line("| `%s` | %s | `%s` |", f.name, f.says, strings.ReplaceAll(f.holds, "|", "\\|"))
	}
	line("\n## Ten examples\n")
	for i, e := range examples() {
		line("%d. %s:\n\n   ```cel\n   %s\n   ```\n", i+1, e.title, e.condition)
	}
	line("## Limits\n")
	line("| | at most |\n|---|---|")
	line("| rules of a flow | %d |\n| stages of an action | %d |\n| selectors of a stage | %d |\n| bytes of a condition | %d |\n| steps of an evaluation | %d |\n| time for all rules of a flow | %s |", MaxRules, MaxStages, MaxSelectors, MaxExpression, condition.CostLimit, MaxEvaluation)
	return b.String()
}
