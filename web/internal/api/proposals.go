package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// takesTwo documents the answer 202 of a route: the change awaits a second person.
func (s *server) takesTwo(op *huma.Operation) {
	schema := s.API.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Awaiting](), true, "")
	op.Responses["202"] = &huma.Response{Description: "Nothing is changed yet: it awaits a second person with GOVERNANCE",
		Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

// Proposal is a proposed change.
type Proposal struct {
	ID      manifest.ProposalID     `json:"id"`
	Kind    manifest.ProposalKind   `json:"kind" example:"flow.save"`
	What    string                  `json:"what" example:"flow"`
	Name    string                  `json:"name,omitempty" example:"sales"`
	By      request.PersonID        `json:"by"`
	At      time.Time               `json:"at"`
	Lapses  time.Time               `json:"lapses" doc:"When it lapses if nobody has decided"`
	Status  manifest.ProposalStatus `json:"status" enum:"PENDING,APPROVED,REFUSED,WITHDRAWN,LAPSED"`
	Decider request.PersonID        `json:"decider,omitempty"`
	Reason  string                  `json:"reason,omitempty" doc:"Of whoever decided"`
	Decided time.Time               `json:"decided,omitzero"`
}

// ProposedChange is a proposal with its effects.
type ProposedChange struct {
	Proposal
	Changes  []manifest.Difference `json:"changes" nullable:"false" doc:"What it would change, or has changed, as it was proposed"`
	Flows    []request.FlowName    `json:"flows" nullable:"false" doc:"That it would change: a replay says what they would do"`
	Stale    bool                  `json:"stale,omitempty" doc:"What it is based on has changed since: it cannot be approved"`
	Decide   bool                  `json:"mayDecide,omitempty" doc:"You may approve or refuse it"`
	Withdraw bool                  `json:"mayWithdraw,omitempty" doc:"You may withdraw it"`
}

// DecisionBody decides on a proposed change.
type DecisionBody struct {
	Reason string `json:"reason,omitempty"`
}

// ProposalNamed is a route about one proposed change.
type ProposalNamed struct {
	ID manifest.ProposalID `path:"id" maxLength:"255"`
}

func (s *server) routeProposals() {
	const second = "Takes GOVERNANCE, and somebody else than whoever has proposed it."
	serve(s, http.MethodGet, "/proposals", "list-proposals", "List the proposed changes, the newest first", s.proposals, described("Takes GOVERNANCE or AUDIT; with ADMIN you see what takes that."))
	serve(s, http.MethodGet, "/proposals/{id}", "proposal", "One proposed change with what it would do", s.proposal, described("Takes GOVERNANCE or AUDIT; with ADMIN you see what takes that."))
	serve(s, http.MethodGet, "/proposals/{id}/replay", "replay-proposal", "Run a flow that a proposed change holds over requests of the past", s.replayProposal, described("Takes GOVERNANCE or AUDIT. A flow that would change is named in flows."))
	serve(s, http.MethodPost, "/proposals/{id}/approve", "approve-proposal", "Make a proposed change", s.approveProposal, described(second+" It is applied only while it would do just what it says."))
	serve(s, http.MethodPost, "/proposals/{id}/refuse", "refuse-proposal", "Refuse a proposed change", s.refuseProposal, described(second))
	serve(s, http.MethodPost, "/proposals/{id}/withdraw", "withdraw-proposal", "Withdraw a proposed change of your own", s.withdrawProposal, described("For whoever has proposed it."))
}

func proposalOf(p manifest.Proposal) Proposal {
	return Proposal{ID: p.ID, Kind: p.Kind, What: p.What, Name: p.Name, By: p.By, At: p.At, Lapses: p.Lapses,
		Status: p.Status, Decider: p.Decider, Reason: p.Reason, Decided: p.Decided}
}

func (s *server) proposals(ctx context.Context, by request.Identity, in *struct {
	Paged
	Status manifest.ProposalStatus `query:"status" enum:"PENDING,APPROVED,REFUSED,WITHDRAWN,LAPSED" doc:"All if it is missing"`
}) (*listed[Proposal], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	found, next, err := s.Engine.Proposals().All(ctx, by, in.Status, after, site.PageSize(in.Limit))
	if err != nil {
		return nil, err
	}
	var all []Proposal
	for _, p := range found {
		all = append(all, proposalOf(p))
	}
	return list(all, site.FormatCursor(next)), nil
}

func (s *server) proposal(ctx context.Context, by request.Identity, in *ProposalNamed) (*shown[ProposedChange], error) {
	p, err := s.Engine.Proposals().Proposal(ctx, by, in.ID)
	return &shown[ProposedChange]{ProposedChange{Proposal: proposalOf(p.Proposal), Changes: append([]manifest.Difference{}, p.Changes...),
		Flows: append([]request.FlowName{}, p.Flows...), Stale: p.Stale, Decide: p.May.Decide, Withdraw: p.May.Withdraw}}, err
}

func (s *server) replayProposal(ctx context.Context, by request.Identity, in *struct {
	ProposalNamed
	Paged
	ReplayedBy
	Flow request.FlowName `query:"flow" required:"true" maxLength:"200"`
}) (*shown[site.ReplayedFlow], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	found, err := s.Engine.Proposals().Replay(ctx, by, in.ID, in.Flow, manifest.ReplayQuery{Facts: in.Facts, After: after, Limit: in.Limit})
	if err == nil && !found.Next.Zero() {
		s.Link(ctx, "cursor", site.FormatCursor(found.Next))
	}
	return &shown[site.ReplayedFlow]{site.ReplayOf(found)}, err
}

func (s *server) approveProposal(ctx context.Context, by request.Identity, in *struct {
	ProposalNamed
	Body DecisionBody
}) (*shown[Proposal], error) {
	p, err := s.Engine.Proposals().Approve(ctx, by, in.ID, in.Body.Reason)
	return &shown[Proposal]{proposalOf(p)}, err
}

func (s *server) refuseProposal(ctx context.Context, by request.Identity, in *struct {
	ProposalNamed
	Body DecisionBody
}) (*shown[Proposal], error) {
	p, err := s.Engine.Proposals().Refuse(ctx, by, in.ID, in.Body.Reason)
	return &shown[Proposal]{proposalOf(p)}, err
}

func (s *server) withdrawProposal(ctx context.Context, by request.Identity, in *ProposalNamed) (*shown[Proposal], error) {
	p, err := s.Engine.Proposals().Withdraw(ctx, by, in.ID)
	return &shown[Proposal]{proposalOf(p)}, err
}
