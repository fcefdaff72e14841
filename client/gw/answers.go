package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright/client/api"
)

// The types of questions.
const (
	accessDuration = "ACCESS_DURATION"
	dropdown       = "DROPDOWN"
	checkboxes     = "CHECKBOXES"
)

// fill makes the body of a submission from the flags, and on a terminal from what is asked.
func (a *asking) fill() error {
	a.body = api.SubmissionBody{Asset: a.entry.Asset.Ref, Type: api.SubmissionBodyType(a.entry.Type), Privilege: api.SubmissionBodyPrivilege(a.privilege),
		Beneficiary: a.beneficiary, Answers: map[string][]string{}}
	for _, c := range strings.Split(a.columns, ",") {
		if c = strings.TrimSpace(c); c != "" {
			a.body.Columns = append(a.body.Columns, c)
		}
	}
	if err := a.fillAnswers(); err != nil {
		return err
	}
	if err := a.fillAgreements(); err != nil {
		return err
	}
	return a.fillMissing()
}

// fillAnswers reads -answer and -for.
func (a *asking) fillAnswers() error {
	for _, text := range a.answers {
		field, value, is := strings.Cut(text, "=")
		if !is {
			return usagef("-answer %q: must be field=value", text)
		}
		q, known := a.question(field)
		if !known {
			return usagef("-answer %s: the form has no such field; its fields are %s", field, a.fields())
		}
		if err := a.answer(q, value); err != nil {
			return usagef("-answer %s: %v", field, err)
		}
	}
	if a.lasts == "" {
		return nil
	}
	for _, q := range a.entry.Form.Questions {
		if q.Type != accessDuration {
			continue
		}
		if len(a.body.Answers[q.ID]) > 0 {
			return usagef("-for and -answer %s= say the same thing: give one of them", q.ID)
		}
		if err := a.answer(q, a.lasts); err != nil {
			return usagef("-for: %v", err)
		}
		return nil
	}
	return usagef("-for: the form does not ask how long; its fields are %s", a.fields())
}

func (a *asking) question(id string) (api.Question, bool) {
	i := slices.IndexFunc(a.entry.Form.Questions, func(q api.Question) bool { return q.ID == id })
	if i < 0 {
		return api.Question{}, false
	}
	return a.entry.Form.Questions[i], true
}

// fields names the fields of the form.
func (a *asking) fields() string {
	var ids []string
	for _, q := range a.entry.Form.Questions {
		ids = append(ids, q.ID)
	}
	return strings.Join(ids, ", ")
}

// answer answers a question. The server checks the rest.
func (a *asking) answer(q api.Question, value string) error {
	if q.Type == accessDuration {
		d, err := duration(value)
		if err != nil {
			return err
		}
		if value = d; len(q.Choices) > 0 && !slices.Contains(q.Choices, value) {
			return fmt.Errorf("%s is none of the choices: %s", lasts(value), strings.Join(q.Choices, ", "))
		}
	}
	if options := q.Options; len(options) > 0 && !slices.Contains(options, value) {
		return fmt.Errorf("%q is none of the options: %s", value, strings.Join(options, ", "))
	}
	if q.Type != checkboxes && len(a.body.Answers[q.ID]) > 0 {
		return fmt.Errorf("it takes one answer, and has %q already", a.body.Answers[q.ID][0])
	}
	a.body.Answers[q.ID] = append(a.body.Answers[q.ID], value)
	return nil
}

// fillAgreements accepts the agreements of the form that the flags name in their version, or
// that somebody has read on the terminal.
func (a *asking) fillAgreements() error {
	for _, text := range a.agree {
		if !slices.ContainsFunc(a.entry.Agreements, func(g api.Agreement) bool { return text == named(g) }) {
			return usagef("-agree %s: must name an agreement of the form in its present version%s", text, a.agreements())
		}
	}
	for _, g := range a.entry.Agreements {
		switch {
		case slices.Contains(a.agree, named(g)):
		case !a.asks:
			return usagef("the agreement %q must be accepted: gw request -form shows its text, -agree %s accepts it", g.Title, named(g))
		default:
			a.note("\n%s\n\n%s", g.Title, long(strings.TrimSpace(g.Text)))
			if err := a.confirm("Do you accept this?", false); err != nil {
				return err
			}
		}
		a.body.Agreements = append(a.body.Agreements, api.AgreementVersion{Name: g.Name, Version: g.Version})
	}
	return nil
}

func named(g api.Agreement) string { return g.Name + "@" + strconv.FormatInt(int64(g.Version), 10) }

