package catalog

import (
	"slices"
	"strings"
	"unicode"
)

// The bounds of what is searched for, and of what is found.
const (
	MaxQueryWords = 8  // in the text of a Query; those after them narrow nothing
	maxWords      = 64 // of one asset; those after them are not found
	maxWordBytes  = 64 // that count of one word
)

// Words are the words of texts, as searches compare them: letters and digits in a
// row, in lower case, each once, in the order of their bytes.
func Words(texts ...string) []string {
	var words []string
	for _, text := range texts {
		for word := range strings.FieldsFuncSeq(strings.ToLower(text), isGap) {
			words = append(words, shortened(word))
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

func isGap(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }

func shortened(word string) string {
	if len(word) <= maxWordBytes {
		return word
	}
	return strings.ToValidUTF8(word[:maxWordBytes], "")
}

// Words are those by which an asset is found: of its name, of what the platform
// says of it, and of its tags.
func (a Asset) Words() []string {
	words := Words(append([]string{a.Ref.Name(), a.Source.Comment}, a.Source.Tags...)...)
	if len(words) <= maxWords {
		return words
	}
	first := Words(a.Ref.Name()) // the name is never among those left out
	for _, word := range words {
		if len(first) < maxWords && !slices.Contains(first, word) {
			first = append(first, word)
		}
	}
	slices.Sort(first)
	return first
}

// Words are those that a query looks for; false if it looks for text that holds
// none, which nothing has.
func (q Query) Words() ([]string, bool) {
	words := Words(q.Text)
	return words[:min(len(words), MaxQueryWords)], q.Text == "" || len(words) > 0
}

// matches expects the words of the query.
func (q Query) matches(a Asset, words []string) bool {
	return (q.Gone || a.Gone.IsZero()) &&
		(q.Below == "" || q.Below != a.Ref && q.Below.Covers(a.Ref)) &&
		(q.In == "" || a.Ref.Parent() == q.In) &&
		(q.Kind == "" || q.Kind == a.Kind) &&
		(q.Owner == "" || q.Owner == a.Source.Owner) &&
		(q.Tag == "" || slices.Contains(a.Source.Tags, q.Tag)) &&
		a.hasWords(words)
}

func (a Asset) hasWords(begin []string) bool {
	if len(begin) == 0 {
		return true
	}
	words := a.Words()
	for _, prefix := range begin {
		i, _ := slices.BinarySearch(words, prefix)
		if i == len(words) || !strings.HasPrefix(words[i], prefix) {
			return false
		}
	}
	return true
}
