package review_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

var (
	approve  = review.Action{Act: review.Approve}
	deny     = review.Action{Act: review.Deny, Comment: "never"}
	delegate = review.Action{Act: review.Delegate}
	people   = review.Action{Act: review.Ask, Stages: []review.Stage{stage(review.Any, "owners")}}
)

func when(name, condition string, then review.Action) review.Rule {
	return review.Rule{Name: name, When: condition, Then: then}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	flow := func(otherwise review.Action, rules ...review.Rule) review.Flow {
		return review.Flow{Name: "f", Version: 1, Rules: rules, Default: otherwise}
	}
	second := review.Flow{Name: "g", Version: 2, Default: people}
	saved := flow(deny, when("ours", "true", approve))
	saved.SavedBy = frank.Person()
	for _, tt := range []struct {
		name  string
		flows []review.Flow
		flow  string // that decided, with its rule
		want  request.Status
		who   string // who is asked
		why   []string
	}{
		{"none left", nil, "default@0 default", request.Pending, "permission GOVERNANCE", nil},
		{"default", []review.Flow{flow(people, when("no", "false", approve))}, "f@1 default", request.Pending, "group owners", nil},
		{"the first wins", []review.Flow{flow(people, when("no", "false", deny), when("yes", "request.privilege == 'READ'", approve), when("late", "true", deny))}, "f@1 yes", request.Approved, "", nil},
		{"denied by a rule", []review.Flow{flow(approve, when("never", "beneficiary.id == 'frank@example.com'", deny))}, "f@1 never", request.Denied, "", nil},
		{"a failing rule stops", []review.Flow{flow(people, when("broken", "requester.attributes['team'][0] == 'x'", deny), when("late", "true", approve))}, "f@1 broken", request.Pending, "group owners",
			[]string{"flow f, rule broken failed: no such key: team"}},
		{"a failing rule never takes the default approval", []review.Flow{flow(approve, when("broken", "asset.path[7] == 'x'", deny)), second}, "f@1 broken", request.Pending, "permission GOVERNANCE",
			[]string{"flow f, rule broken failed: index out of bounds: 7"}},
		{"an absent answer is an error", []review.Flow{flow(people, when("absent", "answers.nothing == ''", approve))}, "f@1 absent", request.Pending, "group owners", []string{"flow f, rule absent failed: no such key: nothing"}},
		{"a blank answer is absent", []review.Flow{flow(people, when("blank", "answers.blank == ''", approve))}, "f@1 blank", request.Pending, "group owners", []string{"flow f, rule blank failed: no such key: blank"}},
		{"has asks for what may be absent", []review.Flow{flow(people, when("has", "!has(answers.nothing) && !('team' in requester.attributes)", deny))}, "f@1 has", request.Denied, "", nil},
		{"delegates", []review.Flow{flow(delegate), second}, "g@2 default", request.Pending, "group owners", []string{"flow f, default: delegates"}},
		{"a rule delegates", []review.Flow{flow(deny, when("theirs", "true", delegate)), second}, "g@2 default", request.Pending, "group owners", []string{"flow f, theirs: delegates"}},
		{"all delegate", []review.Flow{flow(delegate), flow(delegate)}, "default@0 default", request.Pending, "permission GOVERNANCE", []string{"flow f, default: delegates", "flow f, default: delegates"}},
		{"a rule fails where the default delegates", []review.Flow{flow(delegate, when("broken", "1/0 == 1", approve)), second}, "f@1 broken", request.Pending, "permission GOVERNANCE", []string{"flow f, rule broken failed: division by zero"}},
		{"not for whoever saved it", []review.Flow{saved}, "f@1 ours", request.Pending, "permission GOVERNANCE", []string{"flow f, ours: approves nothing for frank@example.com, who saved it"}},
	} {
		r := open(t, factsOf(request.For(30, request.Days)), tt.flows...)
		got := fmt.Sprintf("%s@%d %s", r.Flow.Name, r.Flow.Version, r.Rule)
		who := ""
		if len(r.Stages) > 0 {
			who = r.Stages[0].Approvals[0].Selector.String()
		}
		if got != tt.flow || r.Status != tt.want || who != tt.who || !r.Opened.Equal(now) || r.Version != 1 {
			t.Errorf("%s: got %s %s %s, want %s %s %s", tt.name, got, r.Status, who, tt.flow, tt.want, tt.who)
		}
		same(t, tt.name, tt.why, r.Why)
		if decided := r.Status != request.Pending; decided == r.Decided.IsZero() || decided != r.Lapses.IsZero() {
			t.Errorf("%s: decided %v, lapses %v", tt.name, r.Decided, r.Lapses)
		}
	}
}

