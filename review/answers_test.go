package review_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/review"
)

func TestCheckAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ condition, want string }{
		{"answers.region == 'EU'", ""},
		{"answers['region'] == 'EU'", ""},
		{"answers.time <= duration('1h') && 'a' in answers.agree", ""},
		{"has(answers.elsewhere) && answers.elsewhere == 'x'", ""},
		{"asset.name == 'x' || answers.regoin == 'EU'", `line 1, column 29: form "f" asks for no answer regoin; is region meant?`},
		{"answers['regoin'] == 'EU'", `form "f" asks for no answer regoin; is region meant?`},
		{"answers.elsewhere == 'x'", `form "f" asks for no answer elsewhere`},
		{"answers.region > duration('1h')", "line 1, column 16: found no matching overload"},
		{"answers.time == 'x'", "found no matching overload"},
		{"answers.agree.startsWith('x')", "found no matching overload"},
		{"'x' in answers.region", "found no matching overload"},
	} {
		f := review.Flow{Name: "flow", Rules: []review.Rule{when("r", tt.condition, deny)}, Default: people}
		err := review.CheckAnswers(f, form)
		rule := (*review.RuleError)(nil)
		switch {
		case tt.want == "":
			if err != nil {
				t.Errorf("%s: %v", tt.condition, err)
			}
		case !errors.As(err, &rule) || rule.Rule != "rule r" || rule.Expression != tt.condition || !strings.Contains(err.Error(), tt.want):
			t.Errorf("%s: got %v, want %s", tt.condition, err, tt.want)
		}
	}
	f := asking(review.Stage{Name: "s", When: "answers.x == 1", Mode: review.Any, Selectors: []review.Selector{{When: "answers.y == steward.id"}}})
	if err := review.CheckAnswers(f, form); err == nil || !strings.Contains(err.Error(), "answer x") || !strings.Contains(err.Error(), "answer y") {
		t.Errorf("stages and selectors: %v", err)
	}
}

func TestRuleErrorsHelp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ condition, reason, snippet string }{
		{"requset.duration == x", "undeclared reference to 'requset'; is request meant?", "requset.duration == x\n^"},
		{"true ||\n  request.duratoin > duration('1h')", "undefined field 'duratoin'; is duration meant?", "  request.duratoin > duration('1h')\n         ^"},
		{"beneficiary.group == []", "undefined field 'group'; is groups meant?", "beneficiary.group == []\n           ^"},
		{"request.privilege +", "Syntax error", "request.privilege +\n                   ^"},
	} {
		_, err := review.Compile(review.Flow{Name: "f", Rules: []review.Rule{when("r", tt.condition, deny)}, Default: people})
		rule := (*review.RuleError)(nil)
		if !errors.As(err, &rule) || !strings.HasPrefix(rule.Reason, tt.reason) || rule.Snippet() != tt.snippet {
			t.Errorf("%s: %v, and the snippet\n%s", tt.condition, err, rule.Snippet())
		}
	}
	if got := (&review.RuleError{Expression: "x", Line: 0}).Snippet(); got != "" {
		t.Errorf("a fault without a place is at %q", got)
	}
}
