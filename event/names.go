package event

import "github.com/grantwright/grantwright/request"

// The events, each with the type of its payload. Those of a request are numbered within it.
const (
	RequestCreated    Type[Created]    = "request.created"
	RequestDetermined Type[Determined] = "request.determined" // by a steward, or by a rule
	RequestCanceled   Type[Withdrawn]  = "request.canceled"
	RequestLapsed     Type[Grant]      = "request.lapsed"
	RequestExpired    Type[Grant]      = "request.expired"
	RequestRevoked    Type[Grant]      = "request.revoked"

	RequestTakenBack  Type[Withdrawn] = "request.taken_back" // an approval was, by whoever had made it
	RequestEdited     Type[Edited]    = "request.edited"     // its answers; approvals so far are void
	EvidenceErased    Type[Erased]    = "request.erased"     // facts that its decision stood on
	RequestReopened   Type[Stage]     = "request.reopened"   // facts have changed, and with them the way through its flow
	RequestCommented  Type[Remark]    = "request.commented"
	RequestQuestioned Type[Remark]    = "request.questioned" // a steward wants to know more
	RequestAnswered   Type[Remark]    = "request.answered"
	RequestReminded   Type[Stage]     = "request.reminded"
	RequestAssigned   Type[Assigned]  = "request.assigned"           // somebody was asked by name to decide
	RequestEscalated  Type[Stage]     = "request.escalated"          // nobody has decided in time: others may too
	RequestFellBack   Type[Stage]     = "request.fell_back"          // nobody is known who could decide: governance may
	RequestEmergency  Type[Emergency] = "request.emergency"          // access was approved at once, before anybody decided
	EmergencyOverdue  Type[Emergency] = "request.emergency_overdue"  // and nobody has reviewed that in time
	EmergencyReviewed Type[Emergency] = "request.emergency_reviewed" // whether it was justified

	RequestUnattended Type[Stage] = "request.unattended" // nor is there anybody of governance, or nobody has been known for days, or is known any more

	SubstituteNamed Type[Substitute] = "substitute.named"
	SubstituteEnded Type[Substitute] = "substitute.ended"

	GrantProvisioning Type[Grant]     = "grant.provisioning"
	GrantActive       Type[Grant]     = "grant.active"
	GrantFailed       Type[Grant]     = "grant.failed" // an attempt to give or to take
	GrantRevoked      Type[Grant]     = "grant.revoked"
	GrantExpiring     Type[Grant]     = "grant.expiring"  // its end is near
	GrantFailing      Type[Grant]     = "grant.failing"   // so many attempts in a row that a person is needed
	GrantRetried      Type[Grant]     = "grant.retried"   // somebody asked for the next attempt at once
	GrantSuspended    Type[Grant]     = "grant.suspended" // what stands is not what was approved: governance decides
	GrantResumed      Type[Grant]     = "grant.resumed"   // governance has decided
	GrantShortened    Type[Grant]     = "grant.shortened" // its end was brought forward
	GrantReplaced     Type[Grant]     = "grant.replaced"  // it follows the object that took the place of its own
	GrantRemaining    Type[Grant]     = "grant.remaining" // other ways in than ours came or went
	GrantCleared      Type[Grant]     = "grant.cleared"   // nothing of ours is left where it was before
	GrantContested    Type[Contested] = "grant.contested" // mended again and again
	GrantToDo         Type[Grant]     = "grant.to_do"     // a person has to give or to take it by hand
	GrantOverdue      Type[Grant]     = "grant.overdue"   // and nobody has, in time
	GrantPrevented    Type[Grant]     = "grant.prevented" // a guardrail ended it, or kept it from being given
	GrantGaps         Type[Grant]     = "grant.gaps"      // parts of its container work no longer, or work again
	GrantRemarks      Type[Grant]     = "grant.remarks"   // what limits its access, or cannot be known of it, is another
	GrantMoved        Type[Grant]     = "grant.moved"     // what to query is another: the asset is masked, or no longer

	// An answer of a service came that counts no more, and what was done for it is
	// brought about otherwise.
	GrantAnsweredLate Type[LateAnswer] = "grant.answered_late"

	ApprovalsFrozen    Type[Stop] = "approvals.frozen" // no rule approves by itself any more
	ApprovalsThawed    Type[Stop] = "approvals.thawed"
	ConnectionFrozen   Type[Stop] = "connection.frozen" // nothing is given on it any more
	ConnectionThawed   Type[Stop] = "connection.thawed"
	ConnectionRetiring Type[Stop] = "connection.retiring" // it is taken out of use, once nothing of ours is left there
	ConnectionRetired  Type[Stop] = "connection.retired"
	PersonDisabled     Type[Stop] = "person.disabled" // they act no more, and have nothing
	PersonEnabled      Type[Stop] = "person.enabled"
	PersonRevoked      Type[Stop] = "person.revoked" // everything that they had

	// All groups of somebody have vanished at a sign-in: they are not known until somebody
	// confirms that there are none.
	GroupsVanished  Type[Vanished]  = "person.groups_vanished"
	GroupsConfirmed Type[Confirmed] = "person.groups_confirmed"
	SessionEnded    Type[Ended]     = "session.ended" // of somebody, by an administrator
	// A provider of identities keeps people and groups here.
	PersonEnrolled Type[Enrolled] = "person.enrolled"
	PersonChanged  Type[Enrolled] = "person.changed"
	PersonLeft     Type[Enrolled] = "person.left" // the provider has removed them
	GroupEnrolled  Type[Members]  = "group.enrolled"
	GroupChanged   Type[Members]  = "group.changed" // its name, or who is in it
	GroupLeft      Type[Members]  = "group.left"    // the provider has removed it

	PersonRelinked Type[PersonRelink] = "person.relinked" // they have another id now, under which all of theirs goes on

	AccessOrphaned       Type[Finding]        = "access.orphaned"       // of ours, and no grant wants it
	AccessClaimed        Type[Claim]          = "access.claimed"        // that others gave: governance has made it a grant of ours
	AccessTaken          Type[Claim]          = "access.taken"          // that others gave: it is gone, as governance has said
	ConnectionReconciled Type[Reconciliation] = "connection.reconciled" // what stands was compared with what should

	// The comparison was only reported: more would be removed than may be without
	// asking, or the records are in doubt.
	ReconciliationStopped Type[Reconciliation] = "connection.reconciliation_stopped"

	// Another platform answers than the one that the records know, or an older copy of it;
	// and what answers is the one of the connection, by itself or as governance has said.
	ConnectionEstranged  Type[Platform] = "connection.estranged"
	ConnectionRecognized Type[Platform] = "connection.recognized"

	ConnectionRegistered Type[Nothing]                  = "connection.registered"
	ConnectionSynced     Type[Sync]                     = "connection.synced"
	PrincipalClaimed     Type[Nothing]                  = "principal.claimed"
	PrincipalReleased    Type[Nothing]                  = "principal.released"
	PrincipalRelinked    Type[Relinked]                 = "principal.relinked" // its person has another id now
	FormSaved            Type[request.FormVersion]      = "form.saved"
	FormDeleted          Type[request.FormVersion]      = "form.deleted"
	FlowSaved            Type[Flow]                     = "flow.saved"
	FlowDeleted          Type[Flow]                     = "flow.deleted"
	AgreementSaved       Type[request.AgreementVersion] = "agreement.saved"
	AgreementDeleted     Type[request.AgreementVersion] = "agreement.deleted"
	GuardrailSaved       Type[Guardrail]                = "guardrail.saved"
	GuardrailDeleted     Type[Guardrail]                = "guardrail.deleted"
	AttachmentSet        Type[request.Attachment]       = "attachment.set"

	ProposalCreated   Type[Proposal] = "proposal.created"  // a change awaits a second person
	ProposalApproved  Type[Proposal] = "proposal.approved" // and is made, in the same commit
	ProposalRefused   Type[Proposal] = "proposal.refused"
	ProposalWithdrawn Type[Proposal] = "proposal.withdrawn"
	ProposalLapsed    Type[Proposal] = "proposal.lapsed"

	MaskSaved         Type[Mask]       = "mask.saved"
	MaskDeleted       Type[Mask]       = "mask.deleted"
	MaskEnforced      Type[Masked]     = "mask.enforced" // what shows an asset masked has changed on the platform
	MaskFailing       Type[Masked]     = "mask.failing"  // an asset cannot be shown as its masks say
	MaskLost          Type[Masked]     = "mask.lost"     // a column that was masked is matched by no mask any more; it stays hidden
	AssetHeld         Type[Held]       = "asset.held"    // governance has spoken of their data under other names
	MasksSuspended    Type[Suspension] = "masks.suspended"
	MasksResumed      Type[Suspension] = "masks.resumed"
	ColumnsClassified Type[Mask]       = "columns.classified"

	AssetReported   Type[request.Wanted] = "asset.reported"   // somebody has looked for it in vain
	AssetRegistered Type[request.Wanted] = "asset.registered" // and now it is there
	AssetDismissed  Type[request.Wanted] = "asset.dismissed"  // it will not be

	TokenIssued  Type[Token] = "token.issued"
	TokenRevoked Type[Token] = "token.revoked"

	WebhookRegistered Type[Webhook] = "webhook.registered"
	WebhookChanged    Type[Webhook] = "webhook.changed"
	WebhookRotated    Type[Webhook] = "webhook.rotated" // it has a new secret
	WebhookAgreed     Type[Webhook] = "webhook.agreed"  // governance agrees that it is told answers, or no longer
	WebhookSuspended  Type[Webhook] = "webhook.suspended"
	WebhookResumed    Type[Webhook] = "webhook.resumed"
	WebhookRemoved    Type[Webhook] = "webhook.removed"
)

