package grantwright

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Proposals are the changes that a second person has to see before they are made.
type Proposals struct{ e *Engine }

// Proposals returns the proposed changes of the engine.
func (e *Engine) Proposals() Proposals { return Proposals{e} }

// ErrOwnProposal is wrapped when somebody decides on what they have proposed.
var ErrOwnProposal = errors.New("grantwright: nobody decides on the change that they have proposed")

// StaleProposalError says that what a proposal was based on has changed since: it
// would do something else now than what was proposed. Nothing was applied. It can
// be withdrawn or refused, and proposed anew.
type StaleProposalError struct {
	Proposal store.ProposalID
	What     string
	Name     string
}

func (e *StaleProposalError) Error() string {
	return fmt.Sprintf("grantwright: %s %q has changed since proposal %s was made, which would do something else now; propose it anew", e.What, e.Name, e.Proposal)
}

// Proposed is a proposal with what it would do.
type Proposed struct {
	store.Proposal
	Changes manifest.Differences // what it would change, or has changed, as it was proposed
	Flows   []request.FlowName   // that it would change or attach while it is pending; Replay says what they would do
	Stale   bool                 // what it is based on has changed: it cannot be approved
	May     ProposalRights       // of whoever reads it, now
}

// ProposalRights are what somebody may do with a proposal.
type ProposalRights struct {
	Decide   bool // approve or refuse
	Withdraw bool
}

// All lists the proposals of a status, the newest first, from a position on;
// without a status all. The position that it returns is zero after the last. It takes GOVERNANCE or AUDIT; whoever has ADMIN sees what
// takes that, and their own. A page may be shorter than its limit.
func (s Proposals) All(ctx context.Context, by request.Identity, status store.ProposalStatus, after store.Position, limit int) ([]store.Proposal, store.Position, error) {
	if err := permit(by, "list the proposed changes", request.Governance, request.Admin, request.Audit); err != nil {
		return nil, after, err
	}
	if limit <= 0 || limit > store.MaxPage {
		limit = store.MaxPage
	}
	read, err := store.ProposalsByStatus.Newest(ctx, s.e.config.Store, status, after, limit)
	all, next, err := pageOf(read, after, err)
	if len(read) < limit {
		next = store.Position{}
	}
	var seen []store.Proposal
	for _, p := range all {
		if s.mayRead(by, p) == nil {
			seen = append(seen, p)
		}
	}
	return seen, next, err
}

// Proposal returns a proposal with what it would do. It takes GOVERNANCE or AUDIT;
// whoever has proposed it sees it too, and whoever may propose the like.
func (s Proposals) Proposal(ctx context.Context, by request.Identity, id store.ProposalID) (Proposed, error) {
	if err := by.Check(); err != nil {
		return Proposed{}, err
	}
	read, err := store.Proposals.Get(ctx, s.e.config.Store, id)
	if err != nil {
		return Proposed{}, err
	}
	p := Proposed{Proposal: read.Value}
	if err := s.mayRead(by, p.Proposal); err != nil {
		return Proposed{}, err
	}
	if err := json.Unmarshal(p.Differences, &p.Changes); err != nil {
		return Proposed{}, err
	}
	if p.Status != store.ProposalPending {
		return p, nil
	}
	for _, f := range s.e.flowsIn(p.Proposal) {
		p.Flows = append(p.Flows, f.Name)
	}
	if a, attaches := s.e.attachedBy(p.Proposal); attaches {
		p.Flows = append(p.Flows, a.Flow)
	}
	if p.Stale, err = s.stale(ctx, p.Proposal); err != nil {
		return Proposed{}, err
	}
	p.May.Withdraw = p.By == by.Person()
	own, err := s.isOwn(ctx, by, p.Proposal)
	p.May.Decide = by.Has(request.Governance) && !own
	return p, err
}

// flowsIn are the flows as a proposal would save them.
func (e *Engine) flowsIn(p store.Proposal) []review.Flow {
	a, err := e.alterationOf(p)
	if err != nil {
		return nil
	}
	switch a := a.(type) {
	case *savingFlow:
		return []review.Flow{a.Flow}
	case *applying:
		return a.Changed.Flows
	}
	return nil
}

// attachedBy is what a proposal would attach, if that decides who decides.
func (e *Engine) attachedBy(p store.Proposal) (request.Attachment, bool) {
	a, _ := e.alterationOf(p) // one that this release does not know attaches nothing
	set, is := a.(*attaching)
	if !is || set.Attachment.Flow == "" {
		return request.Attachment{}, false
	}
	return set.Attachment, true
}

