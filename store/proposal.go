package store

import (
	"encoding/json"
	"time"

	"github.com/grantwright/grantwright/request"
)

// ProposalID names a Proposal.
type ProposalID string

// ProposalKind is a kind of changes, such as "flow.save".
type ProposalKind string

// ProposalStatus is what became of a Proposal.
type ProposalStatus string

// The statuses of proposals. Only PENDING is open.
const (
	ProposalPending   ProposalStatus = "PENDING"
	ProposalApproved  ProposalStatus = "APPROVED"  // and applied, in the same commit
	ProposalRefused   ProposalStatus = "REFUSED"   // by a second person
	ProposalWithdrawn ProposalStatus = "WITHDRAWN" // by whoever proposed it
	ProposalLapsed    ProposalStatus = "LAPSED"    // it waited for too long
)

// Proposal is a change that somebody wants to make, and that a second person has
// to see first. Nothing of it is in force until it is APPROVED.
type Proposal struct {
	ID     ProposalID       `json:"id"`
	Kind   ProposalKind     `json:"kind"`
	What   string           `json:"what"`           // such as flow
	Name   string           `json:"name,omitempty"` // of what is changed
	Body   json.RawMessage  `json:"body"`           // the change, as its kind reads it
	By     request.PersonID `json:"by"`
	At     time.Time        `json:"at"`
	Lapses time.Time        `json:"lapses"` // when it lapses if nobody has decided

	// Differences are what it would change in what stood when it was proposed, and
	// Based is their hash: it is applied only while it would change just that.
	Differences json.RawMessage `json:"differences"`
	Based       string          `json:"based"`

	Status  ProposalStatus   `json:"status"`
	Decider request.PersonID `json:"decider,omitempty"` // who approved, refused or withdrew it
	Reason  string           `json:"reason,omitempty"`  // of the decider
	Decided time.Time        `json:"decided,omitzero"`
}

// Proposals are all changes that were proposed. Nobody has the same one open
// twice.
var Proposals = Kind[ProposalID, Proposal]{
	Name: "proposals",
	Of:   func(p Proposal) ProposalID { return p.ID },
	Unique: func(p Proposal) []Unique {
		return only(Unique{"open", Digest(string(p.By) + "\n" + string(p.Kind) + "\n" + p.Based + "\n" + string(p.Body))}, p.Status == ProposalPending)
	},
	Indexes: []Indexed[Proposal]{ProposalsByStatus, ProposalsWaiting},
}

// AnyProposal finds the proposals of every status.
const AnyProposal ProposalStatus = ""

// The orders in which proposals are found.
var (
	// ProposalsByStatus finds them by the time they were made.
	ProposalsByStatus = Index[ProposalStatus, Proposal]{Kind: "proposals", Name: "status",
		Values: func(p Proposal) []ProposalStatus { return []ProposalStatus{p.Status, AnyProposal} },
		Order:  func(p Proposal) string { return OrderTime(p.At) }}

	// ProposalsWaiting finds those that time will end, the earliest first.
	ProposalsWaiting = Index[string, Proposal]{Kind: "proposals", Name: "waiting",
		Values: func(p Proposal) []string { return only("all", p.Status == ProposalPending) },
		Order:  func(p Proposal) string { return OrderTime(p.Lapses) }}
)
