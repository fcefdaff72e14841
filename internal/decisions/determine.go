package decisions

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Determine applies the determination of a data steward: approve, deny, or approve
// less than was asked. The engine fills in who, when, and which selectors the
// steward matches now. A determination that does not count is refused with an error
// of package review; with review.ErrStale where the facts have changed since, and
// the request is reviewed anew. After the final approval the grant is applied in the
// background; WaitForGrant waits for it.
func (ds *Decisions) Determine(ctx context.Context, by request.Identity, id request.ID, d review.Determination) (request.Request, error) {
	if err := errors.Join(by.CheckActs("decide on requests"), review.CheckReason(d.Reason), d.Duration.Check()); err != nil {
		return request.Request{}, err
	}
	ctx = ds.beginDetermination(ctx, by, id)
	if err := ds.checkColumnsOf(ctx, by, id, d); err != nil {
		return request.Request{}, err
	}
	var u *Refresh
	var refused error
	err := ds.Change(ctx, func(c *store.Change) (err error) {
		if u, refused, err = ds.determined(ctx, c, by, id, d); err != nil {
			return err
		}
		u.write() // what has become of the review by itself also if nothing more counts
		if u.Rev.Status == request.Pending {
			return nil
		}
		return ds.scheduleRecheck(ctx, c, id, u.Rev.Status)
	})
	if err = cmp.Or(err, refused); err != nil {
		return request.Request{}, err
	}
	ds.remember(u.Req)
	ds.Provisioning.ApplySoon(ctx, u.Req)
	return u.Req, nil
}

// errTried ends a change that is only tried.
var errTried = errors.New("grantwright: tried only")

// Try says what a determination would come to, and changes nothing.
func (ds *Decisions) Try(ctx context.Context, by request.Identity, id request.ID, d review.Determination) (req request.Request, err error) {
	if err := errors.Join(by.CheckActs("decide on requests"), review.CheckReason(d.Reason), d.Duration.Check(), ds.checkColumnsOf(ctx, by, id, d)); err != nil {
		return req, err
	}
	var refused error
	err = ds.Commit(ds.beginDetermination(ctx, by, id), func(c *store.Change) error {
		u, no, err := ds.determined(ctx, c, by, id, d)
		refused, req = no, u.Req
		return cmp.Or(err, errTried)
	})
	if errors.Is(err, errTried) {
		err = refused
	}
	return req, err
}

// determined brings a review up to date and applies a determination to it.
func (ds *Decisions) determined(ctx context.Context, c *store.Change, by request.Identity, id request.ID, d review.Determination) (u *Refresh, refused, err error) {
	if u, err = ds.newRefresh(ctx, c, id); err != nil {
		return u, nil, err
	}
	if err := u.elapse(ctx); err != nil {
		return u, nil, err
	}
	if err := u.reopen(ctx, by); err != nil {
		return u, nil, err
	}
	refused, err = u.determine(ctx, by, d)
	return u, refused, err
}

// beginDetermination begins the act of a determination, and reads at once what it needs.
func (ds *Decisions) beginDetermination(ctx context.Context, by request.Identity, id request.ID) context.Context {
	keys := []store.Key{records.Requests.Key(id), records.Reviews.Key(id), records.Rechecks.Key(id), store.People.Key(by.Person()), records.Stops.Key(provision.AutomaticApprovals)}
	if of, is := ds.subjects.Held(id); is {
		ctx, keys = snapshot.Expect(ctx, of.asset), append(keys, ds.People.Keys(of.beneficiary)...)
	}
	return ds.Act(ctx, keys...)
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
func (ds *Decisions) checkColumnsOf(ctx context.Context, by request.Identity, id request.ID, d review.Determination) error {
	if len(d.Columns) == 0 && d.Columns != nil {
		return &request.InvalidError{What: "determination", Faults: []request.Fault{{Field: "columns", Reason: "are none; name some, or leave them out to approve all that was asked for"}}}
	}
	if len(d.Columns) == 0 {
		return nil
	}
	read, err := records.Requests.Get(ctx, ds.Store, id)
	if err != nil {
		return err
	}
	if err := ds.MayRead(ctx, by, read.Value); err != nil {
		return err
	}
	asset, err := ds.Rules.Asset(ctx, read.Value.Asset)
	if err != nil {
		return err
	}
	narrowed := read.Value
	narrowed.Columns, narrowed.ColumnIDs = d.Columns, read.Value.IDsOf(d.Columns)
	narrowed.Privilege = cmp.Or(d.Privilege, narrowed.Privilege)
	if err := ds.checkColumns(ctx, narrowed, asset); err != nil {
		return err
	}
	return ds.givable(ctx, narrowed, asset)
}

// givable refuses access that the platform could never give.
func (ds *Decisions) givable(ctx context.Context, req request.Request, asset catalog.Asset) error {
	ctx, cancel := context.WithTimeout(ctx, ds.Timeout)
	defer cancel()
	p, err := ds.Platforms.Provisioner(ctx, asset.Ref.Connection())
	if err != nil {
		return err
	}
	checker, is := p.(provision.Checker)
	if !is {
		return nil
	}
	masked, err := ds.Rules.WithMasks(ctx, asset.Ref, []provision.Standing{{Principal: req.Principal, Asset: asset,
		Want: []provision.Access{provision.AccessOf(req, req.Privilege, req.Columns)}}}, nil)
	if err != nil {
		return err
	}
	_, err = checkAsItStands(ctx, checker, masked[0])
	if err != nil && !errors.Is(err, provision.ErrByHand) {
		return ds.Platforms.Unreachable(asset.Ref.Connection(), err)
	}
	return nil
}

// decideStanding is Decide for a request that was submitted earlier.
func (ds *Decisions) decideStanding(ctx context.Context, c *store.Change, by request.PersonID, req *request.Request, rev review.Review, detail event.Determined) error {
	how := provision.Manual
	if rev.Status == request.Approved { // what gives nothing needs no platform
		var err error
		if how, err = ds.Rules.MethodOn(ctx, req.Asset); err != nil {
			return err
		}
	}
	return ds.Decide(ctx, c, by, req, rev, (*req).PinnedAsset(), how, detail)
}

// Decide carries a final decision from the review to the request, and an approval to
// its grant and the task that applies it.
func (ds *Decisions) Decide(ctx context.Context, c *store.Change, by request.PersonID, req *request.Request, rev review.Review, asset catalog.Asset, how provision.Method, detail event.Determined) error {
	outcome := rev.Outcome()
	req.Status, req.Decided = outcome.Status, rev.Decided
	about := []store.Subject{records.Reviews.Subject(req.ID)}
	if outcome.Status != request.Approved {
		req.Ended = rev.Decided
		ds.Emit(c, event.RequestDetermined.With(detail), by, req, about...)
		return nil
	}
	access := provision.AccessOf(*req, outcome.Granted.Privilege, outcome.Granted.Columns)
	grant := provision.NewGrant(*req, asset, access, outcome.Granted.Duration, how, rev.Decided)
	var err error
	if grant.Ruled, err = ds.Rules.RuledByTags(ctx, asset, rev); err != nil {
		return err
	}
	begun, err := ds.Provisioning.Begin(ctx, grant)
	if err != nil {
		return err
	}
	ds.Emit(c, event.RequestDetermined.With(detail), by, req, append(about, records.Grants.Subject(grant.ID))...)
	if begun.State != grant.State {
		ds.Emit(c, begun.EventSince(grant).With(begun.Told(grant)), request.SystemID, req, records.Grants.Subject(grant.ID))
	}
	records.Grants.Insert(c, begun)
	return nil
}
