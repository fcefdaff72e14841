package site

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/grantwright/grantwright/request"
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

// Refusal says who can do what somebody may not, such as "Only people with GOVERNANCE or AUDIT
// can list the forms.".
func Refusal(f *request.ForbiddenError) string {
	if permissions, is := strings.CutPrefix(f.Needs, "the permission "); is {
		return fmt.Sprintf("Only people with %s can %s.", permissions, f.Act)
	}
	for _, other := range []string{"someone ", "another ", "being "} { // than whoever asks, of whom the act speaks
		if strings.HasPrefix(f.Needs+" ", other) {
			return fmt.Sprintf("You cannot %s: that takes %s.", f.Act, f.Needs)
		}
	}
	return fmt.Sprintf("Only %s can %s.", f.Needs, f.Act)
}
