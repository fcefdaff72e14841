package grantwright

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// provisionBatch is how many grants of one asset are worked on at once. Each may
// take six records in one change: itself, its request, two events, two notices.
const provisionBatch = 80

// provisionSoon begins to put what was committed into effect, off the caller's
// context. The task that was committed with it is the safety net.
func (e *Engine) provisionSoon(req request.Request) {
	if req.Status == request.Pending || req.Status == request.Denied {
		return
	}
	e.workOn(req.Asset)
}

// workOn does the task of an asset, if it is due.
func (e *Engine) workOn(ref catalog.Ref) {
	e.beside(func(ctx context.Context) {
		if err := e.worker.Do(ctx, grantTask(ref)); err != nil && !errors.Is(err, store.ErrConflict) {
			e.config.Logger.Warn("a grant is tried again later", "asset", ref, "error", err)
		}
		e.worker.Wake()
		e.changes.send()
	})
}

// provision brings the platform to what the grants of one asset call for. First
// the intention is committed, then the platform is changed and read, and what it
// said is returned for the commit that ends the task.
func (e *Engine) provision(ctx context.Context, ref catalog.Ref) (store.Change, time.Time, error) {
	frozen, err := e.isFrozen(ctx, ref.Connection())
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	due, err := e.intend(ctx, ref, frozen)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	done, err := e.bring(ctx, ref, due)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	next, err := e.nextOn(ctx, ref, done.progress)
	if frozen && len(due) == 0 && !next.IsZero() && !next.After(e.now()) {
		next = e.now().Add(thawPoll) // what is to be given waits for the thaw
	}
	return done.change, next, err
}

// isFrozen reports whether nothing may be given on a connection now.
func (e *Engine) isFrozen(ctx context.Context, connection string) (bool, error) {
	err := e.frozen(ctx, connection)
	if errors.As(err, new(*frozenError)) {
		return true, nil
	}
	return false, err
}

// intend ends the grants whose time is over, announces the ends that are near,
// tells people of what they have to do by hand, and says of those that are due that
// we are at it. It returns these. Where the connection is frozen, what is to be given
// stays as it is.
func (e *Engine) intend(ctx context.Context, ref catalog.Ref, frozen bool) ([]store.Stored[provision.Grant], error) {
	guarding := e.guarding()
	for {
		grants, err := e.comingDue(ctx, ref, provisionBatch)
		if err != nil {
			return nil, err
		}
		now := e.now()
		var changed []progress
		for _, g := range grants {
			next, err := guarding.beforeGiving(ctx, g.Value.Elapse(now).Announce(now).Unanswered(now, store.Backoff), now)
			if err != nil {
				return nil, err
			}
			waits := frozen && toGive(next)
			if next.Due(now) && !waits {
				next = next.Begin()
			}
			if next.State == g.Value.State && !waits {
				if next, err = e.handOver(ctx, next); err != nil {
					return nil, err
				}
			}
			p := progress{was: g, next: next}
			if announces := next.Announced != g.Value.Announced; announces || next.Ending != g.Value.Ending {
				if p.outlived, err = e.outlivedBy(ctx, ref, next); err != nil {
					return nil, err
				}
			}
			if next.State != g.Value.State || next.Announced != g.Value.Announced || next.Task != g.Value.Task || next.Attempts != g.Value.Attempts {
				changed = append(changed, p)
			}
		}
		if len(changed) == 0 {
			return slices.DeleteFunc(grants, func(g store.Stored[provision.Grant]) bool { return !g.Value.Due(now) || frozen && toGive(g.Value) }), nil
		}
		var c store.Change
		if err := e.record(ctx, &c, request.SystemID, changed...); err != nil {
			return nil, err
		}
		if err := c.Commit(ctx, e.config.Store); err != nil && !errors.Is(err, store.ErrConflict) {
			return nil, err
		}
		e.committed()
	}
}

// toGive reports whether a grant is still to be given.
func toGive(g provision.Grant) bool { return g.Wanted() && g.State != provision.Active }

// comingDue finds the grants of an asset that are due now: what ends comes first,
// then what has waited longest.
func (e *Engine) comingDue(ctx context.Context, ref catalog.Ref, most int) ([]store.Stored[provision.Grant], error) {
	const first = 3 // seldom more are due at once
	var due []store.Stored[provision.Grant]
	now := e.now()
	for _, index := range []store.Index[catalog.Ref, provision.Grant]{store.GrantsToTake, store.GrantsToGive} {
		for after, size := (store.Position{}), first; len(due) < most; size = most {
			found, err := index.Find(ctx, e.config.Store, ref, after, size)
			if err != nil {
				return nil, err
			}
			for _, g := range found {
				if len(due) < most && !g.Value.Next().After(now) && !holds(due, g.Value.ID) {
					due = append(due, g)
				}
			}
			if len(found) < size || found[len(found)-1].At.Order > store.OrderTime(now) {
				break // the rest of the index comes later
			}
			after = found[len(found)-1].At
		}
	}
	return due, nil
}

