// Package provisioning carries grants from the records to the platform: it records the
// intent, applies it, reads the outcome back, and retries. Callbacks and work by hand
// answer here too.
package provisioning

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Provisioning applies grants to the platforms.
type Provisioning struct {
	*journal.Journal
	People    *people.People
	Platforms *platforms.Platforms
	Rules     *rulebook.Rulebook

	Address                string        // where people find the pages; empty leaves links out
	GiveWithin, TakeWithin time.Duration // for work by hand
}

// GrantBatch is how many grants of one asset are worked on at once. Each may
// take six records in one change: itself, its request, two events, two notices.
const GrantBatch = 80

// ApplySoon begins in the background to apply a decision that was committed. The
// task that was committed with it is the safety net.
func (pr *Provisioning) ApplySoon(req request.Request) {
	if req.Status == request.Pending || req.Status == request.Denied {
		return
	}
	pr.WorkOn(req.Asset)
}

// WorkOn runs the task of an asset in the background, if it is due.
func (pr *Provisioning) WorkOn(ref catalog.Ref) {
	pr.Background(func(ctx context.Context) {
		if err := pr.Worker.Do(ctx, journal.GrantTask(ref)); err != nil && !errors.Is(err, store.ErrConflict) {
			pr.Logger.Warn("a grant is tried again later", "asset", ref, "error", err)
		}
		pr.Worker.Wake()
		pr.Changes.Send()
	})
}

// ApplyGrants applies the grants of one asset that are due. First it commits the
// intent, then it changes the platform and reads it back; it returns the outcomes
// for the commit that ends the task.
func (pr *Provisioning) ApplyGrants(ctx context.Context, ref catalog.Ref) (store.Change, time.Time, error) {
	frozen, err := pr.People.IsFrozen(ctx, ref.Connection())
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	due, err := pr.recordIntent(ctx, ref, frozen)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	done, err := pr.Converge(ctx, ref, due)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	next, err := pr.NextDue(ctx, ref, done.Progress)
	if frozen && len(due) == 0 && !next.IsZero() && !next.After(pr.Now()) {
		next = pr.Now().Add(ThawPoll) // what is to be given waits for the thaw
	}
	return done.Change, next, err
}

