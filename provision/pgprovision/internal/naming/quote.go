package naming

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/visible"
)

// The names of others become part of statements that we run, and of scripts that people
// look at and hand to psql. So each name and each literal stays on one line, and shows
// every character that it holds: a line break is U&"\000A", or E'\u000a'.

// Quote writes a name with all of its parts in quotes.
func Quote(names ...string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted, ".")
}

func quote(name string) string {
	if visible.Is(name) {
		return pq.QuoteIdentifier(name)
	}
	var b strings.Builder
	b.WriteString(`U&"`)
	for _, r := range name {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune(r)
			b.WriteRune(r)
		case visible.Plain(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\+%06X`, r)
		default:
			fmt.Fprintf(&b, `\%04X`, r)
		}
	}
	return b.String() + `"`
}

// Identify writes a name as people would, with quotes only where they are needed.
func Identify(names ...string) string {
	written := make([]string, len(names))
	for i, n := range names {
		if written[i] = n; !plainName.MatchString(n) {
			written[i] = quote(n)
		}
	}
	return strings.Join(written, ".")
}

// Requote takes a name as quote_ident of PostgreSQL writes it, or several with dots
// between them. What people can see in it stays as it is.
func Requote(quoted string) string {
	if visible.Is(quoted) {
		return quoted
	}
	path, err := catalog.ParsePath(quoted)
	if err != nil { // bytes that are not UTF-8, of a database without an encoding
		return quoted
	}
	return Quote(path...)
}

// Literal writes text for a statement.
func Literal(text string) string { return literal(text, "") }

// BodyLiteral writes text for the body of a function that stands between dollar quotes.
func BodyLiteral(text string) string { return literal(text, "$") }

// literal escapes what is not plain, and the characters in apart.
func literal(text, apart string) string {
	escapes := func(r rune) bool { return !visible.Plain(r) || strings.ContainsRune(apart, r) }
	if !utf8.ValidString(text) || strings.IndexFunc(text, escapes) < 0 {
		return pq.QuoteLiteral(text)
	}
	var b strings.Builder
	b.WriteString("E'")
	for _, r := range text {
		switch {
		case r == '\'' || r == '\\':
			b.WriteRune(r)
			b.WriteRune(r)
		case !escapes(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String() + "'"
}
