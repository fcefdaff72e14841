package grantwright

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// The events. Those of a request are numbered within it.
const (
	RequestCreated    store.EventType = "request.created"
	RequestDetermined store.EventType = "request.determined" // by a steward, or by a rule
	RequestCanceled   store.EventType = "request.canceled"
	RequestLapsed     store.EventType = "request.lapsed"
	RequestExpired    store.EventType = "request.expired"
	RequestRevoked    store.EventType = "request.revoked"

	RequestTakenBack  store.EventType = "request.taken_back" // an approval was, by whoever had made it
	RequestEdited     store.EventType = "request.edited"     // its answers; approvals so far are void
	RequestReopened   store.EventType = "request.reopened"   // facts have changed, and with them the way through its flow
	RequestCommented  store.EventType = "request.commented"
	RequestQuestioned store.EventType = "request.questioned" // a steward wants to know more
	RequestAnswered   store.EventType = "request.answered"
	RequestReminded   store.EventType = "request.reminded"
	RequestEscalated  store.EventType = "request.escalated"  // nobody has decided in time: others may too
	RequestFellBack   store.EventType = "request.fell_back"  // nobody is known who could decide: governance may
	RequestUnattended store.EventType = "request.unattended" // nor is there anybody of governance

	SubstituteNamed store.EventType = "substitute.named"
	SubstituteEnded store.EventType = "substitute.ended"

	GrantProvisioning store.EventType = "grant.provisioning"
	GrantActive       store.EventType = "grant.active"
	GrantFailed       store.EventType = "grant.failed" // an attempt to give or to take
	GrantRevoked      store.EventType = "grant.revoked"
	GrantExpiring     store.EventType = "grant.expiring"  // its end is near
	GrantFailing      store.EventType = "grant.failing"   // so many attempts in a row that a person is needed
	GrantRetried      store.EventType = "grant.retried"   // somebody asked for the next attempt at once
	GrantSuspended    store.EventType = "grant.suspended" // what stands is not what was approved: governance decides
	GrantResumed      store.EventType = "grant.resumed"   // governance has decided
	GrantReplaced     store.EventType = "grant.replaced"  // it follows the object that took the place of its own
	GrantRemaining    store.EventType = "grant.remaining" // other ways in than ours came or went
	GrantCleared      store.EventType = "grant.cleared"   // nothing of ours is left where it was before
	GrantContested    store.EventType = "grant.contested" // mended again and again
	GrantToDo         store.EventType = "grant.to_do"     // a person has to give or to take it by hand
	GrantOverdue      store.EventType = "grant.overdue"   // and nobody has, in time
	GrantPrevented    store.EventType = "grant.prevented" // a guardrail ended it, or kept it from being given
	GrantMoved        store.EventType = "grant.moved"     // what to query is another: the asset is masked, or no longer

	// An answer of a service came that counts no more, and what was done for it is
	// brought about otherwise.
	GrantAnsweredLate store.EventType = "grant.answered_late"

	ApprovalsFrozen    store.EventType = "approvals.frozen" // no rule approves by itself any more
	ApprovalsThawed    store.EventType = "approvals.thawed"
	ConnectionFrozen   store.EventType = "connection.frozen" // nothing is given on it any more
	ConnectionThawed   store.EventType = "connection.thawed"
	ConnectionRetiring store.EventType = "connection.retiring" // it is taken out of use, once nothing of ours is left there
	ConnectionRetired  store.EventType = "connection.retired"
	PersonDisabled     store.EventType = "person.disabled" // they act no more, and have nothing
	PersonEnabled      store.EventType = "person.enabled"
	PersonRevoked      store.EventType = "person.revoked" // everything that they had

	AccessOrphaned       store.EventType = "access.orphaned"       // of ours, and no grant wants it
	AccessClaimed        store.EventType = "access.claimed"        // that others gave: governance has made it a grant of ours
	AccessTaken          store.EventType = "access.taken"          // that others gave: it is gone, as governance has said
	ConnectionReconciled store.EventType = "connection.reconciled" // what stands was compared with what should

	// The comparison was only reported: more would be removed than may be without
	// asking, or the records are in doubt.
	ReconciliationStopped store.EventType = "connection.reconciliation_stopped"

	ConnectionRegistered store.EventType = "connection.registered"
	ConnectionSynced     store.EventType = "connection.synced"
	PrincipalClaimed     store.EventType = "principal.claimed"
	PrincipalReleased    store.EventType = "principal.released"
	FormSaved            store.EventType = "form.saved"
	FormDeleted          store.EventType = "form.deleted"
	FlowSaved            store.EventType = "flow.saved"
	FlowDeleted          store.EventType = "flow.deleted"
	AgreementSaved       store.EventType = "agreement.saved"
	AgreementDeleted     store.EventType = "agreement.deleted"
	GuardrailSaved       store.EventType = "guardrail.saved"
	GuardrailDeleted     store.EventType = "guardrail.deleted"
	AttachmentSet        store.EventType = "attachment.set"

	ProposalCreated   store.EventType = "proposal.created"  // a change awaits a second person
	ProposalApproved  store.EventType = "proposal.approved" // and is made, in the same commit
	ProposalRefused   store.EventType = "proposal.refused"
	ProposalWithdrawn store.EventType = "proposal.withdrawn"
	ProposalLapsed    store.EventType = "proposal.lapsed"

	MaskSaved         store.EventType = "mask.saved"
	MaskDeleted       store.EventType = "mask.deleted"
	MaskEnforced      store.EventType = "mask.enforced" // what shows an asset masked has changed on the platform
	MaskFailing       store.EventType = "mask.failing"  // an asset cannot be shown as its masks say
	MasksSuspended    store.EventType = "masks.suspended"
	MasksResumed      store.EventType = "masks.resumed"
	ColumnsClassified store.EventType = "columns.classified"

	AssetReported   store.EventType = "asset.reported"   // somebody has looked for it in vain
	AssetRegistered store.EventType = "asset.registered" // and now it is there
	AssetDismissed  store.EventType = "asset.dismissed"  // it will not be

	WebhookRegistered store.EventType = "webhook.registered"
	WebhookChanged    store.EventType = "webhook.changed"
	WebhookRotated    store.EventType = "webhook.rotated" // it has a new secret
	WebhookAgreed     store.EventType = "webhook.agreed"  // governance agrees that it is told answers, or no longer
	WebhookSuspended  store.EventType = "webhook.suspended"
	WebhookResumed    store.EventType = "webhook.resumed"
	WebhookRemoved    store.EventType = "webhook.removed"
)