// A rule's own duration and the flow's maximum bound what a rule approves.
func TestOpenDuration(t *testing.T) {
	t.Parallel()
	days := func(n int) request.Duration { return request.For(n, request.Days) }
	for _, tt := range []struct{ asked, most, rule, want request.Duration }{
		{days(30), request.Duration{}, request.Duration{}, days(30)},
		{days(30), days(20), days(10), days(10)},
		{days(30), days(10), days(20), days(10)},
		{request.Endless, days(20), request.Duration{}, days(20)},
		{request.Endless, request.Duration{}, days(3), days(3)},
		{days(2), days(20), days(10), days(2)},
	} {
		r := open(t, factsOf(tt.asked), review.Flow{Name: "f", Max: tt.most, Default: review.Action{Act: review.Approve, Duration: tt.rule}})
		if got := r.Outcome().Granted.Duration; got != tt.want {
			t.Errorf("asked %v, at most %v, rule %v: got %v, want %v", tt.asked, tt.most, tt.rule, got, tt.want)
		}
	}
}

func TestOpenStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p := compile(t, review.Flow{Name: "f", Default: approve, Rules: []review.Rule{when("r", "[1, 2, 3].exists(x, x == 4)", approve)}})
	if r, err := review.Open(ctx, factsOf(request.Endless), p); !errors.Is(err, context.Canceled) || r.Status != "" {
		t.Errorf("got %v, %v", r.Status, err)
	}
	if _, err := p.Matches(ctx, open(t, factsOf(request.Endless), asking(stage(review.Any, "a"))), factsOf(request.Endless), eve); !errors.Is(err, context.Canceled) {
		t.Errorf("Matches: %v", err)
	}
	if r, err := review.Open(t.Context(), review.Facts{}, p); err == nil {
		t.Errorf("facts of nobody's request: %v", r.Status)
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	selector := func(s review.Selector) review.Selector { return s }
	selectors := []review.Selector{
		{Person: "s@example.com"},
		{Group: "owners"},
		{Attribute: &request.Attribute{Key: "country", Value: "FR"}},
		{Permission: request.Audit},
		selector(review.Selector{When: "steward.attributes['domain'].exists(d, d == asset.path[1])"}),
		selector(review.Selector{When: "steward.attributes['grade'][0] == 'A' && request.privilege == 'READ'"}),
	}
	flow := asking(review.Stage{Name: "one", Mode: review.All, Selectors: selectors}, review.Stage{Name: "two", Mode: review.Any, Selectors: selectors[1:2]})
	p, r := compile(t, flow), open(t, factsOf(request.Endless), flow)
	for _, tt := range []struct {
		name string
		who  request.Identity
		want []review.Match
	}{
		{"nobody", request.Identity{ID: "x"}, nil},
		{"person", request.Identity{ID: "s@example.com"}, []review.Match{{Selector: 0}}},
		{"the same id elsewhere", request.Identity{Issuer: "other", ID: "s@example.com"}, nil},
		{"the same e-mail", request.Identity{ID: "x", Email: "s@example.com", Name: "s@example.com"}, nil},
		{"group, in two stages", request.Identity{ID: "x", Groups: []string{"a", "owners"}}, []review.Match{{Selector: 1}, {Stage: 1}}},
		{"attribute among several", request.Identity{ID: "x", Attributes: map[string][]string{"country": {"DE", "FR"}}}, []review.Match{{Selector: 2}}},
		{"permission", request.Identity{ID: "x", Permissions: []request.Permission{request.Audit}}, []review.Match{{Selector: 3}}},
		{"condition over steward and asset", request.Identity{ID: "x", Attributes: map[string][]string{"domain": {"private", "public"}}}, []review.Match{{Selector: 4}}},
		{"condition over steward and request", request.Identity{ID: "x", Attributes: map[string][]string{"grade": {"A"}}}, []review.Match{{Selector: 5}}},
		{"a condition that fails", request.Identity{ID: "x", Attributes: map[string][]string{"grade": {}}}, nil},
	} {
		got, err := p.Matches(t.Context(), r, factsOf(request.Endless), tt.who)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", tt.name, err, diff)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	rule := func(condition string) review.Flow {
		return review.Flow{Name: "f", Default: people, Rules: []review.Rule{when("r", condition, approve)}}
	}
	selecting := func(condition string) review.Flow {
		return asking(review.Stage{Name: "s", Mode: review.Any, Selectors: []review.Selector{{When: condition}}})
	}
	for _, tt := range []struct {
		name string
		flow review.Flow
		want review.RuleError // Reason is part of it
	}{
		{"typo", rule("request.privilege == 'READ' && request.privlege == 'READ'"), review.RuleError{Rule: "rule r", Line: 1, Column: 39, Reason: "undefined field 'privlege'"}},
		{"on the second line", rule("true &&\n  nobody == 1"), review.RuleError{Rule: "rule r", Line: 2, Column: 3, Reason: "undeclared reference to 'nobody'"}},
		{"after a wide character", rule("'日本' == nobody"), review.RuleError{Rule: "rule r", Line: 1, Column: 9, Reason: "undeclared reference to 'nobody'"}},
		{"empty", rule(""), review.RuleError{Rule: "rule r", Line: 1, Column: 1, Reason: "Syntax error"}},
		{"text", rule("request.type"), review.RuleError{Rule: "rule r", Line: 1, Column: 1, Reason: "the result is string, must be bool"}},
		{"perhaps not a bool", rule("answers.agree"), review.RuleError{Rule: "rule r", Line: 1, Column: 1, Reason: "the result is dyn, must be bool"}},
		{"wrong types", rule("request.duration > 30"), review.RuleError{Rule: "rule r", Line: 1, Column: 18, Reason: "found no matching overload"}},
		{"too long", rule("true" + strings.Repeat(" ", review.MaxExpression-3)), review.RuleError{Rule: "rule r", Reason: "the condition has 4097 bytes, at most 4096"}},
		{"too deep", rule(strings.Repeat("(", 400) + "true" + strings.Repeat(")", 400)), review.RuleError{Rule: "rule r", Reason: "recursion limit"}},
		{"no steward in rules", rule("steward.id == ''"), review.RuleError{Rule: "rule r", Line: 1, Column: 1, Reason: "undeclared reference to 'steward'"}},
		{"selector", selecting("steward.nmae == ''"), review.RuleError{Rule: "default, stage s", Line: 1, Column: 8, Reason: "undefined field 'nmae'"}},
		{"no range", rule("lists.range(1000000000).size() > 0"), review.RuleError{Rule: "rule r", Line: 1, Column: 1, Reason: "undeclared reference to 'lists'"}},
		{"no flatten", rule("[[1]].flatten() == [1]"), review.RuleError{Rule: "rule r", Line: 1, Column: 14, Reason: "undeclared reference to 'flatten'"}},
		{"replace that grows", rule("'a'.replace('a', 'aaaaaaaaaaaaaaaaa') == ''"), review.RuleError{Rule: "rule r", Line: 1, Column: 12, Reason: "at most 16 bytes"}},
		{"replace by what is not known", rule("'a'.replace('a', answers.purpose) == ''"), review.RuleError{Rule: "rule r", Line: 1, Column: 12, Reason: "must be a text in quotes"}},
		{"join", rule("asset.path.exists(p, asset.path.join(p) == '')"), review.RuleError{Rule: "rule r", Line: 1, Column: 37, Reason: "join cannot be used"}},
		{"format", rule("'%s%s'.format([asset.name, asset.name]) == ''"), review.RuleError{Rule: "rule r", Line: 1, Column: 14, Reason: "format cannot be used"}},
	} {
		p, err := review.Compile(tt.flow)
		var got *review.RuleError
		if p != nil || !errors.As(err, &got) {
			t.Errorf("%s: got %v, %v", tt.name, p, err)
			continue
		}
		if !strings.Contains(got.Reason, tt.want.Reason) || !strings.Contains(err.Error(), got.Reason) {
			t.Errorf("%s: got %q, want %q", tt.name, got.Reason, tt.want.Reason)
		}
		if got.Expression == "" && tt.name != "empty" {
			t.Errorf("%s: the fault does not hold the expression", tt.name)
		}
		got.Reason, got.Expression = tt.want.Reason, ""
		same(t, tt.name, &tt.want, got)
	}
	_, err := review.Compile(review.Flow{Name: "f", Default: people, Rules: []review.Rule{when("a", "1", approve), when("b", "2", approve), when("c", "true", approve)}})
	if text := fmt.Sprint(err); strings.Count(text, "\n") != 1 || !strings.Contains(text, "rule a") || !strings.Contains(text, "rule b") {
		t.Errorf("of two faults the error says %s", text)
	}
}

