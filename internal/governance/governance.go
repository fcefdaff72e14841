// Package governance changes definitions: one change at a time, seen by a second person
// where that is called for.
package governance

import (
	"github.com/grantwright/grantwright/internal/drift"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/masking"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Governance saves and deletes definitions, and proposes changes of them.
type Governance struct {
	*journal.Journal
	People  *people.People
	Rules   *rulebook.Rulebook
	Masking *masking.Masking
	Drift   *drift.Drift

	FourEyes    manifest.FourEyes
	Kinds       []AnyKind           // of definitions
	Alterations func() []Alteration // all kinds of changes that may take two people
}

// CheckFlow lists the faults of a flow that show without the records.
func CheckFlow(f review.Flow) error {
	if f.Name == review.DefaultFlow.Name {
		return &request.InvalidError{What: "flow", Faults: []request.Fault{{Field: "name", Reason: `must not be "default", which is built in`}}}
	}
	_, err := review.Compile(f)
	return err
}
