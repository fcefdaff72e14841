package switches

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// CheckIdle refuses a connection with live grants or pending requests.
func (s *Switches) CheckIdle(ctx context.Context, connection string) error {
	live, err := records.LiveOnConnection.Find(ctx, s.Store, connection, store.Position{}, store.MaxPage)
	if err != nil {
		return err
	}
	if len(live) > 0 {
		return fmt.Errorf("%w: %d grants live on connection %s (%d are counted at most); revoke them first, or have them revoked with it", store.ErrState, len(live), connection, store.MaxPage)
	}
	return records.RequestsByStatus.Each(ctx, s.Store, request.Pending, func(r store.Stored[request.Request]) error {
		if r.Value.Asset.Connection() == connection {
			return fmt.Errorf("%w: request %s on connection %s is pending; decide it first, or have it canceled with it", store.ErrState, r.Value.ID, connection)
		}
		return nil
	})
}

// Set sets a switch, and carries it out at once. One that is set already stays as it
// was, unless the new one goes further.
func (s *Switches) Set(ctx context.Context, by request.Identity, t event.Type[event.Stop], stop provision.Stop) error {
	if err := checkStop(stop.Reason); err != nil {
		return err
	}
	stop.By, stop.At = by.Person(), s.Now()
	err := s.Change(ctx, func(c *store.Change) error {
		read, err := records.Stops.Some(ctx, s.Store, stop.ID)
		switch {
		case err != nil:
			return err
		case len(read) == 0:
			records.Stops.Insert(c, stop)
		case !stop.Retiring || read[0].Value.Retiring:
			return fmt.Errorf("%w: that is so already, by %s: %s", store.ErrState, read[0].Value.By, read[0].Value.Reason)
		default:
			records.Stops.Update(c, read[0], stop)
		}
		s.Emit(c, t.With(event.Stop{Stop: string(stop.ID), Reason: stop.Reason}), by.Person(), nil, records.Stops.Subject(stop.ID))
		return errors.Join(s.People.Remember(ctx, c, by), store.Ring(ctx, s.Store, c, journal.StopTask(stop.ID), s.Now()))
	})
	if err != nil {
		return err
	}
	s.Follow(ctx, stop.ID)
	return nil
}

// Lift lifts a switch.
func (s *Switches) Lift(ctx context.Context, by request.Identity, t event.Type[event.Stop], id provision.StopID, reason string) error {
	if err := checkStop(reason); err != nil {
		return err
	}
	return s.Change(ctx, func(c *store.Change) error {
		read, err := records.Stops.Get(ctx, s.Store, id)
		if err != nil {
			return err
		}
		records.Stops.Delete(c, read)
		s.Emit(c, t.With(event.Stop{Stop: string(id), Reason: reason}), by.Person(), nil, records.Stops.Subject(id))
		return nil
	})
}

func checkStop(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return &request.InvalidError{What: "stop", Faults: []request.Fault{{Field: "reason", Reason: "is required: it is recorded in the log"}}}
	}
	return review.CheckReason(reason)
}
