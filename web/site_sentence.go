package web

import "strings"

// sentence is the text of an error for people: without the names of packages,
// with a capital letter and a full stop.
func sentence(err error) string {
	text := strings.TrimSpace(packages.ReplaceAllString(strings.ReplaceAll(err.Error(), "\n", "; "), "$1"))
	return capital(text)
}

func capital(text string) string {
	if text != "" && !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	if word1.MatchString(text) { // and not a name, or an address
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}
