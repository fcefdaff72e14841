package request

import (
	"encoding/json"
	"fmt"
	"time"
)

// Enrollee is a person whom a provider of identities keeps here, as over SCIM. The
// provider creates, changes and removes them; the engine works out their groups.
type Enrollee struct {
	ID       string   `json:"id"`       // ours, by which the provider names them; it stays through every change
	Identity Identity `json:"identity"` // who that is to the engine

	UserName   string          `json:"userName"`             // unique under the issuer, whatever its case
	ExternalID string          `json:"externalId,omitempty"` // the provider's own id
	Inactive   bool            `json:"inactive,omitempty"`   // the provider says that they may not sign in
	Manager    string          `json:"manager,omitempty"`    // the ID of another Enrollee
	Resource   json.RawMessage `json:"resource"`             // all attributes that the provider has written

	Created time.Time `json:"created"`
	Changed time.Time `json:"changed"`
	Version int       `json:"version"` // 1 when created, and one more after each change by the provider
}

// EnrolledGroup is a group that a provider of identities keeps here.
type EnrolledGroup struct {
	ID         string `json:"id"`                   // ours, by which the provider names it
	Issuer     string `json:"issuer,omitempty"`     // the provider
	Key        string `json:"key"`                  // by which Identity.Groups, flows and grants name it; it stays when the group is renamed
	Name       string `json:"name"`                 // for people to read
	ExternalID string `json:"externalId,omitempty"` // the provider's own id

	// Pending is what was committed of its members and is still being carried out: it
	// is too much for one commit. Meanwhile not all of its members are known. Nil where
	// there is nothing.
	Pending *Membership `json:"pending,omitempty"`
	Gone    bool        `json:"gone,omitempty"` // it was removed, and its members are being released

	Created time.Time `json:"created"`
	Changed time.Time `json:"changed"`
	Version int       `json:"version"`
}

// Person is the id of the group as a beneficiary.
func (g EnrolledGroup) Person() PersonID { return g.Identity().Person() }

// Identity is the group as a beneficiary.
func (g EnrolledGroup) Identity() Identity {
	return Identity{Issuer: g.Issuer, ID: g.Key, Name: g.Name, Kind: Group}
}

// Membership says which people and groups come to be in a group, and which go, by their
// IDs as Enrollee or EnrolledGroup.
type Membership struct {
	Reset  bool     `json:"reset,omitempty"` // nobody else stays in it
	Add    []string `json:"add,omitempty"`
	Remove []string `json:"remove,omitempty"`
}

// Member is one member of a group.
type Member struct {
	ID    string `json:"id"`              // of the Enrollee, or of the EnrolledGroup
	Group bool   `json:"group,omitempty"` // it is a group: who is in that is in this one too
}

// EnrolledQuery selects those whom a provider keeps here. At most one of the first four is
// set; none selects all.
type EnrolledQuery struct {
	ID         string
	Name       string // the userName of a person, or the name of a group, whatever its case
	ExternalID string
	Member     string // groups alone: those that this one is in

	After PersonID // the last one of the page before; empty for the first page
	Limit int      // at most 500; zero means 500
}

// OtherIDError refuses that a person would get another id by a change of one of their
// attributes. An administrator links the ids, and the change then changes nothing.
type OtherIDError struct{ Was, Now PersonID }

func (e *OtherIDError) Error() string {
	return fmt.Sprintf("request: the id of %s would be %s: everything of theirs is kept under the id, so that an administrator has to link it to the new one first (POST /api/v1/people/relink)", e.Was, e.Now)
}
