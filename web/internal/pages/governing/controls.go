package governing

import (
	"fmt"
	"html/template"
	"reflect"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/pages/words"
)

// control is one field of a builder.
type control struct {
	Kind, Name, Label, Hint, Value string

	Options []words.Option
	Faults  []fieldFault
	Pick    string // where it is looked for
	List    string // the list of names that it may be
	Unit    string // of a duration
	Here    bool   // a button was about it
}

// Described are the attributes by which a field names what is said of it.
func (c control) Described() template.HTMLAttr {
	var by []string
	if c.Hint != "" {
		by = append(by, c.Name+"-hint")
	}
	if len(c.Faults) > 0 {
		by = append(by, c.Name+"-error")
	}
	if len(by) == 0 {
		return ""
	}
	text := `aria-describedby="` + template.HTMLEscapeString(strings.Join(by, " ")) + `"`
	if len(c.Faults) > 0 {
		text += ` aria-invalid="true"`
	}
	return template.HTMLAttr(text)
}

func (b *builder) control(kind, name, label, hint string, value any) control {
	return control{Kind: kind, Name: name, Label: label, Hint: hint, Value: textOf(value), Faults: b.wrong[name]}
}

// textOf is a value as a field holds it: nothing for zero, a line for each of a list.
func textOf(value any) string {
	v := reflect.ValueOf(value)
	switch {
	case !v.IsValid() || v.IsZero():
		return ""
	case v.Kind() == reflect.Slice:
		lines := make([]string, v.Len())
		for i := range lines {
			lines[i] = fmt.Sprint(v.Index(i).Interface())
		}
		return strings.Join(lines, "\n")
	}
	return fmt.Sprint(value)
}

// Line is a field of one line.
func (b *builder) Line(name, label, hint string, value any) control {
	return b.control("line", name, label, hint, value)
}

// Listed is a line that may be one of some names.
func (b *builder) Listed(name, label, hint, list string, value any) control {
	c := b.control("line", name, label, hint, value)
	c.List = list
	return c
}

// Pick is a line that is looked for, such as a person.
func (b *builder) Pick(name, label, hint, what string, value any) control {
	c := b.control("line", name, label, hint, value)
	c.Pick = b.base + "/pick/" + what
	return c
}

// Lines is a field of one text on each line.
func (b *builder) Lines(name, label, hint string, value any) control {
	return b.control("lines", name, label, hint, value)
}

// Long is a text of some length.
func (b *builder) Long(name, label, hint string, value any) control {
	return b.control("long", name, label, hint, value)
}

// Condition is an expression of CEL.
func (b *builder) Condition(name, label, hint string, value any) control {
	return b.control("condition", name, label, hint, value)
}

// Tick is a box.
func (b *builder) Tick(name, label, hint string, value bool) control {
	return b.control("tick", name, label, hint, value)
}

// Lasts is a duration, or none.
func (b *builder) Lasts(name, label, hint string, d request.Duration) control {
	c := b.control("lasts", name, label, hint, nil)
	c.Value, c.Unit, _ = strings.Cut(d.String(), " ")
	c.Options = []words.Option{{Value: "DAYS", Text: b.said.T("days")}, {Value: "WEEKS", Text: b.said.T("weeks")}, {Value: "MONTHS", Text: b.said.T("months")},
		{Value: "YEARS", Text: b.said.T("years")}, {Value: "HOURS", Text: b.said.T("hours")}, {Value: "MINUTES", Text: b.said.T("minutes")}}
	if d == request.Endless {
		c.Value, c.Unit = "", request.Endless.String()
		c.Options = append(c.Options, words.Option{Value: c.Unit, Text: b.said.T("without an end")})
	}
	return c
}

// choose is a choice of one.
func (b *builder) choose(name, label, hint string, value any, options ...words.Option) control {
	c := b.control("choose", name, label, hint, value)
	c.Options = options
	return c
}

// QuestionType chooses the type of a question.
func (b *builder) QuestionType(name, label string, value request.QuestionType) control {
	return b.choose(name, label, "", value, words.Option{Value: string(request.ShortAnswer), Text: b.said.T("Text")}, words.Option{Value: string(request.Dropdown), Text: b.said.T("One of a list")},
		words.Option{Value: string(request.Checkboxes), Text: b.said.T("Boxes to tick")}, words.Option{Value: string(request.AccessDuration), Text: b.said.T("How long access lasts")})
}

// Act chooses an action.
func (b *builder) Act(name, label string, value review.Act) control {
	return b.choose(name, label, "", value, words.Option{Value: string(review.Ask), Text: b.said.T("Ask people")}, words.Option{Value: string(review.Approve), Text: b.said.T("Approve at once")},
		words.Option{Value: string(review.Deny), Text: b.said.T("Deny at once")}, words.Option{Value: string(review.Delegate), Text: b.said.T("Pass on to the flow of the asset")})
}

// Mode chooses who of a stage has to approve.
func (b *builder) Mode(name, label string, value review.Mode) control {
	return b.choose(name, label, "", value, words.Option{Value: string(review.Any), Text: b.said.T("One of them is enough")}, words.Option{Value: string(review.All), Text: b.said.T("Each of them")},
		words.Option{Value: string(review.AtLeast), Text: b.said.T("A number of different people")})
}

// Late chooses how a stage goes on that nobody decides in time.
func (b *builder) Late(name, label string, value review.Late) control {
	return b.choose(name, label, "", value, words.Option{Text: b.said.T("Nothing")}, words.Option{Value: string(review.Escalate), Text: b.said.T("Others are asked too")},
		words.Option{Value: string(review.DenyLate), Text: b.said.T("The request is denied")}, words.Option{Value: string(review.LapseLate), Text: b.said.T("The request lapses")})
}

// Privilege chooses the use of an asset.
func (b *builder) Privilege(name, label string, value request.Privilege) control {
	return b.choose(name, label, "", value, words.Option{Value: string(request.Read), Text: b.said.Use(request.Read)}, words.Option{Value: string(request.ReadWrite), Text: b.said.Use(request.ReadWrite)})
}

// Type chooses the type of a request.
func (b *builder) Type(name, label string, value request.Type) control {
	return b.choose(name, label, "", value, typeOptions(b.said)...)
}

func typeOptions(w *words.Words) []words.Option {
	return []words.Option{{Value: string(request.DataAccess), Text: w.T("Data access")}, {Value: string(request.MaskingException), Text: w.T("Masking exception")}}
}

// moved are the buttons that move a part of a list.
type moved struct {
	At, What    string
	First, Last bool
}

// Move are the buttons of one of a list, by its field, place and length.
func (b *builder) Move(at string, i, length int, what string) moved {
	return moved{At: at, What: what, First: i == 0, Last: i == length-1}
}
