package comparison_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/comparison"
)

var (
	people  = review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "owners", Mode: review.Any, Selectors: []review.Selector{{Group: "owners"}}}}}
	approve = review.Action{Act: review.Approve}
	deny    = review.Action{Act: review.Deny}
)

// flow asks people, unless one of some conditions holds: then it approves.
func flow(conditions ...string) review.Flow {
	f := review.Flow{Name: "sales", Default: people}
	for i, when := range conditions {
		f.Rules = append(f.Rules, review.Rule{Name: string(rune('a' + i)), When: when, Then: approve})
	}
	return f
}

const nothing = "lets nothing more through"

// through says that rule a lets through where people were asked.
func through(example string) string {
	return "lets through: rule a approves at once; so far default asks people: somebody of group owners; for example " + example
}

func TestWaysOfConditions(t *testing.T) {
	t.Parallel()
	const read = `request.privilege == "READ" && "analysts" in beneficiary.groups && `
	const tags = `asset.tags.all(t, t in ["public", "internal"])`
	for _, tt := range []struct{ before, changed, want string }{
		{read + `request.duration <= duration("168h")`, read + `request.duration <= duration("720h")`, through(`request.privilege READ, beneficiary.groups ["analysts"], request.duration 8 DAYS`)},
		{read + `request.duration <= duration("720h")`, read + `request.duration <= duration("168h")`, nothing},
		{`request.endless`, `request.duration > duration("8760h")`, through("request.duration 366 DAYS")},
		{`request.duration > duration("8760h")`, `request.endless`, nothing},

		// Of nothing, all holds.
		{`size(asset.tags) > 0 && ` + tags, tags, through("asset.tags []")},
		{tags, `!asset.tags.exists(t, t != "public" && t != "internal")`, nothing},
		{tags, `sets.contains(["public", "internal"], asset.tags) || "x" in asset.tags && ` + tags, "not decided: rule a: no made-up request shows it, and it may depend on sets.contains([\"public\", \"internal\"], asset.tags)"},

		// A condition that fails asks people.
		{`"training" in beneficiary.attributes && "privacy" in beneficiary.attributes.training`, `"privacy" in beneficiary.attributes.training`, nothing},
		{`!("DE" in beneficiary.attributes.country)`, `!("country" in beneficiary.attributes) || !("DE" in beneficiary.attributes.country)`,
			"lets through: rule a approves at once where !(\"country\" in beneficiary.attributes); so far rule a cannot be evaluated, and asks people: somebody of group owners; for example beneficiary.attributes known, beneficiary.attributes.country not given"},
		{`has(answers.region) && answers.region == "US"`, `answers.region in ["US", "CA"]`, through(`answers.region ["CA"]`)},

		// Facts that follow from one another, and facts that are compared.
		{`asset.ref.startsWith("warehouse:sales.")`, `asset.ref.startsWith("warehouse:sales.public.")`, nothing},
		{`asset.connection == "warehouse" && asset.path[0] == "sales"`, `asset.path[0] == "sales"`, through(`asset.ref other:sales.public.orders, asset.connection other`)},
		{`requester.person == beneficiary.person`, `requester.person == beneficiary.person || beneficiary.owner == requester.person`,
			"lets through: rule a approves at once where beneficiary.owner == requester.person; so far default asks people: somebody of group owners; for example requester.person other@example.com, beneficiary.person otherb@example.com, beneficiary.owner \"other@example.com\""},
		{`size(asset.tags) > 0 && asset.tags.all(t, t in beneficiary.groups)`, `asset.tags.all(t, t in beneficiary.groups)`, through("asset.tags []")},

		{`false`, `request.privilege == answers.what`, through(`request.privilege READ, answers.what ["READ"]`)},
		{`false`, `answers.what in beneficiary.permissions && answers.what != "AUDIT"`, through(`answers.what ["GOVERNANCE"], beneficiary.permissions ["GOVERNANCE"]`)},
		{`false`, `asset.connection == beneficiary.id`, through(`asset.connection other, beneficiary.person other`)},
		{`false`, `asset.ref.startsWith("warehouse:sales.\"v1")`, "not decided: rule a: no made-up request shows it"},
		{`false`, `asset.ref.startsWith("warehouse:sales.\"v1") && asset.ref == "warehouse:sales"`, nothing},
		{`false`, `requester.issuer == "idp" && requester.id == "eve" && requester.person != "idp|eve"`, nothing},
		{`false`, `requester.issuer == "idp" && requester.id == "eve"`, through("requester.person idp|eve")},

		// What is not read exactly is tried.
		{`asset.name.endsWith("_public")`, `asset.name.endsWith("public")`, through("asset.name public")},
		{`answers.why.lowerAscii() == "yes"`, `answers.why.lowerAscii() in ["yes", "sure"]`, through(`answers.why ["sure"]`)},
		{`asset.name.endsWith("public")`, `asset.name.endsWith("_public")`, "not decided: rule a: no made-up request shows it"},
		{`asset.name.endsWith("public")`, `asset.name.endsWith("public") && request.endless`, nothing},
		{`asset.tags.exists_one(t, t == "a")`, `asset.tags.exists_one(t, t == "a")`, nothing},
		{`"a" in asset.tags`, `asset.tags.exists_one(t, t == "a")`, `not decided: rule a: no made-up request shows it, and it may depend on asset.tags.exists_one(t, t == "a")`},
		{`true`, `false`, nothing},
	} {
		c, err := comparison.Flows(t.Context(), flow(tt.before), flow(tt.changed))
		if diff := cmp.Diff(tt.want, strings.Join(c.Lines(), "\n")); diff != "" || err != nil {
			t.Errorf("%s -> %s: %v (-want +got):\n%s", tt.before, tt.changed, err, diff)
		}
	}
}

