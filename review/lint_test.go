package review_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

const (
	careful = `'analysts' in beneficiary.groups && request.privilege == 'READ' && request.duration <= duration('168h')`
	asked7  = `request.privilege == 'READ' && request.duration <= duration('168h')`
)

func lint(t *testing.T, f review.Flow, forms ...request.Form) []review.Warning {
	t.Helper()
	all, err := review.Lint(f, forms...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func codes(all []review.Warning) []string {
	var codes []string
	for _, w := range all {
		codes = append(codes, w.Rule+" "+string(w.Code))
	}
	return codes
}

func TestLintOfOneRule(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		rule review.Rule
		want string // the codes
	}{
		{"careful", when("r", careful, approve), ""},
		{"denies on claims", when("r", "'pii' in asset.source.tags", deny), ""},
		{"claims alone", when("r", asked7+" && 'public' in asset.source.tags", approve), "CLAIMS_ALONE ANY_BENEFICIARY"},
		{"claims, and who", when("r", careful+" && 'public' in asset.source.tags", approve), ""},
		{"claims on one of two ways", when("r", asked7+" && ('analysts' in beneficiary.groups || asset.source.owner == 'dba')", approve), "CLAIMS_ALONE ANY_BENEFICIARY"},
		{"claims and answers", when("r", asked7+" && asset.source.owner == 'dba' && answers.region == 'EU'", approve), "CLAIMS_ALONE ANY_BENEFICIARY"},
		{"any beneficiary", when("r", asked7+" && 'analysts' in requester.groups", approve), "ANY_BENEFICIARY"},
		{"writing", when("r", "'analysts' in beneficiary.groups && !request.endless", approve), "WRITING"},
		{"endless", when("r", "'analysts' in beneficiary.groups && request.privilege == 'READ'", approve), "ENDLESS"},
		{"bounded by the action", when("r", "'analysts' in beneficiary.groups && request.privilege == 'READ'", review.Action{Act: review.Approve, Duration: request.For(7, request.Days)}), ""},
		{"always", when("r", "true", approve), "ANY_BENEFICIARY WRITING ENDLESS"},
		{"false", when("r", "1 > 2", deny), "NEVER_MATCHES"},
		{"no such word", when("r", careful+" && request.privilege == 'read'", approve), "NEVER_MATCHES"},
		{"two words at once", when("r", "request.type == 'DATA_ACCESS' && request.type == 'MASKING_EXCEPTION'", deny), "NEVER_MATCHES"},
		{"one word and not", when("r", "asset.kind in ['TABLE'] && asset.kind != 'TABLE'", deny), "NEVER_MATCHES"},
		{"no time is both", when("r", "request.duration < duration('1h') && duration('2h') < request.duration", deny), "NEVER_MATCHES"},
		{"a time that is both", when("r", "request.duration <= duration('1h') && request.duration >= duration('1h')", deny), ""},
		{"one way can be", when("r", "request.type == 'x' || asset.kind == 'VIEW'", deny), ""},
		{"everybody decides", when("r", careful, selecting("asset.name == 'orders'")), "EVERYBODY_DECIDES"},
		{"claimed stewards", when("r", careful, selecting("steward.id == asset.source.owner")), "CLAIMED_STEWARDS"},
		{"stewards by condition", when("r", careful, selecting("'x' in steward.groups")), ""},
		{"a stage that never applies", when("r", careful, review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "s", When: "request.type == 'x'", Mode: review.Any, Selectors: []review.Selector{group("a")}}}}), "STAGE_NEVER_APPLIES"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := review.Flow{Name: "f", Rules: []review.Rule{tt.rule}, Default: people}
			var got []string
			for _, w := range lint(t, f) {
				if got = append(got, string(w.Code)); !strings.HasPrefix(w.Rule, "rule r") || w.Text == "" {
					t.Errorf("warning %+v", w)
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("the warnings differ (-want +got):\n%s", diff)
			}
		})
	}
}

func selecting(condition string) review.Action {
	return review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "s", Mode: review.Any, Selectors: []review.Selector{{When: condition}}}}}
}

