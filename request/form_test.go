package request_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
)

var survey = request.Form{Name: "survey", Title: "Survey", Questions: []request.Question{
	{ID: "why", Type: request.ShortAnswer, Title: "Why?", Required: true, MaxRunes: 5},
	{ID: "ticket", Type: request.ShortAnswer, Title: "Ticket", Pattern: `[A-Z]+-\d+|none`},
	{ID: "note", Type: request.ShortAnswer, Title: "Note"},
	{ID: "region", Type: request.Dropdown, Title: "Region", Options: []string{"EU", "US"}},
	{ID: "reason", Type: request.ShortAnswer, Title: "Why the US?", Required: true, When: "us"},
	{ID: "agree", Type: request.Checkboxes, Title: "Agree", Options: []string{"a", "b", "c"}},
	{ID: "time", Type: request.AccessDuration, Title: "How long?", Min: request.For(1, request.Days), Max: request.For(1, request.Months), When: "us"},
}}

// good answers everything that must be, and is changed by each case.
func good(change request.Answers) request.Answers {
	a := request.Answers{"why": {"fun"}, "time": {"7 DAYS"}}
	for id, given := range change {
		a[id] = given
	}
	return a
}

func faults(t *testing.T, err error) []request.Fault {
	t.Helper()
	var invalid *request.InvalidError
	if err != nil && !errors.As(err, &invalid) {
		t.Fatalf("got %v, want an *InvalidError", err)
	}
	if err == nil {
		return nil
	}
	return invalid.Faults
}

