package review_test

import (
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// secondBy asks owners, and by a condition somebody of security.
func secondBy(when string) review.Flow {
	s := stage(review.Any, "security")
	s.When = when
	return asking(stage(review.Any, "owners"), s)
}

// TestRiskIsForStagesAlone holds what else decides to facts that are no advice.
func TestRiskIsForStagesAlone(t *testing.T) {
	t.Parallel()
	const high = `assist.risk == "HIGH"`
	selector := asking(review.Stage{Mode: review.Any, Selectors: []review.Selector{{When: high + ` && steward.id != ""`}}})
	rule := secondBy("")
	rule.Rules = []review.Rule{{Name: "low", When: `assist.risk == "LOW"`, Then: review.Action{Act: review.Approve}}}
	form := request.Form{Name: "f", Questions: []request.Question{{ID: "why", Type: request.ShortAnswer, When: high}}}
	faults := map[string]error{"form": review.CheckQuestions(form)}
	_, faults["selector"] = review.Compile(selector)
	_, faults["rule"] = review.Compile(rule)
	_, faults["guardrail"] = review.CompileGuardrail(rail(`!(assist.risk == "HIGH")`))
	_, faults["lint of a rule"] = review.Lint(rule)
	_, faults["lint of a selector"] = review.Lint(selector)
	for what, err := range faults {
		if err == nil || !strings.Contains(err.Error(), "assist.risk is for conditions of stages") || !strings.Contains(err.Error(), "column") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if p := compile(t, secondBy(high)); !review.ReadsRisk(p) {
		t.Error("a stage reads the risk, and the flow does not know of it")
	}
	if p := compile(t, secondBy(`request.endless`)); review.ReadsRisk(p) {
		t.Error("no stage reads the risk, and the flow says that one does")
	}
}

// TestStagesByRisk asks a second person where the risk is high, and where nobody knows it.
func TestStagesByRisk(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		when, risk string
		applies    bool
	}{
		{`assist.risk == "HIGH"`, "HIGH", true},
		{`assist.risk == "HIGH"`, "LOW", false},
		{`assist.risk == "HIGH"`, "UNDETERMINED", false},
		{`assist.risk == "HIGH"`, "", true},
		{`assist.risk != "LOW"`, "UNDETERMINED", true},
		{`assist.risk != "LOW"`, "", true},
		{`assist.risk == "LOW"`, "", true},
		{`!(assist.risk in ["LOW", "MODERATE"])`, "", true},
		{`assist.risk == "HIGH" && request.endless`, "", false},
		{`assist.risk == "HIGH" && request.duration > duration("1h")`, "", true},
		{`[assist].exists(a, a.risk == "HIGH")`, "", true},
	} {
		f := factsOf(request.For(7, request.Days))
		f.Assist.Risk = tt.risk
		r := open(t, f, secondBy(tt.when))
		if got := r.Stages[1].Passed == ""; got != tt.applies {
			t.Errorf("%s at risk %q applies: %v, want %v", tt.when, tt.risk, got, tt.applies)
		}
		if tt.risk == "" && tt.applies && (len(r.Why) != 1 || !strings.Contains(r.Why[0], "is not known")) {
			t.Errorf("%s: why is %q", tt.when, r.Why)
		}
	}
}

// TestUnknownRiskHoldsUpNothingElse opens a review anew where the risk was never known.
func TestUnknownRiskHoldsUpNothingElse(t *testing.T) {
	t.Parallel()
	flow := secondBy(`assist.risk == "HIGH"`)
	flow.Rules = []review.Rule{{Name: "out", When: `!("staff" in beneficiary.groups)`, Then: review.Action{Act: review.Deny}}}
	p := compile(t, flow)
	who := request.Identity{ID: "eve@example.com", Groups: []string{"staff"}, Attributes: map[string][]string{}}
	r, err := review.Open(t.Context(), factsFor(who), p)
	if err != nil || r.Status != request.Pending {
		t.Fatal(r.Status, err)
	}
	who.Groups = []string{}
	f := factsFor(who)
	if r, err = r.Reopen(t.Context(), f, time.Date(2031, 1, 31, 9, 0, 0, 0, time.UTC), p); err != nil || r.Status != request.Denied {
		t.Errorf("%s, %v: somebody who has left goes on to be asked about", r.Status, err)
	}
}

func TestExplainsTheRisk(t *testing.T) {
	t.Parallel()
	for risk, want := range map[string]struct {
		verdict review.Verdict
		value   string
	}{"HIGH": {review.Holds, "HIGH"}, "LOW": {review.HoldsNot, "LOW"}, "": {review.CannotTell, ""}} {
		f := factsOf(request.For(7, request.Days))
		f.Assist.Risk = risk
		all, err := review.Explain(t.Context(), f, compile(t, secondBy(`assist.risk == "HIGH"`)))
		if err != nil {
			t.Fatal(err)
		}
		part := all[0].Stages[0].Parts[0]
		if s := all[0].Stages[0]; s.Verdict != want.verdict || part.Verdict != want.verdict || part.Reads[0].Value != want.value {
			t.Errorf("at risk %q: %+v", risk, s)
		}
		if part.Reads[0].Words != "the risk by review assist" {
			t.Errorf("it is called %q", part.Reads[0].Words)
		}
	}
}

func TestLintsStagesByRisk(t *testing.T) {
	t.Parallel()
	for when, want := range map[string]review.WarningCode{
		`assist.risk == "HIGH"`: review.RiskUndetermined,
		`assist.risk == "HIGH" && request.privilege == "READ_WRITE"`: review.RiskUndetermined,
		`assist.risk in ["HIGH", "UNDETERMINED"]`:                    "",
		`assist.risk == "HIGH" || assist.risk == "UNDETERMINED"`:     "",
		`assist.risk != "LOW"`:                                       "",
		`request.privilege == "READ_WRITE"`:                          "",
		`assist.risk == "HIGH" || request.privilege == "READ_WRITE"`: "",
		`assist.risk == "high"`:                                      review.StageNeverOpens,
		`assist.risk == "HIGH" && !(assist.risk == "HIGH")`:          review.RiskUndetermined,
	} {
		warnings, err := review.Lint(secondBy(when))
		if err != nil {
			t.Fatal(err)
		}
		var got review.WarningCode
		for _, w := range warnings {
			got = w.Code
		}
		if len(warnings) > 1 || got != want {
			t.Errorf("%s: %v, want %s", when, warnings, want)
		}
	}
}
