package grantwright

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Stops are the switches for when something is wrong. Each is one call, holds at
// once and until it is taken back, needs a reason, and stands in the log. None of
// them waits for a second person.
type Stops struct{ e *Engine }

// Stops returns the stop switches of the engine.
func (e *Engine) Stops() Stops { return Stops{e} }

// All lists the switches that are set, from the one after a given one, at most limit
// of them. It takes ADMIN, GOVERNANCE or AUDIT.
func (s Stops) All(ctx context.Context, by request.Identity, after store.StopID, limit int) ([]store.Stop, error) {
	if err := permit(by, "list the stop switches", request.Admin, request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return values(store.Stops.All(ctx, s.e.config.Store, after, limit))
}

// FreezeApprovals has people asked wherever a rule would approve by itself, until
// ThawApprovals. What was approved before stays. It takes GOVERNANCE or ADMIN.
func (s Stops) FreezeApprovals(ctx context.Context, by request.Identity, reason string) error {
	if err := permit(by, "freeze automatic approvals", request.Governance, request.Admin); err != nil {
		return err
	}
	return s.set(ctx, by, event.ApprovalsFrozen, store.Stop{ID: store.AutomaticApprovals, Reason: reason})
}

// ThawApprovals lets rules approve again. It takes GOVERNANCE.
func (s Stops) ThawApprovals(ctx context.Context, by request.Identity, reason string) error {
	if err := permit(by, "thaw automatic approvals", request.Governance); err != nil {
		return err
	}
	return s.lift(ctx, by, event.ApprovalsThawed, store.AutomaticApprovals, reason)
}

// FreezeConnection lets nothing be given on a connection any more, until
// ThawConnection: what is approved waits. What ends is taken as always, and what
// stands stays, under the masks that hold by then; on containers these wait too. What is being given at this moment may still come to stand, and
// shows as what it is. It takes ADMIN or GOVERNANCE.
func (s Stops) FreezeConnection(ctx context.Context, by request.Identity, connection, reason string) error {
	if err := permit(by, "freeze a connection", request.Governance, request.Admin); err != nil {
		return err
	}
	if _, err := store.Connections.Get(ctx, s.e.config.Store, connection); err != nil {
		return err
	}
	return s.set(ctx, by, event.ConnectionFrozen, store.Stop{ID: store.StoppedConnection(connection), Reason: reason})
}

// ThawConnection gives again what waits on a connection. One that is retired is in
// use again; its next sync finds its assets. It takes ADMIN.
func (s Stops) ThawConnection(ctx context.Context, by request.Identity, connection, reason string) error {
	if err := permit(by, "thaw a connection", request.Admin); err != nil {
		return err
	}
	if err := s.lift(ctx, by, event.ConnectionThawed, store.StoppedConnection(connection), reason); err != nil {
		return err
	}
	err := s.e.ringAll(ctx, connection)
	return errors.Join(err, s.e.commit(ctx, func(c *store.Change) error { // what came under masks meanwhile, on containers too
		on, err := store.Connections.Get(ctx, s.e.config.Store, connection)
		if err != nil {
			return err
		}
		return s.e.reconcileSoon(ctx, c, on.Value)
	}))
}

// RetireConnection takes a connection out of use: nothing can be asked for on it any
// more, and its assets are gone. While grants live on it, or requests are pending,
// it is refused with ErrState; with revoke these are revoked and canceled
// first, and the connection is retired when nothing of ours is left there. It takes
// ADMIN, with revoke GOVERNANCE too.
func (s Stops) RetireConnection(ctx context.Context, by request.Identity, connection, reason string, revoke bool) error {
	if err := permit(by, "retire a connection", request.Admin); err != nil {
		return err
	}
	if revoke {
		if err := permit(by, "retire a connection on which access is live", request.Governance); err != nil {
			return err
		}
	} else if err := s.idle(ctx, connection); err != nil {
		return err
	}
	if _, err := store.Connections.Get(ctx, s.e.config.Store, connection); err != nil {
		return err
	}
	return s.set(ctx, by, event.ConnectionRetiring, store.Stop{ID: store.StoppedConnection(connection), Reason: reason, Retiring: true})
}

// idle refuses a connection on which something is live or pending.
func (s Stops) idle(ctx context.Context, connection string) error {
	live, err := store.LiveOnConnection.Find(ctx, s.e.config.Store, connection, store.Position{}, store.MaxPage)
	if err != nil {
		return err
	}
	if len(live) > 0 {
		return fmt.Errorf("%w: %d grants live on connection %s (%d are counted at most); revoke them first, or have them revoked with it", ErrState, len(live), connection, store.MaxPage)
	}
	return store.RequestsByStatus.Each(ctx, s.e.config.Store, request.Pending, func(r store.Stored[request.Request]) error {
		if r.Value.Asset.Connection() == connection {
			return fmt.Errorf("%w: request %s on connection %s is pending; decide it first, or have it canceled with it", ErrState, r.Value.ID, connection)
		}
		return nil
	})
}

// RevokeAll revokes everything that a person has, once. What they ask for later is
// decided as always. What they get by being in a group stays the group's. It takes
// GOVERNANCE.
func (s Stops) RevokeAll(ctx context.Context, by request.Identity, person request.PersonID, reason string) error {
	if err := permit(by, "revoke all access of a person", request.Governance); err != nil {
		return err
	}
	return s.set(ctx, by, event.PersonRevoked, store.Stop{ID: store.Revocation(person), Reason: reason})
}

// Disable has a person act no more and have nothing, until Enable: what they have is
// revoked, what they wait for is canceled, and so is who decides in their place or
// they in another's. Nothing is asked for or given for them. It takes GOVERNANCE or
// ADMIN, and nobody does it to themselves.
func (s Stops) Disable(ctx context.Context, by request.Identity, person request.PersonID, reason string) error {
	if by.Person() == person {
		return &ForbiddenError{Person: person, Act: "disable themselves", Needs: "someone else"}
	}
	if person == "" || person == request.SystemID || len(person) > request.MaxPersonBytes {
		return &request.InvalidError{What: "stop", Faults: []request.Fault{{Field: "person", Reason: "must be the id of a person"}}}
	}
	if err := permit(by, "disable a person", request.Governance, request.Admin); err != nil {
		return err
	}
	return s.set(ctx, by, event.PersonDisabled, store.Stop{ID: store.StoppedPerson(person), Reason: reason})
}

// Enable lets a person act again. What was ended stays so. It takes GOVERNANCE or
// ADMIN.
func (s Stops) Enable(ctx context.Context, by request.Identity, person request.PersonID, reason string) error {
	if err := permit(by, "enable a person", request.Governance, request.Admin); err != nil {
		return err
	}
	return s.lift(ctx, by, event.PersonEnabled, store.StoppedPerson(person), reason)
}

// Disabled says why a person cannot act; nil while they can.
func (s Stops) Disabled(ctx context.Context, person request.PersonID) error {
	stop, err := s.e.stop(ctx, store.StoppedPerson(person))
	if err == nil && stop != nil {
		err = &ForbiddenError{Person: person, Act: "do anything here", Needs: "being enabled again; this person is disabled"}
	}
	return err
}

// set sets a switch, and does at once what follows from it. One that is set already
// stays as it was, unless the new one goes further.
func (s Stops) set(ctx context.Context, by request.Identity, t event.Type[event.Stop], stop store.Stop) error {
	if err := checkStop(stop.Reason); err != nil {
		return err
	}
	stop.By, stop.At = by.Person(), s.e.now()
	err := s.e.change(ctx, func(c *store.Change) error {
		read, err := store.Stops.Some(ctx, s.e.config.Store, stop.ID)
		switch {
		case err != nil:
			return err
		case len(read) == 0:
			store.Stops.Insert(c, stop)
		case !stop.Retiring || read[0].Value.Retiring:
			return fmt.Errorf("%w: that is so already, by %s: %s", ErrState, read[0].Value.By, read[0].Value.Reason)
		default:
			store.Stops.Update(c, read[0], stop)
		}
		s.e.tell(c, t.With(event.Stop{Stop: string(stop.ID), Reason: stop.Reason}), by.Person(), nil, store.Stops.Subject(stop.ID))
		return errors.Join(s.e.remember(ctx, c, by), store.Ring(ctx, s.e.config.Store, c, stopTask(stop.ID), s.e.now()))
	})
	if err != nil {
		return err
	}
	if err := s.e.worker.Do(ctx, stopTask(stop.ID)); err != nil && !errors.Is(err, store.ErrConflict) {
		s.e.config.Logger.Warn("what follows from a stop switch is done later", "stop", stop.ID, "error", err)
	}
	return nil
}

// lift takes a switch back.
func (s Stops) lift(ctx context.Context, by request.Identity, t event.Type[event.Stop], id store.StopID, reason string) error {
	if err := checkStop(reason); err != nil {
		return err
	}
	return s.e.change(ctx, func(c *store.Change) error {
		read, err := store.Stops.Get(ctx, s.e.config.Store, id)
		if err != nil {
			return err
		}
		store.Stops.Delete(c, read)
		s.e.tell(c, t.With(event.Stop{Stop: string(id), Reason: reason}), by.Person(), nil, store.Stops.Subject(id))
		return nil
	})
}

func checkStop(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return &request.InvalidError{What: "stop", Faults: []request.Fault{{Field: "reason", Reason: "is required: it stands in the log"}}}
	}
	return checkReason(reason)
}

