package site

import "strings"

// Sentence is the text of an error for people: without the names of packages,
// with a capital letter and a full stop.
func Sentence(err error) string {
	text := strings.TrimSpace(packages.ReplaceAllString(strings.ReplaceAll(err.Error(), "\n", "; "), "$1"))
	return Capital(text)
}

func Capital(text string) string {
	if text != "" && !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	if word1.MatchString(text) { // and not a name, or an address
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}