func (a *asking) agreements() string {
	if len(a.entry.Agreements) == 0 {
		return "; the form has none"
	}
	var all []string
	for _, g := range a.entry.Agreements {
		all = append(all, named(g))
	}
	return ": " + strings.Join(all, ", ")
}

// fillMissing asks for the answers that are missing, where somebody is there to be asked. Of
// questions with a condition the server says whether they are asked.
func (a *asking) fillMissing() error {
	var missing []api.Question
	for _, q := range a.entry.Form.Questions {
		if q.When == "" && len(a.body.Answers[q.ID]) == 0 && (q.Required || a.asks) {
			missing = append(missing, q)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if !a.asks {
		text := "answers are missing:"
		for _, q := range missing {
			text += "\n  " + flagFor(q)
		}
		return usagef("%s", text)
	}
	a.note("%s: %s", a.entry.Asset.Ref, a.entry.Form.Title)
	for _, q := range missing {
		if err := a.askFor(q); err != nil {
			return err
		}
	}
	return nil
}

// askFor asks one question until it has an answer. Nothing typed leaves out an optional one.
func (a *asking) askFor(q api.Question) error {
	text := "\n" + q.Title + "\n"
	if q.Help != "" {
		text += "  " + q.Help + "\n"
	}
	if c := choices(q); len(c) > 0 {
		for i, o := range c {
			text += fmt.Sprintf("  %d  %s\n", i+1, o)
		}
	}
	prompt := "> "
	switch {
	case q.Type == checkboxes:
		prompt = "Numbers or texts, with commas between them> "
	case q.Type == accessDuration && len(q.Choices) == 0:
		prompt = "Such as 12h, 30d or 6mo" + bounds(q) + "> "
	}
	if !q.Required {
		prompt = strings.TrimSuffix(prompt, "> ") + " (optional)> "
	}
	for {
		typed, err := a.ask(text + strings.TrimPrefix(prompt, " "))
		if errors.Is(err, errGone) {
			return usagef("no answer to: %s", q.Title)
		}
		if err != nil {
			return err
		}
		if typed == "" && !q.Required {
			return nil
		}
		if err = a.take(q, typed); err == nil {
			return nil
		}
		a.note("%v", err)
		text = ""
	}
}

// take reads what was typed as the answer to a question.
func (a *asking) take(q api.Question, typed string) error {
	parts := []string{typed}
	if q.Type == checkboxes {
		parts = strings.Split(typed, ",")
	}
	delete(a.body.Answers, q.ID)
	for _, part := range parts {
		part = strings.TrimSpace(part)
		c := choices(q)
		if n, err := strconv.Atoi(part); err == nil && n >= 1 && n <= len(c) {
			part = c[n-1]
		}
		if part == "" {
			return fmt.Errorf("this needs an answer")
		}
		if err := a.answer(q, part); err != nil {
			delete(a.body.Answers, q.ID)
			return err
		}
	}
	return nil
}

// choices are the answers that a question offers.
func choices(q api.Question) []string {
	if q.Type == accessDuration {
		return q.Choices
	}
	return q.Options
}

func bounds(q api.Question) string {
	var all []string
	if q.Min != "" {
		all = append(all, "at least "+lasts(q.Min))
	}
	if q.Max != "" {
		all = append(all, "at most "+lasts(q.Max))
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

// flagFor shows the flag that answers a question, and the question.
func flagFor(q api.Question) string {
	value := "…"
	if c := choices(q); len(c) > 0 {
		value = "(" + strings.Join(c, " | ") + ")"
	} else if q.Type == accessDuration {
		value = "30d"
	}
	return fmt.Sprintf("-answer %s=%s  %s%s", q.ID, value, q.Title, bounds(q))
}

// showForm prints the form of an asset.
func (a *asking) showForm() error {
	if a.json {
		return a.print(a.entry)
	}
	a.say("%s: %s", a.entry.Asset.Ref, a.entry.Form.Title)
	for _, q := range a.entry.Form.Questions {
		required := "optional"
		if q.Required {
			required = "required"
		}
		if q.When != "" {
			required += ", asked if " + strings.Join(strings.Fields(q.When), " ")
		}
		a.say("\n%s (%s)", flagFor(q), required)
		if q.Help != "" {
			a.say("  %s", q.Help)
		}
	}
	for _, g := range a.entry.Agreements {
		a.say("\n-agree %s  %s\n\n%s", named(g), g.Title, long(indented(g.Text)))
	}
	return nil
}

func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}
