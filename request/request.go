// Package request holds who asks for access, and why.
//
// A person, the requester, arrives at the Form of an asset and submits a Request:
// for themselves or for another, the beneficiary. The request keeps the version
// of the form it was made with, the answers, and what was asked for. It is
// PENDING until a review decides it, and afterwards says what became of the
// decision as a whole; what stands on the platform is said by the grant.
package request

import (
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

// ID names a request.
type ID string

// BatchID names requests that were submitted together.
type BatchID string

// Type is what a request asks for.
type Type string

// The types of requests.
const (
	DataAccess       Type = "DATA_ACCESS"
	MaskingException Type = "MASKING_EXCEPTION"
)

// Privilege is how an asset may be used.
type Privilege string

// The privileges.
const (
	Read      Privilege = "READ"
	ReadWrite Privilege = "READ_WRITE" // includes READ
)

// Status is what became of a request.
type Status string

// The statuses. Only PENDING is open.
const (
	Pending  Status = "PENDING"
	Approved Status = "APPROVED"
	Denied   Status = "DENIED"
	Canceled Status = "CANCELED" // by the requester, while pending
	Lapsed   Status = "LAPSED"   // pending, or approved and not granted, for too long
	Expired  Status = "EXPIRED"  // the time that was granted is over
	Revoked  Status = "REVOKED"  // ended by someone before its time
)

// Request is one request for access to one asset.
type Request struct {
	ID          ID             `json:"id"`
	Type        Type           `json:"type"`
	Asset       catalog.Ref    `json:"asset"`
	Object      catalog.Object `json:"object"`               // what stood under the name of the asset
	Definition  string         `json:"definition,omitempty"` // of a view that stood there, see catalog.SameDefinition
	Requester   PersonID       `json:"requester"`
	Beneficiary PersonID       `json:"beneficiary"`
	For         IdentityKind   `json:"for,omitempty"`   // what the beneficiary is; zero means a person
	Batch       BatchID        `json:"batch,omitempty"` // of requests that were submitted together
	Principal   Principal      `json:"principal"`       // who the beneficiary is on the platform

	Privilege Privilege `json:"privilege"`           // what is asked; what was granted may be less
	Columns   []string  `json:"columns,omitempty"`   // sorted; none means the whole asset
	ColumnIDs []string  `json:"columnIds,omitempty"` // the platform's own ids of Columns, in their order, where it has any
	Duration  Duration  `json:"duration"`

	Form       FormVersion  `json:"form"`
	Answers    Answers      `json:"answers,omitempty"`
	Agreements []Acceptance `json:"agreements,omitempty"` // that were accepted to submit it

	Status Status `json:"status"`
	// Parts are read through the asset on its platform, although others decide there:
	// no rule approves the request by itself.
	Parts []catalog.Ref `json:"parts,omitempty"`

	// Reached is the digest of all that was opened with the asset on its platform when it
	// was asked for. Read are those of which no sync had seen that they are: rules and
	// guardrails are asked about them too.
	Reached string            `json:"reached,omitempty"`
	Read    []catalog.Through `json:"read,omitempty"`

	Renews ID `json:"renews,omitempty"` // the approved request whose access is to go on

	Emergency *EmergencyAccess `json:"emergency,omitempty"` // of access that was asked for at once; nil where it could wait

	Submitted  time.Time `json:"submitted"`
	Decided    time.Time `json:"decided,omitzero"`
	Ended      time.Time `json:"ended,omitzero"`      // when it stopped being PENDING or APPROVED
	Reason     string    `json:"reason,omitempty"`    // of whoever canceled or revoked it
	Remarks    int       `json:"remarks,omitempty"`   // how many there are
	Questioned time.Time `json:"questioned,omitzero"` // when a steward asked for more, and the requester has not answered; zero if nothing is open
	Tried      int       `json:"tried,omitempty"`     // how many variants of it were previewed before

	Assigned Assignment `json:"assigned,omitzero"` // who was asked by name to decide, last; zero if nobody was
	Reminded time.Time  `json:"reminded,omitzero"` // when somebody last had its data stewards reminded

	Events  int       `json:"events"`  // how many there are of this request
	Touched time.Time `json:"touched"` // when the last of them was
}

// Principal is a person's or a group's name on a platform, with the platform's own id where
// it has one: another id under the same name is another principal.
type Principal struct {
	Name  string `json:"name"`
	ID    string `json:"id,omitempty"`
	Group bool   `json:"group,omitempty"` // whoever is in it on the platform has the access; false is one login
}

// Open names what two open requests must not both ask for. Each part is quoted,
// because ids and names may hold whatever would separate them.
func (r Request) Open() string {
	columns := slices.Sorted(slices.Values(r.Columns))
	return fmt.Sprintf("%q %q %q %q %q", r.Beneficiary, r.Asset, r.Type, r.Privilege, columns)
}

// IDsOf are the platform's own ids of some of the columns, in their order; nil where one is
// not known.
func (r Request) IDsOf(columns []string) []string {
	if len(r.ColumnIDs) != len(r.Columns) {
		return nil
	}
	var ids []string
	for _, name := range columns {
		i := slices.Index(r.Columns, name)
		if i < 0 {
			return nil
		}
		ids = append(ids, r.ColumnIDs[i])
	}
	return ids
}

// Concerns reports whether the request was made by or for a person.
func (r Request) Concerns(p PersonID) bool { return p == r.Requester || p == r.Beneficiary }

// PinnedAsset is the asset of a request with the object that stood under its name when
// the request was made. It has no columns. Without an object, it is the Ref alone.
func (r Request) PinnedAsset() catalog.Asset {
	return catalog.Asset{Ref: r.Asset, ID: r.Object.ID, Kind: r.Object.Kind, Source: catalog.Claims{Owner: r.Object.Owner}, Definition: r.Definition}
}
