package pages

import (
	"net/url"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// field is one question of a form with its answer.
type field struct {
	request.Question
	Name   string // of its input, also the id to which the summary of errors links
	Given  []string
	Count  string // of a duration
	Unit   string
	Units  []option
	Errors []string
}

// option is one choice.
type option struct{ Value, Text string }

// Has reports whether an option is chosen.
func (f field) Has(value string) bool { return slices.Contains(f.Given, value) }

// First is the answer where there is one.
func (f field) First() string { return strings.Join(f.Given[:min(1, len(f.Given))], "") }

// Long reports whether a short answer may take more than a line.
func (f field) Long() bool { return f.MaxRunes == 0 || f.MaxRunes > 200 }

// endless is the unit under which a duration without an end is chosen.
var endless = request.Endless.String()

// fieldsOf makes the fields of a form, with the answers that were filled in.
func fieldsOf(form request.Form, filled url.Values) []field {
	var fields []field
	for _, q := range form.Questions {
		f := field{Question: q, Name: "answers." + q.ID}
		for _, text := range filled[f.Name] {
			if text = strings.ReplaceAll(text, "\r\n", "\n"); strings.TrimSpace(text) != "" {
				f.Given = append(f.Given, text)
			}
		}
		if q.Type == request.AccessDuration && len(q.Choices) == 0 {
			f.Units = unitsOf(q)
			f.Count, f.Unit = strings.TrimSpace(filled.Get(f.Name+".count")), filled.Get(f.Name+".unit")
			f.Given = givenDuration(f.Count, f.Unit)
		}
		fields = append(fields, f)
	}
	return fields
}

// Durations are the choices of an access duration, if it has any.
func (f field) Durations() []option {
	var all []option
	for _, d := range f.Choices {
		all = append(all, option{d.String(), lasts(d)})
	}
	if len(all) > 0 && f.Endless {
		all = append(all, option{endless, lasts(request.Endless)})
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

// unitsOf lists the units that a question offers: hours and longer, and shorter
// ones where no hour is allowed.
func unitsOf(q request.Question) []option {
	units := []option{{string(request.Days), "days"}, {string(request.Weeks), "weeks"}, {string(request.Months), "months"}, {string(request.Years), "years"}, {string(request.Hours), "hours"}}
	if q.Max != (request.Duration{}) && !longerThanHour(q.Max) {
		units = []option{{string(request.Minutes), "minutes"}, {string(request.Seconds), "seconds"}}
	}
	if q.Endless {
		units = append(units, option{endless, "without an end"})
	}
	return units
}

func longerThanHour(d request.Duration) bool {
	return !request.For(1, request.Hours).LongerThan(d, epoch)
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

// shownFault is one line of the summary of errors.
type shownFault struct{ Field, Text string }

// blame puts faults to the fields they are about, and lists all of them for the
// summary, in the order of the page. Others are the rest of the page, by field:
// the id of its input, and perhaps its title.
func blame(fields []field, faults []site.Fault, others map[string]shownFault) []shownFault {
	var summary, rest []shownFault
	for i := range fields {
		f := &fields[i]
		for _, fault := range faults {
			if text := about(fault.Detail); fault.Field() == f.Name {
				f.Errors = append(f.Errors, text)
				summary = append(summary, titled(f.Name, f.Title, text))
			}
		}
	}
	for _, fault := range faults {
		switch other := others[fault.Field()]; {
		case slices.ContainsFunc(fields, func(f field) bool { return f.Name == fault.Field() }):
		case other.Text != "":
			rest = append(rest, titled(other.Field, other.Text, about(fault.Detail)))
		default:
			rest = append(rest, shownFault{other.Field, site.Capital(strings.TrimSpace(fault.Field() + " " + fault.Detail))})
		}
	}
	return append(summary, rest...)
}

// titled is a sentence about a thing with a title.
func titled(field, title, text string) shownFault {
	return shownFault{field, title + colon(title) + " " + text}
}

// colon separates a title from a sentence about it.
func colon(title string) string {
	if strings.ContainsAny(title[max(0, len(title)-1):], "?.:!") {
		return ""
	}
	return ":"
}

// about makes a sentence of the fault of a field.
func about(reason string) string {
	for _, verb := range []string{"is ", "are ", "has ", "must ", "holds "} {
		if strings.HasPrefix(reason, verb) {
			return site.Capital("this " + reason)
		}
	}
	return site.Capital(reason)
}
