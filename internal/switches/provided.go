package switches

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Provided adds to a change that a provider of identities has disabled a person. Somebody
// who is disabled already stays so, by whoever did it. Once the change is committed, Follow
// carries it out.
func (s *Switches) Provided(ctx context.Context, c *store.Change, issuer string, person request.PersonID, reason string) error {
	id := provision.StoppedPerson(person)
	read, err := records.Stops.Some(ctx, s.Store, id)
	if err != nil || len(read) > 0 {
		return err
	}
	stop := provision.Stop{ID: id, By: request.SystemID, At: s.Now(), Reason: reason, Provider: provision.ProvidedBy(issuer)}
	records.Stops.Insert(c, stop)
	s.Emit(c, event.PersonDisabled.With(event.Stop{Stop: string(id), Reason: reason}), request.SystemID, nil, records.Stops.Subject(id))
	return store.Ring(ctx, s.Store, c, journal.StopTask(id), s.Now())
}

// Withdrawn adds to a change that a provider of identities enables a person whom it has
// disabled. Whom somebody else has disabled stays so.
func (s *Switches) Withdrawn(ctx context.Context, c *store.Change, issuer string, person request.PersonID, reason string) error {
	id := provision.StoppedPerson(person)
	read, err := records.Stops.Some(ctx, s.Store, id)
	if err != nil || len(read) == 0 || read[0].Value.Provider != provision.ProvidedBy(issuer) {
		return err
	}
	records.Stops.Delete(c, read[0])
	s.Emit(c, event.PersonEnabled.With(event.Stop{Stop: string(id), Reason: reason}), request.SystemID, nil, records.Stops.Subject(id))
	return nil
}

// Follow carries out a switch that was set, as far as that is possible at once.
func (s *Switches) Follow(ctx context.Context, id provision.StopID) {
	if err := s.Worker.Do(ctx, journal.StopTask(id)); err != nil && !errors.Is(err, store.ErrConflict) {
		s.Logger.WarnContext(ctx, "what follows from a stop switch is done later", "stop", id, "error", err)
	}
}
