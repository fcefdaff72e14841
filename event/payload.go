package event

import (
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Nothing is the payload of events whose name and subjects say everything.
type Nothing struct{}

// Created is the payload of a request that was made.
type Created struct {
	Asset       catalog.Ref       `json:"asset"`
	Beneficiary request.PersonID  `json:"beneficiary"`
	Privilege   request.Privilege `json:"privilege"`
	Duration    request.Duration  `json:"duration"`
	Type        request.Type      `json:"type,omitempty"`
	Columns     []string          `json:"columns,omitempty"`
}

// Determined is the payload of a determination, by a steward or by a rule.
type Determined struct {
	Status   request.Status   `json:"status"`         // of the review, after it
	Act      string           `json:"act,omitempty"`  // of the steward: APPROVE or DENY
	Rule     string           `json:"rule,omitempty"` // that decided, if nobody did
	Duration request.Duration `json:"duration,omitzero"`
	Reason   string           `json:"reason,omitempty"`

	Emergency bool `json:"emergency,omitempty"` // approved at once, before anybody decided

	Privilege request.Privilege  `json:"privilege,omitempty"`
	Columns   []string           `json:"columns,omitempty"`
	For       []request.PersonID `json:"for,omitempty"` // in whose place the steward acted
}

// Emergency is the payload of access that was approved at once, and of its review.
type Emergency struct {
	Reason   string           `json:"reason,omitempty"`   // why it could not wait
	Duration request.Duration `json:"duration,omitzero"`  // after which it ends by itself
	Due      time.Time        `json:"due,omitzero"`       // when its review is overdue
	Reminded int              `json:"reminded,omitempty"` // how often it was told that it is
	Verdict  request.Verdict  `json:"verdict,omitempty"`
	Note     string           `json:"note,omitempty"` // of whoever reviewed it
}

// Withdrawn is the payload of a request that was canceled, and of an approval that was
// taken back.
type Withdrawn struct {
	Reason string `json:"reason,omitempty"`
}

// Edited is the payload of a request whose answers were changed.
type Edited struct {
	Answers  []string         `json:"answers"` // the ids of the questions whose answers have changed
	Duration request.Duration `json:"duration"`
}

// Erased is the payload of erased evidence.
type Erased struct {
	Facts  []string `json:"facts"` // their names, such as beneficiary.groups
	Reason string   `json:"reason,omitempty"`
}

// Stage is the payload of events of a review that goes on by itself.
type Stage struct {
	Name   string `json:"stage,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Relinked is the payload of a principal whose person has another id now, and of each request
// that went to that id with it.
type Relinked struct {
	Connection string           `json:"connection"`
	Principal  string           `json:"principal"`
	Was        request.PersonID `json:"was"`
	Now        request.PersonID `json:"now"`
	Reason     string           `json:"reason,omitempty"`
}

// Assigned is the payload of a request on which somebody was asked by name to decide.
type Assigned struct {
	Person request.PersonID `json:"person"`
	Stage  string           `json:"stage,omitempty"`
	Reason string           `json:"reason,omitempty"`
}

// Remark is the payload of a comment, a question or an answer.
type Remark struct {
	Text string `json:"text"`
}

// Substitute is the payload of events about somebody who decides in the place of
// another.
type Substitute struct {
	Substitute request.PersonID `json:"substitute"`
	From       time.Time        `json:"from"`
	Until      time.Time        `json:"until"`
	Reason     string           `json:"reason,omitempty"`
}

// Stop is the payload of events of a stop switch.
type Stop struct {
	Stop   string `json:"stop"` // its id
	Reason string `json:"reason,omitempty"`
}

// Enrolled is the payload of a person whom a provider of identities keeps here.
type Enrolled struct {
	Person   request.PersonID `json:"person"`
	Name     string           `json:"name,omitempty"`
	Inactive bool             `json:"inactive,omitempty"` // the provider says that they may not sign in
	Fields   []string         `json:"fields,omitempty"`   // the attributes that have changed
}

// Members is the payload of a group that a provider of identities keeps here.
type Members struct {
	Group   request.PersonID   `json:"group"`
	Name    string             `json:"name,omitempty"`
	Added   []request.PersonID `json:"added,omitempty"`   // who is in it now
	Removed []request.PersonID `json:"removed,omitempty"` // who is in it no more
	Follows int                `json:"follows,omitempty"` // how many members more events name
}

// PersonRelink is the payload of a person who has another id now, and of each request that
// went to that id.
type PersonRelink struct {
	Was    request.PersonID `json:"was"`
	Now    request.PersonID `json:"now"`
	Reason string           `json:"reason,omitempty"`
	Stays  []string         `json:"stays,omitempty"` // what still names the id of before
}

// Claim is the payload of events about access that others gave.
type Claim struct {
	By     string   `json:"givenBy"` // on the platform
	Rights []string `json:"rights"`
	Reason string   `json:"reason,omitempty"`
}

// Platform is the payload of events about which platform answers to a connection.
type Platform struct {
	Why    string   `json:"why,omitempty"`    // it may be another
	IDs    []string `json:"ids,omitempty"`    // that the platform has, or has had
	Reason string   `json:"reason,omitempty"` // of governance
}

// Sync is the payload of a sync of the inventory with a platform.
type Sync struct {
	Root    catalog.Ref   `json:"root"`
	Added   int           `json:"added"`
	Changed int           `json:"changed"`
	Same    int           `json:"same"`
	Gone    int           `json:"gone"`
	Unread  []catalog.Ref `json:"unread,omitempty"`
}

// Flow is the payload of a version of a flow that was saved or deleted.
type Flow struct {
	Name     request.FlowName `json:"name"`
	Version  int              `json:"version"`
	Warnings []string         `json:"warnings,omitempty"` // that whoever saved it was shown, by their codes
}

// Guardrail is the payload of a version of a guardrail that was saved or deleted.
type Guardrail struct {
	Name    string        `json:"name"`
	Version int           `json:"version"`
	At      []catalog.Ref `json:"at,omitempty"` // where it is set from then on
}

// Proposal is the payload of events of a proposed change. Its content is left out: a
// webhook's URL may hold a token.
type Proposal struct {
	Kind   string `json:"kind"` // such as "flow.save"
	What   string `json:"what"` // is changed, such as "flow"
	Name   string `json:"name,omitempty"`
	Text   string `json:"text"`
	Reason string `json:"reason,omitempty"`
}

// Mask is the payload of a version of a mask or of a classification of columns.
type Mask struct {
	Name    string      `json:"name,omitempty"` // of a mask
	Version int         `json:"version"`
	At      catalog.Ref `json:"at"`
}

// Masked is the payload of an asset that was masked on the platform, or could not be.
type Masked struct {
	Asset catalog.Ref `json:"asset"`
	Query string      `json:"query,omitempty"` // the name to query instead of the asset's
	Error string      `json:"error,omitempty"`
	Ran   []string    `json:"ran,omitempty"`  // statements
	Lost  []string    `json:"lost,omitempty"` // columns that were masked, and are matched by no mask any more
}

// Held is the payload of assets that are held back, or stay masked, because governance has
// spoken of their data under other names.
type Held struct {
	Assets []HeldAsset `json:"assets"`         // the first of them
	More   int         `json:"more,omitempty"` // that are not listed
}

// HeldAsset is one of Held.
type HeldAsset struct {
	Asset catalog.Ref   `json:"asset"`
	Was   []catalog.Ref `json:"was,omitempty"`  // under which the same object stood before
	Like  catalog.Ref   `json:"like,omitempty"` // a masked asset beside it whose masked columns it has
}

// Suspension is the payload of masks that are suspended, or in force again.
type Suspension struct {
	At     catalog.Ref      `json:"at"`
	By     request.PersonID `json:"by"` // who has suspended them
	Reason string           `json:"reason"`
	Since  time.Time        `json:"since"`
	Until  time.Time        `json:"until"`
}

// Webhook is the payload of events of a webhook. Its URL is left out: it may hold a
// token.
type Webhook struct {
	Name string `json:"name"`
	Why  string `json:"why,omitempty"` // it is suspended
}

// Token is the payload of events of a token. Nothing of its secret is in it.
type Token struct {
	Name        string               `json:"name"`
	Owner       request.PersonID     `json:"owner"`
	Actor       request.PersonID     `json:"actor"` // for whom it acts
	Permissions []request.Permission `json:"permissions,omitempty"`
	Operations  []string             `json:"operations"` // of its scope
	Connections []string             `json:"connections,omitempty"`
	Expires     time.Time            `json:"expires"`
}

// CreatedOf is the payload of request.created for a request, with its zero values as they
// are.
func CreatedOf(r request.Request) Created {
	return Created{Asset: r.Asset, Beneficiary: r.Beneficiary, Privilege: r.Privilege, Duration: r.Duration, Type: r.Type, Columns: r.Columns}
}

// Vanished is the payload of the groups of somebody that have all vanished at a sign-in.
type Vanished struct {
	Person request.PersonID `json:"person"`
	Groups []string         `json:"groups"` // that they were in, the first of them
	Count  int              `json:"count"`  // of all of them
}

// Confirmed is the payload of groups that have vanished, and shall have.
type Confirmed struct {
	Person request.PersonID `json:"person"`
	Reason string           `json:"reason"`
}

// Ended is the payload of a session that an administrator has ended.
type Ended struct {
	Person request.PersonID `json:"person"` // whose it was
}
