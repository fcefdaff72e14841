package words

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/grantwright/grantwright/request"
)

// sentence is one that the engine makes: its text with holes, and how a language says it.
type sentence struct {
	english string
	fixed   int // bytes of its text that are no hole
	whole   *regexp.Regexp
	said    string
}

var hole = regexp.MustCompile(`%\[?\d*\]?[sdqv]`)

// sentencesOf are the sentences of a catalogue. Where several fit, the one that says most by
// itself is meant: it comes first.
func sentencesOf(all map[string]entry) (sentences []sentence) {
	for english, e := range all {
		sentences = append(sentences, sentenceOf(english, e.Other))
	}
	slices.SortFunc(sentences, func(a, b sentence) int {
		return cmp.Or(cmp.Compare(b.fixed, a.fixed), cmp.Compare(a.english, b.english))
	})
	return sentences
}

func sentenceOf(english, said string) sentence {
	var pattern strings.Builder
	last := 0
	for _, at := range hole.FindAllStringIndex(english, -1) {
		pattern.WriteString(regexp.QuoteMeta(english[last:at[0]]) + `(.*?)`)
		last = at[1]
	}
	pattern.WriteString(regexp.QuoteMeta(english[last:]))
	return sentence{english, len(hole.ReplaceAllString(english, "")), regexp.MustCompile(`(?s)^` + pattern.String() + `$`), said}
}

// Say says a sentence that the engine has made, such as a fault of a form: as it was made, or
// with a capital letter and a full stop. One that the catalogue does not know stays as it is.
func (w *Words) Say(text string) string {
	if len(w.engine) == 0 || text == "" {
		return text
	}
	if said, known := w.say(text); known {
		return said
	}
	first, size := utf8.DecodeRuneInString(text)
	bare, stops := strings.CutSuffix(string(unicode.ToLower(first))+text[size:], ".")
	said, known := w.say(bare)
	switch {
	case !known:
		return text
	case unicode.IsUpper(first):
		letter, size := utf8.DecodeRuneInString(said)
		said = string(unicode.ToUpper(letter)) + said[size:]
	}
	if stops {
		said += "."
	}
	return said
}

func (w *Words) say(text string) (said string, known bool) {
	if said := w.preventions(text); said != "" {
		return said, true
	}
	for _, s := range w.engine {
		found := s.whole.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		values := make([]any, len(found)-1)
		for i, v := range found[1:] {
			values[i] = w.value(v)
		}
		return fmt.Sprintf(s.said, values...), true
	}
	return "", false
}

// value says a value of a sentence: a duration, or a sentence within it. A name stays.
func (w *Words) value(v string) string {
	if d, err := request.ParseDuration(v); err == nil {
		return w.Lasts(d)
	}
	if strings.Contains(v, " ") {
		return w.Say(v)
	}
	return v
}

// prevention is how review.Prevention is written: the guardrail, where it is set, what it keeps
// somebody from, because of whom, whether its condition could be evaluated, and what else is said.
var prevention = regexp.MustCompile(`(?s)^[Gg]uardrail (\S+) at (.+?) prevents(?: access to (.+?))?(?: because of (\S+?))?(: its condition could not be evaluated)?(?:: (.*)|(\.))?$`)

// preventions says what review.PreventedBy has written; empty for any other text.
func (w *Words) preventions(text string) string {
	const between = "; guardrail "
	first, others, more := strings.Cut(text, between)
	m := prevention.FindStringSubmatch(first)
	if m == nil {
		return ""
	}
	said := w.T("guardrail %s at %s prevents", m[1], m[2])
	if m[3] != "" {
		said = w.T("guardrail %s at %s prevents access to %s", m[1], m[2], m[3])
	}
	if m[4] != "" {
		said += " " + w.T("because of %s", request.PersonID(m[4]).Identity().ID)
	}
	if m[5] != "" {
		said += ": " + w.T("its condition could not be evaluated")
	}
	if m[6] != "" {
		said += ": " + w.Say(m[6])
	}
	said += m[7]
	if more {
		said += "; " + cmp.Or(w.preventions(strings.TrimPrefix(between, "; ")+others), others)
	}
	return said
}