func TestWaysOfFlows(t *testing.T) {
	t.Parallel()
	const short = `request.duration <= duration("24h")`
	two := review.Action{Act: review.Ask, Stages: []review.Stage{people.Stages[0], {Name: "legal", Mode: review.AtLeast, People: 2, Selectors: []review.Selector{{Group: "legal"}}}}}
	fewer := review.Action{Act: review.Ask, Stages: []review.Stage{people.Stages[0], {Name: "legal", Mode: review.Any, Selectors: []review.Selector{{Group: "legal"}}}}}
	sometimes := review.Action{Act: review.Ask, Stages: []review.Stage{people.Stages[0], two.Stages[1]}}
	sometimes.Stages[1].When = `request.privilege == "READ_WRITE"`
	with := func(f review.Flow, change func(*review.Flow)) review.Flow { change(&f); return f }
	signedIn := func(minutes int) review.Flow {
		f := flow()
		f.Default.Stages = slices.Clone(f.Default.Stages)
		f.Default.Stages[0].StepUp.Within = request.For(minutes, request.Minutes)
		return f
	}
	for name, tt := range map[string]struct {
		before, changed review.Flow
		want            []string
	}{
		"the same": {flow(short), flow(short), []string{nothing}},
		"the order of rules": {with(flow(short), func(f *review.Flow) {
			f.Rules = append([]review.Rule{{Name: "no", When: `request.privilege == "READ_WRITE"`, Then: deny}}, f.Rules...)
		}), with(flow(short), func(f *review.Flow) {
			f.Rules = append(f.Rules, review.Rule{Name: "no", When: `request.privilege == "READ_WRITE"`, Then: deny})
		}), []string{"lets through: rule a approves at once; so far rule no denies at once; for example request.duration 1 DAYS, request.privilege READ_WRITE"}},
		"a rule taken away":       {with(flow(short), func(f *review.Flow) { f.Rules[0].Then = deny }), flow(), []string{"lets through: default asks people: somebody of group owners; so far rule a denies at once; for example request.duration 1 DAYS"}},
		"the default":             {flow(short), with(flow(short), func(f *review.Flow) { f.Default = approve }), []string{"lets through: default approves at once; so far default asks people: somebody of group owners; for example request.duration 2 DAYS"}},
		"passes on":               {flow(), with(flow(), func(f *review.Flow) { f.Default = review.Action{Act: review.Delegate} }), []string{"lets through: default passes on to the next flow; so far default asks people: somebody of group owners"}},
		"the longest time":        {with(flow(short), func(f *review.Flow) { f.Max = request.For(1, request.Hours) }), flow(short), []string{"lets through: rule a approves at once; so far rule a approves at once, for 1 hours at most; for example request.duration 1 DAYS", "lets through: default asks people: somebody of group owners; so far default asks people: somebody of group owners, for 1 hours at most; for example request.duration 2 DAYS"}},
		"a shorter time":          {flow(short), with(flow(short), func(f *review.Flow) { f.Max = request.For(1, request.Hours) }), []string{nothing}},
		"a stage less":            {review.Flow{Name: "sales", Default: two}, flow(), []string{`lets through: default asks people: somebody of group owners, without the stage "legal" of before; so far default asks people: somebody of group owners; then 2 people of group legal`}},
		"a stage more":            {flow(), review.Flow{Name: "sales", Default: two}, []string{nothing}},
		"fewer people":            {review.Flow{Name: "sales", Default: two}, review.Flow{Name: "sales", Default: fewer}, []string{`lets through: default asks people: somebody of group owners; then somebody of group legal, without the stage "legal" of before; so far default asks people: somebody of group owners; then 2 people of group legal`}},
		"no other sign-in":        {signedIn(15), flow(), []string{`lets through: default asks people: somebody of group owners, without the stage "owners" of before; so far default asks people: somebody of group owners, signed in within the last 15 minutes`}},
		"an older sign-in":        {signedIn(15), signedIn(30), []string{`lets through: default asks people: somebody of group owners, signed in within the last 30 minutes, without the stage "owners" of before; so far default asks people: somebody of group owners, signed in within the last 15 minutes`}},
		"a newer sign-in":         {signedIn(30), signedIn(15), []string{nothing}},
		"a stage with conditions": {review.Flow{Name: "sales", Default: two}, review.Flow{Name: "sales", Default: sometimes}, []string{`lets through: default asks people: somebody of group owners; then 2 people of group legal, without the stage "legal" of before; so far default asks people: somebody of group owners; then 2 people of group legal; for example request.privilege READ`}},
		"their own requests":      {flow(), with(flow(), func(f *review.Flow) { f.OwnRequests = true }), []string{"lets through: people decide on what they have asked for, or would get, themselves"}},
		"reasons":                 {with(flow(), func(f *review.Flow) { f.Reasons = []review.Act{review.Approve} }), flow(), []string{"lets through: people approve without a reason"}},
	} {
		c, err := comparison.Flows(t.Context(), tt.before, tt.changed)
		if diff := cmp.Diff(tt.want, c.Lines()); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	c, err := comparison.Approvals(t.Context(), flow(short))
	if diff := cmp.Diff([]string{"lets through: rule a approves at once; for example request.duration 1 DAYS"}, c.Lines()); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestWaysOfGuardrails(t *testing.T) {
	t.Parallel()
	rail := func(require string, at ...catalog.Ref) review.Guardrail {
		return review.Guardrail{Name: "abroad", At: at, Require: require}
	}
	const notDE = `!("DE" in beneficiary.attributes.country)`
	for _, tt := range []struct {
		before, changed review.Guardrail
		want            string
	}{
		{rail(notDE, "a", "b"), rail(notDE, "a"), "lets through: guardrail abroad no longer prevents anything at b"},
		{rail(notDE, "a:x"), rail(notDE, "a"), nothing},
		{rail(notDE, "a"), rail(`!("country" in beneficiary.attributes) || `+notDE, "a"), "lets through: guardrail abroad no longer prevents access; for example beneficiary.attributes known, beneficiary.attributes.country not given"},
		{rail(notDE, "a"), rail(notDE+` && "trained" in beneficiary.groups`, "a"), nothing},
	} {
		c, err := comparison.Guardrails(t.Context(), tt.before, tt.changed)
		if diff := cmp.Diff(tt.want, strings.Join(c.Lines(), "\n")); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

// TestComparisonIsBounded compares flows whose ways are more than anybody could look at.
func TestComparisonIsBounded(t *testing.T) {
	t.Parallel()
	var hard []string
	for i := range 40 {
		hard = append(hard, fmt.Sprintf(`("a%d" in asset.tags ? "b%d" in beneficiary.groups : !("b%d" in beneficiary.groups))`, i, i, i))
	}
	many := strings.Join(hard, " && ")
	odd := strings.Join(hard[:39], " && ") + ` && "a39" in asset.tags`
	began := time.Now()
	if _, err := comparison.Flows(t.Context(), flow(many), flow(odd, many)); err != nil {
		t.Error(err)
	}
	loops := `[1,2,3,4,5,6,7,8,9,10]`
	nested := "true"
	for i := range 9 {
		nested = fmt.Sprintf("%s.all(v%d, %s)", loops, i, nested)
	}
	if c, err := comparison.Flows(t.Context(), flow("false"), flow(nested)); err != nil || len(c.Ways) > 0 {
		t.Errorf("got %v, %v", c.Lines(), err)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it takes %v", took)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := comparison.Flows(ended, flow("false"), flow("true")); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
	if _, err := comparison.Flows(t.Context(), flow("false"), flow("nonsense")); err == nil {
		t.Error("a flow that does not compile is compared")
	}
}

// TestExamplesAreMadeUp holds the names of people in examples to made-up ones.
func TestExamplesAreMadeUp(t *testing.T) {
	t.Parallel()
	c, err := comparison.Flows(t.Context(), flow(`beneficiary.person == "eve@example.com"`), flow(`beneficiary.person != ""`))
	if err != nil || len(c.Ways) != 1 {
		t.Fatalf("got %v, %v", c, err)
	}
	want := []comparison.Fact{{Name: "beneficiary.person", Value: "other@example.com"}}
	if diff := cmp.Diff(want, c.Ways[0].Example); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestStagesByRiskAreCompared finds which risk a changed stage lets through, and that a risk
// which is not known is let through by none.
func TestStagesByRiskAreCompared(t *testing.T) {
	t.Parallel()
	by := func(when string) review.Flow {
		s := review.Stage{Name: "second", Mode: review.Any, Selectors: []review.Selector{{Group: "security"}}, When: when}
		owners := review.Stage{Name: "owners", Mode: review.Any, Selectors: []review.Selector{{Group: "owners"}}}
		return review.Flow{Name: "f", Default: review.Action{Act: review.Ask, Stages: []review.Stage{owners, s}}}
	}
	for _, tt := range []struct{ before, changed, want string }{
		{`assist.risk != "LOW"`, `assist.risk == "HIGH"`, "[{assist.risk UNDETERMINED}]"},
		{`assist.risk == "HIGH"`, `assist.risk in ["HIGH", "UNDETERMINED"]`, ""},
		{`assist.risk == "nothing"`, `request.endless`, "[{assist.risk not known} {request.duration 1 DAYS}]"},
	} {
		c, err := comparison.Flows(t.Context(), by(tt.before), by(tt.changed))
		if err != nil || len(c.Undecided) > 0 {
			t.Fatal(c.Undecided, err)
		}
		got := ""
		for _, w := range c.Ways {
			got += fmt.Sprint(w.Example)
		}
		if got != tt.want {
			t.Errorf("from %s to %s: %s, want %s", tt.before, tt.changed, got, tt.want)
		}
	}
}
