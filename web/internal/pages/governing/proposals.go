package governing

import (
	"context"
	"net/http"
	"strings"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// proposalList is a page of proposed changes.
type proposalList struct {
	All       bool // also those that are decided
	Proposals []manifest.Proposal
	Next      string
}

func (s *room) proposalsPage(w http.ResponseWriter, r *http.Request) {
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := proposalList{All: r.URL.Query().Get("role") == "ALL"}
	status := manifest.ProposalPending
	if page.All {
		status = manifest.AnyProposal
	}
	found, next, err := s.Engine.Proposals().All(r.Context(), site.VisitOf(r.Context()).By, status, after, frame.ListLength)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.Proposals, page.Next = found, s.NextPage(r, next)
	s.show(w, r, http.StatusOK, "proposals", page)
}

// proposalView is the page of one proposed change.
type proposalView struct {
	manifest.Proposed
	By      request.PersonID    // who reads it
	Replays []site.ReplayedFlow // of the flows that it would change

	Trouble string
	Reason  string
}

func (s *room) proposalPage(w http.ResponseWriter, r *http.Request) {
	s.showProposal(w, r, manifest.ProposalID(r.PathValue("id")), proposalView{}, http.StatusOK)
}

func (s *room) showProposal(w http.ResponseWriter, r *http.Request, id manifest.ProposalID, page proposalView, status int) {
	by := site.VisitOf(r.Context()).By
	p, err := s.Engine.Proposals().Proposal(r.Context(), by, id)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.Proposed, page.By = p, by.Person()
	if !p.Stale && (by.Has(request.Governance) || by.Has(request.Audit)) {
		facts := manifest.FactsNow
		if r.URL.Query().Get("facts") == string(manifest.FactsThen) {
			facts = manifest.FactsThen
		}
		page.Replays = s.replays(r.Context(), p.Flows, func(ctx context.Context, flow request.FlowName) (manifest.Replay, error) {
			return s.Engine.Proposals().Replay(ctx, by, id, flow, manifest.ReplayQuery{Facts: facts})
		})
	}
	s.show(w, r, status, "proposal", page)
}

// proposalAct does the act of a button.
func (s *room) proposalAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ctx, by, id := r.Context(), site.VisitOf(r.Context()).By, manifest.ProposalID(r.PathValue("id"))
	reason := strings.ReplaceAll(r.PostForm.Get("reason"), "\r\n", "\n")
	err := error(frame.ErrNoDecision)
	switch r.PostForm.Get("act") {
	case "approve":
		_, err = s.Engine.Proposals().Approve(ctx, by, id, reason)
	case "refuse":
		_, err = s.Engine.Proposals().Refuse(ctx, by, id, reason)
	case "withdraw":
		_, err = s.Engine.Proposals().Withdraw(ctx, by, id)
	}
	if err != nil {
		p := s.Problem(r, err)
		s.showProposal(w, r, id, proposalView{Trouble: p.Detail, Reason: reason}, p.Status)
		return
	}
	http.Redirect(w, r, s.Here(r), http.StatusSeeOther)
}
