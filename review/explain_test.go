package review_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

func explain(t *testing.T, d request.Duration, flows ...review.Flow) []review.Explanation {
	t.Helper()
	var ps []*review.Policy
	for _, f := range flows {
		ps = append(ps, compile(t, f))
	}
	all, err := review.Explain(t.Context(), factsOf(d), ps...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestExplain(t *testing.T) {
	t.Parallel()
	flow := review.Flow{Name: "f", Rules: []review.Rule{
		when("short", "request.duration <= duration('168h') && 'analysts' in requester.groups", approve),
		when("ours", "asset.connection == 'warehouse' && !request.endless", people),
		when("later", "true", deny),
	}, Default: deny}
	got := explain(t, request.For(30, request.Days), flow)
	want := []review.Explanation{{Flow: review.FlowVersion{Name: "f"}, Rule: "ours", Says: "asks people: somebody of group owners", Rules: []review.ExplainedRule{
		{Rule: "short", When: flow.Rules[0].When, Verdict: review.HoldsNot, Parts: []review.Part{
			{Condition: `request.duration <= duration("168h")`, Words: "the duration asked for is at most 7 days", Verdict: review.HoldsNot,
				Reads: []review.FactRead{{Name: "request.duration", Words: "the duration asked for", Value: "30 days"}}},
			{Condition: `"analysts" in requester.groups`, Words: "the requester’s groups include “analysts”", Verdict: review.Holds,
				Reads: []review.FactRead{{Name: "requester.groups", Words: "the requester’s groups", Value: "analysts"}}},
		}},
		{Rule: "ours", When: flow.Rules[1].When, Verdict: review.Holds, Parts: []review.Part{
			{Condition: `asset.connection == "warehouse"`, Words: "the asset’s connection is “warehouse”", Verdict: review.Holds,
				Reads: []review.FactRead{{Name: "asset.connection", Words: "the asset’s connection", Value: "warehouse"}}},
			{Condition: "!request.endless", Words: "it is not so that access without an end is asked for", Verdict: review.Holds,
				Reads: []review.FactRead{{Name: "request.endless", Words: "access without an end is asked for", Value: "no"}}},
		}},
		{Rule: "later", When: "true", Verdict: review.NotLookedAt},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the explanation differs (-want +got):\n%s", diff)
	}
}

// What a condition cannot read is said, and that people are asked.
func TestExplainWhatFails(t *testing.T) {
	t.Parallel()
	got := explain(t, request.Endless, review.Flow{Name: "f", Rules: []review.Rule{when("r", "request.endless && answers.other == 'x'", approve)}, Default: people})
	r := got[0].Rules[0]
	if r.Verdict != review.CannotTell || !strings.Contains(r.Error, "other") || got[0].Rule != "r" || !strings.HasPrefix(got[0].Says, "asks people") {
		t.Errorf("explained as %+v", got)
	}
	want := []review.FactRead{{Name: "answers.other", Words: "the answer other"}}
	if diff := cmp.Diff(want, r.Parts[1].Reads); diff != "" || r.Parts[1].Verdict != review.CannotTell || r.Parts[0].Verdict != review.Holds {
		t.Errorf("parts %+v (-want +got):\n%s", r.Parts, diff)
	}
}

// The explanation follows the flows that pass on, and says of stages why they
// apply.
func TestExplainFollowsDelegation(t *testing.T) {
	t.Parallel()
	first := review.Flow{Name: "first", Default: review.Action{Act: review.Delegate}}
	second := asking(review.Stage{Name: "privacy", When: "'pii' in asset.source.tags", Mode: review.Any, Selectors: []review.Selector{group("privacy")}},
		stage(review.All, "a", "b"))
	got := explain(t, request.Endless, first, second)
	if len(got) != 2 || got[0].Says != "passes on to the next flow" || got[1].Says != "asks people: somebody of group privacy; then each of group a, group b" {
		t.Fatalf("explained as %+v", got)
	}
	if s := got[1].Stages; len(s) != 1 || s[0].Rule != "privacy" || s[0].Verdict != review.HoldsNot || s[0].Parts[0].Reads[0].Value != "gold" {
		t.Errorf("stages %+v", s)
	}
}

// Every way of writing a condition has words, or stands as it is written.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ condition, want string }{
		{"request.privilege != 'READ'", "the privilege asked for is not “READ”"},
		{"request.privilege in ['READ', 'READ_WRITE']", "the privilege asked for is one of “READ”, “READ_WRITE”"},
		{"!(request.privilege in ['READ'])", "the privilege asked for is none of “READ”"},
		{"!('x' in beneficiary.groups)", "the beneficiary’s groups do not include “x”"},
		{"'DE' in requester.attributes.country", "the requester’s attribute country include “DE”"},
		{"requester.attributes['country'][0] == 'DE'", "one of the requester’s attribute country is “DE”"},
		{"asset.name.startsWith('o') || asset.source.comment.contains('x')", "the asset’s name begins with “o” or the comment that the platform claims contains “x”"},
		{"has(answers.region)", "the answer region is given"},
		{"!has(answers.other)", "the answer other is not given"},
		{"asset.columns.exists(c, c == 'id')", "for some c of the asset’s columns: c is “id”"},
		{"requester.groups.all(g, g.startsWith('a'))", "for every g of the requester’s groups: g begins with “a”"},
		{"size(request.columns) > 3", "the number of the columns asked for is more than 3"},
		{"sets.contains(asset.columns, request.columns)", "the asset’s columns hold all of the columns asked for"},
		{"request.endless ? true : request.duration > duration('1h')", "if access without an end is asked for then yes, else the duration asked for is more than 1 hour"},
		{"asset.path[0] == 'sales'", "one of the parts of the asset’s name is “sales”"},
		{"asset.name.substring(1) == 'rders'", "asset.name.substring(1) is “rders”"},
		{"requester.person == beneficiary.person", "the requester’s id in the records is the beneficiary’s id in the records"},
	} {
		got := explain(t, request.Endless, review.Flow{Name: "f", Rules: []review.Rule{when("r", tt.condition, deny)}, Default: people})
		if words := got[0].Rules[0].Parts[0].Words; words != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.condition, words, tt.want)
		}
	}
}

// The words of a part tell as much as it does: what it comes to agrees with the
// rule, whatever the condition.
func TestExplainAgreesWithOpen(t *testing.T) {
	t.Parallel()
	for i, condition := range ten {
		flow := review.Flow{Name: "f", Rules: []review.Rule{when(fmt.Sprint(i), condition, deny)}, Default: approve}
		r := open(t, factsOf(request.For(30, request.Days)), flow)
		e := explain(t, request.For(30, request.Days), flow)[0]
		if e.Rule != r.Rule {
			t.Errorf("%s: opened by %s, explained by %s", condition, r.Rule, e.Rule)
		}
		for _, part := range e.Rules[0].Parts {
			if part.Verdict == review.CannotTell || part.Words == "" {
				t.Errorf("%s: part %+v", condition, part)
			}
		}
	}
}
