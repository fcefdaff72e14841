package request

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// Validate says everything that is wrong with a form before it is saved.
func (f Form) Validate() error {
	var c checker
	if f.Name == "" || f.Name == DefaultForm.Name {
		c.fault("name", "must be given, and not be %q, which is built in", DefaultForm.Name)
	}
	c.short("name", string(f.Name), MaxNameBytes)
	c.short("title", f.Title, MaxTextBytes)
	c.short("flow", string(f.Flow), MaxNameBytes)
	f.validateAgreements(&c)
	if len(f.Questions) > MaxQuestions {
		c.fault("questions", "are %d, at most %d are allowed", len(f.Questions), MaxQuestions)
		return c.err("form")
	}
	durations := 0
	for i, q := range f.Questions {
		field := fmt.Sprintf("questions[%d]", i)
		q.validate(&c, field)
		if slices.ContainsFunc(f.Questions[:i], func(o Question) bool { return o.ID == q.ID }) {
			c.fault(field+".id", "%q is the id of an earlier question", excerpt.Of(q.ID, maxShown))
		}
		if q.Type == AccessDuration {
			durations++
		}
	}
	if durations > 1 {
		c.fault("questions", "hold %d access durations, one is enough", durations)
	}
	if text, err := json.Marshal(f.Questions); err == nil && len(text) > MaxFormBytes {
		c.fault("questions", "hold %d bytes of text, at most %d are allowed in all", len(text), MaxFormBytes)
	}
	return c.err("form")
}

func (f Form) validateAgreements(c *checker) {
	if len(f.Agreements) > MaxAgreements {
		c.fault("agreements", "are %d, at most %d are allowed", len(f.Agreements), MaxAgreements)
		return
	}
	for i, name := range f.Agreements {
		field := fmt.Sprintf("agreements[%d]", i)
		if name == "" {
			c.fault(field, "is missing")
		}
		c.short(field, string(name), MaxNameBytes)
		if slices.Contains(f.Agreements[:i], name) {
			c.fault(field, "%q is an earlier agreement", excerpt.Of(name, maxShown))
		}
	}
}

// Validate says everything that is wrong with an attachment by itself, but for the
// place.
func (a Attachment) Validate() error {
	var c checker
	if a.Type != DataAccess && a.Type != MaskingException {
		c.fault("type", "must be DATA_ACCESS or MASKING_EXCEPTION")
	}
	c.short("form", string(a.Form), MaxNameBytes)
	c.short("flow", string(a.Flow), MaxNameBytes)
	return c.err("attachment")
}

var questionID = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,62}$`)

func (q Question) validate(c *checker, field string) {
	if !questionID.MatchString(q.ID) {
		c.fault(field+".id", "%q must be a lower case letter and then up to 62 letters, digits or _", excerpt.Of(q.ID, maxShown))
	}
	if q.Title == "" {
		c.fault(field+".title", "is missing")
	}
	c.short(field+".title", q.Title, MaxTextBytes)
	c.short(field+".help", q.Help, MaxTextBytes)
	c.text(field+".when", q.When)
	switch q.Type {
	case ShortAnswer, Dropdown, Checkboxes, AccessDuration:
		q.validateFields(c, field)
	default:
		c.fault(field+".type", "is %q, must be SHORT_ANSWER, DROPDOWN, CHECKBOXES or ACCESS_DURATION", excerpt.Of(q.Type, maxShown))
	}
	q.validateText(c, field)
	q.validateOptions(c, field)
	q.validateDuration(c, field)
}

// validateFields refuses what says nothing for a question of this type.
func (q Question) validateFields(c *checker, field string) {
	chooses := q.Type == Dropdown || q.Type == Checkboxes
	for _, f := range []struct {
		name      string
		set, fits bool
	}{
		{"maxRunes", q.MaxRunes != 0, q.Type == ShortAnswer},
		{"pattern", q.Pattern != "", q.Type == ShortAnswer},
		{"options", len(q.Options) > 0, chooses},
		{"min", !q.Min.IsZero(), q.Type == AccessDuration},
		{"max", !q.Max.IsZero(), q.Type == AccessDuration},
		{"endless", q.Endless, q.Type == AccessDuration},
		{"choices", len(q.Choices) > 0, q.Type == AccessDuration},
	} {
		if f.set && !f.fits {
			c.fault(field+"."+f.name, "says nothing for a question of type %s", q.Type)
		}
	}
	if n := len(q.Options); chooses && (n == 0 || n > MaxOptions) {
		c.fault(field+".options", "are %d, must be 1 to %d", n, MaxOptions)
	}
}

func (q Question) validateText(c *checker, field string) {
	switch {
	case q.MaxRunes < 0:
		c.fault(field+".maxRunes", "is %d, must not be negative", q.MaxRunes)
	case q.MaxRunes > MaxAnswersBytes:
		c.fault(field+".maxRunes", "is %d, at most %d are allowed", q.MaxRunes, MaxAnswersBytes)
	}
	c.short(field+".pattern", q.Pattern, MaxTextBytes)
	if _, err := q.pattern(); err != nil {
		c.fault(field+".pattern", "is not a pattern: %v", err)
	}
}

func (q Question) validateOptions(c *checker, field string) {
	if len(q.Options) > MaxOptions {
		return // validateFields says so
	}
	seen := map[string]bool{}
	for i, option := range q.Options {
		at := fmt.Sprintf("%s.options[%d]", field, i)
		switch {
		case strings.TrimSpace(option) == "":
			c.fault(at, "is blank")
		case seen[option]:
			c.fault(at, "%q is an earlier option", excerpt.Of(option, maxShown))
		}
		c.short(at, option, MaxTextBytes)
		seen[option] = true
	}
}

func (q Question) validateDuration(c *checker, field string) {
	for _, d := range []struct {
		name string
		Duration
	}{{".min", q.Min}, {".max", q.Max}} {
		if err := d.Check(); err != nil {
			c.fault(field+d.name, "%v", err)
		}
	}
	switch {
	case q.Min.Check() != nil || q.Max.Check() != nil:
	case q.Min == Endless:
		c.fault(field+".min", "must have an end")
	case !q.Max.IsZero() && q.Min.LongerThan(q.Max, reference):
		c.fault(field+".min", "is %s, longer than the maximum of %s", q.Min, q.Max)
	default:
		q.validateChoices(c, field+".choices")
	}
}

func (q Question) validateChoices(c *checker, field string) {
	if len(q.Choices) > MaxChoices {
		c.fault(field, "are %d, at most %d are allowed", len(q.Choices), MaxChoices)
		return
	}
	for i, d := range q.Choices {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch err := d.Check(); {
		case err != nil:
			c.fault(at, "%v", err)
		case d.IsZero():
			c.fault(at, "is missing")
		case d == Endless:
			c.fault(at, "must have an end; endless: true offers ENDLESS")
		case slices.Contains(q.Choices[:i], d):
			c.fault(at, "%s is an earlier choice", d)
		case q.Min.LongerThan(d, reference), !q.Max.IsZero() && d.LongerThan(q.Max, reference):
			c.fault(at, "%s is not within the minimum and the maximum", d)
		}
	}
}