// Replay runs a flow that a proposal would save, or attach, over requests of the past, as
// Governance.Replay does. It takes GOVERNANCE or AUDIT.
func (s Proposals) Replay(ctx context.Context, by request.Identity, id store.ProposalID, flow request.FlowName, q ReplayQuery) (Replay, error) {
	if err := permit(by, "run a flow over past requests", request.Governance, request.Audit); err != nil {
		return Replay{}, err
	}
	read, err := store.Proposals.Get(ctx, s.e.config.Store, id)
	if err != nil {
		return Replay{}, err
	}
	if a, attaches := s.e.attachedBy(read.Value); attaches && a.Flow == flow {
		return s.e.replayAttached(ctx, by, a, q)
	}
	for _, f := range s.e.flowsIn(read.Value) {
		if f.Name != flow {
			continue
		}
		f.SavedBy, f.AgreedBy = read.Value.By, by.Person()
		changed, err := review.Compile(f)
		if err != nil {
			return Replay{}, err
		}
		return s.e.replay(ctx, by, changed, q)
	}
	return Replay{}, fmt.Errorf("%w: proposal %s holds no flow %q", store.ErrNotFound, id, flow)
}

func (s Proposals) mayRead(by request.Identity, p store.Proposal) error {
	if p.By == by.Person() {
		return nil
	}
	needs := []request.Permission{request.Governance, request.Audit}
	if a, err := s.e.alterationOf(p); err == nil {
		needs = append(needs, a.needs())
	}
	if slices.ContainsFunc(needs, by.Has) {
		return nil
	}
	return &ForbiddenError{Person: by.Person(), Act: "see this proposed change", Needs: fmt.Sprintf("one of the permissions %v", needs)}
}

// stale reports whether a proposal would do something else now than what it says.
func (s Proposals) stale(ctx context.Context, p store.Proposal) (bool, error) {
	a, err := s.e.alterationOf(p)
	if err != nil {
		return false, err
	}
	now, err := a.differences(ctx)
	return now.Hash() != p.Based, err
}

// isOwn reports whether a proposal is somebody's own, on which they must not
// decide: theirs, or that of somebody who has named them their substitute.
func (s Proposals) isOwn(ctx context.Context, by request.Identity, p store.Proposal) (bool, error) {
	if by.Person() == p.By {
		return true, nil
	}
	named, err := store.Substitutions.Some(ctx, s.e.config.Store, p.By)
	if err != nil || len(named) == 0 {
		return false, err
	}
	n := named[0].Value
	return n.Substitute == by.Person() && n.Stands(s.e.now()), nil
}

// Approve applies a proposed change, in the name of whoever proposed it, in one
// commit with the approval. What would do something else now than what was
// proposed is a *StaleProposalError. It takes GOVERNANCE, and a second person.
func (s Proposals) Approve(ctx context.Context, by request.Identity, id store.ProposalID, reason string) (store.Proposal, error) {
	if err := errors.Join(permit(by, "approve a proposed change", request.Governance), checkReason(reason)); err != nil {
		return store.Proposal{}, err
	}
	if err := store.PlaceEvents(ctx, s.e.config.Store); err != nil { // a new webhook is told of what comes after these
		return store.Proposal{}, err
	}
	var p store.Proposal
	err := s.e.define(ctx, by, func(d *defining) (err error) {
		p, err = s.end(ctx, d.c, by, id, store.ProposalApproved, reason)
		if err != nil {
			return err
		}
		return s.apply(ctx, d, p)
	})
	s.e.carrier.Wake()
	return p, err
}

// apply carries out what a proposal says, if it would still do just that and
// whoever proposed it still may.
func (s Proposals) apply(ctx context.Context, d *defining, p store.Proposal) error {
	a, err := s.e.alterationOf(p)
	if err != nil {
		return err
	}
	if err := s.stillPermitted(ctx, p, a.needs()); err != nil {
		return err
	}
	if err := a.check(ctx); err != nil {
		return err
	}
	now, err := a.differences(ctx)
	if err != nil {
		return err
	}
	if now.Hash() != p.Based {
		return &StaleProposalError{p.ID, p.What, p.Name}
	}
	d.by, d.agreed = p.By, p.Decider
	return a.carryOut(ctx, d)
}

func (s Proposals) stillPermitted(ctx context.Context, p store.Proposal, needs request.Permission) error {
	proposer, err := s.e.person(ctx, p.By, request.Identity{})
	if err != nil && !errors.Is(err, request.ErrUnknownPerson) {
		return err
	}
	if err != nil || !proposer.Has(needs) {
		return fmt.Errorf("%w: %s, who has proposed it, has %s no more; propose it anew", ErrState, p.By, needs)
	}
	return nil
}

