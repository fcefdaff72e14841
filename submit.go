package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Submission is what a requester hands in.
type Submission struct {
	Asset       catalog.Ref
	Type        request.Type      // zero means DATA_ACCESS
	Beneficiary request.PersonID  // zero means the requester
	Privilege   request.Privilege // zero means READ
	Columns     []string          // none means the whole asset
	Answers     request.Answers

	// Renews is an approved request for the same, whose access is to go on beyond
	// its end. What is granted ends at the later of the two ends. Empty for what is
	// no renewal.
	Renews request.ID `json:",omitempty"`

	// Agreements are those of the form that the requester accepts, each in the
	// version that they have read.
	Agreements []request.AgreementVersion

	// Key makes a repeated submission the same one: it returns the request that
	// the first one made. Empty repeats nothing. A key holds for one requester;
	// using it for another submission is a *KeyError.
	Key string `json:"-"`
}

// OpenError says that a request for the same thing is open. Someone else made
// it, so nothing more is said of it.
type OpenError struct{ Asset catalog.Ref }

func (e *OpenError) Error() string {
	return fmt.Sprintf("grantwright: a request for the same access to %s is open already", e.Asset)
}

// PrincipalTakenError says that a principal is somebody else's.
type PrincipalTakenError struct{ Connection, Principal string }

func (e *PrincipalTakenError) Error() string {
	return fmt.Sprintf("grantwright: principal %q of connection %s belongs to another person; an administrator has to mend the connection's mapping", e.Principal, e.Connection)
}

// Submit makes a request. A flow may decide it at once. If the requester has
// asked for the same already, and that is open, the first request is returned;
// if someone else has, the error is an *OpenError. What is wrong with the
// submission is a *request.InvalidError that names each fault. The platform is
// asked whether it knows the principal and could give the access; if it cannot
// be reached, nothing is stored and the error says so.
func (e *Engine) Submit(ctx context.Context, by request.Identity, s Submission) (request.Request, error) {
	if err := by.Check(); err != nil {
		return request.Request{}, err
	}
	replay, err := newReplay(by, s)
	if err != nil {
		return request.Request{}, err
	}
	if first, err := e.replayed(ctx, replay, s.Key); err != nil || first.ID != "" {
		return first, err
	}
	d, err := e.draft(ctx, by, s)
	if err != nil {
		return request.Request{}, err
	}
	var req request.Request
	err = e.change(ctx, func(c *store.Change) (err error) {
		if req, err = e.replayed(ctx, replay, s.Key); err != nil || req.ID != "" {
			return err
		}
		req = d.request
		if replay.Request = req.ID; s.Key != "" {
			store.Replays.Insert(c, replay)
		}
		if err := errors.Join(e.claim(ctx, c, by.Person(), &req), e.remember(ctx, c, by)); err != nil {
			return err
		}
		return e.submit(ctx, c, by, d, &req)
	})
	if taken := (*store.TakenError)(nil); errors.As(err, &taken) && taken.Name == "open" {
		return e.alreadyOpen(ctx, by, request.ID(taken.ID), d.request.Asset, replay, s.Key)
	}
	if err != nil {
		return request.Request{}, err
	}
	e.provisionSoon(req)
	return req, nil
}

// openReview opens the review of a draft. No rule approves by itself while that is
// frozen.
func (e *Engine) openReview(ctx context.Context, by request.Identity, d draft) (review.Review, error) {
	stop, err := e.stop(ctx, store.AutomaticApprovals)
	if err != nil {
		return review.Review{}, err
	}
	d.facts.AskPeople = asksPeople(stop, d.request)
	if err := e.addMembers(ctx, by, &d.facts, d.request, d.policies); err != nil {
		return review.Review{}, err
	}
	return review.Open(ctx, d.facts, d.policies...)
}

// asksPeople is why no rule may approve a request by itself; empty where it may.
func asksPeople(stop *store.Stop, req request.Request) string {
	switch {
	case stop != nil:
		return "automatic approvals are frozen"
	case len(req.Parts) > 0:
		return fmt.Sprintf("%s is read through it, and others decide there", req.Parts[0])
	}
	return ""
}

// submit adds to a change all that a new request brings. Its principal is claimed
// already.
func (e *Engine) submit(ctx context.Context, c *store.Change, by request.Identity, d draft, req *request.Request) error {
	rev, err := e.openReview(ctx, by, d)
	if err != nil {
		return err
	}
	if rev, err = e.denyPrevented(ctx, by, *req, rev); err != nil {
		return err
	}
	rev.Request, req.Status = req.ID, request.Pending
	if err := e.takeVariants(ctx, c, by, req); err != nil {
		return err
	}
	e.tell(c, event.RequestCreated.With(createdBy(*req)), by.Person(), req, store.Reviews.Subject(req.ID), store.PrincipalClaims.Subject(store.ClaimKey(req.Asset.Connection(), req.Principal.Name)))
	store.Reviews.Insert(c, rev)
	if rev.Status == request.Pending {
		e.newLook(c, *req)
	} else {
		if err := e.decide(ctx, c, request.SystemID, req, rev, d.asset, d.how, event.Determined{Status: rev.Status, Rule: rev.Rule, Reason: rev.Comment}); err != nil {
			return err
		}
	}
	store.Requests.Insert(c, *req)
	return nil
}

// createdBy is the payload of request.created.
func createdBy(r request.Request) event.Created {
	return event.Created{Asset: r.Asset, Beneficiary: r.Beneficiary, Privilege: r.Privilege, Duration: r.Duration}
}

// alreadyOpen answers a submission that asks for what is asked for already. A key
// names that request from then on, also when it is open no more.
func (e *Engine) alreadyOpen(ctx context.Context, by request.Identity, id request.ID, asset catalog.Ref, replay store.Replay, key string) (request.Request, error) {
	first, err := store.Requests.Get(ctx, e.config.Store, id)
	if err != nil {
		return request.Request{}, err
	}
	if first.Value.Requester != by.Person() {
		return request.Request{}, &OpenError{Asset: asset}
	}
	if key == "" {
		return first.Value, nil
	}
	answer := first.Value
	err = e.change(ctx, func(c *store.Change) error {
		before, err := e.replayed(ctx, replay, key)
		if err != nil || before.ID != "" {
			answer = before
			return err
		}
		replay.Request = id
		store.Replays.Insert(c, replay)
		return nil
	})
	return answer, err
}
