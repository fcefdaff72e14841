package grantwright

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	// thawPoll is how often it is looked whether what waits on a frozen connection
	// may be given. A thaw calls for it at once.
	thawPoll = time.Minute

	// retirePoll is how often it is looked whether anything is left on a connection
	// that is to be retired.
	retirePoll = 10 * time.Second
)

// sweep does what follows from a stop switch: again and again, until there is
// nothing left to end. What it ends stands in the log as done by the engine, with
// the reason of whoever has set the switch.
func (e *Engine) sweep(ctx context.Context, id store.StopID) (store.Change, time.Time, error) {
	stop, err := e.stop(ctx, id)
	if err != nil || stop == nil {
		return store.Change{}, time.Time{}, err
	}
	what, of, _ := strings.Cut(string(id), "/")
	switch person := request.PersonID(of); what {
	case "connection":
		return e.sweepConnection(ctx, *stop, of)
	case "person":
		ended, err := e.sweepPerson(ctx, *stop, person, true)
		if err == nil {
			err = e.endSubstitutes(ctx, person)
		}
		if err != nil || !ended {
			return store.Change{}, time.Time{}, err
		}
		return store.Change{}, e.now().Add(thawPoll), nil // what was on its way when the switch was set is there by then
	case "revocation":
		return e.sweepOnce(ctx, *stop, person)
	}
	return store.Change{}, time.Time{}, nil
}

// sweepOnce revokes all of a person, and takes its switch back.
func (e *Engine) sweepOnce(ctx context.Context, stop store.Stop, person request.PersonID) (c store.Change, next time.Time, err error) {
	if _, err := e.sweepPerson(ctx, stop, person, false); err != nil {
		return c, next, err
	}
	read, err := store.Stops.Get(ctx, e.config.Store, stop.ID)
	if err != nil {
		return c, next, unlessMissing(err)
	}
	store.Stops.Delete(&c, read)
	e.tell(&c, event.PersonRevoked.With(event.Stop{Stop: string(stop.ID), Reason: "done: " + stop.Reason}), request.SystemID, nil, store.Stops.Subject(stop.ID))
	return c, next, nil
}

// sweepPerson revokes what a person has, and cancels what they wait for if it is to.
func (e *Engine) sweepPerson(ctx context.Context, stop store.Stop, person request.PersonID, cancel bool) (ended bool, err error) {
	return e.endAll(ctx, stop, func(each func(store.Stored[request.Request]) error) error {
		return store.RequestsOf.Each(ctx, e.config.Store, person, each)
	}, func(r request.Request) bool {
		return r.Status == request.Approved && r.Beneficiary == person || cancel && r.Status == request.Pending
	})
}

// sweepConnection ends everything on a connection that is to be retired, and retires
// it when nothing of ours is left.
func (e *Engine) sweepConnection(ctx context.Context, stop store.Stop, name string) (c store.Change, next time.Time, err error) {
	if !stop.Retiring || !stop.Retired.IsZero() {
		return c, next, nil
	}
	for _, status := range []request.Status{request.Pending, request.Approved} {
		if _, err := e.endAll(ctx, stop, func(each func(store.Stored[request.Request]) error) error {
			return store.RequestsByStatus.Each(ctx, e.config.Store, status, each)
		}, func(r request.Request) bool { return r.Asset.Connection() == name && r.Status == status }); err != nil {
			return c, next, err
		}
	}
	live, err := store.LiveOnConnection.Find(ctx, e.config.Store, name, store.Position{}, 1)
	if err != nil {
		return c, next, err
	}
	if len(live) > 0 {
		return c, e.now().Add(retirePoll), nil
	}
	if _, err := e.config.Inventory.Replace(ctx, catalog.Ref(name), nothing, e.now()); err != nil {
		return c, next, err
	}
	read, err := store.Stops.Get(ctx, e.config.Store, stop.ID)
	if err != nil {
		return c, next, unlessMissing(err)
	}
	retired := read.Value
	retired.Retired = e.now()
	store.Stops.Update(&c, read, retired)
	e.tell(&c, event.ConnectionRetired.With(event.Stop{Stop: string(stop.ID), Reason: stop.Reason}), request.SystemID, nil, store.Stops.Subject(stop.ID), store.Connections.Subject(name))
	return c, next, nil
}

