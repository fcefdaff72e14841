package provision

import (
	"time"

	"github.com/grantwright/grantwright/request"
)

// StopID names a stop switch: what it stops, and of what, with a slash between.
type StopID string

// Stop is a stop switch that is set. There is a record while it is.
type Stop struct {
	ID     StopID           `json:"id"`
	By     request.PersonID `json:"by"`
	At     time.Time        `json:"at"`
	Reason string           `json:"reason"`

	// Provider is set where a provider of identities has disabled a person: its name as
	// ProvidedBy spells it. It alone enables them again by itself.
	Provider string `json:"provider,omitempty"`

	// Of a connection: it is to be retired, once nothing of ours is left on it, and
	// since when it is. A connection that is frozen only is neither.
	Retiring bool      `json:"retiring,omitempty"`
	Retired  time.Time `json:"retired,omitzero"`
}

// AutomaticApprovals is the switch that has people asked where a rule would approve.
const AutomaticApprovals StopID = "approvals"

// ProvidedBy is how a Stop names a provider of identities by its issuer, which may be empty.
func ProvidedBy(issuer string) string { return "issuer " + issuer }

// StoppedConnection is the switch of a connection, on which nothing is given while
// it is set.
func StoppedConnection(name string) StopID { return StopID("connection/" + name) }

// StoppedPerson is the switch of a person, who cannot act and has nothing while it
// is set.
func StoppedPerson(p request.PersonID) StopID { return StopID("person/" + string(p)) }

// Revocation is the switch that is set while everything is revoked that a person has.
func Revocation(p request.PersonID) StopID { return StopID("revocation/" + string(p)) }
