package review_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

func TestCheckQuestions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ when, want string }{
		{`answers.region == "US"`, ""},
		{`answers["region"] == "US"`, ""},
		{`has(answers.region) && answers.region != "EU"`, ""},
		{`"region" in answers`, ""},
		{`"a" in answers.boxes && !("analysts" in requester.groups)`, ""},
		{`answers.boxes.exists(b, b == answers.region)`, ""},
		{`answers.regoin == "US"`, "line 1, column 1: answers.regoin is the answer to no earlier question"},
		{`true || answers.later == "x"`, "line 1, column 9: answers.later is the answer to no earlier question"},
		{`answers.self == "x"`, "answers.self is the answer to no earlier question"},
		{`answers.exists(a, a == "region")`, "answers must be read one by one"},
		{`size(answers) > 1`, "answers must be read one by one"},
		{`answers[requester.id] == "x"`, "answers must be read one by one"},
		{`{"x": answers}.x.later == "1"`, "answers must be read one by one"},
		{`answers.region +`, "Syntax error"},
		{`"yes"`, "the result is string, must be bool"},
		{strings.Repeat("true || ", 600) + "true", "the condition has 4804 bytes"},
	} {
		err := review.CheckQuestions(request.Form{Name: "f", Questions: []request.Question{
			{ID: "region", Type: request.Dropdown}, {ID: "boxes", Type: request.Checkboxes},
			{ID: "self", Type: request.ShortAnswer, When: tt.when}, {ID: "later", Type: request.ShortAnswer},
		}})
		question := (*review.QuestionError)(nil)
		switch {
		case tt.want == "":
			if err != nil {
				t.Errorf("%s: %v", tt.when, err)
			}
		case !errors.As(err, &question) || question.Question != 2 || !strings.Contains(err.Error(), tt.want):
			t.Errorf("%.80s: got %v, want %s", tt.when, err, tt.want)
		}
	}
}