// all lists every event.
var all = []declared{
	RequestCreated, RequestDetermined, RequestCanceled, RequestLapsed, RequestExpired, RequestRevoked,
	RequestTakenBack, RequestEdited, EvidenceErased, RequestReopened, RequestCommented, RequestQuestioned, RequestAnswered,
	RequestReminded, RequestAssigned, RequestEscalated, RequestFellBack, RequestUnattended, RequestEmergency, EmergencyOverdue, EmergencyReviewed, SubstituteNamed, SubstituteEnded,
	GrantProvisioning, GrantActive, GrantFailed, GrantFailing, GrantRetried, GrantExpiring, GrantRevoked,
	GrantSuspended, GrantResumed, GrantShortened, GrantReplaced, GrantRemaining, GrantCleared, GrantContested, GrantMoved, GrantGaps, GrantRemarks,
	GrantToDo, GrantOverdue, GrantPrevented, GrantAnsweredLate,
	ApprovalsFrozen, ApprovalsThawed, ConnectionFrozen, ConnectionThawed, ConnectionRetiring, ConnectionRetired, PersonDisabled, PersonEnabled, PersonRevoked,
	GroupsVanished, GroupsConfirmed, SessionEnded,
	PersonEnrolled, PersonChanged, PersonLeft, GroupEnrolled, GroupChanged, GroupLeft, PersonRelinked,
	AccessOrphaned, AccessClaimed, AccessTaken, ConnectionReconciled, ReconciliationStopped, ConnectionEstranged, ConnectionRecognized,
	ConnectionRegistered, ConnectionSynced, PrincipalClaimed, PrincipalReleased, PrincipalRelinked,
	FormSaved, FormDeleted, FlowSaved, FlowDeleted, AgreementSaved, AgreementDeleted, GuardrailSaved, GuardrailDeleted, AttachmentSet,
	MaskSaved, MaskDeleted, MaskEnforced, MaskFailing, MaskLost, AssetHeld, MasksSuspended, MasksResumed, ColumnsClassified,
	WebhookRegistered, WebhookChanged, WebhookRotated, WebhookAgreed, WebhookSuspended, WebhookResumed, WebhookRemoved,
	TokenIssued, TokenRevoked,
	AssetReported, AssetRegistered, AssetDismissed,
	ProposalCreated, ProposalApproved, ProposalRefused, ProposalWithdrawn, ProposalLapsed,
}