// Refuse ends a proposed change, which is not made. It takes GOVERNANCE, and a
// second person.
func (s Proposals) Refuse(ctx context.Context, by request.Identity, id store.ProposalID, reason string) (store.Proposal, error) {
	if err := errors.Join(permit(by, "refuse a proposed change", request.Governance), checkReason(reason)); err != nil {
		return store.Proposal{}, err
	}
	return s.close(ctx, by, id, store.ProposalRefused, reason)
}

// Withdraw ends a proposed change of one's own.
func (s Proposals) Withdraw(ctx context.Context, by request.Identity, id store.ProposalID) (store.Proposal, error) {
	if err := by.Check(); err != nil {
		return store.Proposal{}, err
	}
	return s.close(ctx, by, id, store.ProposalWithdrawn, "")
}

func (s Proposals) close(ctx context.Context, by request.Identity, id store.ProposalID, as store.ProposalStatus, reason string) (store.Proposal, error) {
	var p store.Proposal
	err := s.e.change(ctx, func(c *store.Change) (err error) {
		if p, err = s.end(ctx, c, by, id, as, reason); err != nil {
			return err
		}
		return s.e.remember(ctx, c, by)
	})
	return p, err
}

// proposalEndings are the events that tell how a proposal ended.
var proposalEndings = map[store.ProposalStatus]event.Type[event.Proposal]{
	store.ProposalApproved: event.ProposalApproved, store.ProposalRefused: event.ProposalRefused,
	store.ProposalWithdrawn: event.ProposalWithdrawn, store.ProposalLapsed: event.ProposalLapsed,
}

// end adds to a change that a proposal has ended, and by whom.
func (s Proposals) end(ctx context.Context, c *store.Change, by request.Identity, id store.ProposalID, as store.ProposalStatus, reason string) (store.Proposal, error) {
	read, err := store.Proposals.Get(ctx, s.e.config.Store, id)
	if err != nil {
		return store.Proposal{}, err
	}
	p := read.Value
	if err := s.mayEnd(ctx, by, p, as); err != nil {
		return p, err
	}
	p.Status, p.Decider, p.Reason, p.Decided = as, by.Person(), reason, s.e.now()
	store.Proposals.Update(c, read, p)
	s.e.tell(c, proposalEndings[as].With(proposalNews(p)), p.Decider, nil, store.Proposals.Subject(id))
	return p, nil
}

func (s Proposals) mayEnd(ctx context.Context, by request.Identity, p store.Proposal, as store.ProposalStatus) error {
	if as == store.ProposalWithdrawn && by.Person() != p.By {
		return &ForbiddenError{Person: by.Person(), Act: "withdraw this proposed change", Needs: "whoever has proposed it"}
	}
	if p.Status != store.ProposalPending || !s.e.now().Before(p.Lapses) {
		return fmt.Errorf("%w: the proposed change is %s", ErrState, endedAs(p))
	}
	if as == store.ProposalWithdrawn {
		return nil
	}
	own, err := s.isOwn(ctx, by, p)
	if err == nil && own {
		err = fmt.Errorf("%w: proposal %s takes a second person", ErrOwnProposal, p.ID)
	}
	return err
}

// elapseProposals ends the proposals that have waited for too long.
func (e *Engine) elapseProposals(ctx context.Context) error {
	due, err := store.ProposalsWaiting.Find(ctx, e.config.Store, "all", store.Position{}, MaxProposals)
	for _, read := range due {
		if e.now().Before(read.Value.Lapses) {
			break
		}
		err = errors.Join(err, e.lapseProposal(ctx, read.Value.ID))
	}
	return err
}

func (e *Engine) lapseProposal(ctx context.Context, id store.ProposalID) error {
	return e.change(ctx, func(c *store.Change) error {
		read, err := store.Proposals.Get(ctx, e.config.Store, id)
		if err != nil || read.Value.Status != store.ProposalPending {
			return err
		}
		p := read.Value
		p.Status, p.Decided = store.ProposalLapsed, e.now()
		store.Proposals.Update(c, read, p)
		e.tell(c, event.ProposalLapsed.With(proposalNews(p)), request.SystemID, nil, store.Proposals.Subject(id))
		return nil
	})
}

// endedAs is what has become of a proposal that nobody can decide on any more.
func endedAs(p store.Proposal) store.ProposalStatus {
	if p.Status == store.ProposalPending {
		return store.ProposalLapsed
	}
	return p.Status
}
