package governance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// FlowsIn are the flows that a proposal would save.
func (gov *Governance) FlowsIn(p manifest.Proposal) []review.Flow {
	a, _ := gov.alterationOf(p) // one that this release does not know saves none
	return flowsIn(a)
}

// flowsIn are the flows that an alteration saves.
func flowsIn(a Alteration) []review.Flow {
	switch a := a.(type) {
	case *saving[request.FlowName, review.Flow]:
		return []review.Flow{a.value}
	case *Application:
		return a.Changed.Flows
	case *Furnishing:
		return a.Changed.Flows
	}
	return nil
}

// Attaching are the places at which a proposal would attach a flow, with the flow. One that
// exists already, and that it would change too, is none of them: its own past shows more.
func (gov *Governance) Attaching(p manifest.Proposal, flow request.FlowName) []request.Attachment {
	a, _ := gov.alterationOf(p) // one that this release does not know attaches nothing
	if slices.ContainsFunc(flowsIn(a), func(f review.Flow) bool { return f.Name == flow }) && !adds(p, flow) {
		return nil
	}
	return slices.DeleteFunc(attachedBy(a), func(a request.Attachment) bool { return a.Flow != flow })
}

// adds reports whether a flow is a new one of a proposal.
func adds(p manifest.Proposal, flow request.FlowName) bool {
	var all manifest.Differences
	if json.Unmarshal(p.Differences, &all) != nil {
		return false
	}
	return slices.ContainsFunc(all, func(d manifest.Difference) bool {
		return d.What == manifest.FlowDefinition.Singular() && d.Name == string(flow) && d.How == manifest.Added
	})
}

// Flows names the flows that a proposal would save or attach.
func (gov *Governance) Flows(p manifest.Proposal) (names []request.FlowName) {
	a, _ := gov.alterationOf(p)
	for _, f := range flowsIn(a) {
		names = append(names, f.Name)
	}
	for _, at := range attachedBy(a) {
		if !slices.Contains(names, at.Flow) {
			names = append(names, at.Flow)
		}
	}
	return names
}

// MayRead lets those see a proposal who have made it or may approve it, and GOVERNANCE and
// AUDIT.
func (gov *Governance) MayRead(by request.Identity, p manifest.Proposal) error {
	if p.By == by.Person() {
		return nil
	}
	needs := []request.Permission{request.Governance, request.Audit}
	if a, err := gov.alterationOf(p); err == nil {
		needs = append(needs, a.Needs())
	}
	if slices.ContainsFunc(needs, by.Has) {
		return nil
	}
	return journal.Hidden(records.Proposals, p.ID, &request.ForbiddenError{Person: by.Person(), Act: "see this proposed change", Needs: request.OneOf(needs...)})
}

// IsStale reports whether a proposal would change something else now than it did
// when it was made.
func (gov *Governance) IsStale(ctx context.Context, p manifest.Proposal) (bool, error) {
	a, err := gov.alterationOf(p)
	if err != nil {
		return false, err
	}
	now, err := a.Differences(ctx)
	return now.Hash() != p.Based, err
}

// IsOwnProposal reports whether a proposal is somebody's own, or that of somebody for whom
// they act. They must not decide on it.
func (gov *Governance) IsOwnProposal(ctx context.Context, by request.Identity, p manifest.Proposal) (bool, error) {
	if by.Person() == p.By {
		return true, nil
	}
	return gov.People.OneOfTwo(ctx, by, p.By)
}

// CarryOut carries out the alteration of a proposal, if it is not stale and whoever
// proposed it still may.
func (gov *Governance) CarryOut(ctx context.Context, d *Revision, p manifest.Proposal) error {
	a, err := gov.alterationOf(p)
	if err != nil {
		return err
	}
	if !p.Kind.OfFile() {
		err = gov.stillPermitted(ctx, p, a.Needs())
	}
	if err != nil {
		return err
	}
	if err := a.Check(ctx); err != nil {
		return err
	}
	now, err := a.Differences(ctx)
	if err != nil {
		return err
	}
	if now.Hash() != p.Based {
		return &manifest.StaleProposalError{Proposal: p.ID, What: p.What, Name: p.Name}
	}
	d.By, d.agreed = p.By, p.Decider
	return a.CarryOut(ctx, d)
}

