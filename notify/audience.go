package notify

import (
	"maps"
	"slices"
	"strings"
)

// Audience is who is told of something, by what they are to it.
type Audience string

// The audiences.
const (
	Requester   Audience = "REQUESTER"
	Beneficiary Audience = "BENEFICIARY"
	Asked       Audience = "ASKED"      // the stewards of the stage that is open, who are to act
	Later       Audience = "LATER"      // the stewards of the stages whose turn has not come
	Stewards    Audience = "STEWARDS"   // those of every stage, and whoever has decided
	Overseers   Audience = "GOVERNANCE" // whoever has the permission GOVERNANCE
	Operators   Audience = "ADMIN"      // whoever has the permission ADMIN
	Hands       Audience = "BY_HAND"    // whoever may do by hand what a grant waits for
	Owner       Audience = "OWNER"      // of the webhook, or whoever has proposed a change
	Substitute  Audience = "SUBSTITUTE" // whom somebody has named to decide in their place
)

// Topics that are no types of events of their own.
const (
	StageOpened   Topic = "stage.opened"   // request.determined, and the review goes on
	ReviewWaiting Topic = "review.waiting" // the daily digest of what waits for a steward
)

// ProposalCreated tells that a change awaits a second person.
const ProposalCreated Topic = "proposal.created"

func (t Topic) ofProposal() bool { return strings.HasPrefix(string(t), "proposal.") }

// told says who is told of what. Of anything else nobody is told.
var told = map[Topic][]Audience{
	"request.created":    {Asked, Later},
	StageOpened:          {Asked},
	"request.determined": {Requester, Beneficiary, Stewards},
	"request.canceled":   {Beneficiary, Stewards},
	"request.lapsed":     {Requester, Beneficiary, Stewards},
	"request.expired":    {Requester, Beneficiary},
	"request.revoked":    {Requester, Beneficiary},

	"request.commented":  {Requester, Beneficiary, Asked},
	"request.questioned": {Requester, Beneficiary},
	"request.edited":     {Asked},
	"request.taken_back": {Asked},
	"request.reopened":   {Requester, Beneficiary, Asked},
	"request.reminded":   {Asked},
	"request.escalated":  {Asked},
	"request.answered":   {Asked},
	"request.fell_back":  {Overseers},
	"request.unattended": {Operators, Overseers},

	"substitute.named": {Substitute},
	"substitute.ended": {Substitute},

	"grant.active":    {Requester, Beneficiary},
	"grant.failed":    {Requester, Beneficiary},
	"grant.failing":   {Requester, Beneficiary, Overseers},
	"grant.expiring":  {Requester, Beneficiary},
	"grant.suspended": {Requester, Beneficiary, Overseers},
	"grant.resumed":   {Requester, Beneficiary},
	"grant.contested": {Overseers},
	"grant.prevented": {Stewards},
	"grant.moved":     {Requester, Beneficiary},
	"grant.revoked":   {Requester, Beneficiary},
	"grant.to_do":     {Hands},
	"grant.overdue":   {Hands},

	"access.orphaned":  {Overseers},
	"asset.reported":   {Overseers},
	"asset.registered": {Requester},
	"asset.dismissed":  {Requester},

	"connection.reconciliation_stopped": {Overseers, Operators},
	"mask.failing":                      {Overseers, Operators},

	"approvals.frozen":    {Overseers, Operators},
	"connection.frozen":   {Overseers, Operators},
	"connection.retiring": {Overseers, Operators},
	"person.disabled":     {Overseers, Operators},

	"webhook.suspended": {Owner},

	ProposalCreated:     {Overseers},
	"proposal.approved": {Owner},
	"proposal.refused":  {Owner},
	"proposal.lapsed":   {Owner, Overseers},

	ReviewWaiting: {Asked},
}

// ToldOf lists who is told of a topic, the first first: what somebody is told as
// one of several decides by which wish of theirs.
func ToldOf(t Topic) []Audience { return told[t] }

// Topics lists everything of which somebody is told, sorted.
func Topics() []Topic { return slices.Sorted(maps.Keys(told)) }

// Concern is why somebody is told: what people choose channels by.
type Concern string

// The concerns.
const (
	ToAct    Concern = "ACT"      // it waits for their determination
	Mine     Concern = "MINE"     // their own requests and access
	Reviewed Concern = "REVIEWED" // requests of which they are a data steward
	Oversee  Concern = "OVERSEE"  // what governance and administrators look after
	Digest   Concern = "DIGEST"   // once a day, what waits for them
	DoByHand Concern = "BY_HAND"  // access that they may give or take by hand
)

// Concerns lists all of them.
func Concerns() []Concern { return []Concern{ToAct, Digest, Mine, Reviewed, DoByHand, Oversee} }

// ConcernOf is why an audience is told of a topic.
func ConcernOf(t Topic, a Audience) Concern {
	switch {
	case t == ReviewWaiting:
		return Digest
	case a == Requester || a == Beneficiary:
		return Mine
	case a == Asked || a == Substitute || t == ProposalCreated || t == "request.fell_back":
		return ToAct
	case a == Owner && t.ofProposal():
		return Mine
	case a == Later || a == Stewards:
		return Reviewed
	case a == Hands:
		return DoByHand
	}
	return Oversee
}
