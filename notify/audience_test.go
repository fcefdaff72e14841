package notify_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
)

// toldToNobody are the events that stand in the log, and of which no person is told.
var toldToNobody = []event.Name{
	event.GrantProvisioning.Name(), event.GrantRetried.Name(), event.GrantReplaced.Name(), event.GrantRemaining.Name(), event.GrantRemarks.Name(), event.GrantCleared.Name(), event.GrantAnsweredLate.Name(),
	event.ApprovalsThawed.Name(), event.ConnectionThawed.Name(), event.ConnectionRetired.Name(), event.PersonEnabled.Name(), event.PersonRevoked.Name(), event.GroupsConfirmed.Name(), event.SessionEnded.Name(),
	event.PersonEnrolled.Name(), event.PersonChanged.Name(), event.PersonLeft.Name(), event.GroupEnrolled.Name(), event.GroupChanged.Name(), event.GroupLeft.Name(), event.PersonRelinked.Name(),
	event.AccessClaimed.Name(), event.AccessTaken.Name(), event.ConnectionReconciled.Name(), event.ConnectionRecognized.Name(),
	event.ConnectionRegistered.Name(), event.ConnectionSynced.Name(), event.PrincipalClaimed.Name(), event.PrincipalReleased.Name(), event.PrincipalRelinked.Name(),
	event.FormSaved.Name(), event.FormDeleted.Name(), event.FlowSaved.Name(), event.FlowDeleted.Name(), event.AgreementSaved.Name(), event.AgreementDeleted.Name(),
	event.GuardrailSaved.Name(), event.GuardrailDeleted.Name(), event.AttachmentSet.Name(), event.ProposalWithdrawn.Name(),
	event.MaskSaved.Name(), event.MaskDeleted.Name(), event.MaskEnforced.Name(), event.MasksSuspended.Name(), event.MasksResumed.Name(), event.ColumnsClassified.Name(),
	event.WebhookRegistered.Name(), event.WebhookChanged.Name(), event.WebhookRotated.Name(), event.WebhookAgreed.Name(), event.WebhookResumed.Name(), event.WebhookRemoved.Name(), event.EvidenceErased.Name(),
}

func TestEveryEventHasAnAudience(t *testing.T) {
	t.Parallel()
	for _, name := range event.Names() {
		told, nobody := len(notify.ToldOf(notify.Topic(name))) > 0, slices.Contains(toldToNobody, name)
		if told == nobody {
			t.Errorf("%s: somebody is told %t, listed as told to nobody %t: give it an audience, or list it here", name, told, nobody)
		}
	}
}

func TestEveryTopicIsAnEvent(t *testing.T) {
	t.Parallel()
	for _, topic := range notify.Topics() {
		own := topic == notify.StageOpened || topic == notify.ReviewWaiting
		if !own && !slices.Contains(event.Names(), event.Name(topic)) {
			t.Errorf("%s is told to %v, and is no event", topic, notify.ToldOf(topic))
		}
		if text, err := notify.English().Say(string(topic)+".subject", notify.Message{}); err != nil || strings.TrimSpace(text) == "" {
			t.Errorf("%s has no words: %q, %v", topic, text, err)
		}
	}
}