func (gov *Governance) stillPermitted(ctx context.Context, p manifest.Proposal, needs request.Permission) error {
	proposer, err := gov.People.Person(ctx, p.By, request.Identity{})
	if err != nil && !errors.Is(err, request.ErrUnknownPerson) {
		return err
	}
	if err != nil || !proposer.Has(needs) {
		return fmt.Errorf("%w: %s, who has proposed it, has %s no more; propose it anew", store.ErrState, p.By, needs)
	}
	return nil
}

// CloseProposal ends a proposal, as refused or withdrawn.
func (gov *Governance) CloseProposal(ctx context.Context, by request.Identity, id manifest.ProposalID, as manifest.ProposalStatus, reason string) (manifest.Proposal, error) {
	var p manifest.Proposal
	err := gov.Change(ctx, func(c *store.Change) (err error) {
		if p, err = gov.EndProposal(ctx, c, by, id, as, reason); err != nil {
			return err
		}
		return gov.People.Remember(ctx, c, by)
	})
	return p, err
}

// proposalEndings are the events about the end of a proposal.
var proposalEndings = map[manifest.ProposalStatus]event.Type[event.Proposal]{
	manifest.ProposalApproved: event.ProposalApproved, manifest.ProposalRefused: event.ProposalRefused,
	manifest.ProposalWithdrawn: event.ProposalWithdrawn, manifest.ProposalLapsed: event.ProposalLapsed,
}

// EndProposal adds the end of a proposal to a change.
func (gov *Governance) EndProposal(ctx context.Context, c *store.Change, by request.Identity, id manifest.ProposalID, as manifest.ProposalStatus, reason string) (manifest.Proposal, error) {
	read, err := records.Proposals.Get(ctx, gov.Store, id)
	if err != nil {
		return manifest.Proposal{}, err
	}
	p := read.Value
	if err := gov.mayEnd(ctx, by, p, as); err != nil {
		return p, err
	}
	p.Status, p.Decider, p.Reason, p.Decided = as, by.Person(), reason, gov.Now()
	records.Proposals.Update(c, read, p)
	gov.Emit(c, proposalEndings[as].With(proposalPayload(p)), p.Decider, nil, records.Proposals.Subject(id))
	return p, nil
}

func (gov *Governance) mayEnd(ctx context.Context, by request.Identity, p manifest.Proposal, as manifest.ProposalStatus) error {
	if as == manifest.ProposalWithdrawn && by.Person() != p.By {
		if err := gov.MayRead(by, p); err != nil {
			return err
		}
		return &request.ForbiddenError{Person: by.Person(), Act: "withdraw this proposed change", Needs: "whoever has proposed it"}
	}
	if p.Status != manifest.ProposalPending || !gov.Now().Before(p.Lapses) {
		return fmt.Errorf("%w: the proposed change is %s", store.ErrState, endedAs(p))
	}
	if as == manifest.ProposalWithdrawn {
		return nil
	}
	own, err := gov.IsOwnProposal(ctx, by, p)
	if err == nil && own {
		err = fmt.Errorf("%w: proposal %s takes a second person", manifest.ErrOwnProposal, p.ID)
	}
	return err
}

// LapseProposals ends the proposals that have waited for too long.
func (gov *Governance) LapseProposals(ctx context.Context) error {
	due, err := records.ProposalsWaiting.Find(ctx, gov.Store, "all", store.Position{}, manifest.MaxProposals)
	for _, read := range due {
		if gov.Now().Before(read.Value.Lapses) {
			break
		}
		err = errors.Join(err, gov.lapseProposal(ctx, read.Value.ID))
	}
	return err
}

func (gov *Governance) lapseProposal(ctx context.Context, id manifest.ProposalID) error {
	return gov.Change(ctx, func(c *store.Change) error {
		read, err := records.Proposals.Get(ctx, gov.Store, id)
		if err != nil || read.Value.Status != manifest.ProposalPending {
			return err
		}
		p := read.Value
		p.Status, p.Decided = manifest.ProposalLapsed, gov.Now()
		records.Proposals.Update(c, read, p)
		gov.Emit(c, event.ProposalLapsed.With(proposalPayload(p)), request.SystemID, nil, records.Proposals.Subject(id))
		return nil
	})
}

// endedAs is the status of a proposal on which nobody can decide any more.
func endedAs(p manifest.Proposal) manifest.ProposalStatus {
	if p.Status == manifest.ProposalPending {
		return manifest.ProposalLapsed
	}
	return p.Status
}
