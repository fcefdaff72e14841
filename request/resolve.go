package request

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

// reference is where durations start when two of them are compared without any
// other start, as in a form: the first of January of a common year.
var reference = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// Attachment sets the form and the flow of an asset, a container or a connection
// for one type of request, for everything below it too, until something nearer
// overrides it. Empty fields set nothing.
type Attachment struct {
	At   catalog.Ref `json:"at"`
	Type Type        `json:"type"`
	Form FormName    `json:"form,omitempty"`
	Flow FlowName    `json:"flow,omitempty"`

	// Digest is, of one that is saved, that of what was seen there: if something else is
	// set by now, the save is stale. Zero leaves that open.
	Digest int `json:"-"`
}

// Sum is a number of what the attachment sets, the same for the same form and flow: never
// zero. An attachment that sets nothing has one too.
func (a Attachment) Sum() int {
	sum := sha256.Sum256([]byte(string(a.Form) + "\n" + string(a.Flow)))
	return int(binary.BigEndian.Uint32(sum[:4])>>1) + 1
}

// Key names the attachment: there is one for each place and type.
func (a Attachment) Key() string { return string(a.Type) + " " + string(a.At) }

// Decides reports whether the attachment sets anything: whoever decides about what
// is around it does not decide about this then.
func (a Attachment) Decides() bool { return a.Form != "" || a.Flow != "" }

// Resolved says what holds for an asset, and where it comes from.
type Resolved struct {
	Form     FormName    // DefaultForm.Name if nothing was attached
	FormFrom catalog.Ref // where the form is attached; zero for the default form
	Flow     FlowName    // the flow of the asset itself; empty if none is attached
	FlowFrom catalog.Ref
}

// Resolve finds what holds for an asset: lineage holds the attachments of the
// asset and of its containers, nearest first.
func Resolve(t Type, lineage []Attachment) Resolved {
	r := Resolved{Form: DefaultForm.Name}
	for _, a := range lineage {
		if a.Type != t {
			continue
		}
		if r.FormFrom == "" && a.Form != "" {
			r.Form, r.FormFrom = a.Form, a.At
		}
		if r.FlowFrom == "" && a.Flow != "" {
			r.Flow, r.FlowFrom = a.Flow, a.At
		}
	}
	return r
}

// Flows lists the flows that decide about a request made with form f, the first
// one first: of the form's own flow and the asset's the nearer one, at the same
// distance the form's. A flow that delegates passes on to the next; where there
// is none left, governance decides.
func (r Resolved) Flows(f Form) []FlowName {
	own, assets := f.Flow, r.Flow
	switch {
	case own == "" && assets == "":
		return nil
	case own == "":
		return []FlowName{assets}
	case assets == "":
		return []FlowName{own}
	case r.FormFrom != r.FlowFrom && r.FormFrom.Covers(r.FlowFrom):
		return []FlowName{assets}
	}
	return []FlowName{own, assets}
}
