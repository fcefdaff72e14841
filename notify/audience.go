package notify

import (
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/event"
)

// Audience is who is told of something, by what they are to it.
type Audience string

// The audiences.
const (
	Requester   Audience = "REQUESTER"
	Beneficiary Audience = "BENEFICIARY"
	Asked       Audience = "ASKED"      // the stewards of the stage that is open, who are to act
	Assigned    Audience = "ASSIGNED"   // who was asked by name to decide
	Later       Audience = "LATER"      // the stewards of the stages whose turn has not come
	Stewards    Audience = "STEWARDS"   // those of every stage, and whoever has decided
	Overseers   Audience = "GOVERNANCE" // whoever has the permission GOVERNANCE
	Operators   Audience = "ADMIN"      // whoever has the permission ADMIN
	Watchers    Audience = "WATCHERS"   // of emergency access: the owners of the asset, and whom its review flow names
	Hands       Audience = "BY_HAND"    // whoever may do by hand what a grant waits for
	Owner       Audience = "OWNER"      // of the webhook or the token, or whoever has proposed a change
	Substitute  Audience = "SUBSTITUTE" // whom somebody has named to decide in their place
)

// Topics that are no types of events of their own.
const (
	StageOpened   Topic = "stage.opened"   // request.determined, and the review goes on
	ReviewWaiting Topic = "review.waiting" // the daily digest of what waits for a steward
)

// ProposalCreated tells that a change awaits a second person.
const ProposalCreated = Topic(event.ProposalCreated)

func (t Topic) ofProposal() bool { return strings.HasPrefix(string(t), "proposal.") }

func (t Topic) ofToken() bool { return strings.HasPrefix(string(t), "token.") }

// told says who is told of what. Of anything else nobody is told.
var told = map[Topic][]Audience{
	Topic(event.RequestCreated):    {Asked, Later},
	StageOpened:                    {Asked},
	Topic(event.RequestDetermined): {Requester, Beneficiary, Stewards},
	Topic(event.RequestCanceled):   {Beneficiary, Stewards},
	Topic(event.RequestLapsed):     {Requester, Beneficiary, Stewards},
	Topic(event.RequestExpired):    {Requester, Beneficiary},
	Topic(event.RequestRevoked):    {Requester, Beneficiary},

	Topic(event.RequestCommented):  {Requester, Beneficiary, Asked},
	Topic(event.RequestQuestioned): {Requester, Beneficiary},
	Topic(event.RequestEdited):     {Asked},
	Topic(event.RequestTakenBack):  {Asked},
	Topic(event.RequestReopened):   {Requester, Beneficiary, Asked},
	Topic(event.RequestReminded):   {Asked},
	Topic(event.RequestAssigned):   {Assigned},
	Topic(event.RequestEscalated):  {Asked},
	Topic(event.RequestAnswered):   {Asked},
	Topic(event.RequestFellBack):   {Overseers},
	Topic(event.RequestUnattended): {Operators, Overseers},

	Topic(event.RequestEmergency):  {Watchers, Overseers, Stewards},
	Topic(event.EmergencyOverdue):  {Watchers, Overseers},
	Topic(event.EmergencyReviewed): {Requester, Beneficiary, Watchers, Overseers, Stewards},

	Topic(event.SubstituteNamed): {Substitute},
	Topic(event.SubstituteEnded): {Substitute},

	Topic(event.GrantActive):    {Requester, Beneficiary},
	Topic(event.GrantFailed):    {Requester, Beneficiary},
	Topic(event.GrantFailing):   {Requester, Beneficiary, Overseers},
	Topic(event.GrantExpiring):  {Requester, Beneficiary},
	Topic(event.GrantSuspended): {Requester, Beneficiary, Overseers},
	Topic(event.GrantResumed):   {Requester, Beneficiary},
	Topic(event.GrantShortened): {Requester, Beneficiary},
	Topic(event.GrantContested): {Overseers},
	Topic(event.GrantPrevented): {Stewards},
	Topic(event.GrantMoved):     {Requester, Beneficiary},
	Topic(event.GrantGaps):      {Requester, Beneficiary},
	Topic(event.GrantRevoked):   {Requester, Beneficiary},
	Topic(event.GrantToDo):      {Hands},
	Topic(event.GrantOverdue):   {Hands},

	Topic(event.AccessOrphaned):  {Overseers},
	Topic(event.AssetReported):   {Overseers},
	Topic(event.AssetRegistered): {Requester},
	Topic(event.AssetDismissed):  {Requester},

	Topic(event.ReconciliationStopped): {Overseers, Operators},
	Topic(event.ConnectionEstranged):   {Overseers, Operators},
	Topic(event.MaskFailing):           {Overseers, Operators},
	Topic(event.MaskLost):              {Overseers},
	Topic(event.AssetHeld):             {Overseers},

	Topic(event.ApprovalsFrozen):    {Overseers, Operators},
	Topic(event.ConnectionFrozen):   {Overseers, Operators},
	Topic(event.ConnectionRetiring): {Overseers, Operators},
	Topic(event.PersonDisabled):     {Overseers, Operators},
	Topic(event.GroupsVanished):     {Overseers, Operators},

	Topic(event.WebhookSuspended): {Owner},
	Topic(event.TokenIssued):      {Owner},
	Topic(event.TokenRevoked):     {Owner},

	ProposalCreated:               {Overseers},
	Topic(event.ProposalApproved): {Owner},
	Topic(event.ProposalRefused):  {Owner},
	Topic(event.ProposalLapsed):   {Owner, Overseers},

	ReviewWaiting: {Asked},
}

// ToldOf lists the audiences of a topic, the most important first. Somebody who is in
// several is told as one of the first of them, by the channels of its Concern.
func ToldOf(t Topic) []Audience { return told[t] }

// Urgent reports whether a topic reaches people by every channel, whatever they wish: what is
// never silent.
func (t Topic) Urgent() bool {
	return t == Topic(event.RequestEmergency) || t == Topic(event.EmergencyOverdue)
}

// Topics lists everything of which somebody is told, sorted.
func Topics() []Topic { return slices.Sorted(maps.Keys(told)) }

// Concern is the reason for which somebody is told. People choose channels by it.
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
	case a == Asked || a == Assigned || a == Substitute || t == ProposalCreated || t == Topic(event.RequestFellBack) || t == Topic(event.EmergencyOverdue):
		return ToAct
	case a == Owner && (t.ofProposal() || t.ofToken()):
		return Mine
	case a == Later || a == Stewards:
		return Reviewed
	case a == Hands:
		return DoByHand
	}
	return Oversee
}
