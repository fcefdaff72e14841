package grantwright

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// MaxReasonBytes bounds the reason that somebody gives for an act.
const MaxReasonBytes = 4000

// Determine counts what a data steward says of a request: approve, deny, or
// approve for a duration. The engine fills in who, when, and which selectors the
// steward matches now. Where the determination does not count, the error is one
// of those of package review. The final approval is on its way to the platform
// when Determine returns; Settle waits for it.
func (e *Engine) Determine(ctx context.Context, by request.Identity, id request.ID, d review.Determination) (request.Request, error) {
	if err := errors.Join(by.Check(), checkReason(d.Reason), d.Duration.Check()); err != nil {
		return request.Request{}, err
	}
	var req request.Request
	err := e.change(ctx, func(c *store.Change) error {
		read, rev, err := e.underReview(ctx, id)
		if err != nil {
			return err
		}
		req = read.Value
		return e.determine(ctx, c, by, d, read, &req, rev)
	})
	if err != nil {
		return request.Request{}, err
	}
	e.provisionSoon(req)
	return req, nil
}

func (e *Engine) determine(ctx context.Context, c *store.Change, by request.Identity, d review.Determination, read store.Stored[request.Request], req *request.Request, rev store.Stored[review.Review]) error {
	var err error
	d.By, d.At = by.Person(), e.now()
	if d.Matches, err = e.matches(ctx, by, *req, rev.Value); err != nil {
		return err
	}
	if rev.Value.Status == request.Pending && isOwn(by, *req, rev.Value) {
		return review.ErrOwnRequest
	}
	next, err := rev.Value.Elapse(d.At).Determine(d)
	if err != nil {
		return err
	}
	store.Reviews.Update(c, rev, next)
	detail := determined{Status: next.Status, Act: d.Act, Duration: d.Duration, Reason: d.Reason}
	if next.Status == request.Pending {
		e.tell(c, RequestDetermined, d.By, req, detail, store.Reviews.Subject(req.ID))
	} else if err := e.decideStanding(ctx, c, d.By, req, next, detail); err != nil {
		return err
	}
	if err := e.remember(ctx, c, by); err != nil {
		return err
	}
	store.Requests.Update(c, read, *req)
	return nil
}

// determined is what the event request.determined tells.
type determined struct {
	Status   request.Status   `json:"status"`         // of the review, after it
	Act      review.Act       `json:"act,omitempty"`  // of the steward
	Rule     string           `json:"rule,omitempty"` // that decided, if nobody did
	Duration request.Duration `json:"duration,omitzero"`
	Reason   string           `json:"reason,omitempty"`
}

// decideStanding is decide for a request that was submitted earlier.
func (e *Engine) decideStanding(ctx context.Context, c *store.Change, by request.PersonID, req *request.Request, rev review.Review, detail determined) error {
	how := provision.Manual
	if rev.Status == request.Approved { // what gives nothing needs no platform
		var err error
		if how, err = e.method(ctx, req.Asset.Connection()); err != nil {
			return err
		}
	}
	return e.decide(ctx, c, by, req, rev, assetOf(*req), how, detail)
}

// decide carries a final decision from the review to the request, and an
// approval to its grant and the task that will put it into effect.
func (e *Engine) decide(ctx context.Context, c *store.Change, by request.PersonID, req *request.Request, rev review.Review, asset catalog.Asset, how provision.Method, detail determined) error {
	outcome := rev.Outcome()
	req.Status, req.Decided = outcome.Status, rev.Decided
	about := []store.Subject{store.Reviews.Subject(req.ID)}
	if outcome.Status != request.Approved {
		req.Ended = rev.Decided
		e.tell(c, RequestDetermined, by, req, detail, about...)
		return nil
	}
	access := provision.Access{Privilege: outcome.Granted.Privilege, Columns: outcome.Granted.Columns}
	grant := provision.NewGrant(*req, asset, access, outcome.Granted.Duration, how, rev.Decided)
	store.Grants.Insert(c, grant)
	e.tell(c, RequestDetermined, by, req, detail, append(about, store.Grants.Subject(grant.ID))...)
	return store.Ring(ctx, e.config.Store, c, grantTask(asset.Ref), rev.Decided)
}

// underReview reads a request with its review.
func (e *Engine) underReview(ctx context.Context, id request.ID) (store.Stored[request.Request], store.Stored[review.Review], error) {
	req, err := store.Requests.Get(ctx, e.config.Store, id)
	if err != nil {
		return req, store.Stored[review.Review]{}, err
	}
	rev, err := store.Reviews.Get(ctx, e.config.Store, id)
	return req, rev, err
}

// matches lists the selectors that somebody matches now, by the pinned flow and
// today's facts.
func (e *Engine) matches(ctx context.Context, by request.Identity, req request.Request, rev review.Review) ([]review.Match, error) {
	policy, err := e.policy(ctx, rev.Flow)
	if err != nil {
		return nil, err
	}
	facts, err := e.facts(ctx, by, req)
	if err != nil {
		return nil, err
	}
	return policy.Matches(ctx, rev, facts, by)
}

// facts gathers what conditions may read of a request, as it is now.
func (e *Engine) facts(ctx context.Context, by request.Identity, req request.Request) (review.Facts, error) {
	form, err := e.formVersion(ctx, req.Form)
	if err != nil {
		return review.Facts{}, err
	}
	asset, err := e.config.Inventory.Asset(ctx, req.Asset)
	if err != nil {
		return review.Facts{}, err
	}
	requester, err := e.personOrID(ctx, req.Requester, by)
	if err != nil {
		return review.Facts{}, err
	}
	beneficiary, err := e.personOrID(ctx, req.Beneficiary, by)
	if err != nil {
		return review.Facts{}, err
	}
	return review.NewFacts(req, form, asset, requester, beneficiary, e.now()), nil
}

func checkReason(reason string) error {
	fault := ""
	switch {
	case len(reason) > MaxReasonBytes:
		fault = "is too long, at most 4000 bytes are allowed"
	case !utf8.ValidString(reason) || strings.ContainsRune(reason, 0):
		fault = "holds a NUL character, or is not valid UTF-8"
	default:
		return nil
	}
	return &request.InvalidError{What: "reason", Faults: []request.Fault{{Field: "reason", Reason: fault}}}
}
