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
	"github.com/grantwright/grantwright/internal/snapshot"
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

	waiting waiting
}

// GrantBatch is how many grants or reviews one commit changes in any case. Each may
// take six records: itself, its request, and events.
const GrantBatch = 80

// dueTogether is how many grants of an asset are applied at once, if the commits hold
// them: nearly all take three records. The rest is applied right afterwards.
const dueTogether = 160

// ApplyGrants applies the grants of one asset that are due. First it commits the
// intent, then it changes the platform and reads it back; it returns the outcomes
// for the commit that ends the task, and whether more may be due.
func (pr *Provisioning) ApplyGrants(ctx context.Context, ref catalog.Ref) (done Convergence, more bool, err error) {
	ctx = snapshot.Begin(snapshot.Leave(ctx))
	due, more, err := pr.recordIntent(ctx, ref)
	if err != nil {
		return done, false, err
	}
	ctx, end := pr.follow(ctx, ref, due)
	done, err = pr.Converge(ctx, ref, due, false)
	end(err)
	return done, more || done.Rest, err
}

// Begin is a new grant that is applied as soon as it is committed: it says so at once,
// and needs no commit of its own for that. One that has to wait stays as it is.
func (pr *Provisioning) Begin(ctx context.Context, g provision.Grant) (provision.Grant, error) {
	frozen, err := pr.People.IsFrozen(ctx, g.Asset.Ref.Connection())
	if err != nil || frozen {
		return g, err
	}
	next, err := pr.Rules.GuardrailChecker().BeforeGiving(ctx, g, pr.Now())
	if err != nil || next.Ending != "" || next.Attempts > 0 || !next.Due(pr.Now()) {
		return g, err
	}
	return g.Begin(), nil
}

// recordIntent ends the grants whose time is over, announces the ends that are near,
// hands tasks to people, and commits that the due grants are being applied. It
// returns the due grants, and whether more may be due. On a frozen connection grants that
// are still to be given stay as they are.
func (pr *Provisioning) recordIntent(ctx context.Context, ref catalog.Ref) (due []store.Stored[provision.Grant], more bool, err error) {
	checker := pr.Rules.GuardrailChecker()
	for {
		grants, err := pr.comingDue(ctx, ref, dueTogether)
		if err != nil || len(grants) == 0 {
			return nil, false, err
		}
		frozen, err := pr.People.IsFrozen(ctx, ref.Connection())
		if err != nil {
			return nil, false, err
		}
		now := pr.Now()
		changed, err := pr.intents(ctx, checker, grants, frozen, now)
		if err != nil {
			return nil, false, err
		}
		more = len(grants) >= dueTogether
		if len(changed) > 0 {
			recorded, err := pr.commitIntent(ctx, ref, changed)
			if err != nil {
				return nil, false, err
			}
			if again := len(recorded) == 0 || slices.ContainsFunc(recorded, byHand); again {
				continue
			}
			grants, more = begun(grants, changed, len(recorded)), more || len(recorded) < len(changed)
		}
		return slices.DeleteFunc(grants, func(g store.Stored[provision.Grant]) bool { return !g.Value.Due(now) || frozen && toGive(g.Value) }), more, nil
	}
}

// byHand reports whether somebody may have to be handed a task, now that an intent is
// recorded.
func byHand(p Progress) bool { return p.Next.How == provision.Manual }

// intents are those of some grants that are not as they should be when they are applied.
func (pr *Provisioning) intents(ctx context.Context, checker *rulebook.GuardrailChecker, grants []store.Stored[provision.Grant], frozen bool, now time.Time) (changed []Progress, err error) {
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
		if next.State != g.Value.State || next.Announced != g.Value.Announced || next.Task != g.Value.Task || next.Attempts != g.Value.Attempts {
			changed = append(changed, Progress{Was: g, Next: next})
		}
	}
	return changed, nil
}

// commitIntent commits as many intents as one commit holds, and returns those. Where
// others were faster it returns none.
func (pr *Provisioning) commitIntent(ctx context.Context, ref catalog.Ref, changed []Progress) ([]Progress, error) {
	if err := pr.findOutliving(ctx, ref, changed); err != nil {
		return nil, err
	}
	var c store.Change
	recorded, err := pr.recordSome(ctx, &c, request.SystemID, changed)
	if err != nil {
		return nil, err
	}
	err = pr.CommitOnce(ctx, &c)
	pr.Committed()
	switch {
	case errors.Is(err, store.ErrConflict):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return recorded, nil
}

// begun are some grants after the commit of the first so many of their intents, without
// those whose intents were not committed.
func begun(grants []store.Stored[provision.Grant], changed []Progress, recorded int) []store.Stored[provision.Grant] {
	at := make(map[provision.GrantID]int, len(changed))
	for i, p := range changed {
		at[p.Next.ID] = i
	}
	var now []store.Stored[provision.Grant]
	for _, g := range grants {
		i, is := at[g.Value.ID]
		switch {
		case !is:
			now = append(now, g)
		case i < recorded:
			g.Value, g.Version = changed[i].Next, g.Version+1
			now = append(now, g)
		}
	}
	return now
}

// toGive reports whether a grant is still to be given.
func toGive(g provision.Grant) bool { return g.Wanted() && g.State != provision.Active }

// comingDue finds the grants of an asset that are due now: what ends comes first,
// then what has waited longest. It reads with them what will be asked next: the other
// grants of the principals of whom it is known already.
func (pr *Provisioning) comingDue(ctx context.Context, ref catalog.Ref, most int) ([]store.Stored[provision.Grant], error) {
	now := store.OrderTime(pr.Now())
	take, give := records.GrantsToTake.Query(ref), records.GrantsToGive.Query(ref)
	take.Until, give.Until, take.Limit, give.Limit = now, now, most, most
	pages, err := store.Pages[provision.Grant](ctx, pr.Store, append([]store.Query{take, give}, pr.expectedOn(ref)...)...)
	if err != nil {
		return nil, err
	}
	var due []store.Stored[provision.Grant]
	twice := map[provision.GrantID]bool{}
	for _, g := range slices.Concat(pages[:2]...) {
		if len(due) < most && !twice[g.Value.ID] {
			twice[g.Value.ID] = true
			due = append(due, g)
		}
	}
	return due, nil
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
	requests, err := pr.requestsOf(ctx, all)
	for i, req := range requests {
		pr.recordOne(c, by, all[i], req)
	}
	return err
}

// recordSome is Record for as many of the first as one commit holds. It returns those.
func (pr *Provisioning) recordSome(ctx context.Context, c *store.Change, by request.PersonID, all []Progress) ([]Progress, error) {
	requests, err := pr.requestsOf(ctx, all)
	for i, req := range requests {
		if c.Full() {
			return all[:i], nil
		}
		pr.recordOne(c, by, all[i], req)
	}
	return all, err
}

// requestsOf reads the request of each grant.
func (pr *Provisioning) requestsOf(ctx context.Context, all []Progress) ([]store.Stored[request.Request], error) {
	ids := make([]request.ID, len(all))
	for i, p := range all {
		ids[i] = p.Next.Request
	}
	requests, err := records.Requests.Some(ctx, pr.Store, ids...)
	if err == nil && len(requests) != len(all) {
		return nil, fmt.Errorf("%w: %d of %d requests whose grants changed", store.ErrNotFound, len(all)-len(requests), len(all))
	}
	return requests, err
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
