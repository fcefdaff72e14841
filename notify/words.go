package notify

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/template"
	"unicode"
)

//go:embed words/en.tmpl
var englishFile string

// English are the words of package notify itself. They are read when they are
// first needed; every test would find a fault in the file.
func English() *Words { return english() }

var english = sync.OnceValue(func() *Words {
	w, err := ParseWords(englishFile)
	if err != nil {
		panic(err)
	}
	return w
})

// Words are how messages read, in one language. They are a file of templates
// (package text/template); words/en.tmpl says what it holds. Nil words are English.
type Words struct{ templates *template.Template }

// labels are the short words around messages.
var labels = []string{"asset", "for", "duration", "by", "detail", "review", "open", "settings", "more"}

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
type Labels struct{ Detail, Settings string }

// maxShort bounds what stands on one line of a message, in runes.
const maxShort = 200

// Write says a message in words.
func (w *Words) Write(m Message) (Text, error) {
	if w == nil {
		w = English()
	}
	var t Text
	var err error
	word := func(name string) string {
		var b strings.Builder
		if fault := w.templates.ExecuteTemplate(&b, name, m); fault != nil && err == nil {
			err = fmt.Errorf("notify: words: %w", fault)
		}
		return Line(b.String())
	}
	t.Subject, t.Lead = word(string(m.Topic)+".subject"), word(string(m.Topic)+".lead")
	t.Detail, t.Labels = m.Detail, Labels{word("label.detail"), word("label.settings")}
	t.Action = word("label.open")
	if m.Concern == ToAct {
		t.Action = word("label.review")
	}
	if m.Request != "" {
		t.Facts = append(t.Facts, Fact{word("label.asset"), Line(string(m.Asset))}, Fact{word("label.for"), Line(m.Name(m.Beneficiary))},
			Fact{word("label.duration"), Line(strings.ToLower(m.Duration.String()))}, Fact{word("label.by"), Line(m.Name(m.By))})
	} else if m.Subject != "" {
		t.Facts = append(t.Facts, Fact{word("label.asset"), Line(m.Subject)})
	}
	for _, item := range m.Waiting {
		t.Items = append(t.Items, Item{Line(fmt.Sprintf("%s, %s, %s", item.Asset, m.Name(item.Requester), item.Since.Format("2 Jan 2006"))), m.Links[item.Request]})
	}
	if m.Count > len(m.Waiting) {
		t.More = word("label.more")
	}
	t.Facts = slices.DeleteFunc(t.Facts, func(f Fact) bool { return f.Value == "" })
	return t, err
}

// Line makes text one short line: nothing in it can begin another header, or
// another line.
func Line(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }), " ")
	if runes := []rune(s); len(runes) > maxShort {
		return string(runes[:maxShort]) + "…"
	}
	return s
}
