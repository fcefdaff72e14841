package grantwright

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// MaxReasonBytes bounds the reason that somebody gives for an act.
const MaxReasonBytes = 4000

// Determine counts what a data steward says of a request: approve, deny, or
// approve less than was asked. The engine fills in who, when, and which selectors the
// steward matches now. Where the determination does not count, the error is one
// of those of package review; it is review.ErrStale also where the facts have changed
// since, and the request is decided anew. The final approval is on its way to the
// platform when Determine returns; Settle waits for it.
func (e *Engine) Determine(ctx context.Context, by request.Identity, id request.ID, d review.Determination) (request.Request, error) {
	if err := errors.Join(by.Check(), checkReason(d.Reason), d.Duration.Check()); err != nil {
		return request.Request{}, err
	}
	if err := e.checkColumnsOf(ctx, by, id, d); err != nil {
		return request.Request{}, err
	}
	var req request.Request
	var refused error
	err := e.change(ctx, func(c *store.Change) (err error) {
		u, err := e.keeping(ctx, c, id)
		if err != nil {
			return err
		}
		for _, step := range []func() error{func() error { return u.elapse(ctx) }, func() error { return u.reopen(ctx, by) }} {
			if err := step(); err != nil {
				return err
			}
		}
		if refused, err = u.determine(ctx, by, d); err != nil {
			return err
		}
		u.write() // what has become of the review by itself also if nothing more counts
		req = u.req
		return nil
	})
	if err = cmp.Or(err, refused); err != nil {
		return request.Request{}, err
	}
	e.provisionSoon(req)
	return req, nil
}

// determine counts a determination. One that is refused changes nothing.
func (u *upkeep) determine(ctx context.Context, by request.Identity, d review.Determination) (refused, err error) {
	s, err := u.e.stewardship(ctx, by, u.req, u.rev)
	if err != nil {
		return nil, err
	}
	if u.rev.Status == request.Pending && (s.own || s.through && d.Act == review.Approve) {
		return review.ErrOwnRequest, nil
	}
	d.By, d.At, d.Matches, d.StandsFor = by.Person(), u.e.now(), s.matches, s.standsFor
	if d.Act == review.Approve {
		err := u.e.unlessPrevented(ctx, by, u.req)
		if prevented := (*PreventedError)(nil); errors.As(err, &prevented) {
			return prevented, nil
		} else if err != nil {
			return nil, err
		}
	}
	next, refused := u.rev.Determine(d)
	if refused != nil {
		return refused, nil
	}
	u.becomes(next)
	detail := event.Determined{Status: next.Status, Act: string(d.Act), Duration: d.Duration, Privilege: d.Privilege, Columns: d.Columns, For: standingFor(d), Reason: d.Reason}
	if next.Status == request.Pending {
		u.tell(event.RequestDetermined.With(detail), d.By)
	} else if err := u.e.decideStanding(ctx, u.c, d.By, &u.req, next, detail); err != nil {
		return nil, err
	}
	return nil, u.e.remember(ctx, u.c, by)
}

// standingFor are those in whose place a determination was made.
func standingFor(d review.Determination) (all []request.PersonID) {
	for _, m := range d.Matches {
		if m.For != "" && !slices.Contains(all, m.For) {
			all = append(all, m.For)
		}
	}
	return all
}

// checkColumnsOf refuses an approval of columns that the asset does not have, or that
// the platform cannot give by themselves.
func (e *Engine) checkColumnsOf(ctx context.Context, by request.Identity, id request.ID, d review.Determination) error {
	if len(d.Columns) == 0 {
		return nil
	}
	read, err := store.Requests.Get(ctx, e.config.Store, id)
	if err != nil {
		return err
	}
	if err := e.mayRead(ctx, by, read.Value); err != nil {
		return err
	}
	asset, err := e.asset(ctx, read.Value.Asset)
	if err != nil {
		return err
	}
	narrowed := read.Value
	narrowed.Columns = d.Columns
	if err := e.checkColumns(ctx, narrowed, asset); err != nil {
		return err
	}
	return e.givable(ctx, narrowed, asset)
}

// givable refuses what the platform could never give.
func (e *Engine) givable(ctx context.Context, req request.Request, asset catalog.Asset) error {
	ctx, cancel := context.WithTimeout(ctx, e.config.PlatformTimeout)
	defer cancel()
	p, err := e.provisioner(ctx, asset.Ref.Connection())
	if err != nil {
		return err
	}
	checker, is := p.(provision.Checker)
	if !is {
		return nil
	}
	veiled, err := e.veil(ctx, asset.Ref, []provision.Standing{{Principal: req.Principal, Asset: asset,
		Want: []provision.Access{accessOf(req.Type, req.Privilege, req.Columns)}}}, nil)
	if err != nil {
		return err
	}
	_, err = checkAsItStands(ctx, checker, veiled[0])
	if err != nil && !errors.Is(err, provision.ErrByHand) {
		return unasked(asset.Ref.Connection(), err)
	}
	return nil
}

// decideStanding is decide for a request that was submitted earlier.
func (e *Engine) decideStanding(ctx context.Context, c *store.Change, by request.PersonID, req *request.Request, rev review.Review, detail event.Determined) error {
	how := provision.Manual
	if rev.Status == request.Approved { // what gives nothing needs no platform
		var err error
		if how, err = e.methodOn(ctx, req.Asset); err != nil {
			return err
		}
	}
	return e.decide(ctx, c, by, req, rev, assetOf(*req), how, detail)
}

// decide carries a final decision from the review to the request, and an
// approval to its grant and the task that will put it into effect.
func (e *Engine) decide(ctx context.Context, c *store.Change, by request.PersonID, req *request.Request, rev review.Review, asset catalog.Asset, how provision.Method, detail event.Determined) error {
	outcome := rev.Outcome()
	req.Status, req.Decided = outcome.Status, rev.Decided
	about := []store.Subject{store.Reviews.Subject(req.ID)}
	if outcome.Status != request.Approved {
		req.Ended = rev.Decided
		e.tell(c, event.RequestDetermined.With(detail), by, req, about...)
		return nil
	}
	access := accessOf(req.Type, outcome.Granted.Privilege, outcome.Granted.Columns)
	grant := provision.NewGrant(*req, asset, access, outcome.Granted.Duration, how, rev.Decided)
	store.Grants.Insert(c, grant)
	e.tell(c, event.RequestDetermined.With(detail), by, req, append(about, store.Grants.Subject(grant.ID))...)
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
