package event

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Filter says which events of the log are wanted. What is zero leaves that open.
type Filter struct {
	Types   []string         // names, or a first part and a star, such as grant.*
	By      request.PersonID // who did it
	Subject string           // the record that they are about: kind, slash, id
	From    time.Time        // then, or later
	Until   time.Time        // before

	Person request.PersonID // who did it, whose request it belongs to, or who is named in it
	Asset  catalog.Ref      // of their request, or named in them: it, what is below it, or all of a connection
	Text   string           // in what somebody has said, or in a name or an id; without regard to case
}

// MaxText is how many bytes the text of a filter has at most.
const MaxText = 200

// Narrows reports whether the filter leaves anything out.
func (f Filter) Narrows() bool {
	return len(f.Types) > 0 || f.By != "" || f.Subject != "" || !f.From.IsZero() || !f.Until.IsZero() || f.Names()
}

// Names reports whether the filter asks for a name or a text that stands in an event, or in
// the request that it belongs to.
func (f Filter) Names() bool { return f.Person != "" || f.Asset != "" || f.Text != "" }

// Check lists what is wrong with the filter.
func (f Filter) Check() error {
	var faults []request.Fault
	for _, t := range f.Types {
		if !known(t) {
			faults = append(faults, request.Fault{Field: "type", Reason: "must be types of events, or a first part and a star such as grant.*; " + clip(t) + " is none"})
			break
		}
	}
	if kind, id, is := strings.Cut(f.Subject, "/"); f.Subject != "" && (!is || kind == "" || id == "") {
		faults = append(faults, request.Fault{Field: "subject", Reason: "must be a kind, a slash and an id, such as requests/ABC"})
	}
	if !f.From.IsZero() && !f.Until.IsZero() && !f.From.Before(f.Until) {
		faults = append(faults, request.Fault{Field: "from", Reason: "must be before until"})
	}
	if f.Asset != "" {
		if _, err := catalog.ParseRef(string(f.Asset)); err != nil {
			faults = append(faults, request.Fault{Field: "asset", Reason: "must be an asset such as warehouse:sales.public.orders, or a connection such as warehouse"})
		}
	}
	if len(f.Text) > MaxText {
		faults = append(faults, request.Fault{Field: "text", Reason: fmt.Sprintf("has %d bytes, must have at most %d", len(f.Text), MaxText)})
	}
	if len(faults) > 0 {
		return &request.InvalidError{What: "query", Faults: faults}
	}
	return nil
}

func clip(s string) string { return strings.ToValidUTF8(s[:min(len(s), 64)], "") }

// known reports whether some event has a type.
func known(pattern string) bool {
	return slices.ContainsFunc(Names(), func(n Name) bool { return fits(pattern, n) })
}

func fits(pattern string, n Name) bool {
	first, star := strings.CutSuffix(pattern, ".*")
	return pattern == string(n) || star && first != "" && strings.HasPrefix(string(n), first+".")
}

// Fits reports whether an event is wanted, whatever it is about.
func (f Filter) Fits(n Name, by request.PersonID, at time.Time) bool {
	if len(f.Types) > 0 && !slices.ContainsFunc(f.Types, func(t string) bool { return fits(t, n) }) {
		return false
	}
	return (f.By == "" || by == f.By) && !at.Before(f.From) && (f.Until.IsZero() || at.Before(f.Until))
}
