// Package excerpt cuts texts that are too long for their place. What was cut ends in
// an ellipsis.
package excerpt

import (
	"strings"

	"github.com/grantwright/grantwright/internal/visible"
)

// Of is the beginning of a text, at most so many bytes of it, for the message of an
// error. No character is cut apart.
func Of[S ~string](s S, most int) string {
	if len(s) <= most {
		return string(s)
	}
	return strings.ToValidUTF8(string(s[:most]), "") + "…"
}

// Storable is the beginning of a text from outside, such that every store can keep it:
// a question mark stands for whatever is not UTF-8, and for NUL. Characters that people
// do not see are written out, but for the ends of lines.
func Storable(s string, most int) string {
	if len(s) > most {
		s = s[:most] + "…"
	}
	s = visible.Lines(strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?"))
	if longer := most + len("…"); len(s) > longer {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