func TestFormCheck(t *testing.T) {
	t.Parallel()
	is := func(field, reason string) []request.Fault {
		return []request.Fault{{Field: "answers." + field, Reason: reason}}
	}
	us := func(string) (bool, error) { return true, nil }
	fails := func(string) (bool, error) { return false, errors.New("no such key") }
	no := func(string) (bool, error) { return false, nil }
	for _, tt := range []struct {
		name  string
		a     request.Answers
		holds func(string) (bool, error)
		want  []request.Fault
	}{
		{"good", good(nil), no, nil},
		{"at the limits", good(request.Answers{"why": {"äöüß😀"}, "ticket": {"AB-1"}, "agree": {"c", "a", "b"}, "time": {"1 MONTHS"}, "note": {strings.Repeat("日", request.MaxAnswerRunes)}}), no, nil},
		{"optional ones blank", good(request.Answers{"ticket": {" "}, "region": {""}, "note": {}}), no, nil},
		{"required but blank", good(request.Answers{"why": {" \n\t"}}), no, is("why", "is required")},
		{"too long", good(request.Answers{"why": {"äöüß😀x"}}), no, is("why", "has 6 characters, at most 5 are allowed")},
		{"too long without a limit of its own", good(request.Answers{"note": {strings.Repeat("x", 4001)}}), no, is("note", "has 4001 characters, at most 4000 are allowed")},
		{"two texts", good(request.Answers{"why": {"a", "b"}}), no, is("why", "has 2 answers, one is right")},
		{"pattern, before", good(request.Answers{"ticket": {"x AB-1"}}), no, is("ticket", `must match [A-Z]+-\d+|none`)},
		{"pattern, after", good(request.Answers{"ticket": {"AB-1\n"}}), no, is("ticket", `must match [A-Z]+-\d+|none`)},
		{"pattern, second half", good(request.Answers{"ticket": {"nonesuch"}}), no, is("ticket", `must match [A-Z]+-\d+|none`)},
		{"NUL", good(request.Answers{"why": {"a\x00"}}), no, is("why", "holds a NUL character")},
		{"not UTF-8", good(request.Answers{"note": {"a\xff"}}), no, is("note", "is not valid UTF-8")},
		{"no option", good(request.Answers{"region": {"eu"}}), no, is("region", `"eu" is not one of the options`)},
		{"two options of one", good(request.Answers{"region": {"EU", "US"}}), no, is("region", "has 2 answers, one is right")},
		{"no box", good(request.Answers{"agree": {"a", "z"}}), no, is("agree", `"z" is not one of the options`)},
		{"a box twice", good(request.Answers{"agree": {"a", "a"}}), no, is("agree", `"a" is chosen twice`)},
		{"more boxes than there are", good(request.Answers{"agree": make([]string, 100000)}), no, is("agree", "has 100000 answers, there are 3 options")},
		{"no duration", good(request.Answers{"time": {"soon"}}), no, is("time", `must be a number from 1 to 999 and a unit, such as 30 DAYS`)},
		{"endless", good(request.Answers{"time": {"ENDLESS"}}), no, is("time", "must have an end")},
		{"too long a time", good(request.Answers{"time": {"32 DAYS"}}), no, is("time", "is 32 DAYS, at most 1 MONTHS is allowed")},
		{"too short a time", good(request.Answers{"time": {"23 HOURS"}}), no, is("time", "is 23 HOURS, at least 1 DAYS is needed")},
		{"a time is always required, and always asked", request.Answers{"why": {"fun"}}, no, is("time", "is required")},
		{"hidden", good(request.Answers{"reason": {"x"}}), no, is("reason", "is not asked with these answers; leave it out")},
		{"asked", good(nil), us, is("reason", "is required")},
		{"asked and answered", good(request.Answers{"reason": {"x"}}), us, nil},
		{"a failing condition asks", good(nil), fails, is("reason", "is required")},
		{"a failing condition takes an answer", good(request.Answers{"reason": {"x"}}), fails, nil},
		{"unknown", good(request.Answers{"whx": {"x"}}), no, is("whx", `answers no question of the form "survey"`)},
		{"unknown and hostile", good(request.Answers{"x\n\x1b[31m\u202e\xff": nil, "%s%d\x00": {"\x00"}}), no, []request.Fault{
			{Field: "answers", Reason: `"%s%d\x00" is the id of no question`},
			{Field: "answers", Reason: `"x\n\x1b[31m\u202e\xff" is the id of no question`}}},
		{"unknown and long", good(request.Answers{strings.Repeat("x", 1<<20): nil}), no, []request.Fault{{Field: "answers", Reason: `"` + strings.Repeat("x", 60) + `…" is the id of no question`}}},
		{"every fault at once", request.Answers{"why": nil, "ticket": {"?"}, "region": {"MARS"}, "agree": {"d", "d"}, "reason": {"x"}, "time": {"0 DAYS"}, "zzz": {"1"}}, no, []request.Fault{
			{Field: "answers.agree", Reason: `"d" is chosen twice`},
			{Field: "answers.agree", Reason: `"d" is not one of the options`},
			{Field: "answers.agree", Reason: `"d" is not one of the options`},
			{Field: "answers.reason", Reason: "is not asked with these answers; leave it out"},
			{Field: "answers.region", Reason: `"MARS" is not one of the options`},
			{Field: "answers.ticket", Reason: `must match [A-Z]+-\d+|none`},
			{Field: "answers.time", Reason: `must be a number from 1 to 999 and a unit, such as 30 DAYS`},
			{Field: "answers.why", Reason: "is required"},
			{Field: "answers.zzz", Reason: `answers no question of the form "survey"`}}},
	} {
		if diff := cmp.Diff(tt.want, faults(t, survey.Check(tt.a, tt.holds))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

// Of an access duration that offers choices, these are the only answers.
func TestFormCheckChoices(t *testing.T) {
	t.Parallel()
	form := func(endless bool, choices ...request.Duration) request.Form {
		return request.Form{Name: "f", Questions: []request.Question{{ID: "time", Type: request.AccessDuration, Title: "T", Max: request.For(90, request.Days), Endless: endless, Choices: choices}}}
	}
	week, month := request.For(7, request.Days), request.For(1, request.Months)
	for _, tt := range []struct {
		form   request.Form
		answer string
		want   string
	}{
		{form(false, week, month), "7 DAYS", ""},
		{form(false, week, month), "1 months", ""},
		{form(false, week, month), "1 WEEKS", "is 1 WEEKS, must be one of 7 DAYS, 1 MONTHS"},
		{form(false, week, month), "ENDLESS", "must have an end"},
		{form(true, week), "ENDLESS", ""},
		{form(true, week), "8 DAYS", "is 8 DAYS, must be one of 7 DAYS, ENDLESS"},
		{form(false, week), "91 DAYS", "is 91 DAYS, at most 90 DAYS is allowed"},
		{form(true), "45 HOURS", ""},
	} {
		got := faults(t, tt.form.Check(request.Answers{"time": {tt.answer}}, nil))
		if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || got[0].Reason != tt.want) {
			t.Errorf("%s: got %v, want %q", tt.answer, got, tt.want)
		}
	}
}

// A thousand answers to questions that nobody asked make one fault.
func TestFormCheckIsBounded(t *testing.T) {
	t.Parallel()
	a := good(nil)
	for i := range 10_000 {
		a[fmt.Sprintf("x%d", i)] = []string{"x"}
	}
	a["note"] = make([]string, 10_000)
	for i := range a["note"] {
		a["note"][i] = "\xff"
	}
	err := survey.Check(a, func(string) (bool, error) { return false, nil })
	want := []request.Fault{
		{Field: "answers", Reason: "are 10003, at most 100 are allowed"},
		{Field: "answers.note", Reason: "has 10000 answers, one is right"},
		{Field: "answers.note", Reason: "is not valid UTF-8"},
	}
	if diff := cmp.Diff(want, faults(t, err)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFormDuration(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		form request.Form
		a    request.Answers
		want request.Duration
	}{
		{survey, good(nil), request.For(7, request.Days)},
		{survey, request.Answers{}, request.Duration{}},
		{survey, good(request.Answers{"time": {"soon"}}), request.Duration{}},
		{survey, good(request.Answers{"time": {"1 DAYS", "2 DAYS"}}), request.Duration{}},
		{request.DefaultForm, request.Answers{"duration": {"ENDLESS"}}, request.Endless},
		{request.Form{Name: "timeless"}, nil, request.Endless},
	} {
		if got := tt.form.Duration(tt.a); got != tt.want {
			t.Errorf("%s, %v: got %q, want %q", tt.form.Name, tt.a, got, tt.want)
		}
	}
}

func TestFormValidate(t *testing.T) {
	t.Parallel()
	short := func(change func(*request.Question)) []request.Question {
		q := request.Question{ID: "q", Type: request.ShortAnswer, Title: "Q"}
		change(&q)
		return []request.Question{q}
	}
	box := func(options ...string) []request.Question {
		return []request.Question{{ID: "q", Type: request.Checkboxes, Title: "Q", Options: options}}
	}
	duration := func(least, most request.Duration) []request.Question {
		return []request.Question{{ID: "q", Type: request.AccessDuration, Title: "Q", Min: least, Max: most}}
	}
	for _, tt := range []struct {
		name      string
		questions []request.Question
		want      []string // field and reason, up to its end
	}{
		{"the survey", survey.Questions, nil},
		{"the default form", request.DefaultForm.Questions, nil},
		{"longest id", short(func(q *request.Question) { q.ID = "a" + strings.Repeat("_", 62) }), nil},
		{"id too long", short(func(q *request.Question) { q.ID = "a" + strings.Repeat("_", 63) }), []string{"questions[0].id"}},
		{"id with a dot", short(func(q *request.Question) { q.ID = "a.b" }), []string{`questions[0].id "a.b" must be`}},
		{"id with a line", short(func(q *request.Question) { q.ID = "a\n" }), []string{`questions[0].id "a\n" must be`}},
		{"no title", short(func(q *request.Question) { q.Title = "" }), []string{"questions[0].title is missing"}},
		{"titles", short(func(q *request.Question) { q.Title, q.Help, q.When = "\x00", strings.Repeat("x", 4001), "\xff" }),
			[]string{"questions[0].title holds a NUL", "questions[0].help has 4001 bytes, at most 4000", "questions[0].when is not valid UTF-8"}},
		{"type", short(func(q *request.Question) { q.Type = "ESSAY" }), []string{`questions[0].type is "ESSAY", must be`}},
		{"no pattern", short(func(q *request.Question) { q.Pattern = "(" }), []string{"questions[0].pattern is not a pattern: error parsing regexp: missing closing ): `(`"}},
		{"a pattern that takes the end along", short(func(q *request.Question) { q.Pattern = `\Qabc` }), []string{"questions[0].pattern is not a pattern"}},
		{"a pattern out of its group", short(func(q *request.Question) { q.Pattern = `a)|(b` }), []string{"questions[0].pattern is not a pattern"}},
		{"a pattern too large", short(func(q *request.Question) { q.Pattern = `(x{1000}){1000}` }), []string{"questions[0].pattern is not a pattern"}},
		{"a long pattern", short(func(q *request.Question) { q.Pattern = strings.Repeat("x", 4001) }), []string{"questions[0].pattern has 4001 bytes"}},
		{"more than all answers hold", short(func(q *request.Question) { q.MaxRunes = 500_001 }), []string{"questions[0].maxRunes is 500001, at most 500000"}},
		{"negative", short(func(q *request.Question) { q.MaxRunes = -1 }), []string{"questions[0].maxRunes is -1, must not be negative"}},
		{"says nothing", short(func(q *request.Question) {
			q.Options, q.Max, q.Endless = []string{"a"}, request.For(1, request.Days), true
		}),
			[]string{"questions[0].options says nothing", "questions[0].max says nothing", "questions[0].endless says nothing"}},
		{"says nothing of boxes", []request.Question{{ID: "q", Type: request.Dropdown, Title: "Q", Options: []string{"a"}, Pattern: "a", MaxRunes: 1, Min: request.For(1, request.Days)}},
			[]string{"questions[0].maxRunes says nothing", "questions[0].pattern says nothing", "questions[0].min says nothing"}},
		{"no options", box(), []string{"questions[0].options are 0, must be 1 to 1000"}},
		{"too many options", box(numbers(1001)...), []string{"questions[0].options are 1001, must be 1 to 1000"}},
		{"the most options", box(numbers(1000)...), nil},
		{"bad options", box("a", "", "a", "\x00", "\xff", strings.Repeat("x", 4001)), []string{
			"questions[0].options[1] is blank", `questions[0].options[2] "a" is an earlier option`, "questions[0].options[3] holds a NUL", "questions[0].options[4] is not valid UTF-8", "questions[0].options[5] has 4001 bytes"}},
		{"no durations", duration(request.For(0, request.Days), request.For(1, "FORTNIGHTS")), []string{"questions[0].min request: the count", `questions[0].max request: the unit of a duration is "FORTNIGHTS"`}},
		{"endless minimum", duration(request.Endless, request.Duration{}), []string{"questions[0].min must have an end"}},
		{"minimum above maximum", duration(request.For(32, request.Days), request.For(1, request.Months)), []string{"questions[0].min is 32 DAYS, longer than the maximum of 1 MONTHS"}},
		{"minimum is maximum", duration(request.For(7, request.Days), request.For(1, request.Weeks)), nil},
		{"choices", []request.Question{{ID: "q", Type: request.AccessDuration, Title: "Q", Min: request.For(1, request.Days), Max: request.For(30, request.Days), Choices: []request.Duration{
			request.For(7, request.Days), request.For(7, request.Days), request.For(31, request.Days), request.For(1, request.Hours), request.Endless, {}, request.For(1, "FORTNIGHTS")}}},
			[]string{"questions[0].choices[1] 7 DAYS is an earlier choice", "questions[0].choices[2] 31 DAYS is not within", "questions[0].choices[3] 1 HOURS is not within",
				"questions[0].choices[4] must have an end", "questions[0].choices[5] is missing", "questions[0].choices[6] request: the unit"}},
		{"too many choices", []request.Question{{ID: "q", Type: request.AccessDuration, Title: "Q", Choices: make([]request.Duration, 51)}}, []string{"questions[0].choices are 51, at most 50"}},
		{"choices of boxes", []request.Question{{ID: "q", Type: request.Checkboxes, Title: "Q", Options: []string{"a"}, Choices: []request.Duration{request.For(7, request.Days)}}}, []string{"questions[0].choices says nothing"}},
		{"twice", append(short(func(*request.Question) {}), short(func(*request.Question) {})...), []string{`questions[1].id "q" is the id of an earlier question`}},
		{"two durations", append(duration(request.Duration{}, request.Duration{}), request.Question{ID: "r", Type: request.AccessDuration, Title: "R"}), []string{"questions hold 2 access durations"}},
		{"too many", make([]request.Question, 101), []string{"questions are 101, at most 100 are allowed"}},
	} {
		got := faults(t, request.Form{Name: "f", Questions: tt.questions}.Validate())
		match := len(got) == len(tt.want)
		for i := 0; match && i < len(got); i++ {
			match = strings.HasPrefix(got[i].Field+" "+got[i].Reason, tt.want[i])
		}
		if !match {
			t.Errorf("%s: got %v, want %q", tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct {
		form request.Form
		want string
	}{
		{request.Form{}, "invalid form: name must be given"},
		{request.Form{Name: "default"}, "invalid form: name must be given"},
		{request.Form{Name: "a\x00"}, "invalid form: name holds a NUL"},
		{request.Form{Name: request.FormName(strings.Repeat("x", 201))}, "invalid form: name has 201 bytes"},
		{request.Form{Name: "f", Title: "\xff"}, "invalid form: title is not"},
		{request.Form{Name: "f", Flow: "\x00"}, "invalid form: flow holds"},
	} {
		if err := tt.form.Validate(); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

func numbers(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint(i)
	}
	return all
}

// Whatever is answered, every fault reads as one line of text, and good answers
// give a duration.
func FuzzAnswers(f *testing.F) {
	f.Add("why", "fun", "time", "7 DAYS", false)
	f.Add("why", "fun\x00", "x\ny", "\xff", true)
	f.Add("agree", "a", "region", "EU", true)
	f.Fuzz(func(t *testing.T, id1, text1, id2, text2 string, us bool) {
		a := request.Answers{"why": {"fun"}, "time": {"1 DAYS"}}
		a[id1] = append(a[id1], text1)
		a[id2] = []string{text2}
		err := survey.Check(a, func(string) (bool, error) { return us, nil })
		if err == nil {
			if survey.Duration(a).IsZero() {
				t.Fatalf("%q is good, without a duration", a)
			}
			return
		}
		for _, fault := range faults(t, err) {
			if text := fault.Field + fault.Reason; !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\n\r\x1b\u202e") || len(text) > 1000 {
				t.Fatalf("%q gives the fault %q", a, fault)
			}
		}
	})
}

func ExampleForm_Check() {
	answers := request.Answers{"duration": {"A WHILE"}, "color": {"blue"}}
	err := request.DefaultForm.Check(answers, nil)
	var invalid *request.InvalidError
	if errors.As(err, &invalid) {
		for _, f := range invalid.Faults {
			fmt.Println(f.Field, f.Reason)
		}
	}
	// Output:
	// answers.color answers no question of the form "default"
	// answers.duration must be a number from 1 to 999 and a unit, such as 30 DAYS, or ENDLESS
	// answers.purpose is required
}
