package records

import (
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Agreements are all versions of all data use agreements.
var Agreements = store.Kind[string, request.Agreement]{
	Name:    "agreements",
	Of:      func(a request.Agreement) string { return VersionKey(a.Name, a.Version) },
	Indexes: []store.Indexed[request.Agreement]{AgreementVersions},
}

// AgreementVersions finds the versions of an agreement, the oldest first.
var AgreementVersions = store.Index[request.AgreementName, request.Agreement]{Kind: "agreements", Name: "name",
	Values: func(a request.Agreement) []request.AgreementName { return []request.AgreementName{a.Name} },
	Order:  func(a request.Agreement) string { return store.OrderNumber(int64(a.Version)) }}

// Definition is the head of all versions of a form, a flow, an agreement or a
// guardrail.
type Definition struct {
	Kind    manifest.DefinitionKind `json:"kind"`
	Name    string                  `json:"name"`
	Newest  int                     `json:"newest"`            // the last version that was saved
	Deleted bool                    `json:"deleted,omitempty"` // its versions stay readable
	Needs   []DefinitionNeed        `json:"needs,omitempty"`   // the definitions that its newest version names
	At      []catalog.Ref           `json:"at,omitempty"`      // of a guardrail: where its newest version is set
}

// DefinitionNeed names a definition.
type DefinitionNeed struct {
	Kind manifest.DefinitionKind `json:"kind"`
	Name string                  `json:"name"`
}

// Key is the id of the head of a definition.
func (n DefinitionNeed) Key() string { return string(n.Kind) + "/" + n.Name }

// Of names the definition.
func (d Definition) Of() DefinitionNeed { return DefinitionNeed{d.Kind, d.Name} }

// Definitions are the heads of all definitions.
var Definitions = store.Kind[string, Definition]{
	Name:    "definitions",
	Of:      func(d Definition) string { return d.Of().Key() },
	Indexes: []store.Indexed[Definition]{DefinitionsOf, DefinitionsNeeding, GuardrailsAt, GuardrailsBelow},
	Quiet:   true, // the events of the versions speak of them
}

// Revision counts the changes of definitions and attachments. Each change writes it: of
// two at the same time one has a conflict, and is decided anew on the other.
type Revision struct {
	Number int `json:"number"`
}

// RevisionKey is the id of the only Revision.
const RevisionKey = "definitions"

// Revisions holds the one Revision.
var Revisions = store.Kind[string, Revision]{Name: "revisions", Of: func(Revision) string { return RevisionKey }, Quiet: true}

// The orders in which definitions are found: by their names.
var (
	// DefinitionsOf finds those of a kind that are not deleted.
	DefinitionsOf = store.Index[manifest.DefinitionKind, Definition]{Kind: "definitions", Name: "kind",
		Values: func(d Definition) []manifest.DefinitionKind { return store.Only(d.Kind, !d.Deleted) }}

	// DefinitionsNeeding finds those that name another one, by its key.
	DefinitionsNeeding = store.Index[string, Definition]{Kind: "definitions", Name: "needs",
		Values: func(d Definition) []string {
			var keys []string
			for _, need := range d.Needs {
				keys = append(keys, need.Key())
			}
			return keys
		}}
)

// AttachmentsNaming finds the attachments of a form or a flow, by its key.
var AttachmentsNaming = store.Index[string, request.Attachment]{Kind: "attachments", Name: "naming",
	Values: func(a request.Attachment) []string {
		var keys []string
		for _, need := range AttachmentNeeds(a) {
			keys = append(keys, need.Key())
		}
		return keys
	}}

// AttachmentNeeds lists the form and the flow that an attachment names.
func AttachmentNeeds(a request.Attachment) []DefinitionNeed {
	needs := store.Only(DefinitionNeed{manifest.FormDefinition, string(a.Form)}, a.Form != "")
	return append(needs, store.Only(DefinitionNeed{manifest.FlowDefinition, string(a.Flow)}, a.Flow != "")...)
}

// RequestsIn finds the requests of a batch.
var RequestsIn = store.Index[request.BatchID, request.Request]{Kind: "requests", Name: "batch",
	Values: func(r request.Request) []request.BatchID { return store.Only(r.Batch, r.Batch != "") }}

// Guardrails are all versions of all guardrails.
var Guardrails = store.Kind[string, review.Guardrail]{
	Name: "guardrails",
	Of:   func(g review.Guardrail) string { return VersionKey(g.Name, g.Version) },
}

// The orders in which guardrails are found that are not deleted: by their names.
var (
	// GuardrailsAt finds those that are set at a place.
	GuardrailsAt = store.Index[catalog.Ref, Definition]{Kind: "definitions", Name: "at",
		Values: func(d Definition) []catalog.Ref { return d.At }}

	// GuardrailsBelow finds those that are set somewhere below a container.
	GuardrailsBelow = store.Index[catalog.Ref, Definition]{Kind: "definitions", Name: "below",
		Values: func(d Definition) []catalog.Ref {
			var above []catalog.Ref
			for _, at := range d.At {
				above = append(above, at.Lineage()[1:]...)
			}
			slices.Sort(above)
			return slices.Compact(above)
		}}
)

// GuardedAt is the subject of events about a place where guardrails are set, or were.
func GuardedAt(at catalog.Ref) store.Subject { return store.Subject("guarded/" + string(at)) }
