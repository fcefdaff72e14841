package request

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// FormName names a form through all its versions.
type FormName string

// FlowName names a review flow through all its versions. A form names its flow;
// it does not hold it.
type FlowName string

// FormVersion is one version of a form. The zero FormVersion is the built-in
// default form.
type FormVersion struct {
	Name    FormName `json:"name"`
	Version int      `json:"version"`
}

// QuestionType is how a question is answered.
type QuestionType string

// The types of questions.
const (
	ShortAnswer    QuestionType = "SHORT_ANSWER"    // text
	Dropdown       QuestionType = "DROPDOWN"        // exactly one of the options
	Checkboxes     QuestionType = "CHECKBOXES"      // any of the options
	AccessDuration QuestionType = "ACCESS_DURATION" // how long the access lasts
)

// Limits of forms and answers.
const (
	MaxQuestions   = 100
	MaxOptions     = 1000
	MaxAnswerRunes = 4000 // in a short answer that sets no limit of its own
)

// Form is what a requester fills in.
type Form struct {
	Name      FormName   `json:"name"`
	Version   int        `json:"version"` // from 1; a saved version never changes
	Title     string     `json:"title"`
	Questions []Question `json:"questions,omitempty"`
	Flow      FlowName   `json:"flow,omitempty"` // empty delegates to the flow of the asset
	SavedBy   PersonID   `json:"savedBy,omitempty"`
}

// Question is one question of a form.
type Question struct {
	ID       string       `json:"id"` // unique in the form; conditions know the answer by it
	Type     QuestionType `json:"type"`
	Title    string       `json:"title"`
	Help     string       `json:"help,omitempty"`
	Required bool         `json:"required,omitempty"`
	When     string       `json:"when,omitempty"` // CEL over the answers so far; the question is asked where it holds

	MaxRunes int      `json:"maxRunes,omitempty"` // of a short answer; 0 means MaxAnswerRunes
	Pattern  string   `json:"pattern,omitempty"`  // RE2, of a short answer, all of it
	Options  []string `json:"options,omitempty"`  // of a dropdown or checkboxes

	Min     Duration `json:"min,omitzero"`      // of an access duration
	Max     Duration `json:"max,omitzero"`      // zero sets no limit
	Endless bool     `json:"endless,omitempty"` // whether ENDLESS may be asked for
}

// Answers hold what was answered to each question, by its ID: one text for a
// short answer, a dropdown or a duration, any number for checkboxes.
type Answers map[string][]string

// DefaultForm is the form of every asset to which no other is attached. It
// delegates to the flow of the asset.
var DefaultForm = Form{
	Name:  "default",
	Title: "Request access",
	Questions: []Question{
		{ID: "purpose", Type: ShortAnswer, Title: "What do you need the data for?", Required: true, MaxRunes: 1000},
		{ID: "duration", Type: AccessDuration, Title: "For how long?", Required: true, Endless: true},
	},
}

// Of identifies the version.
func (f Form) Of() FormVersion { return FormVersion{f.Name, f.Version} }

// Duration is the answer to the form's question for an access duration, and
// ENDLESS where the form has none.
func (f Form) Duration(a Answers) Duration {
	for _, q := range f.Questions {
		if q.Type != AccessDuration {
			continue
		}
		if given := a[q.ID]; len(given) == 1 {
			if d, err := ParseDuration(given[0]); err == nil {
				return d
			}
		}
		return Duration{}
	}
	return Endless
}

// Check refuses answers that miss the form, naming every fault at once. Holds
// evaluates the condition of a question; where it fails, the question is asked.
func (f Form) Check(a Answers, holds func(condition string) (bool, error)) error {
	var c checker
	for _, q := range f.Questions {
		asked := q.When == ""
		if !asked {
			yes, err := holds(q.When)
			asked = yes || err != nil
		}
		q.check(&c, a[q.ID], asked)
	}
	for id := range a {
		if !slices.ContainsFunc(f.Questions, func(q Question) bool { return q.ID == id }) {
			c.fault("answers."+shorten(id), "answers no question of the form %q", f.Name)
		}
	}
	slices.SortStableFunc(c.faults, func(a, b Fault) int { return strings.Compare(a.Field, b.Field) })
	return c.err("request")
}

