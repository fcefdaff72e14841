package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/grantwright/grantwright/request"
)

// ProposalID names a Proposal.
type ProposalID string

// ProposalKind is a kind of changes, such as "flow.save".
type ProposalKind string

// OfFile reports whether a file proposes such changes, and not a person: whoever approves one
// answers for it. One of them waits at a time for each kind and name: what the file says now.
func (k ProposalKind) OfFile() bool { return strings.HasSuffix(string(k), ".furnish") }

// ProposalStatus is how far a Proposal is.
type ProposalStatus string

// The statuses of proposals. Only PENDING is open.
const (
	ProposalPending   ProposalStatus = "PENDING"
	ProposalApproved  ProposalStatus = "APPROVED"  // and applied, in the same commit
	ProposalRefused   ProposalStatus = "REFUSED"   // by a second person
	ProposalWithdrawn ProposalStatus = "WITHDRAWN" // by whoever proposed it, or because its file says something else by now
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

// AnyProposal finds the proposals of every status.
const AnyProposal ProposalStatus = ""

// FourEyes says when what governance looks after is changed by two people only:
// one proposes the change, and a second one with GOVERNANCE approves it. It covers
// flows, forms, agreements, guardrails, masks, attachments, who is who on a
// connection, which platform it leads to, and webhooks.
type FourEyes string

// When two people are needed.
const (
	FourEyesIfTwo  FourEyes = ""       // as soon as the Directory knows two people who hold GOVERNANCE, be they disabled or not
	FourEyesAlways FourEyes = "ALWAYS" // also where it knows only one, or cannot say
	FourEyesNever  FourEyes = "NEVER"  // everybody with the permission changes things alone
)

// MaxProposals bounds how many changes wait at the same time.
const MaxProposals = 500

// ErrProposed is wrapped by *ProposedError.
var ErrProposed = errors.New("grantwright: the change awaits a second person")

// ProposedError says that a change was not made yet: it is kept as a proposal,
// until a second person with GOVERNANCE approves it.
type ProposedError struct {
	Proposal ProposalID
	What     string // such as flow
	Name     string
}

func (e *ProposedError) Error() string {
	return fmt.Sprintf("%v: %s %q is changed when somebody else with GOVERNANCE approves proposal %s", ErrProposed, e.What, e.Name, e.Proposal)
}

func (e *ProposedError) Unwrap() error { return ErrProposed }

// ErrOwnProposal is wrapped when somebody decides on what they have proposed.
var ErrOwnProposal = errors.New("grantwright: nobody decides on the change that they have proposed")

// StaleProposalError says that what a proposal was based on has changed since: it
// would do something else now than what was proposed. Nothing was applied. It can
// be withdrawn or refused, and proposed anew.
type StaleProposalError struct {
	Proposal ProposalID
	What     string
	Name     string
}

func (e *StaleProposalError) Error() string {
	return fmt.Sprintf("grantwright: %s %q has changed since proposal %s was made, which would do something else now; propose it anew", e.What, e.Name, e.Proposal)
}

// Proposed is a proposal with what it would do.
type Proposed struct {
	Proposal
	Changes Differences        // what it would change, or has changed, as it was proposed
	Flows   []request.FlowName // that it would change or attach while it is pending; Replay says what they would do
	Stale   bool               // what it is based on has changed: it cannot be approved
	May     ProposalRights     // of whoever reads it, now
}

// ProposalRights are what somebody may do with a proposal.
type ProposalRights struct {
	Decide   bool // approve or refuse
	Withdraw bool
}
