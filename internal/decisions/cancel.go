package decisions

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Cancel withdraws a request that is pending. Its requester may, and its beneficiary.
func (ds *Decisions) Cancel(ctx context.Context, by request.Identity, id request.ID) (request.Request, error) {
	if err := by.CheckAsks("cancel requests"); err != nil {
		return request.Request{}, err
	}
	var req request.Request
	err := ds.Change(ctx, func(c *store.Change) error {
		read, rev, err := ds.UnderReview(ctx, id)
		if err != nil {
			return err
		}
		req = read.Value
		if !req.Concerns(by.Person()) {
			return &request.ForbiddenError{Person: by.Person(), Act: "cancel this request", Needs: "its requester or its beneficiary"}
		}
		canceled, err := rev.Value.Cancel(ds.Now())
		if err != nil {
			return err
		}
		req.Status, req.Ended = request.Canceled, canceled.Decided
		records.Reviews.Update(c, rev, canceled)
		ds.Emit(c, event.RequestCanceled.Bare(), by.Person(), &req, records.Reviews.Subject(id))
		records.Requests.Update(c, read, req)
		return nil
	})
	if err != nil {
		return request.Request{}, err
	}
	return req, nil
}

// Revoke ends the access of an approved request before its time. The beneficiary may,
// whoever approved it, its data stewards of today, and GOVERNANCE. The request is
// REVOKED at once; the grant is REVOKED when the access is gone from the platform.
func (ds *Decisions) Revoke(ctx context.Context, by request.Identity, id request.ID, reason string) (request.Request, error) {
	if err := errors.Join(by.CheckActs("revoke requests"), review.CheckReason(reason)); err != nil {
		return request.Request{}, err
	}
	var req request.Request
	err := ds.Change(ctx, func(c *store.Change) error {
		read, err := records.Requests.Get(ctx, ds.Store, id)
		if err != nil {
			return err
		}
		req = read.Value
		if err := ds.MayRevoke(ctx, by, req, "revoke this request"); err != nil {
			return err
		}
		if req.Status != request.Approved {
			return fmt.Errorf("%w: only an APPROVED request can be revoked, it is %s", store.ErrState, req.Status)
		}
		return ds.AddRevocation(ctx, c, by.Person(), reason, read, &req)
	})
	if err != nil {
		return request.Request{}, err
	}
	ds.Provisioning.ApplySoon(ctx, req)
	return req, nil
}

// MayRevoke refuses an act to those who may not revoke a request.
func (ds *Decisions) MayRevoke(ctx context.Context, by request.Identity, req request.Request, act string) error {
	if by.Has(request.Governance) || by.Person() == req.Beneficiary {
		return nil
	}
	rev, err := records.Reviews.Get(ctx, ds.Store, req.ID)
	if err != nil {
		return err
	}
	return ds.checkSteward(ctx, by, req, rev.Value, act, "the beneficiary, a data steward of it, or GOVERNANCE")
}

// AddRevocation adds the end of an approved request, and of its grant, to a change.
// Whether somebody may is not its concern.
func (ds *Decisions) AddRevocation(ctx context.Context, c *store.Change, by request.PersonID, reason string, read store.Stored[request.Request], req *request.Request) error {
	grant, err := records.Grants.Get(ctx, ds.Store, journal.GrantID(req.ID))
	if err != nil {
		return err
	}
	req.Status, req.Reason, req.Ended = request.Revoked, reason, ds.Now()
	records.Grants.Update(c, grant, grant.Value.End(request.Revoked))
	ds.Emit(c, event.RequestRevoked.With(event.Grant{Reason: reason}), by, req, records.Grants.Subject(grant.Value.ID))
	records.Requests.Update(c, read, *req)
	return nil
}
