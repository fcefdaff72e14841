package grantwright

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// provisionBatch is how many grants of one asset are worked on at once. Each may
// take five records in one change: itself, its request, an event, two notices.
const provisionBatch = 90

// provisionSoon begins to put what was committed into effect, off the caller's
// context. The task that was committed with it is the safety net.
func (e *Engine) provisionSoon(req request.Request) {
	if req.Status == request.Pending || req.Status == request.Denied {
		return
	}
	e.beside(func(ctx context.Context) {
		if err := e.worker.Do(ctx, grantTask(req.Asset)); err != nil && !errors.Is(err, store.ErrConflict) {
			e.config.Logger.Warn("a grant is tried again later", "asset", req.Asset, "error", err)
		}
		e.worker.Wake()
		e.changes.send()
	})
}

// provision brings the platform to what the grants of one asset call for. First
// the intention is committed, then the platform is changed and read, and what it
// said is returned for the commit that ends the task.
func (e *Engine) provision(ctx context.Context, ref catalog.Ref) (store.Change, time.Time, error) {
	grants, err := e.intend(ctx, ref)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	due := dueGrants(grants, e.now())
	if len(due) == 0 {
		return store.Change{}, nextOf(grants), nil
	}
	outcomes := e.apply(ctx, ref, wanted(grants, due), besideEnding(grants))
	if err := ctx.Err(); err != nil {
		return store.Change{}, time.Time{}, err // what was done will be seen by whoever comes next
	}
	var c store.Change
	now := e.now()
	due = append(due, broken(grants, due, outcomes)...)
	for i, g := range due {
		applied := g.Value.Applied(outcomes(g.Value), now, store.Backoff)
		if err := e.record(ctx, &c, request.SystemID, g, applied); err != nil {
			return c, time.Time{}, err
		}
		due[i].Value = applied
	}
	return c, nextOf(replaced(grants, due)), nil
}

// intend ends the grants whose time is over, and says of those that are due that
// we are at it. It returns all grants of the asset that live.
func (e *Engine) intend(ctx context.Context, ref catalog.Ref) ([]store.Stored[provision.Grant], error) {
	for {
		grants, err := e.liveGrants(ctx, ref)
		if err != nil {
			return nil, err
		}
		var c store.Change
		began := 0
		for _, g := range grants {
			next := g.Value.Elapse(e.now())
			if next.Due(e.now()) {
				next = next.Begin()
			}
			if next.State == g.Value.State {
				continue
			}
			if err := e.record(ctx, &c, request.SystemID, g, next); err != nil {
				return nil, err
			}
			if began++; began == provisionBatch {
				break
			}
		}
		if began == 0 {
			return grants, nil
		}
		if err := c.Commit(ctx, e.config.Store); err != nil && !errors.Is(err, store.ErrConflict) {
			return nil, err
		}
		e.committed()
	}
}

// record adds the new state of a grant to a change, with the event that tells of
// it, and with what it means for the request.
func (e *Engine) record(ctx context.Context, c *store.Change, by request.PersonID, g store.Stored[provision.Grant], next provision.Grant) error {
	read, err := store.Requests.Get(ctx, e.config.Store, next.Request)
	if err != nil {
		return err
	}
	req := read.Value
	about := store.Grants.Subject(next.ID)
	if ends := next.Ending != "" && g.Value.Ending == ""; ends {
		req.Status, req.Ended = next.Ending, e.now()
		e.notify(c, endings[next.Ending], by, req, "")
		e.tell(c, endings[next.Ending], by, &req, nil, about)
	} else {
		if news(g.Value, next) {
			e.notify(c, grantEvent(g.Value, next), by, req, next.Error)
		}
		e.tell(c, grantEvent(g.Value, next), by, &req, granted{next.State, next.Error, next.Ends}, about)
	}
	store.Grants.Update(c, g, next)
	store.Requests.Update(c, read, req)
	return nil
}

// news reports whether the people of a request want to hear of the new state of
// its grant: when it works, when it is gone, and the first time that it fails.
func news(was, is provision.Grant) bool {
	if is.Attempts > was.Attempts {
		return was.Attempts == 0
	}
	return is.State == provision.Active || is.State == provision.Revoked
}

