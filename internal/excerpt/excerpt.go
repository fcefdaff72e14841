// Package excerpt cuts texts that are too long for their place. What was cut ends in
// an ellipsis.
package excerpt

import "strings"

// Of is the beginning of a text, at most so many bytes of it, for the message of an
// error. No character is cut apart.
func Of[S ~string](s S, most int) string {
	if len(s) <= most {
		return string(s)
	}
	return strings.ToValidUTF8(string(s[:most]), "") + "…"
}

// Storable is the beginning of a text from outside, such that every store can keep it:
// a question mark stands for whatever is not UTF-8, and for NUL.
func Storable(s string, most int) string {
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?")
}
