package catalog

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// MaxRefBytes bounds a Ref, so that it can be a key in every database.
const MaxRefBytes = 512

// maxShown is how many bytes of a text an error shows.
const maxShown = 80

// ErrRef is wrapped by every error about text that is not a Ref or a path.
var ErrRef = errors.New("catalog: not a reference")

// Ref names an asset, or a connection as a whole: the connection's name, a
// colon, and the path from the outermost container inwards, joined by dots:
//
//	warehouse
//	warehouse:sales
//	warehouse:sales.public.orders
//	warehouse:sales.public."v1.2 ""final"""
//
// A part stands in double quotes where it holds a dot or a double quote, and a
// double quote inside is written twice. There is one spelling for each asset,
// so that a Ref can be compared and stored as a key. The zero Ref names nothing.
type Ref string

var connectionName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// NewRef builds the Ref of the asset at path on a connection; without a path,
// that of the connection itself.
func NewRef(connection string, path ...string) (Ref, error) {
	if err := CheckConnectionName(connection); err != nil {
		return "", err
	}
	for _, part := range path {
		if err := checkPart(part); err != nil {
			return "", err
		}
	}
	r := Ref(connection)
	if len(path) > 0 {
		r += Ref(":" + FormatPath(path))
	}
	if len(r) > MaxRefBytes {
		return "", fmt.Errorf("%w: it has %d bytes, at most %d are allowed", ErrRef, len(r), MaxRefBytes)
	}
	return r, nil
}

// ParseRef reads a Ref that came from outside and returns it in its one spelling.
func ParseRef(s string) (Ref, error) {
	connection, path, below := strings.Cut(s, ":")
	if !below {
		return NewRef(connection)
	}
	parts, err := ParsePath(path)
	if err != nil {
		return "", err
	}
	return NewRef(connection, parts...)
}

// Connection is the name of the connection that the asset is on.
func (r Ref) Connection() string {
	connection, _, _ := strings.Cut(string(r), ":")
	return connection
}

// Path holds the names from the outermost container to the asset itself. It is
// empty for a connection, and for text that is not a Ref.
func (r Ref) Path() []string {
	_, path, below := strings.Cut(string(r), ":")
	if !below {
		return nil
	}
	parts, err := ParsePath(path)
	if err != nil {
		return nil
	}
	return parts
}

// Name is the innermost name: the asset's own, or the connection's.
func (r Ref) Name() string {
	path := r.Path()
	if len(path) == 0 {
		return r.Connection()
	}
	return path[len(path)-1]
}

// Parent is the container next above; that of a connection is the zero Ref.
func (r Ref) Parent() Ref {
	path := r.Path()
	switch len(path) {
	case 0:
		return ""
	case 1:
		return Ref(r.Connection())
	}
	return Ref(r.Connection() + ":" + FormatPath(path[:len(path)-1]))
}

// Lineage lists the asset itself and every container above it, nearest first;
// the connection is last.
func (r Ref) Lineage() []Ref {
	var lineage []Ref
	for ; r != ""; r = r.Parent() {
		lineage = append(lineage, r)
	}
	return lineage
}

// Covers reports whether o is r or lies below it.
func (r Ref) Covers(o Ref) bool {
	if r == o {
		return r != ""
	}
	rest, below := strings.CutPrefix(string(o), string(r))
	if !below || r == "" {
		return false
	}
	if strings.Contains(string(r), ":") {
		return strings.HasPrefix(rest, ".")
	}
	return strings.HasPrefix(rest, ":")
}

// CheckConnectionName refuses what cannot be the name of a connection: it is
// lower case letters, digits, "-" and "_", at most 63 of them.
func CheckConnectionName(name string) error {
	if !connectionName.MatchString(name) {
		return fmt.Errorf("%w: connection name %q must be 1 to 63 lower case letters, digits, '-' or '_', and begin with a letter or digit", ErrRef, excerpt.Of(name, maxShown))
	}
	return nil
}