var endings = map[request.Status]store.EventType{
	request.Expired: RequestExpired,
	request.Lapsed:  RequestLapsed,
	request.Revoked: RequestRevoked,
}

// grantEvent is what has happened between two states of a grant.
func grantEvent(was, is provision.Grant) store.EventType {
	switch {
	case is.Attempts > was.Attempts:
		return GrantFailed
	case is.State == provision.Active:
		return GrantActive
	case is.State == provision.Revoked:
		return GrantRevoked
	}
	return GrantProvisioning
}

// granted is what the events of a grant tell.
type granted struct {
	State provision.State `json:"state"`
	Error string          `json:"error,omitempty"`
	Ends  time.Time       `json:"ends,omitzero"`
}

func (e *Engine) liveGrants(ctx context.Context, ref catalog.Ref) ([]store.Stored[provision.Grant], error) {
	var grants []store.Stored[provision.Grant]
	err := store.LiveGrants.Each(ctx, e.config.Store, ref, func(g store.Stored[provision.Grant]) error {
		grants = append(grants, g)
		return nil
	})
	return grants, err
}

// dueGrants picks what is to be done on the platform now: what ends comes first,
// then what has waited longest.
func dueGrants(grants []store.Stored[provision.Grant], now time.Time) []store.Stored[provision.Grant] {
	var due []store.Stored[provision.Grant]
	for _, g := range grants {
		if g.Value.Due(now) {
			due = append(due, g)
		}
	}
	slices.SortStableFunc(due, func(a, b store.Stored[provision.Grant]) int {
		return cmp.Compare(rank(a.Value), rank(b.Value))
	})
	return due[:min(len(due), provisionBatch)]
}

func rank(g provision.Grant) int {
	if g.State == provision.Revoking {
		return 0
	}
	return 1
}

// broken picks the grants that were ACTIVE, and of which the platform has just
// said that they do not work. What one commit cannot hold shows the next time.
func broken(all, due []store.Stored[provision.Grant], outcomes func(provision.Grant) provision.Outcome) []store.Stored[provision.Grant] {
	var found []store.Stored[provision.Grant]
	for _, g := range all {
		if g.Value.State != provision.Active || g.Value.How != provision.Auto || !ofSame(due, g.Value) || len(found)+len(due) == provisionBatch {
			continue
		}
		o := outcomes(g.Value)
		if o.Err != nil && o.Taken && !errors.As(o.Err, new(*withheldError)) {
			found = append(found, g)
		}
	}
	return found
}

// ofSame reports whether one of the due grants is of the same principal.
func ofSame(due []store.Stored[provision.Grant], g provision.Grant) bool {
	return slices.ContainsFunc(due, func(d store.Stored[provision.Grant]) bool { return d.Value.Principal == g.Principal })
}

// wanted is what the principals of the due grants should have, from all grants.
func wanted(all, due []store.Stored[provision.Grant]) []provision.Standing {
	var grants []provision.Grant
	for _, g := range all {
		if ofSame(due, g.Value) {
			grants = append(grants, g.Value)
		}
	}
	return provision.Standings(grants)
}

// besideEnding is what the principals of grants that end have from others that
// work.
func besideEnding(all []store.Stored[provision.Grant]) []provision.Standing {
	var ending, known []provision.Grant
	for _, g := range all {
		if g.Value.Ending != "" {
			ending = append(ending, g.Value)
		}
		if g.Value.Ending != "" || g.Value.State == provision.Active {
			known = append(known, g.Value)
		}
	}
	return slices.DeleteFunc(provision.Standings(known), func(s provision.Standing) bool {
		return !slices.ContainsFunc(ending, s.Includes)
	})
}

// replaced is all grants, with those that were worked on as they are now.
func replaced(all, done []store.Stored[provision.Grant]) []store.Stored[provision.Grant] {
	all = slices.Clone(all)
	for i, g := range all {
		if j := slices.IndexFunc(done, func(d store.Stored[provision.Grant]) bool { return d.Value.ID == g.Value.ID }); j >= 0 {
			all[i].Value = done[j].Value
		}
	}
	return all
}

// nextOf is when one of the grants needs attention next.
func nextOf(grants []store.Stored[provision.Grant]) time.Time {
	var next time.Time
	for _, g := range grants {
		next = store.Earliest(next, g.Value.Next())
	}
	return next
}