func TestCompileShape(t *testing.T) {
	t.Parallel()
	short := request.For(1, request.Days)
	for _, tt := range []struct {
		name string
		flow review.Flow
		want []string
	}{
		{"empty", review.Flow{}, []string{"default.act", "name"}},
		{"names", review.Flow{Name: "\x00", Default: people, Rules: []review.Rule{when("", "true", approve), when("a", "true", approve), when("a", "true", approve)}}, []string{"name", "rules[0].name", "rules[2].name"}},
		{"long name", review.Flow{Name: request.FlowName(strings.Repeat("x", 201)), Default: people}, []string{"name"}},
		{"too many rules", review.Flow{Name: "f", Default: people, Rules: make([]review.Rule, 101)}, []string{"rules"}},
		{"durations", review.Flow{Name: "f", Max: request.For(0, request.Days), Pending: request.For(1, "X"), Default: review.Action{Act: review.Deny, Duration: short}}, []string{"default.duration", "max", "pending"}},
		{"stages of an approval", review.Flow{Name: "f", Default: review.Action{Act: review.Approve, Stages: people.Stages}}, []string{"default.stages"}},
		{"no stages", review.Flow{Name: "f", Default: review.Action{Act: review.Ask, Duration: short}}, []string{"default.duration", "default.stages"}},
		{"too many stages", asking(make([]review.Stage, 11)...), []string{"default.stages"}},
		{"comment", review.Flow{Name: "f", Default: review.Action{Act: review.Deny, Comment: "\xff"}}, []string{"default.comment"}},
		{"stage", asking(review.Stage{Mode: "MOST", Name: "\x00"}), []string{"default.stages[0].mode", "default.stages[0].name", "default.stages[0].selectors"}},
		{"too many selectors", asking(review.Stage{Mode: review.Any, Selectors: make([]review.Selector, 21)}), []string{"default.stages[0].selectors"}},
		{"no people", asking(review.Stage{Mode: review.AtLeast, Selectors: []review.Selector{group("a")}}), []string{"default.stages[0].people"}},
		{"too many people", asking(review.Stage{Mode: review.All, People: 101, Selectors: []review.Selector{group("a")}}), []string{"default.stages[0].people"}},
		{"people of any", asking(review.Stage{Mode: review.Any, People: 1, Selectors: []review.Selector{group("a")}}), []string{"default.stages[0].people"}},
		{"limit", asking(review.Stage{Mode: review.Any, Selectors: []review.Selector{group("a")}, Limit: review.Limit{Within: request.For(0, request.Days), Remind: request.For(59, request.Minutes), Escalate: []review.Selector{{}}}}),
			[]string{"default.stages[0].limit.within", "default.stages[0].limit.late", "default.stages[0].limit.remind", "default.stages[0].limit.escalate"}},
		{"late", asking(review.Stage{Mode: review.Any, Selectors: []review.Selector{group("a")}, Limit: review.Limit{Late: "WAIT"}}), []string{"default.stages[0].limit.late"}},
		{"escalates to nobody", asking(review.Stage{Mode: review.Any, Selectors: []review.Selector{group("a")}, Limit: review.Limit{Within: short, Late: review.Escalate}}), []string{"default.stages[0].limit.escalate"}},
		{"escalates to nothing", asking(review.Stage{Mode: review.Any, Selectors: []review.Selector{group("a")}, Limit: review.Limit{Within: short, Late: review.Escalate, Escalate: []review.Selector{{}}}}), []string{"default.stages[0].limit.escalate[0]"}},
		{"reasons", review.Flow{Name: "f", Default: people, Reasons: []review.Act{review.Ask}}, []string{"reasons[0]"}},
		{"selectors", asking(review.Stage{Mode: review.All, Selectors: []review.Selector{{}, {Person: "a", Group: "b"}, {Attribute: &request.Attribute{Key: "k"}}, {Group: "a"}}}),
			[]string{"default.stages[0].selectors[0]", "default.stages[0].selectors[1]", "default.stages[0].selectors[2].attribute"}},
	} {
		_, err := review.Compile(tt.flow)
		var invalid *request.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: got %v", tt.name, err)
			continue
		}
		fields := map[string]bool{}
		for _, f := range invalid.Faults {
			fields[f.Field] = true
		}
		for _, want := range tt.want {
			if !fields[want] {
				t.Errorf("%s: no fault of %s in %v", tt.name, want, invalid.Faults)
			}
		}
	}
	full := asking(stage(review.All, "a", "b"))
	full.Pending, full.Max = request.Endless, request.Endless
	for _, flow := range []review.Flow{review.DefaultFlow, full} {
		compile(t, flow)
	}
}
