package switches

import (
	"context"
	"errors"
	"iter"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	// retirePoll is how often it is looked whether anything is left on a connection
	// that is to be retired.
	retirePoll = 10 * time.Second

	// underway is how long after a switch was set something may still come that was on
	// its way then.
	underway = time.Minute
)

// Sweep carries out a stop switch, again and again until nothing is left to end. The
// log names the engine as the actor, and the reason of whoever has set the switch.
func (s *Switches) Sweep(ctx context.Context, id provision.StopID) (store.Change, time.Time, error) {
	stop, err := s.People.Stop(ctx, id)
	if err != nil || stop == nil {
		return store.Change{}, time.Time{}, err
	}
	what, of, _ := strings.Cut(string(id), "/")
	switch person := request.PersonID(of); what {
	case "connection":
		return s.sweepConnection(ctx, *stop, of)
	case "person":
		if err := s.Sessions.EndOf(ctx, person); err != nil {
			return store.Change{}, time.Time{}, err
		}
		ended, err := s.sweepPerson(ctx, *stop, person, true)
		if err == nil {
			err = s.endSubstitutes(ctx, person)
		}
		if err != nil || !ended {
			return store.Change{}, time.Time{}, err
		}
		return store.Change{}, s.Now().Add(underway), nil // what was on its way when the switch was set is there by then
	case "revocation":
		return s.sweepOnce(ctx, *stop, person)
	}
	return store.Change{}, time.Time{}, nil
}

// sweepOnce revokes all grants of a person, and lifts the switch.
func (s *Switches) sweepOnce(ctx context.Context, stop provision.Stop, person request.PersonID) (c store.Change, next time.Time, err error) {
	if _, err := s.sweepPerson(ctx, stop, person, false); err != nil {
		return c, next, err
	}
	read, err := records.Stops.Get(ctx, s.Store, stop.ID)
	if err != nil {
		return c, next, journal.UnlessMissing(err)
	}
	records.Stops.Delete(&c, read)
	s.Emit(&c, event.PersonRevoked.With(event.Stop{Stop: string(stop.ID), Reason: "done: " + stop.Reason}), request.SystemID, nil, records.Stops.Subject(stop.ID))
	return c, next, nil
}

// sweepPerson revokes the grants of a person, and cancels their pending requests if
// cancel says so.
func (s *Switches) sweepPerson(ctx context.Context, stop provision.Stop, person request.PersonID, cancel bool) (ended bool, err error) {
	return s.endAll(ctx, stop, func(each func(store.Stored[request.Request]) error) error {
		return records.RequestsOf.Each(ctx, s.Store, person, each)
	}, func(r request.Request) bool {
		return r.Status == request.Approved && r.Beneficiary == person || cancel && r.Status == request.Pending
	})
}

// sweepConnection ends everything on a connection that is being retired, and retires
// it when no access of ours is left.
func (s *Switches) sweepConnection(ctx context.Context, stop provision.Stop, name string) (c store.Change, next time.Time, err error) {
	if !stop.Retiring || !stop.Retired.IsZero() {
		return c, next, nil
	}
	for _, status := range []request.Status{request.Pending, request.Approved} {
		if _, err := s.endAll(ctx, stop, func(each func(store.Stored[request.Request]) error) error {
			return records.RequestsByStatus.Each(ctx, s.Store, status, each)
		}, func(r request.Request) bool { return r.Asset.Connection() == name && r.Status == status }); err != nil {
			return c, next, err
		}
	}
	live, err := records.LiveOnConnection.Find(ctx, s.Store, name, store.Position{}, 1)
	if err != nil {
		return c, next, err
	}
	if len(live) > 0 {
		return c, s.Now().Add(retirePoll), nil
	}
	if _, err := s.Rules.Inventory.Replace(ctx, catalog.Ref(name), noAssets, s.Now()); err != nil {
		return c, next, err
	}
	read, err := records.Stops.Get(ctx, s.Store, stop.ID)
	if err != nil {
		return c, next, journal.UnlessMissing(err)
	}
	retired := read.Value
	retired.Retired = s.Now()
	records.Stops.Update(&c, read, retired)
	s.Emit(&c, event.ConnectionRetired.With(event.Stop{Stop: string(stop.ID), Reason: stop.Reason}), request.SystemID, nil, records.Stops.Subject(stop.ID), records.Connections.Subject(name))
	return c, next, nil
}

// noAssets are the assets of a connection that is retired.
var noAssets iter.Seq2[catalog.Asset, error] = func(func(catalog.Asset, error) bool) {}

// endAll revokes or cancels those of some requests that fit, each in a commit of its
// own: who comes next goes on where it was interrupted.
func (s *Switches) endAll(ctx context.Context, stop provision.Stop, all func(func(store.Stored[request.Request]) error) error, fits func(request.Request) bool) (ended bool, err error) {
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
		asset, err := s.endOne(ctx, stop, id, fits)
		if faults = errors.Join(faults, err); err == nil && asset != "" {
			ended = true
			s.Provisioning.WorkOn(ctx, asset)
		}
	}
	return ended, faults
}

// endOne revokes or cancels a request, if it still fits. Asset is its asset if it
// was ended.
func (s *Switches) endOne(ctx context.Context, stop provision.Stop, id request.ID, fits func(request.Request) bool) (asset catalog.Ref, err error) {
	err = s.Change(ctx, func(c *store.Change) error {
		asset = ""
		read, rev, err := s.UnderReview(ctx, id)
		if err != nil || !fits(read.Value) {
			return err
		}
		req := read.Value
		if asset = req.Asset; req.Status == request.Approved {
			return s.Decisions.AddRevocation(ctx, c, request.SystemID, stop.Reason, read, &req)
		}
		canceled, err := rev.Value.Cancel(s.Now())
		if err != nil {
			return err
		}
		req.Status, req.Reason, req.Ended = request.Canceled, stop.Reason, canceled.Decided
		records.Reviews.Update(c, rev, canceled)
		s.Emit(c, event.RequestCanceled.With(event.Withdrawn{Reason: stop.Reason}), request.SystemID, &req, records.Reviews.Subject(id))
		records.Requests.Update(c, read, req)
		return nil
	})
	return asset, err
}

// endSubstitutes ends the substitutions of a person, and those in which they are the
// substitute.
func (s *Switches) endSubstitutes(ctx context.Context, person request.PersonID) error {
	names, err := records.SubstitutionsBy.Find(ctx, s.Store, person, store.Position{}, store.MaxPage)
	if err != nil {
		return err
	}
	people := []request.PersonID{person}
	for _, n := range names {
		people = append(people, n.Value.Person)
	}
	for _, p := range people {
		err := s.Change(ctx, func(c *store.Change) error {
			read, err := records.Substitutions.Some(ctx, s.Store, p)
			if err != nil || len(read) == 0 || read[0].Value.Over(s.Now()) {
				return err
			}
			n := read[0].Value
			n.Ended = s.Now()
			records.Substitutions.Update(c, read[0], n)
			s.Emit(c, event.SubstituteEnded.With(event.Substitute{Substitute: n.Substitute, From: n.From, Until: n.Until}), request.SystemID, nil, records.Substitutions.Subject(p))
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
