package request

import (
	"fmt"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

// MaxFilterText bounds the text of a filter, in bytes.
const MaxFilterText = 512

// Filter says which requests of a list are wanted. What is zero leaves that open.
type Filter struct {
	Asset      catalog.Ref // it, and what lies below it
	Connection string
	Person     PersonID // requester or beneficiary
	Type       Type
	From       time.Time // submitted then, or later
	Until      time.Time // submitted before
	Text       string    // in the asset, a person, an answer or a reason, whatever its case

	Flow       FlowName  // that it was reviewed by, in any version
	DecidedBy  PersonID  // who has determined something in its review
	EndsBefore time.Time // what it gives stands now, and ends before
	DueBefore  time.Time // it is pending, and has to be decided before
	Assigned   PersonID  // who was asked by name to decide on it
}

// Check lists what is wrong with the filter.
func (f Filter) Check() error {
	var faults []Fault
	if f.Type != "" && f.Type != DataAccess && f.Type != MaskingException {
		faults = append(faults, Fault{Field: "type", Reason: "must be DATA_ACCESS or MASKING_EXCEPTION"})
	}
	if len(f.Text) > MaxFilterText {
		faults = append(faults, Fault{Field: "text", Reason: fmt.Sprintf("must have %d bytes at most", MaxFilterText)})
	}
	if !f.From.IsZero() && !f.Until.IsZero() && !f.From.Before(f.Until) {
		faults = append(faults, Fault{Field: "from", Reason: "must be before until"})
	}
	if f.Asset != "" && f.Connection != "" && f.Asset.Connection() != f.Connection {
		faults = append(faults, Fault{Field: "asset", Reason: "is not on the connection that is asked for"})
	}
	if len(faults) > 0 {
		return &InvalidError{What: "query", Faults: faults}
	}
	return nil
}

// Fits reports whether a request is wanted, as far as that shows on it alone: not by Flow,
// DecidedBy, EndsBefore and DueBefore.
func (f Filter) Fits(r Request) bool {
	switch {
	case f.Asset != "" && !f.Asset.Covers(r.Asset),
		f.Connection != "" && r.Asset.Connection() != f.Connection,
		f.Person != "" && !r.Concerns(f.Person),
		f.Type != "" && r.Type != f.Type,
		f.Assigned != "" && r.Assigned.Person != f.Assigned,
		r.Submitted.Before(f.From),
		!f.Until.IsZero() && !r.Submitted.Before(f.Until):
		return false
	}
	return f.Text == "" || r.says(strings.ToLower(f.Text))
}

// says reports whether a request holds a text in small letters.
func (r Request) says(text string) bool {
	holds := func(s string) bool { return strings.Contains(strings.ToLower(s), text) }
	if holds(string(r.Asset)) || holds(string(r.Requester)) || holds(string(r.Beneficiary)) || holds(r.Principal.Name) || holds(r.Reason) {
		return true
	}
	for _, answers := range r.Answers {
		for _, a := range answers {
			if holds(a) {
				return true
			}
		}
	}
	return false
}