func TestLintOfAFlow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		flow review.Flow
		want []string
	}{
		{"the default flow", review.DefaultFlow, nil},
		{"approves what no rule stops", review.Flow{Default: approve}, []string{"default ANY_BENEFICIARY", "default WRITING", "default ENDLESS"}},
		{"rules stop the others", review.Flow{Rules: []review.Rule{
			when("outsiders", "!('analysts' in beneficiary.groups)", deny), when("writing", "request.privilege == 'READ_WRITE' || request.endless", people)}, Default: approve}, nil},
		{"after one that always holds", review.Flow{Rules: []review.Rule{when("all", "true", deny), when("late", careful, approve)}, Default: people}, []string{"rule late NEVER_MATCHES"}},
		{"the same twice", review.Flow{Rules: []review.Rule{when("one", careful, approve), when("two", "("+careful+")", deny)}, Default: people}, []string{"rule two NEVER_MATCHES"}},
		{"own requests", review.Flow{OwnRequests: true, Default: people}, []string{" OWN_REQUESTS"}},
		{"the flow has a longest duration", review.Flow{Max: request.For(1, request.Years), Rules: []review.Rule{when("r", "'a' in beneficiary.groups && request.privilege == 'READ'", approve)}, Default: people}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, codes(lint(t, tt.flow))); diff != "" {
				t.Errorf("the warnings differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLintKnowsTheForm(t *testing.T) {
	t.Parallel()
	f := review.Flow{Name: "f", Rules: []review.Rule{when("r", "answers.region == 'US'", deny), when("s", "answers.regio == 'EU'", deny)}, Default: people}
	want := []string{"rule r NEVER_MATCHES", "rule s ANSWER_NOT_ASKED"}
	if diff := cmp.Diff(want, codes(lint(t, f, form))); diff != "" {
		t.Errorf("the warnings differ (-want +got):\n%s", diff)
	}
}

// Nine loops in one another over ten numbers, in 274 bytes, are not tried out.
func TestLintEvaluatesNoLargeConstants(t *testing.T) {
	t.Parallel()
	nested := "true"
	for i := range 9 {
		nested = "[0,1,2,3,4,5,6,7,8,9].all(" + string(rune('a'+i)) + ", " + nested + ")"
	}
	for _, constant := range []string{nested, "(false && request.endless) || " + nested} {
		f := review.Flow{Name: "f", Rules: []review.Rule{when("r", constant, approve)}, Default: people}
		if got := codes(lint(t, f)); !strings.Contains(strings.Join(got, " "), "ANY_BENEFICIARY") {
			t.Errorf("the warnings are %v", got)
		}
	}
}

func TestLintOfAFormWithoutADuration(t *testing.T) {
	t.Parallel()
	whole := request.Form{Name: "whole", Title: "All", Questions: []request.Question{{ID: "why", Type: request.ShortAnswer, Title: "Why?"}}}
	for _, tt := range []struct {
		most request.Duration
		form request.Form
		want string
	}{
		{request.Duration{}, whole, "ENDLESS"},
		{request.Endless, whole, "ENDLESS"},
		{request.For(30, request.Days), whole, ""},
		{request.Duration{}, request.DefaultForm, ""},
	} {
		f := review.Flow{Name: "f", Max: tt.most, Default: people}
		if got := strings.TrimSpace(strings.Join(codes(lint(t, f, tt.form)), " ")); got != tt.want {
			t.Errorf("at most %v, form %s: %q, want %q", tt.most, tt.form.Name, got, tt.want)
		}
	}
}

// A condition of very many ways is not taken apart, and is looked at all the same.
func TestLintIsBounded(t *testing.T) {
	t.Parallel()
	var both []string
	for range 30 {
		both = append(both, "(asset.name == 'a' || asset.name == 'b')")
	}
	f := review.Flow{Name: "f", Rules: []review.Rule{when("r", strings.Join(both, " && "), approve)}, Default: people}
	if got := codes(lint(t, f)); !strings.Contains(strings.Join(got, " "), "ANY_BENEFICIARY") {
		t.Errorf("the warnings are %v", got)
	}
}
