// Package visible writes the names and texts of others such that each stays on its line
// and reads as it is. Whoever may name a table may put a line break into the name, by
// which a comment of a script would end, or characters that turn the direction of what
// follows, by which one name would look like another.
package visible

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain reports whether a character may stand as it is: a space, or a character that
// people see. Line breaks, control characters and those that are not shown, such as the
// bidirectional ones, are not plain.
func Plain(r rune) bool { return r == ' ' || unicode.IsPrint(r) && r != utf8.RuneError }

// Is reports whether a text has plain characters only, in valid UTF-8.
func Is(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !Plain(r) }) < 0
}

// Text writes a text for people, on one line: \u202e stands for the character U+202E.
// Plain text stays as it is.
func Text(s string) string { return written(s, Plain) }

// Lines does what Text does with each of the lines of a text.
func Lines(s string) string {
	return written(s, func(r rune) bool { return r == '\n' || r == '\t' || Plain(r) })
}

// Straight writes out the characters that turn the direction of the text after them. All
// else stays: words of people hold marks and joiners that their script needs.
func Straight(s string) string { return written(s, func(r rune) bool { return !turns(r) }) }

func turns(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

func written(s string, stays func(rune) bool) string {
	if strings.IndexFunc(s, func(r rune) bool { return !stays(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case stays(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// Comment writes text as a comment of SQL on a line of its own, whatever is in it.
func Comment(text string) string { return "-- " + Text(text) + "\n" }
