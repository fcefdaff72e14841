package draft_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/pages/governing/draft"
)

func TestReadAForm(t *testing.T) {
	t.Parallel()
	var form request.Form
	faults := draft.Read(url.Values{
		"name": {"f"}, "title": {"T "}, "version": {"7"}, "savedBy": {"eve"}, "agreements": {"a\r\nb", "c"},
		"questions[0].id": {"p"}, "questions[0].type": {"DROPDOWN"}, "questions[0].required": {"on"}, "questions[0].options": {"EU\r\n\r\n US "},
		"questions[1].id": {"d"}, "questions[1].maxRunes": {"many"}, "questions[1].min.count": {"2"}, "questions[1].min.unit": {"DAYS"}, "questions[1].max.unit": {"DAYS"},
		"questions[1].choices": {"1 days\n0 DAYS"}, "questions[3].id": {"behind a gap"},
	}, &form)
	want := request.Form{Name: "f", Title: "T", Agreements: []request.AgreementName{"a", "b", "c"}, Questions: []request.Question{
		{ID: "p", Type: request.Dropdown, Required: true, Options: []string{"EU", "US"}},
		{ID: "d", Min: request.For(2, request.Days), Choices: []request.Duration{request.For(1, request.Days)}}}}
	if diff := cmp.Diff(want, form); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]draft.Fault{{Field: "questions[1].maxRunes", Reason: "must be a whole number"},
		{Field: "questions[1].choices", Reason: "must be a number from 1 to 999 with a unit, such as 30 DAYS"}}, faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestReadAFlow(t *testing.T) {
	t.Parallel()
	var flow review.Flow
	faults := draft.Read(url.Values{
		"name": {"f"}, "rules[0].name": {"r"}, "rules[0].when": {"true"}, "rules[0].then.act": {"APPROVE"}, "rules[0].then.duration.count": {"3"}, "rules[0].then.duration.unit": {"WEEKS"},
		"default.act": {"REVIEW"}, "default.stages[0].name": {"s"}, "default.stages[0].selectors[0].group": {"g"}, "default.stages[0].selectors[1].attribute.key": {"k"},
		"default.stages[0].selectors[1].attribute.value": {"v"}, "default.stages[0].limit.within.unit": {"ENDLESS"}, "reasons": {"APPROVE", "DENY"},
	}, &flow)
	want := review.Flow{Name: "f", Rules: []review.Rule{{Name: "r", When: "true", Then: review.Action{Act: review.Approve, Duration: request.For(3, request.Weeks)}}},
		Default: review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "s", Selectors: []review.Selector{{Group: "g"}, {Attribute: &request.Attribute{Key: "k", Value: "v"}}},
			Limit: review.Limit{Within: request.Endless}}}}, Reasons: []review.Act{review.Approve, review.Deny}}
	if diff := cmp.Diff(want, flow); diff != "" || len(faults) > 0 {
		t.Errorf("read with %v (-want +got):\n%s", faults, diff)
	}
}

func TestEdit(t *testing.T) {
	t.Parallel()
	three := func() request.Form {
		return request.Form{Questions: []request.Question{{ID: "a"}, {ID: "b"}, {ID: "c"}}}
	}
	for button, want := range map[string]struct{ at, order string }{
		"add questions": {"questions[3]", "a b c  "}, "remove questions[1]": {"questions", "a c "}, "up questions[1]": {"questions[0]", "b a c "},
		"up questions[0]": {"questions[0]", "a b c "}, "down questions[1]": {"questions[2]", "a c b "}, "down questions[2]": {"questions[2]", "a b c "},
		"remove questions[3]": {"", "a b c "}, "remove questions[-1]": {"", "a b c "}, "add title": {"", "a b c "}, "add nothing": {"", "a b c "}, "diff": {"", "a b c "},
		"up questions[0].options[0]": {"", "a b c "}, "remove questions": {"", "a b c "}, "add questions[9].options": {"", "a b c "}, "add .": {"", "a b c "},
	} {
		form, order := three(), ""
		at := draft.Edit(&form, button)
		for _, q := range form.Questions {
			order += q.ID + " "
		}
		if at != want.at || order != want.order {
			t.Errorf("%s is about %q and leaves %q, want %q and %q", button, at, order, want.at, want.order)
		}
	}
	flow := review.Flow{Rules: []review.Rule{{Then: review.Action{Stages: []review.Stage{{}}}}}}
	if at := draft.Edit(&flow, "add emergency.for"); at != "emergency.for[0]" || len(flow.Emergency.For) != 1 {
		t.Errorf("an emergency part is added to at %q: %+v", at, flow.Emergency)
	}
	if at := draft.Edit(&flow, "add rules[0].then.stages[0].selectors"); at != "rules[0].then.stages[0].selectors[0]" || len(flow.Rules[0].Then.Stages[0].Selectors) != 1 {
		t.Errorf("deep inside: %q, %+v", at, flow)
	}
}
