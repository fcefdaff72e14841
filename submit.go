package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Submit makes a request. A flow may decide it at once. If the requester has
// asked for the same already, and that is open, the first request is returned;
// if someone else has, the error is an *OpenError. What is wrong with the
// submission is a *request.InvalidError that names each fault. The platform is
// asked whether it knows the principal and could give the access; if it cannot
// be reached, nothing is stored and the error says so.
func (e *Engine) Submit(ctx context.Context, by request.Identity, s request.Submission) (request.Request, error) {
	return e.decisions.Submit(ctx, by, s)
}

// SubmitBatch makes a request of each submission, all of them or none. They are
// reviewed and provisioned each on its own; their Batch names them together. What
// the requester has asked for already, and is open, stands in the result as it is,
// in its own batch or none. The faults of every submission are told at once, as
// items[2].answers.purpose. A key makes a repeated batch the same one, as
// Submission.Key does; those of the submissions must be empty.
func (e *Engine) SubmitBatch(ctx context.Context, by request.Identity, key string, items []request.Submission) ([]request.Request, error) {
	return e.decisions.SubmitBatch(ctx, by, key, items)
}

// Once does an act at most once under an idempotency key: the same again returns the answer
// of the first, and true. An act that returns an error may be tried again. The key is
// recorded with the first commit of the act; after a status of 500 or more it stays, as it is
// not known what was done. If the same act is under way, or its answer was
// lost with its process, the error is a *request.UnansweredError.
func (e *Engine) Once(ctx context.Context, by request.Identity, a request.Attempt, act func(ctx context.Context) (request.Answered, error)) (request.Answered, bool, error) {
	if err := by.Check(); err != nil {
		return request.Answered{}, false, err
	}
	return e.journal.Once(ctx, by, a, act)
}

// Batch returns the requests that were submitted together, each with what stands
// of it, as far as somebody may see them.
func (e *Engine) Batch(ctx context.Context, by request.Identity, id request.BatchID) ([]Case, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	all, err := journal.Values(records.RequestsIn.Find(ctx, e.journal.Store, id, store.Position{}, request.MaxBatch))
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%w: batch %q", store.ErrNotFound, id)
	}
	if err != nil {
		return nil, err
	}
	var seen []Case
	var refused error
	for _, req := range all {
		c := Case{Request: req}
		if err := e.decisions.MayRead(ctx, by, req); err != nil {
			if !errors.Is(err, request.ErrForbidden) {
				return nil, err
			}
			refused = journal.HiddenBatch(id, err)
			continue
		}
		if c.Grant, err = e.decisions.GrantIfAny(ctx, req.ID); err != nil {
			return nil, err
		}
		if c.Grant, err = e.shownGrant(ctx, by, req, c.Grant); err != nil {
			return nil, err
		}
		seen = append(seen, c)
	}
	if len(seen) == 0 {
		return nil, refused
	}
	return seen, nil
}

// WaitForGrant waits until the platform has answered for a request, and returns its
// grant: ACTIVE or REVOKED; FAILED, or REVOKING with an Error, where it did not
// work and is tried again; PENDING where a person has to do it; or with a time until
// which it Waits, where a service answers later. A request that has no grant has
// nothing to wait for: the grant is zero then.
func (e *Engine) WaitForGrant(ctx context.Context, by request.Identity, id request.ID) (provision.Grant, error) {
	if err := by.Check(); err != nil {
		return provision.Grant{}, err
	}
	if g, settled := e.provisioning.WaitForDecided(ctx, by.Person(), id); settled {
		reader := decisions.Reader{Own: g.Beneficiary == by.Person(), Explains: by.Has(request.Governance) || by.Has(request.Audit)}
		return reader.Grant(g), nil
	}
	act := e.journal.Act(ctx, records.Requests.Key(id), records.Grants.Key(journal.GrantID(id)))
	read, err := records.Requests.Get(act, e.journal.Store, id)
	if err != nil {
		return provision.Grant{}, err
	}
	if err := e.decisions.MayRead(act, by, read.Value); err != nil {
		return provision.Grant{}, err
	}
	g, err := e.provisioning.WaitForGrant(act, read.Value)
	if err != nil {
		return g, err
	}
	return e.shownGrant(act, by, read.Value, g)
}

// shownGrant is the grant of a request as somebody may learn it who may read the request.
func (e *Engine) shownGrant(ctx context.Context, by request.Identity, req request.Request, g provision.Grant) (provision.Grant, error) {
	sees, err := e.decisions.SeesAccess(ctx, by, req)
	return decisions.Reader{Explains: sees}.Grant(g), err
}
