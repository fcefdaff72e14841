// Package faults collects what is wrong with something that somebody hands in.
package faults

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/request"
)

// List collects faults. The zero List has none.
type List struct{ All []request.Fault }

// Add adds a fault of a field.
func (l *List) Add(field, reason string, args ...any) {
	l.All = append(l.All, request.Fault{Field: field, Reason: fmt.Sprintf(reason, args...)})
}

// Text refuses what no store can keep.
func (l *List) Text(field, s string) {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		l.Add(field, "holds a NUL character, or is not valid UTF-8")
	}
}

// Name refuses a name that is missing, too long, or that no store can keep.
func (l *List) Name(name string) {
	if name == "" {
		l.Add("name", "is missing")
	}
	l.Text("name", name)
	if len(name) > request.MaxNameBytes {
		l.Add("name", "has %d bytes, at most %d are allowed", len(name), request.MaxNameBytes)
	}
}

// Duration refuses a duration that is none.
func (l *List) Duration(field string, d request.Duration) {
	if err := d.Check(); err != nil {
		l.Add(field, "%v", err)
	}
}

// Err is an *request.InvalidError about something with all faults, sorted by their fields, or nil.
func (l *List) Err(what string) error {
	if len(l.All) == 0 {
		return nil
	}
	slices.SortStableFunc(l.All, func(a, b request.Fault) int { return strings.Compare(a.Field, b.Field) })
	return &request.InvalidError{What: what, Faults: l.All}
}
