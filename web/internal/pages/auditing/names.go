package auditing

import (
	"slices"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/words"
)

// named is an event by the words of the log.
type named struct {
	Name event.Name
	Text string
}

// area is a part of the log that somebody looks at as a whole. It is a choice of the filter.
type area struct {
	Key    string
	Text   string
	Events []named
}

// areas are all events, by the parts that a reader of the log has in mind.
var areas = []area{
	{Key: "requests", Text: "Requests", Events: []named{
		{Name: event.RequestCreated.Name(), Text: "Request submitted"},
		{Name: event.RequestDetermined.Name(), Text: "Decision on a request"},
		{Name: event.RequestCanceled.Name(), Text: "Request canceled"},
		{Name: event.RequestLapsed.Name(), Text: "Request lapsed: nobody decided in time"},
		{Name: event.RequestExpired.Name(), Text: "Access reached its end"},
		{Name: event.RequestRevoked.Name(), Text: "Access revoked"},
		{Name: event.RequestTakenBack.Name(), Text: "Approval taken back"},
		{Name: event.RequestEdited.Name(), Text: "Answers changed"},
		{Name: event.EvidenceErased.Name(), Text: "Evidence erased"},
		{Name: event.RequestReopened.Name(), Text: "Request reviewed again: facts have changed"},
		{Name: event.RequestCommented.Name(), Text: "Comment"},
		{Name: event.RequestQuestioned.Name(), Text: "Question to the requester"},
		{Name: event.RequestAnswered.Name(), Text: "Answer of the requester"},
		{Name: event.RequestReminded.Name(), Text: "Data stewards reminded"},
		{Name: event.RequestAssigned.Name(), Text: "Data steward asked by name"},
		{Name: event.RequestEscalated.Name(), Text: "Request escalated"},
		{Name: event.RequestFellBack.Name(), Text: "Request passed to governance"},
		{Name: event.RequestUnattended.Name(), Text: "Nobody can decide on a request"},
	}},
	{Key: "grants", Text: "Access", Events: []named{
		{Name: event.GrantProvisioning.Name(), Text: "Access is being set up"},
		{Name: event.GrantActive.Name(), Text: "Access works"},
		{Name: event.GrantFailed.Name(), Text: "Attempt on the platform failed"},
		{Name: event.GrantRevoked.Name(), Text: "Access removed"},
		{Name: event.GrantExpiring.Name(), Text: "Access ends soon"},
		{Name: event.GrantFailing.Name(), Text: "Attempts keep failing"},
		{Name: event.GrantRetried.Name(), Text: "Attempt repeated by hand"},
		{Name: event.GrantSuspended.Name(), Text: "Access suspended"},
		{Name: event.GrantShortened.Name(), Text: "End of access brought forward"},
		{Name: event.GrantResumed.Name(), Text: "Access resumed"},
		{Name: event.GrantReplaced.Name(), Text: "Access follows a replaced asset"},
		{Name: event.GrantRemaining.Name(), Text: "Other ways in have changed"},
		{Name: event.GrantCleared.Name(), Text: "Former place cleared"},
		{Name: event.GrantContested.Name(), Text: "Access keeps being changed by others"},
		{Name: event.GrantToDo.Name(), Text: "Task given to a person"},
		{Name: event.GrantOverdue.Name(), Text: "Task overdue"},
		{Name: event.GrantPrevented.Name(), Text: "Access blocked by a guardrail"},
		{Name: event.GrantGaps.Name(), Text: "Parts of a container have changed"},
		{Name: event.GrantRemarks.Name(), Text: "Limits of an access have changed"},
		{Name: event.GrantMoved.Name(), Text: "Name to query has changed"},
		{Name: event.GrantAnsweredLate.Name(), Text: "Late answer of a service"},
	}},
	{Key: "others", Text: "Access that others gave", Events: []named{
		{Name: event.AccessOrphaned.Name(), Text: "Access without a grant found"},
		{Name: event.AccessClaimed.Name(), Text: "Access of others claimed"},
		{Name: event.AccessTaken.Name(), Text: "Access of others removed"},
	}},
	{Key: "emergency", Text: "Emergency switches", Events: []named{
		{Name: event.ApprovalsFrozen.Name(), Text: "Automatic approvals stopped"},
		{Name: event.ApprovalsThawed.Name(), Text: "Automatic approvals resumed"},
		{Name: event.ConnectionFrozen.Name(), Text: "Connection frozen"},
		{Name: event.ConnectionThawed.Name(), Text: "Connection resumed"},
		{Name: event.ConnectionRetiring.Name(), Text: "Connection is being retired"},
		{Name: event.ConnectionRetired.Name(), Text: "Connection retired"},
		{Name: event.PersonDisabled.Name(), Text: "Person disabled"},
		{Name: event.PersonEnabled.Name(), Text: "Person enabled"},
		{Name: event.PersonRevoked.Name(), Text: "All access of a person revoked"},
	}},
	{Key: "people", Text: "People and sign-ins", Events: []named{
		{Name: event.SubstituteNamed.Name(), Text: "Substitute named"},
		{Name: event.SubstituteEnded.Name(), Text: "Substitution ended"},
		{Name: event.GroupsVanished.Name(), Text: "Groups of a person missing at sign-in"},
		{Name: event.GroupsConfirmed.Name(), Text: "Missing groups confirmed"},
		{Name: event.SessionEnded.Name(), Text: "Session ended by an administrator"},
		{Name: event.PersonEnrolled.Name(), Text: "Person added by the identity provider"},
		{Name: event.PersonChanged.Name(), Text: "Person changed by the identity provider"},
		{Name: event.PersonLeft.Name(), Text: "Person removed by the identity provider"},
		{Name: event.GroupEnrolled.Name(), Text: "Group added by the identity provider"},
		{Name: event.GroupChanged.Name(), Text: "Group changed by the identity provider"},
		{Name: event.GroupLeft.Name(), Text: "Group removed by the identity provider"},
		{Name: event.PersonRelinked.Name(), Text: "Person linked to another id"},
	}},
	{Key: "connections", Text: "Connections", Events: []named{
		{Name: event.ConnectionRegistered.Name(), Text: "Connection registered or changed"},
		{Name: event.ConnectionSynced.Name(), Text: "Connection synced"},
		{Name: event.ConnectionReconciled.Name(), Text: "Platform compared with the records"},
		{Name: event.ReconciliationStopped.Name(), Text: "Repair held back"},
		{Name: event.ConnectionEstranged.Name(), Text: "Another platform answers"},
		{Name: event.ConnectionRecognized.Name(), Text: "Platform recognized"},
		{Name: event.PrincipalClaimed.Name(), Text: "Login assigned to a person"},
		{Name: event.PrincipalReleased.Name(), Text: "Login released"},
		{Name: event.PrincipalRelinked.Name(), Text: "Login moved to another id"},
	}},
	{Key: "governance", Text: "Forms, flows and guardrails", Events: []named{
		{Name: event.FormSaved.Name(), Text: "Form saved"},
		{Name: event.FormDeleted.Name(), Text: "Form deleted"},
		{Name: event.FlowSaved.Name(), Text: "Review flow saved"},
		{Name: event.FlowDeleted.Name(), Text: "Review flow deleted"},
		{Name: event.AgreementSaved.Name(), Text: "Data use agreement saved"},
		{Name: event.AgreementDeleted.Name(), Text: "Data use agreement deleted"},
		{Name: event.GuardrailSaved.Name(), Text: "Guardrail saved"},
		{Name: event.GuardrailDeleted.Name(), Text: "Guardrail deleted"},
		{Name: event.AttachmentSet.Name(), Text: "Form or flow attached"},
	}},
	{Key: "masks", Text: "Masks and assets", Events: []named{
		{Name: event.MaskSaved.Name(), Text: "Mask saved"},
		{Name: event.MaskDeleted.Name(), Text: "Mask deleted"},
		{Name: event.MaskEnforced.Name(), Text: "Mask applied on the platform"},
		{Name: event.MaskFailing.Name(), Text: "Mask cannot be applied"},
		{Name: event.MaskLost.Name(), Text: "Masked column matched by no mask"},
		{Name: event.AssetHeld.Name(), Text: "Asset held back"},
		{Name: event.MasksSuspended.Name(), Text: "Masks suspended"},
		{Name: event.MasksResumed.Name(), Text: "Masks in force again"},
		{Name: event.ColumnsClassified.Name(), Text: "Columns classified"},
		{Name: event.AssetReported.Name(), Text: "Missing asset reported"},
		{Name: event.AssetRegistered.Name(), Text: "Missing asset registered"},
		{Name: event.AssetDismissed.Name(), Text: "Missing asset dismissed"},
	}},
	{Key: "proposals", Text: "Proposals", Events: []named{
		{Name: event.ProposalCreated.Name(), Text: "Change proposed"},
		{Name: event.ProposalApproved.Name(), Text: "Proposal approved"},
		{Name: event.ProposalRefused.Name(), Text: "Proposal refused"},
		{Name: event.ProposalWithdrawn.Name(), Text: "Proposal withdrawn"},
		{Name: event.ProposalLapsed.Name(), Text: "Proposal lapsed"},
	}},
	{Key: "programs", Text: "Webhooks and tokens", Events: []named{
		{Name: event.WebhookRegistered.Name(), Text: "Webhook registered"},
		{Name: event.WebhookChanged.Name(), Text: "Webhook changed"},
		{Name: event.WebhookRotated.Name(), Text: "Secret of a webhook changed"},
		{Name: event.WebhookAgreed.Name(), Text: "Answers allowed for a webhook, or no longer"},
		{Name: event.WebhookSuspended.Name(), Text: "Webhook suspended"},
		{Name: event.WebhookResumed.Name(), Text: "Webhook resumed"},
		{Name: event.WebhookRemoved.Name(), Text: "Webhook removed"},
		{Name: event.TokenIssued.Name(), Text: "Token issued"},
		{Name: event.TokenRevoked.Name(), Text: "Token revoked"},
	}},
}

// wordsOf are the words of the log for an event. An event of a newer release has none.
func wordsOf(n event.Name) string {
	for _, a := range areas {
		if i := slices.IndexFunc(a.Events, func(e named) bool { return e.Name == n }); i >= 0 {
			return a.Events[i].Text
		}
	}
	return ""
}

// EventWords are the words of the log for an event, in a language. An event of a newer release
// has none.
func EventWords(w *words.Words, n event.Name) string { return w.T(wordsOf(n)) }

// typesOf are the types of events that a choice of the filter stands for: those of an area,
// or itself.
func typesOf(choice string) []string {
	i := slices.IndexFunc(areas, func(a area) bool { return a.Key == choice })
	if i < 0 {
		return []string{choice}
	}
	var all []string
	for _, e := range areas[i].Events {
		all = append(all, string(e.Name))
	}
	return all
}

// told says what an event is, and why it came about, where somebody has said so.
func told(w *words.Words, e store.Event) (what, why string) {
	step := w.StepOf(e)
	switch text := wordsOf(e.Type); {
	case e.Type == event.RequestDetermined.Name():
		return step.Text, step.More
	case text != "":
		return w.T(text), step.More
	}
	return w.T("Something that this release does not know (%s)", string(e.Type)), step.More
}