// stop reads a switch; nil if it is not set.
func (e *Engine) stop(ctx context.Context, id store.StopID) (*store.Stop, error) {
	read, err := store.Stops.Some(ctx, e.config.Store, id)
	if err != nil || len(read) == 0 {
		return nil, err
	}
	return &read[0].Value, nil
}

// frozenError says why nothing is given.
type frozenError struct{ why string }

func (e *frozenError) Error() string { return "grantwright: nothing may be given: " + e.why }
func (e *frozenError) Unwrap() error { return provision.ErrPermanent }

// frozen says why nothing may be given on a connection now; nil where it may.
func (e *Engine) frozen(ctx context.Context, connection string) error {
	stop, err := e.stop(ctx, store.StoppedConnection(connection))
	if err == nil && stop != nil {
		err = &frozenError{fmt.Sprintf("connection %s is frozen: %s", connection, stop.Reason)}
	}
	return err
}

// inUse refuses new requests on a connection that is retired, or is to be.
func (e *Engine) inUse(ctx context.Context, ref catalog.Ref) error {
	stop, err := e.stop(ctx, store.StoppedConnection(ref.Connection()))
	if err == nil && stop != nil && stop.Retiring {
		err = &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "asset", Reason: fmt.Sprintf("is on connection %s, which is taken out of use: %s", ref.Connection(), stop.Reason)}}}
	}
	return err
}

