package notify

import (
	"cmp"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/template"
	"time"
	"unicode"

	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/request"
)

//go:embed words
var wordFiles embed.FS

// English are the words that come with package notify.
func English() *Words { return In("en") }

// In are the words that come with package notify in a language, by its BCP 47 tag: de, and
// English for every other one.
func In(tag string) *Words { return builtIn()[cmp.Or(map[string]string{"de": tag}[tag], "en")] }

// builtIn parses the words of package notify when they are first needed.
var builtIn = sync.OnceValue(func() map[string]*Words {
	all := map[string]*Words{}
	for _, tag := range []string{"en", "de"} {
		text, err := wordFiles.ReadFile("words/" + tag + ".tmpl")
		if err == nil {
			all[tag], err = ParseWords(string(text))
		}
		if err != nil {
			panic(err)
		}
	}
	return all
})

// Words are how messages read, in one language. They are a file of templates
// (package text/template); words/en.tmpl says what it holds. Nil words are English.
type Words struct{ templates *template.Template }

// labels are the short words around messages.
var labels = []string{"asset", "access", "purpose", "for", "duration", "by", "detail", "review", "open", "settings", "more", "approve", "deny", "reason", "back", "advice", "masked", "prevented"}

// others are what a file of words holds beside topics and labels.
var others = []string{"access", "duration", "code", "advice"}

// ParseWords reads a file of words. What it leaves out is an error.
func ParseWords(text string) (*Words, error) {
	t, err := template.New("words").Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("notify: words: %w", err)
	}
	var lacks []string
	want := func(name string) {
		if t.Lookup(name) == nil {
			lacks = append(lacks, name)
		}
	}
	for _, topic := range Topics() {
		want(string(topic) + ".subject")
		want(string(topic) + ".lead")
	}
	for _, label := range labels {
		want("label." + label)
	}
	for _, other := range others {
		want(other)
	}
	if len(lacks) > 0 {
		return nil, fmt.Errorf("notify: words: the file does not define %s", strings.Join(lacks, ", "))
	}
	return &Words{t}, nil
}

// Text is a message in words, all of it plain: whoever shows it as HTML or in a
// markup of their own escapes it.
type Text struct {
	Subject string // one line
	Lead    string // a sentence or two
	Facts   []Fact
	Detail  string // what somebody or a platform has said; may have several lines
	Items   []Item // of a digest
	More    string // there are more items than these
	Action  string // what the link is for
	Labels  Labels
}

// Fact is a short line of a message.
type Fact struct{ Label, Value string }

// Item is one request of a digest.
type Item struct{ Text, Link string }

// Labels are short words around a message.
type Labels struct{ Detail, Settings, Approve, Deny string }

// maxShort bounds what stands on one line of a message, in runes.
const maxShort = 200

// Write puts a message into words.
func (w *Words) Write(m Message) (Text, error) {
	var t Text
	var err error
	word := func(name string) string {
		text, fault := w.Say(name, m)
		err = cmp.Or(err, fault)
		return text
	}
	t.Subject, t.Lead = word(string(m.Topic)+".subject"), word(string(m.Topic)+".lead")
	t.Detail, t.Labels = m.Detail, Labels{word("label.detail"), word("label.settings"), word("label.approve"), word("label.deny")}
	t.Action = word("label.open")
	if m.Concern == ToAct {
		t.Action = word("label.review")
	}
	t.Facts = append(t.Facts, Fact{word("label.asset"), Line(m.About())})
	if m.Request != "" {
		if m.Type != "" {
			t.Facts = append(t.Facts, Fact{word("label.access"), word("access")})
		}
		t.Facts = append(t.Facts, Fact{word("label.purpose"), Line(m.Purpose)}, Fact{word("label.for"), Line(m.Name(m.Beneficiary))}, Fact{word("label.duration"), word("duration")})
	}
	t.Facts = append(t.Facts, Fact{word("label.masked"), m.Hidden()}, Fact{word("label.prevented"), Line(strings.Join(m.Prevented, " "))})
	if m.Advice != nil {
		t.Facts = append(t.Facts, Fact{word("label.advice"), word("advice")})
	}
	if m.Request != "" && m.By != request.SystemID {
		t.Facts = append(t.Facts, Fact{word("label.by"), Line(m.Name(m.By))})
	}
	for _, item := range m.Waiting {
		t.Items = append(t.Items, Item{Line(fmt.Sprintf("%s, %s, %s", item.Asset, m.Name(item.Requester), item.Since.Format(time.DateOnly))), m.Links[item.Request]})
		if last := &t.Items[len(t.Items)-1]; item.Type != "" {
			what, fault := w.Say("access", Message{Type: item.Type, Privilege: item.Privilege, Columns: item.Columns})
			last.Text, err = Line(last.Text+", "+what), cmp.Or(err, fault)
		}
	}
	if len(m.Waiting) > 0 && m.Count > len(m.Waiting) {
		t.More = word("label.more")
	}
	t.Facts = slices.DeleteFunc(t.Facts, func(f Fact) bool { return f.Value == "" })
	return t, err
}

// Say executes the template of this name, and makes its text one line. The templates
// that may be used alone are label.approve, label.deny, label.reason and label.back,
// which take nothing, and code, which takes the code with which an account is linked.
func (w *Words) Say(name string, of any) (string, error) {
	if w == nil {
		w = English()
	}
	var b strings.Builder
	if err := w.templates.ExecuteTemplate(&b, name, of); err != nil {
		return "", fmt.Errorf("notify: words: %w", err)
	}
	return Line(b.String()), nil
}

// Line makes text one short line: nothing in it can begin another header, or
// another line, or turn the direction of what follows.
func Line(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }), " ")
	s = visible.Straight(s)
	if runes := []rune(s); len(runes) > maxShort {
		return string(runes[:maxShort]) + "…"
	}
	return s
}
