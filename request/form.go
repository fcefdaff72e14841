package request

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/internal/excerpt"
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
	MaxAnswerRunes = 4000    // in a short answer that sets no limit of its own
	MaxNameBytes   = 200     // in the name of a form
	MaxTextBytes   = 4000    // in a title, a help, a pattern or an option
	MaxFormBytes   = 500_000 // in all questions of a form, as JSON
	MaxChoices     = 50      // of an access duration

	MaxAnswersBytes = 500_000 // in all answers to a form, as JSON
)

// maxShown is how many bytes of a text an error shows.
const maxShown = 60

// Form is what a requester fills in.
type Form struct {
	Name      FormName   `json:"name"`
	Version   int        `json:"version"` // from 1; a saved version never changes
	Title     string     `json:"title"`
	Questions []Question `json:"questions,omitempty"`
	Flow      FlowName   `json:"flow,omitempty"` // empty delegates to the flow of the asset

	// Agreements must be accepted to submit, each in its newest version.
	Agreements []AgreementName `json:"agreements,omitempty"`

	SavedBy  PersonID `json:"savedBy,omitempty"`
	AgreedBy PersonID `json:"agreedBy,omitempty"` // the second person, where two have seen the version
}

// Question is one question of a form.
type Question struct {
	ID       string       `json:"id"` // unique in the form; conditions know the answer by it
	Type     QuestionType `json:"type"`
	Title    string       `json:"title"`
	Help     string       `json:"help,omitempty"`
	Required bool         `json:"required,omitempty"` // an access duration always is
	When     string       `json:"when,omitempty"`     // CEL over answers to earlier questions; asked where it holds, an access duration always

	MaxRunes int      `json:"maxRunes,omitempty"` // of a short answer; 0 means MaxAnswerRunes
	Pattern  string   `json:"pattern,omitempty"`  // RE2, of a short answer, all of it
	Options  []string `json:"options,omitempty"`  // of a dropdown or checkboxes

	Min     Duration `json:"min,omitzero"`      // of an access duration
	Max     Duration `json:"max,omitzero"`      // zero sets no limit
	Endless bool     `json:"endless,omitempty"` // whether ENDLESS may be asked for

	// Choices are the only durations that are offered; none offers every count of
	// every unit within Min and Max. ENDLESS is a choice beside them if Endless is
	// set.
	Choices []Duration `json:"choices,omitempty"`
}

// Answers hold what was answered to each question, by its ID: one text for a
// short answer, a dropdown or a duration, any number for checkboxes.
type Answers map[string][]string

// Purpose is the first answer of a form that is no duration; empty where there is none.
func (f Form) Purpose(a Answers) string {
	for _, q := range f.Questions {
		if text := strings.Join(a[q.ID], ", "); q.Type != AccessDuration && text != "" {
			return text
		}
	}
	return ""
}

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
// ENDLESS where the form has none. It is none only of answers that Check refuses.
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
// evaluates the condition of a question.
func (f Form) Check(a Answers, holds func(condition string) (bool, error)) error {
	var c checker
	size := 0
	for _, q := range f.Questions {
		q.check(&c, a[q.ID], q.Asked(holds))
		text, _ := json.Marshal(a[q.ID]) // of texts alone: it cannot fail
		size += len(text)
	}
	if size > MaxAnswersBytes {
		c.fault("answers", "have %d bytes, at most %d are allowed in all", size, MaxAnswersBytes)
	}
	f.checkKnown(&c, a)
	slices.SortStableFunc(c.faults, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.Field, b.Field), strings.Compare(a.Reason, b.Reason))
	})
	return c.err("request")
}

// checkKnown refuses answers to what was not asked. An id may hold anything:
// only one that reads as it is becomes part of a field.
func (f Form) checkKnown(c *checker, a Answers) {
	if len(a) > MaxQuestions {
		c.fault("answers", "are %d, at most %d are allowed", len(a), MaxQuestions)
		return
	}
	for id := range a {
		switch {
		case slices.ContainsFunc(f.Questions, func(q Question) bool { return q.ID == id }):
		case len(id) <= MaxNameBytes && strconv.Quote(id) == `"`+id+`"`:
			c.fault("answers."+excerpt.Of(id, maxShown), "answers no question of the form %q", f.Name)
		default:
			c.fault("answers", "%q is the id of no question", excerpt.Of(id, maxShown))
		}
	}
}

// Asked reports whether the question is asked: it has no condition, or its
// condition holds, or fails. How long the access lasts is always asked and always
// required: without an answer it would have no end that anyone had asked for.
func (q Question) Asked(holds func(condition string) (bool, error)) bool {
	if q.When == "" || q.Type == AccessDuration {
		return true
	}
	yes, err := holds(q.When)
	return yes || err != nil
}

// Blank reports whether given is no answer at all.
func (q Question) Blank(given []string) bool {
	return len(given) == 0 || q.Type != Checkboxes && len(given) == 1 && strings.TrimSpace(given[0]) == ""
}

func (q Question) check(c *checker, given []string, asked bool) {
	field := "answers." + q.ID
	c.text(field, given...)
	switch {
	case !asked && len(given) > 0:
		c.fault(field, "is not asked with these answers; leave it out")
	case !asked:
	case q.Blank(given):
		if q.Required || q.Type == AccessDuration {
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
	if pattern, err := q.pattern(); err != nil || !pattern.MatchString(text) {
		c.fault(field, "must match %s", q.Pattern)
	}
}

// pattern is what all of an answer must match.
func (q Question) pattern() (*regexp.Regexp, error) {
	if _, err := regexp.Compile(q.Pattern); err != nil {
		return nil, err // in the words of who wrote it
	}
	return regexp.Compile(`^(?:` + q.Pattern + `)$`)
}

func (q Question) checkChosen(c *checker, field string, chosen []string) {
	if len(chosen) > len(q.Options) {
		c.fault(field, "has %d answers, there are %d options", len(chosen), len(q.Options))
		return
	}
	for i, option := range chosen {
		if !slices.Contains(q.Options, option) {
			c.fault(field, "%q is not one of the options", excerpt.Of(option, maxShown))
		}
		if slices.Contains(chosen[:i], option) {
			c.fault(field, "%q is chosen twice", excerpt.Of(option, maxShown))
		}
	}
}

func (q Question) checkDuration(c *checker, field, text string) {
	d, err := ParseDuration(text)
	switch {
	case err != nil:
		c.fault(field, "must be a number from 1 to 999 and a unit, such as 30 DAYS%s", map[bool]string{true: ", or ENDLESS"}[q.Endless])
	case d == Endless && !q.Endless:
		c.fault(field, "must have an end")
	case d != Endless && !q.Max.IsZero() && d.LongerThan(q.Max, reference):
		c.fault(field, "is %s, at most %s is allowed", d, q.Max)
	case q.Min.LongerThan(d, reference):
		c.fault(field, "is %s, at least %s is needed", d, q.Min)
	case d != Endless && len(q.Choices) > 0 && !slices.Contains(q.Choices, d):
		c.fault(field, "is %s, must be one of %s", d, q.offered())
	}
}

// offered lists the choices of an access duration.
func (q Question) offered() string {
	var all []string
	for _, d := range q.Choices {
		all = append(all, d.String())
	}
	if q.Endless {
		all = append(all, endless)
	}
	return strings.Join(all, ", ")
}