// eventTypes are all of them.
var eventTypes = []store.EventType{
	RequestCreated, RequestDetermined, RequestCanceled, RequestLapsed, RequestExpired, RequestRevoked,
	RequestTakenBack, RequestEdited, RequestReopened, RequestCommented, RequestQuestioned, RequestAnswered,
	RequestReminded, RequestEscalated, RequestFellBack, RequestUnattended, SubstituteNamed, SubstituteEnded,
	GrantProvisioning, GrantActive, GrantFailed, GrantFailing, GrantRetried, GrantExpiring, GrantRevoked,
	GrantSuspended, GrantResumed, GrantReplaced, GrantRemaining, GrantCleared, GrantContested, GrantMoved,
	GrantToDo, GrantOverdue, GrantPrevented, GrantAnsweredLate,
	ApprovalsFrozen, ApprovalsThawed, ConnectionFrozen, ConnectionThawed, ConnectionRetiring, ConnectionRetired, PersonDisabled, PersonEnabled, PersonRevoked,
	AccessOrphaned, AccessClaimed, AccessTaken, ConnectionReconciled, ReconciliationStopped,
	ConnectionRegistered, ConnectionSynced, PrincipalClaimed, PrincipalReleased,
	FormSaved, FormDeleted, FlowSaved, FlowDeleted, AgreementSaved, AgreementDeleted, GuardrailSaved, GuardrailDeleted, AttachmentSet,
	MaskSaved, MaskDeleted, MaskEnforced, MaskFailing, MasksSuspended, MasksResumed, ColumnsClassified,
	WebhookRegistered, WebhookChanged, WebhookRotated, WebhookAgreed, WebhookSuspended, WebhookResumed, WebhookRemoved,
	AssetReported, AssetRegistered, AssetDismissed,
	ProposalCreated, ProposalApproved, ProposalRefused, ProposalWithdrawn, ProposalLapsed,
}

// commitTries is how often a decision is repeated that lost against another.
const commitTries = 50

// change reads, decides and commits, and repeats that if someone else was
// faster: decide must read anew each time, and must not act on anything outside.
func (e *Engine) change(ctx context.Context, decide func(c *store.Change) error) error {
	err := e.commit(ctx, decide)
	if err == nil {
		e.committed()
	}
	return err
}

// commit is change for what brings no event, and nobody waits for.
func (e *Engine) commit(ctx context.Context, decide func(c *store.Change) error) error {
	var err error
	for try := range commitTries {
		if err = pause(ctx, try); err != nil {
			return err
		}
		var c store.Change
		if err = decide(&c); err == nil {
			err = e.may(ctx, c.By())
		}
		if err == nil {
			err = c.Commit(ctx, e.config.Store)
		}
		if stale := (*StaleError)(nil); !errors.Is(err, store.ErrConflict) || errors.As(err, &stale) {
			break
		}
	}
	return err
}

// pause lets others finish before another try: not at all before the first, then
// for longer and longer, at random.
func pause(ctx context.Context, try int) error {
	if try == 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(rand.N(time.Millisecond << min(try, 6)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// committed tells those who wait for changes, and gives new events their place.
func (e *Engine) committed() {
	e.changes.send()
	select {
	case <-e.placing:
	default:
		return // whoever is at it will see them
	}
	e.beside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, e.config.PlatformTimeout)
		defer cancel()
		// The token goes back first: what is committed from then on calls again.
		e.placing <- struct{}{}
		if err := e.place(ctx); err != nil {
			e.config.Logger.Warn("events wait for their place in the log", "error", err)
		}
	})
}

// tell adds an event to a change. If it belongs to a request, the request counts
// it: it must be written in the same change.
func (e *Engine) tell(c *store.Change, t store.EventType, by request.PersonID, req *request.Request, detail any, about ...store.Subject) {
	event := store.Event{ID: e.config.NewID(), Type: t, At: e.now(), By: by, About: about}
	if req != nil {
		req.Events++
		event.Request, event.Seq = req.ID, req.Events
		if event.At.Before(req.Touched) { // the clocks of two processes may disagree
			event.At = req.Touched
		}
		req.Touched = event.At
		event.About = append(event.About, store.Requests.Subject(req.ID))
	}
	if detail != nil {
		text, err := json.Marshal(detail)
		if err != nil {
			c.Refuse(err)
			return
		}
		event.Data = text
	}
	c.Emit(event)
}

// signal tells any number of waiting goroutines that something has changed. The
// zero signal is ready.
type signal struct {
	mu sync.Mutex
	ch chan struct{}
}

// next returns a channel that the next send closes.
func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) send() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}
