package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// ErrState is wrapped when a request is not in a state in which the act makes
// sense.
var ErrState = errors.New("grantwright: not possible in this state")

// Cancel withdraws a request that is pending. Only its requester may.
func (e *Engine) Cancel(ctx context.Context, by request.Identity, id request.ID) (request.Request, error) {
	if err := by.Check(); err != nil {
		return request.Request{}, err
	}
	var req request.Request
	err := e.change(ctx, func(c *store.Change) error {
		read, rev, err := e.underReview(ctx, id)
		if err != nil {
			return err
		}
		req = read.Value
		if req.Requester != by.Person() {
			return &ForbiddenError{Person: by.Person(), Act: "cancel this request", Needs: "its requester"}
		}
		canceled, err := rev.Value.Cancel(e.now())
		if err != nil {
			return err
		}
		req.Status, req.Ended = request.Canceled, canceled.Decided
		store.Reviews.Update(c, rev, canceled)
		e.tell(c, event.RequestCanceled.Bare(), by.Person(), &req, store.Reviews.Subject(id))
		store.Requests.Update(c, read, req)
		return nil
	})
	if err != nil {
		return request.Request{}, err
	}
	return req, nil
}

// Revoke ends what an approved request gives, before its time. The beneficiary
// may, whoever approved it, its data stewards of today, and GOVERNANCE. The
// record says REVOKED of the request at once, and REVOKED of the grant when the
// access is gone from the platform; Settle waits for that.
func (e *Engine) Revoke(ctx context.Context, by request.Identity, id request.ID, reason string) (request.Request, error) {
	if err := errors.Join(by.Check(), checkReason(reason)); err != nil {
		return request.Request{}, err
	}
	var req request.Request
	err := e.change(ctx, func(c *store.Change) error {
		read, err := store.Requests.Get(ctx, e.config.Store, id)
		if err != nil {
			return err
		}
		req = read.Value
		if err := e.mayRevoke(ctx, by, req); err != nil {
			return err
		}
		if req.Status != request.Approved {
			return fmt.Errorf("%w: only an APPROVED request can be revoked, it is %s", ErrState, req.Status)
		}
		return e.revoke(ctx, c, by.Person(), reason, read, &req)
	})
	if err != nil {
		return request.Request{}, err
	}
	e.provisionSoon(req)
	return req, nil
}

func (e *Engine) mayRevoke(ctx context.Context, by request.Identity, req request.Request) error {
	if by.Has(request.Governance) || by.Person() == req.Beneficiary {
		return nil
	}
	rev, err := store.Reviews.Get(ctx, e.config.Store, req.ID)
	if err != nil {
		return err
	}
	steward, err := e.isSteward(ctx, by, req, rev.Value)
	if err == nil && !steward {
		err = &ForbiddenError{Person: by.Person(), Act: "revoke this request", Needs: "the beneficiary, a data steward of it, or GOVERNANCE"}
	}
	return err
}

func (e *Engine) revoke(ctx context.Context, c *store.Change, by request.PersonID, reason string, read store.Stored[request.Request], req *request.Request) error {
	grant, err := store.Grants.Get(ctx, e.config.Store, grantOf(req.ID))
	if err != nil {
		return err
	}
	req.Status, req.Reason, req.Ended = request.Revoked, reason, e.now()
	store.Grants.Update(c, grant, grant.Value.End(request.Revoked))
	e.tell(c, event.RequestRevoked.With(event.Grant{Reason: reason}), by, req, store.Grants.Subject(grant.Value.ID))
	store.Requests.Update(c, read, *req)
	return store.Ring(ctx, e.config.Store, c, grantTask(req.Asset), req.Ended)
}
