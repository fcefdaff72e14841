package site

import (
	"regexp"
	"strings"
)

// packages match the names of packages before an error, word1 a word in small letters
// at the start.
var (
	packages = regexp.MustCompile(`(^|: |; )((grantwright|catalog|request|review|provision|store|notify|web|[a-z]+(notify|provision|source)): )+`)
	word1    = regexp.MustCompile(`^[a-z]+[ ,:;.]`)
)

// Sentence is the text of an error for people: without the names of packages,
// with a capital letter and a full stop.
func Sentence(err error) string {
	text := strings.TrimSpace(packages.ReplaceAllString(strings.ReplaceAll(err.Error(), "\n", "; "), "$1"))
	return Capital(text)
}

// Capital makes a sentence of a text: with a capital letter and a full stop.
func Capital(text string) string {
	if text != "" && !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	if word1.MatchString(text) { // and not a name, or an address
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}