// FormatPath joins names by dots, quoting those that need it.
func FormatPath(path []string) string {
	quoted := make([]string, len(path))
	for i, part := range path {
		if strings.ContainsAny(part, `."`) {
			part = quote(part)
		}
		quoted[i] = part
	}
	return strings.Join(quoted, ".")
}

// quotePath joins names by dots, all of them in quotes.
func quotePath(path []string) string {
	quoted := make([]string, len(path))
	for i, part := range path {
		quoted[i] = quote(part)
	}
	return strings.Join(quoted, ".")
}

func quote(part string) string { return `"` + strings.ReplaceAll(part, `"`, `""`) + `"` }

// ParsePath splits what FormatPath joined. It takes quotes around any part, so
// that names copied from other tools are understood.
func ParsePath(s string) ([]string, error) {
	if len(s) > MaxRefBytes {
		return nil, fmt.Errorf("%w: the name has %d bytes, at most %d are allowed", ErrRef, len(s), MaxRefBytes)
	}
	var path []string
	for rest := s; ; {
		part, after, err := cutPart(rest)
		if err != nil {
			return nil, fmt.Errorf("%w: %q: %w", ErrRef, excerpt.Of(s, maxShown), err)
		}
		if err := checkPart(part); err != nil {
			return nil, err
		}
		path = append(path, part)
		if after == "" {
			return path, nil
		}
		rest = after[1:]
	}
}

// cutPart takes the first part off s; what follows is empty or begins with a dot.
func cutPart(s string) (part, after string, err error) {
	if !strings.HasPrefix(s, `"`) {
		i := strings.IndexByte(s, '.')
		if i < 0 {
			i = len(s)
		}
		if strings.Contains(s[:i], `"`) {
			return "", "", errors.New("a double quote inside a name: quote the whole name and write the quote twice")
		}
		return s[:i], s[i:], nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '"':
			b.WriteByte(s[i])
		case strings.HasPrefix(s[i:], `""`):
			b.WriteByte('"')
			i++
		case i+1 == len(s) || s[i+1] == '.':
			return b.String(), s[i+1:], nil
		default:
			return "", "", errors.New("text after a closing quote: a dot must follow")
		}
	}
	return "", "", errors.New("a quote is not closed")
}

func checkPart(part string) error {
	if part == "" {
		return fmt.Errorf("%w: a name is empty", ErrRef)
	}
	if err := checkText(part); err != nil {
		return fmt.Errorf("%w: %w", ErrRef, err)
	}
	return nil
}

// checkText refuses what no store can keep.
func checkText(s string) error {
	switch {
	case strings.ContainsRune(s, 0):
		return fmt.Errorf("%q holds a NUL character", excerpt.Of(s, maxShown))
	case !utf8.ValidString(s):
		return fmt.Errorf("%q is not valid UTF-8", excerpt.Of(s, maxShown))
	}
	return nil
}

// checkPlatform looks at how a platform is named, in a link or a connection.
func checkPlatform(technology, host string) error {
	for _, of := range []struct{ field, text string }{{"technology", technology}, {"host", host}} {
		if len(of.text) > MaxRefBytes {
			return fmt.Errorf("%s has %d bytes, at most %d are allowed", of.field, len(of.text), MaxRefBytes)
		}
		if err := checkText(of.text); err != nil {
			return fmt.Errorf("%s: %w", of.field, err)
		}
	}
	return nil
}

// Outermost leaves out the places that lie within others, and all but one of those that
// are there twice. They are sorted; nil for none. refs stays as it is.
func Outermost(refs []Ref) []Ref {
	var outer []Ref
	for _, ref := range slices.Sorted(slices.Values(refs)) { // containers come before their assets
		if !slices.ContainsFunc(outer, func(o Ref) bool { return o.Covers(ref) }) {
			outer = append(outer, ref)
		}
	}
	return outer
}

// Common is the innermost container of the asset that holds another asset too, or is it.
// It is zero where there is none: for two connections, and for a connection itself.
func (r Ref) Common(o Ref) Ref {
	at := r.Parent()
	for at != "" && !at.Covers(o) {
		at = at.Parent()
	}
	return at
}