// nothing is what stands on a connection that is retired.
var nothing iter.Seq2[catalog.Asset, error] = func(func(catalog.Asset, error) bool) {}

// endAll revokes or cancels those of some requests that fit, each in a commit of its
// own: who comes next goes on where it was interrupted.
func (e *Engine) endAll(ctx context.Context, stop store.Stop, all func(func(store.Stored[request.Request]) error) error, fits func(request.Request) bool) (ended bool, err error) {
	var ids []request.ID
	err = all(func(r store.Stored[request.Request]) error {
		if fits(r.Value) {
			ids = append(ids, r.Value.ID)
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	var faults error
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return ended, err
		}
		asset, err := e.endOne(ctx, stop, id, fits)
		if faults = errors.Join(faults, err); err == nil && asset != "" {
			ended = true
			e.workOn(asset)
		}
	}
	return ended, faults
}

// endOne revokes or cancels a request, if it still fits. Asset is its asset if it
// was ended.
func (e *Engine) endOne(ctx context.Context, stop store.Stop, id request.ID, fits func(request.Request) bool) (asset catalog.Ref, err error) {
	err = e.change(ctx, func(c *store.Change) error {
		asset = ""
		read, rev, err := e.underReview(ctx, id)
		if err != nil || !fits(read.Value) {
			return err
		}
		req := read.Value
		if asset = req.Asset; req.Status == request.Approved {
			return e.revoke(ctx, c, request.SystemID, stop.Reason, read, &req)
		}
		canceled, err := rev.Value.Cancel(e.now())
		if err != nil {
			return err
		}
		req.Status, req.Reason, req.Ended = request.Canceled, stop.Reason, canceled.Decided
		store.Reviews.Update(c, rev, canceled)
		e.tell(c, event.RequestCanceled.With(event.Withdrawn{Reason: stop.Reason}), request.SystemID, &req, store.Reviews.Subject(id))
		store.Requests.Update(c, read, req)
		return nil
	})
	return asset, err
}

// endSubstitutes ends who decides in the place of a person, and in whose they do.
func (e *Engine) endSubstitutes(ctx context.Context, person request.PersonID) error {
	names, err := store.SubstitutionsBy.Find(ctx, e.config.Store, person, store.Position{}, store.MaxPage)
	if err != nil {
		return err
	}
	people := []request.PersonID{person}
	for _, n := range names {
		people = append(people, n.Value.Person)
	}
	for _, p := range people {
		err := e.change(ctx, func(c *store.Change) error {
			read, err := store.Substitutions.Some(ctx, e.config.Store, p)
			if err != nil || len(read) == 0 || read[0].Value.Over(e.now()) {
				return err
			}
			n := read[0].Value
			n.Ended = e.now()
			store.Substitutions.Update(c, read[0], n)
			e.tell(c, event.SubstituteEnded.With(event.Substitute{Substitute: n.Substitute, From: n.From, Until: n.Until}), request.SystemID, nil, store.Substitutions.Subject(p))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ringAll has what waits on a connection looked at again, some assets at a time.
// What is left out when a process ends in between is looked at after thawPoll.
func (e *Engine) ringAll(ctx context.Context, connection string) error {
	for after := (store.Position{}); ; {
		next, err := store.LiveOnConnection.Find(ctx, e.config.Store, connection, after, 1)
		if err != nil || len(next) == 0 {
			return err
		}
		ref := next[0].Value.Asset.Ref
		if err := e.commit(ctx, func(c *store.Change) error {
			return store.Ring(ctx, e.config.Store, c, grantTask(ref), e.now())
		}); err != nil {
			return err
		}
		e.workOn(ref)
		after = store.Position{Order: string(ref), ID: "\U0010FFFF"} // behind all grants of the asset
	}
}
