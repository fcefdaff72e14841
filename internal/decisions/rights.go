package decisions

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// MayRead refuses to show a request to anybody but requester and beneficiary, its
// stewards, whoever decided, and GOVERNANCE and AUDIT. To them it is as if it did not exist.
func (ds *Decisions) MayRead(ctx context.Context, by request.Identity, req request.Request) error {
	if err := by.Check(); err != nil {
		return err
	}
	if req.Concerns(by.Person()) || by.Has(request.Governance) || by.Has(request.Audit) {
		return nil
	}
	rev, err := records.Reviews.Get(ctx, ds.Store, req.ID)
	if err != nil {
		return err
	}
	err = ds.checkSteward(ctx, by, req, rev.Value, "see this request", "requester, beneficiary, a data steward of it, GOVERNANCE or AUDIT")
	return journal.Hidden(records.Requests, req.ID, err)
}

// Alike is the error of an act on a request: to whoever may not read the request it is the
// one that an absent request has, whatever else is wrong with the act.
func (ds *Decisions) Alike(ctx context.Context, by request.Identity, id request.ID, err error) error {
	if err == nil || by.Check() != nil {
		return err
	}
	read, missing := records.Requests.Get(ctx, ds.Store, id)
	if missing == nil {
		missing = ds.MayRead(ctx, by, read.Value)
	}
	switch {
	case errors.Is(missing, request.ErrForbidden):
		return journal.Hidden(records.Requests, id, errors.Join(missing, err))
	case errors.Is(missing, store.ErrNotFound):
		return missing
	}
	return err
}

// checkSteward refuses an act to whoever is no data steward of a request; needs names all
// who may.
func (ds *Decisions) checkSteward(ctx context.Context, by request.Identity, req request.Request, rev review.Review, act, needs string) error {
	is, err := ds.IsSteward(ctx, by, req, rev)
	if err == nil && !is {
		err = &request.ForbiddenError{Person: by.Person(), Act: act, Needs: needs}
	}
	return err
}

// IsSteward reports whether somebody has decided on a request, matches one of its selectors
// now, or looks after its asset today.
func (ds *Decisions) IsSteward(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (bool, error) {
	if slices.Contains(rev.Deciders(), by.Person()) {
		return true, nil
	}
	if matches, err := ds.matches(ctx, by, req, rev); err != nil || len(matches) > 0 {
		return err == nil, err
	}
	return ds.looksAfter(ctx, by, req, rev)
}

// Rights finds out what somebody may do with a request now.
func (ds *Decisions) Rights(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (review.Rights, error) {
	if !by.Acts() {
		return review.Rights{Cancel: by.Asks() && req.Status == request.Pending && req.Concerns(by.Person())}, nil
	}
	may := review.Rights{Comment: req.Concerns(by.Person()) || by.Has(request.Governance) || slices.Contains(rev.Deciders(), by.Person())}
	switch req.Status {
	case request.Pending:
		may.Cancel = req.Concerns(by.Person())
		s, err := ds.stewardship(ctx, by, req, rev)
		if err != nil {
			return may, err
		}
		may.Approve, may.Deny = s.MayDecide(by.Person(), rev)
		if may.Approve {
			may.Counts = rev.Counts(by.Person(), s.matches)
			if asks := rev.Stages[rev.Stage()].StepUp; !asks.Met(by.SignedIn, ds.Now()) {
				may.StepUp = asks
			}
		}
		asks := req.Requester == by.Person()
		may.TakeBack, may.Ask = rev.Approved(by.Person()), may.Deny && !asks
		may.Edit, may.Answer = asks, asks && !req.Questioned.IsZero()
		may.Comment = may.Comment || may.Deny
		return may, nil
	case request.Approved:
		err := ds.MayRevoke(ctx, by, req, "revoke this request")
		may.Revoke = err == nil
		if errors.Is(err, request.ErrForbidden) {
			err = nil
		}
		return may, err
	}
	return may, nil
}