// recordIntent ends the grants whose time is over, announces the ends that are near,
// hands tasks to people, and commits that the due grants are being applied. It
// returns the due grants. On a frozen connection grants that are still to be given
// stay as they are.
func (pr *Provisioning) recordIntent(ctx context.Context, ref catalog.Ref, frozen bool) ([]store.Stored[provision.Grant], error) {
	checker := pr.Rules.GuardrailChecker()
	for {
		grants, err := pr.comingDue(ctx, ref, GrantBatch)
		if err != nil {
			return nil, err
		}
		now := pr.Now()
		var changed []Progress
		for _, g := range grants {
			next, err := checker.BeforeGiving(ctx, g.Value.Elapse(now).Announce(now).Unanswered(now, store.Backoff), now)
			if err != nil {
				return nil, err
			}
			waits := frozen && toGive(next)
			if next.Due(now) && !waits {
				next = next.Begin()
			}
			if next.State == g.Value.State && !waits {
				if next, err = pr.handOver(ctx, next); err != nil {
					return nil, err
				}
			}
			p := Progress{Was: g, Next: next}
			if announces := next.Announced != g.Value.Announced; announces || next.Ending != g.Value.Ending {
				if p.outlived, err = pr.outlivedBy(ctx, ref, next); err != nil {
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
		if err := pr.Record(ctx, &c, request.SystemID, changed...); err != nil {
			return nil, err
		}
		if err := pr.CommitOnce(ctx, &c); err != nil && !errors.Is(err, store.ErrConflict) {
			return nil, err
		}
		pr.Committed()
	}
}

// toGive reports whether a grant is still to be given.
func toGive(g provision.Grant) bool { return g.Wanted() && g.State != provision.Active }

// comingDue finds the grants of an asset that are due now: what ends comes first,
// then what has waited longest.
func (pr *Provisioning) comingDue(ctx context.Context, ref catalog.Ref, most int) ([]store.Stored[provision.Grant], error) {
	const first = 3 // seldom more are due at once
	var due []store.Stored[provision.Grant]
	now := pr.Now()
	for _, index := range []store.Index[catalog.Ref, provision.Grant]{records.GrantsToTake, records.GrantsToGive} {
		for after, size := (store.Position{}), first; len(due) < most; size = most {
			found, err := index.Find(ctx, pr.Store, ref, after, size)
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

// NextDue is when one of the grants of an asset is due next. Progress that is not
// committed yet counts as done.
func (pr *Provisioning) NextDue(ctx context.Context, ref catalog.Ref, done []Progress) (time.Time, error) {
	var next time.Time
	for _, p := range done {
		next = store.Earliest(next, p.Next.Next())
	}
	for _, index := range []store.Index[catalog.Ref, provision.Grant]{records.GrantsToTake, records.GrantsToGive} {
		found, err := index.Find(ctx, pr.Store, ref, store.Position{}, len(done)+1)
		if err != nil {
			return time.Time{}, err
		}
		for _, g := range found {
			if !slices.ContainsFunc(done, func(d Progress) bool { return d.Next.ID == g.Value.ID }) {
				next = store.Earliest(next, g.Value.Next())
			}
		}
	}
	return next, nil
}

// Progress is a grant as it was read, and as it is now.
type Progress struct {
	Was  store.Stored[provision.Grant]
	Next provision.Grant

	// outlived is the grant by which the principal keeps the access of one that
	// ends, or is to end soon; empty if there is none.
	outlived provision.GrantID
}

// Record adds the new states of grants to a change, with their events and the new
// states of their requests.
func (pr *Provisioning) Record(ctx context.Context, c *store.Change, by request.PersonID, all ...Progress) error {
	ids := make([]request.ID, len(all))
	for i, p := range all {
		ids[i] = p.Next.Request
	}
	requests, err := records.Requests.Some(ctx, pr.Store, ids...)
	if err != nil {
		return err
	}
	if len(requests) != len(all) {
		return fmt.Errorf("%w: %d of %d requests whose grants changed", store.ErrNotFound, len(all)-len(requests), len(all))
	}
	for i, p := range all {
		pr.recordOne(c, by, p, requests[i])
	}
	return nil
}

func (pr *Provisioning) recordOne(c *store.Change, by request.PersonID, p Progress, read store.Stored[request.Request]) {
	was, next, req := p.Was.Value, p.Next, read.Value
	payload, about := p.payload(), records.Grants.Subject(next.ID)
	if ends := next.Ending != "" && was.Ending == ""; ends {
		req.Status, req.Ended = next.Ending, pr.Now()
		if next.Prevented != "" {
			req.Reason = next.Prevented
			pr.Emit(c, event.GrantPrevented.With(payload), by, &req, about)
		}
		pr.Emit(c, endings[next.Ending].With(payload), by, &req, about)
	} else {
		pr.Emit(c, next.EventSince(was).With(payload), by, &req, about)
	}
	if next.Attempts == provision.FailingAfter && was.Attempts < next.Attempts {
		pr.Emit(c, event.GrantFailing.With(payload), by, &req, about)
	}
	if len(next.Healed) == provision.ContestedAfter && len(was.Healed) < len(next.Healed) {
		pr.Emit(c, event.GrantContested.With(event.Contested{Grant: &payload}), by, &req, about)
	}
	records.Grants.Update(c, p.Was, next)
	records.Requests.Update(c, read, req)
}

var endings = map[request.Status]event.Type[event.Grant]{
	request.Expired: event.RequestExpired,
	request.Lapsed:  event.RequestLapsed,
	request.Revoked: event.RequestRevoked,
}

// payload is the payload of the events about a grant.
func (p Progress) payload() event.Grant {
	payload := p.Next.Told(p.Was.Value)
	payload.Outlived = string(p.outlived)
	return payload
}

// ThawPoll is how often the grants that wait on a frozen connection are checked. A thaw
// checks them at once.
const ThawPoll = time.Minute
