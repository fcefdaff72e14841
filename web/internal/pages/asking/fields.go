package asking

import (
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"

	"net/url"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/words"
)

// field is one question of a form with its answer.
type field struct {
	request.Question
	Name  string // of its input, also the id to which the summary of errors links
	Given []string
	Count string // of a duration
	Unit  string
	Units []words.Option

	Durations []words.Option // the choices of an access duration, if it has any
	Errors    []string
}

// Has reports whether an option is chosen.
func (f field) Has(value string) bool { return slices.Contains(f.Given, value) }

// First is the answer where there is one.
func (f field) First() string { return strings.Join(f.Given[:min(1, len(f.Given))], "") }

// Long reports whether a short answer may take more than a line.
func (f field) Long() bool { return f.MaxRunes == 0 || f.MaxRunes > 200 }

// endless is the unit under which a duration without an end is chosen.
var endless = request.Endless.String()

// fieldsOf makes the fields of a form, with the answers that were filled in.
func fieldsOf(w *words.Words, form request.Form, filled url.Values) []field {
	var fields []field
	for _, q := range w.Form(form).Questions {
		f := field{Question: q, Name: "answers." + q.ID, Durations: durationsOf(w, q)}
		for _, text := range filled[f.Name] {
			if text = strings.ReplaceAll(text, "\r\n", "\n"); strings.TrimSpace(text) != "" {
				f.Given = append(f.Given, text)
			}
		}
		if q.Type == request.AccessDuration && len(q.Choices) == 0 {
			f.Units = w.Units(q)
			f.Count, f.Unit = strings.TrimSpace(filled.Get(f.Name+".count")), filled.Get(f.Name+".unit")
			f.Given = givenDuration(f.Count, f.Unit)
		}
		fields = append(fields, f)
	}
	return fields
}

// durationsOf are the choices of an access duration, if it has any.
func durationsOf(w *words.Words, q request.Question) (all []words.Option) {
	for _, d := range q.Choices {
		all = append(all, words.Option{Value: d.String(), Text: w.Lasts(d)})
	}
	if len(all) > 0 && q.Endless {
		all = append(all, words.Option{Value: endless, Text: w.Lasts(request.Endless)})
	}
	return all
}

// onlyAsked leaves out the fields that are not asked, with their answers.
func onlyAsked(fields []field, asked []string) []field {
	return slices.DeleteFunc(fields, func(f field) bool { return !slices.Contains(asked, f.ID) })
}

// unseen counts the fields that a page did not show.
func unseen(fields []field, shown []string) int {
	n := 0
	for _, f := range fields {
		if !slices.Contains(shown, f.ID) {
			n++
		}
	}
	return n
}

// givenDuration puts count and unit together. A unit alone is no answer: one is
// always chosen.
func givenDuration(count, unit string) []string {
	switch {
	case unit == endless:
		return []string{endless}
	case count == "":
		return nil
	}
	return []string{count + " " + unit}
}

// answersOf takes the answers out of the fields. A blank is no answer.
func answersOf(fields []field) request.Answers {
	answers := request.Answers{}
	for _, f := range fields {
		if len(f.Given) > 0 {
			answers[f.ID] = f.Given
		}
	}
	return answers
}

// blame puts faults to the fields they are about, and lists all of them for the
// summary, in the order of the page. Others are the rest of the page, by field:
// the id of its input, and perhaps its title.
func blame(fields []field, faults []site.Fault, others map[string]frame.ShownFault) []frame.ShownFault {
	var summary, rest []frame.ShownFault
	for i := range fields {
		f := &fields[i]
		for _, fault := range faults {
			if text := frame.About(fault.Detail); fault.Field() == f.Name {
				f.Errors = append(f.Errors, text)
				summary = append(summary, frame.Titled(f.Name, f.Title, text))
			}
		}
	}
	for _, fault := range faults {
		switch other := others[fault.Field()]; {
		case slices.ContainsFunc(fields, func(f field) bool { return f.Name == fault.Field() }):
		case other.Text != "":
			rest = append(rest, frame.Titled(other.Field, other.Text, frame.About(fault.Detail)))
		default:
			rest = append(rest, frame.ShownFault{Field: other.Field, Text: site.Capital(strings.TrimSpace(fault.Field() + " " + fault.Detail))})
		}
	}
	return append(summary, rest...)
}