func (q Question) check(c *checker, given []string, asked bool) {
	field := "answers." + q.ID
	for _, text := range given {
		c.text(field, text)
	}
	switch {
	case !asked && len(given) > 0:
		c.fault(field, "is not asked with these answers; leave it out")
	case !asked:
	case len(given) == 0 || q.Type != Checkboxes && len(given) == 1 && given[0] == "":
		if q.Required {
			c.fault(field, "is required")
		}
	case q.Type == Checkboxes:
		q.checkChosen(c, field, given)
	case len(given) > 1:
		c.fault(field, "has %d answers, one is right", len(given))
	case q.Type == Dropdown:
		q.checkChosen(c, field, given)
	case q.Type == AccessDuration:
		q.checkDuration(c, field, given[0])
	default:
		q.checkText(c, field, given[0])
	}
}

func (q Question) checkText(c *checker, field, text string) {
	most := q.MaxRunes
	if most == 0 {
		most = MaxAnswerRunes
	}
	if n := utf8.RuneCountInString(text); n > most {
		c.fault(field, "has %d characters, at most %d are allowed", n, most)
		return
	}
	if q.Pattern == "" {
		return
	}
	if matches, err := regexp.MatchString(`^(?:`+q.Pattern+`)$`, text); err != nil || !matches {
		c.fault(field, "must match %s", q.Pattern)
	}
}

func (q Question) checkChosen(c *checker, field string, chosen []string) {
	for i, option := range chosen {
		if !slices.Contains(q.Options, option) {
			c.fault(field, "%q is not one of the options", shorten(option))
		}
		if slices.Contains(chosen[:i], option) {
			c.fault(field, "%q is chosen twice", shorten(option))
		}
	}
}

func (q Question) checkDuration(c *checker, field, text string) {
	d, err := ParseDuration(text)
	switch {
	case err != nil:
		c.fault(field, "%q is not a duration, it must read like 30 DAYS or ENDLESS", shorten(text))
	case d == Endless && !q.Endless:
		c.fault(field, "must have an end")
	case d != Endless && !q.Max.IsZero() && d.LongerThan(q.Max, reference):
		c.fault(field, "is %s, at most %s is allowed", d, q.Max)
	case q.Min.LongerThan(d, reference):
		c.fault(field, "is %s, at least %s is needed", d, q.Min)
	}
}

// Validate says everything that is wrong with a form before it is saved.
func (f Form) Validate() error {
	var c checker
	if f.Name == "" || f.Name == DefaultForm.Name {
		c.fault("name", "must be given, and not be %q, which is built in", DefaultForm.Name)
	}
	c.text("name", string(f.Name))
	if len(f.Questions) > MaxQuestions {
		c.fault("questions", "are %d, at most %d are allowed", len(f.Questions), MaxQuestions)
	}
	durations := 0
	for i, q := range f.Questions {
		field := fmt.Sprintf("questions[%d]", i)
		q.validate(&c, field)
		if slices.ContainsFunc(f.Questions[:i], func(o Question) bool { return o.ID == q.ID }) {
			c.fault(field+".id", "%q is the id of an earlier question", shorten(q.ID))
		}
		if q.Type == AccessDuration {
			durations++
		}
	}
	if durations > 1 {
		c.fault("questions", "hold %d access durations, one is enough", durations)
	}
	return c.err("form")
}

var questionID = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,62}$`)

func (q Question) validate(c *checker, field string) {
	if !questionID.MatchString(q.ID) {
		c.fault(field+".id", "%q must be a lower case letter and then up to 62 letters, digits or _", shorten(q.ID))
	}
	if q.Title == "" {
		c.fault(field+".title", "is missing")
	}
	switch chooses := q.Type == Dropdown || q.Type == Checkboxes; {
	case !chooses && q.Type != ShortAnswer && q.Type != AccessDuration:
		c.fault(field+".type", "is %q, must be SHORT_ANSWER, DROPDOWN, CHECKBOXES or ACCESS_DURATION", shorten(string(q.Type)))
	case chooses && (len(q.Options) == 0 || len(q.Options) > MaxOptions):
		c.fault(field+".options", "are %d, must be 1 to %d", len(q.Options), MaxOptions)
	}
	if _, err := regexp.Compile(q.Pattern); err != nil {
		c.fault(field+".pattern", "is not a pattern: %v", err)
	}
	for name, d := range map[string]Duration{".min": q.Min, ".max": q.Max} {
		if err := d.Check(); err != nil {
			c.fault(field+name, "%v", err)
		}
	}
}