// nextOn is when one of the grants of an asset needs attention next. What was just
// done counts as it is now, which is not committed yet.
func (e *Engine) nextOn(ctx context.Context, ref catalog.Ref, done []progress) (time.Time, error) {
	var next time.Time
	for _, p := range done {
		next = store.Earliest(next, p.next.Next())
	}
	for _, index := range []store.Index[catalog.Ref, provision.Grant]{store.GrantsToTake, store.GrantsToGive} {
		found, err := index.Find(ctx, e.config.Store, ref, store.Position{}, len(done)+1)
		if err != nil {
			return time.Time{}, err
		}
		for _, g := range found {
			if !slices.ContainsFunc(done, func(d progress) bool { return d.next.ID == g.Value.ID }) {
				next = store.Earliest(next, g.Value.Next())
			}
		}
	}
	return next, nil
}

// progress is a grant as it was read, and as it is now.
type progress struct {
	was  store.Stored[provision.Grant]
	next provision.Grant

	// outlived is the grant by which the principal keeps the access of one that
	// ends, or is to end soon; empty if there is none.
	outlived provision.GrantID
}

// record adds the new states of grants to a change, with the events that tell of
// them, and with what they mean for their requests.
func (e *Engine) record(ctx context.Context, c *store.Change, by request.PersonID, all ...progress) error {
	ids := make([]request.ID, len(all))
	for i, p := range all {
		ids[i] = p.next.Request
	}
	requests, err := store.Requests.Some(ctx, e.config.Store, ids...)
	if err != nil {
		return err
	}
	if len(requests) != len(all) {
		return fmt.Errorf("%w: %d of %d requests whose grants changed", store.ErrNotFound, len(all)-len(requests), len(all))
	}
	for i, p := range all {
		e.recordOne(c, by, p, requests[i])
	}
	return nil
}

func (e *Engine) recordOne(c *store.Change, by request.PersonID, p progress, read store.Stored[request.Request]) {
	was, next, req := p.was.Value, p.next, read.Value
	told, about := p.told(), store.Grants.Subject(next.ID)
	if ends := next.Ending != "" && was.Ending == ""; ends {
		req.Status, req.Ended = next.Ending, e.now()
		if next.Prevented != "" {
			req.Reason = next.Prevented
			e.tell(c, event.GrantPrevented.With(told), by, &req, about)
		}
		e.tell(c, endings[next.Ending].With(told), by, &req, about)
	} else {
		e.tell(c, grantEvent(was, next).With(told), by, &req, about)
	}
	if next.Attempts == provision.FailingAfter && was.Attempts < next.Attempts {
		e.tell(c, event.GrantFailing.With(told), by, &req, about)
	}
	if len(next.Healed) == provision.ContestedAfter && len(was.Healed) < len(next.Healed) {
		e.tell(c, event.GrantContested.With(event.Contested{Grant: &told}), by, &req, about)
	}
	store.Grants.Update(c, p.was, next)
	store.Requests.Update(c, read, req)
}

var endings = map[request.Status]event.Type[event.Grant]{
	request.Expired: event.RequestExpired,
	request.Lapsed:  event.RequestLapsed,
	request.Revoked: event.RequestRevoked,
}

// grantEvent is what has happened between two states of a grant.
func grantEvent(was, is provision.Grant) event.Type[event.Grant] {
	switch {
	case is.Announced != was.Announced:
		return event.GrantExpiring
	case is.Task.Reminded != was.Task.Reminded && !is.Task.Reminded.IsZero():
		return event.GrantOverdue
	case is.Task.Since != was.Task.Since && !is.Task.Since.IsZero():
		return event.GrantToDo
	case is.Attempts > was.Attempts:
		return event.GrantFailed
	case len(is.Healed) > 0 && is.Asset.ID != was.Asset.ID:
		return event.GrantReplaced
	case is.State == provision.Suspended && was.State != provision.Suspended:
		return event.GrantSuspended
	case is.State == provision.Active && was.State != provision.Active:
		return event.GrantActive
	case is.State == provision.Revoked:
		return event.GrantRevoked
	case is.State == was.State && len(is.Leftovers) < len(was.Leftovers):
		return event.GrantCleared
	case is.State == provision.Active && is.Query != was.Query:
		return event.GrantMoved
	case is.State == provision.Active && !slices.Equal(is.Remaining, was.Remaining):
		return event.GrantRemaining
	}
	return event.GrantProvisioning
}

func (p progress) told() event.Grant {
	g, note := p.next, ""
	if g.Attestation != p.was.Value.Attestation && g.Attestation.Done {
		note = g.Attestation.Note
	}
	return event.Grant{State: string(g.State), Error: g.Error, Attempts: g.Attempts, Withheld: g.Withheld, Ends: g.Ends, Object: g.Asset.ID, Remaining: texts(g.Remaining),
		Waits: g.Waits, Query: g.Query, Due: g.Task.Due, Note: note, Outlived: string(p.outlived), Reason: g.Prevented}
}