// enabled refuses what is asked for a person who is disabled.
func (e *Engine) enabled(ctx context.Context, beneficiary request.PersonID) error {
	stop, err := e.stop(ctx, store.StoppedPerson(beneficiary))
	if err == nil && stop != nil {
		err = &request.InvalidError{What: "request", Faults: []request.Fault{{Field: "beneficiary", Reason: "is disabled"}}}
	}
	return err
}

// unlessDisabled refuses a change that somebody makes who is disabled.
func (e *Engine) unlessDisabled(ctx context.Context, by []request.PersonID) error {
	var ids []store.StopID
	for _, p := range by {
		if p != request.SystemID {
			ids = append(ids, store.StoppedPerson(p))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	set, err := store.Stops.Some(ctx, e.config.Store, ids...)
	if err == nil && len(set) > 0 {
		return e.Stops().Disabled(ctx, request.PersonID(strings.TrimPrefix(string(set[0].Value.ID), "person/")))
	}
	return err
}

// withoutDisabled leaves out people who are disabled.
func (e *Engine) withoutDisabled(ctx context.Context, people []request.Identity) ([]request.Identity, error) {
	if len(people) == 0 {
		return people, nil
	}
	ids := make([]store.StopID, len(people))
	for i, p := range people {
		ids[i] = store.StoppedPerson(p.Person())
	}
	set, err := store.Stops.Some(ctx, e.config.Store, ids...)
	if err != nil || len(set) == 0 {
		return people, err
	}
	out := map[store.StopID]bool{}
	for _, s := range set {
		out[s.Value.ID] = true
	}
	var left []request.Identity
	for _, p := range people {
		if !out[store.StoppedPerson(p.Person())] {
			left = append(left, p)
		}
	}
	return left, nil
}
