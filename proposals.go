package grantwright

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Proposals are the changes that a second person has to see before they are made.
type Proposals struct{ e *Engine }

// Proposals returns the proposed changes of the engine.
func (e *Engine) Proposals() Proposals { return Proposals{e} }

// All lists the proposals of a status, the newest first, from a position on;
// without a status all. The position that it returns is zero after the last. It takes GOVERNANCE or AUDIT; whoever has ADMIN sees what
// takes that, and their own. A page may be shorter than its limit.
func (s Proposals) All(ctx context.Context, by request.Identity, status manifest.ProposalStatus, after store.Position, limit int) ([]manifest.Proposal, store.Position, error) {
	if err := permit(by, "list the proposed changes", request.Governance, request.Admin, request.Audit); err != nil {
		return nil, after, err
	}
	if limit <= 0 || limit > store.MaxPage {
		limit = store.MaxPage
	}
	read, err := records.ProposalsByStatus.Newest(ctx, s.e.journal.Store, status, after, limit)
	all, next, err := journal.PageOf(read, after, err)
	if len(read) < limit {
		next = store.Position{}
	}
	var seen []manifest.Proposal
	for _, p := range all {
		if s.e.governance.MayRead(by, p) == nil {
			seen = append(seen, p)
		}
	}
	return seen, next, err
}

// Proposal returns a proposal with what it would do. It takes GOVERNANCE or AUDIT;
// whoever has proposed it sees it too, and whoever may propose the like.
func (s Proposals) Proposal(ctx context.Context, by request.Identity, id manifest.ProposalID) (manifest.Proposed, error) {
	if err := by.Check(); err != nil {
		return manifest.Proposed{}, err
	}
	read, err := records.Proposals.Get(ctx, s.e.journal.Store, id)
	if err != nil {
		return manifest.Proposed{}, err
	}
	p := manifest.Proposed{Proposal: read.Value}
	if err := s.e.governance.MayRead(by, p.Proposal); err != nil {
		return manifest.Proposed{}, err
	}
	if err := json.Unmarshal(p.Differences, &p.Changes); err != nil {
		return manifest.Proposed{}, err
	}
	if p.Status != manifest.ProposalPending {
		return p, nil
	}
	p.Flows = s.e.governance.Flows(p.Proposal)
	if p.Stale, err = s.e.governance.IsStale(ctx, p.Proposal); err != nil {
		return manifest.Proposed{}, err
	}
	p.May.Withdraw = p.By == by.Person()
	own, err := s.e.governance.IsOwnProposal(ctx, by, p.Proposal)
	p.May.Decide = by.Has(request.Governance) && !own
	return p, err
}

// Replay runs a flow that a proposal would save, or attach, over requests of the past, as
// Governance.Replay does. It takes GOVERNANCE or AUDIT.
func (s Proposals) Replay(ctx context.Context, by request.Identity, id manifest.ProposalID, flow request.FlowName, q manifest.ReplayQuery) (manifest.Replay, error) {
	if err := permit(by, "run a flow over past requests", request.Governance, request.Audit); err != nil {
		return manifest.Replay{}, err
	}
	read, err := records.Proposals.Get(ctx, s.e.journal.Store, id)
	if err != nil {
		return manifest.Replay{}, err
	}
	q.Attached = s.e.governance.Attaching(read.Value, flow)
	for _, f := range s.e.governance.FlowsIn(read.Value) {
		if f.Name != flow {
			continue
		}
		f.SavedBy, f.AgreedBy = read.Value.By, by.Person()
		changed, err := review.Compile(f)
		if err != nil {
			return manifest.Replay{}, err
		}
		return s.e.decisions.Replay(ctx, by, changed, q)
	}
	if len(q.Attached) == 0 {
		return manifest.Replay{}, fmt.Errorf("%w: proposal %s holds no flow %q", store.ErrNotFound, id, flow)
	}
	stored, err := s.e.rules.NewestPolicies(ctx, []request.FlowName{flow})
	if err != nil {
		return manifest.Replay{}, err
	}
	return s.e.decisions.Replay(ctx, by, stored[0], q)
}

// Approve applies a proposed change, in the name of whoever proposed it, in one commit
// with the approval. If the change would do something else by now than when it was
// proposed, the error is a *StaleProposalError. It takes GOVERNANCE, and a second
// person.
func (s Proposals) Approve(ctx context.Context, by request.Identity, id manifest.ProposalID, reason string) (manifest.Proposal, error) {
	if err := errors.Join(permit(by, "approve a proposed change", request.Governance), review.CheckReason(reason)); err != nil {
		return manifest.Proposal{}, err
	}
	var p manifest.Proposal
	err := s.e.governance.Define(ctx, by, func(d *governance.Revision) (err error) {
		p, err = s.e.governance.EndProposal(ctx, d.C, by, id, manifest.ProposalApproved, reason)
		if err != nil {
			return err
		}
		return s.e.governance.CarryOut(ctx, d, p)
	})
	store.AfterCommit(ctx, s.e.journal.Carrier.Wake)
	return p, err
}

// Refuse ends a proposed change, which is not made. It takes GOVERNANCE, and a
// second person.
func (s Proposals) Refuse(ctx context.Context, by request.Identity, id manifest.ProposalID, reason string) (manifest.Proposal, error) {
	if err := errors.Join(permit(by, "refuse a proposed change", request.Governance), review.CheckReason(reason)); err != nil {
		return manifest.Proposal{}, err
	}
	return s.e.governance.CloseProposal(ctx, by, id, manifest.ProposalRefused, reason)
}

// Withdraw ends a proposed change of one's own.
func (s Proposals) Withdraw(ctx context.Context, by request.Identity, id manifest.ProposalID) (manifest.Proposal, error) {
	if err := by.CheckActs("withdraw a proposed change"); err != nil {
		return manifest.Proposal{}, err
	}
	return s.e.governance.CloseProposal(ctx, by, id, manifest.ProposalWithdrawn, "")
}
