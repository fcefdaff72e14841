package sessions

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// judged is somebody who signs in, as they count. Groups that have all vanished are not
// known until somebody confirms it; a finding says so.
func (s *Sessions) judged(ctx context.Context, c *store.Change, who request.Identity) (request.Identity, error) {
	if who.Groups == nil {
		return who, nil
	}
	kept, err := records.Enrolled.Some(ctx, s.Store, who.Person())
	if err != nil || len(kept) > 0 { // whoever keeps them here says their groups
		return who, err
	}
	found, err := records.LostGroups.Some(ctx, s.Store, who.Person())
	if err != nil {
		return who, err
	}
	if len(who.Groups) > 0 {
		if len(found) > 0 { // they are back
			records.LostGroups.Delete(c, found[0])
		}
		return who, nil
	}
	was, err := store.People.Some(ctx, s.Store, who.Person())
	if err != nil || len(was) == 0 {
		return who, err
	}
	lost, is := request.Lost(was[0].Value, who, s.Now())
	if !is || len(found) > 0 && found[0].Value.Confirmed != "" {
		return who, nil
	}
	if len(found) == 0 {
		records.LostGroups.Insert(c, lost)
		s.Emit(c, event.GroupsVanished.With(event.Vanished{Person: lost.Person, Groups: lost.Had, Count: lost.Count}), request.SystemID, nil, store.People.Subject(lost.Person))
	}
	who.Groups = nil
	return who, nil
}

// Lost lists the findings that nobody has confirmed, the oldest first.
func (s *Sessions) Lost(ctx context.Context, after store.Position, limit int) ([]store.Stored[request.LostGroups], error) {
	return records.LostGroupsOpen.Find(ctx, s.Store, "all", after, limit)
}

// Confirm says that somebody is in no group any more: from then on their groups are known
// to be none, in their record and in their sessions.
func (s *Sessions) Confirm(ctx context.Context, by request.Identity, person request.PersonID, reason string) error {
	if strings.TrimSpace(reason) == "" {
		return &request.InvalidError{What: "confirmation", Faults: []request.Fault{{Field: "reason", Reason: "is required: it is recorded in the log"}}}
	}
	if err := review.CheckReason(reason); err != nil {
		return err
	}
	err := s.Change(ctx, func(c *store.Change) error {
		read, err := records.LostGroups.Get(ctx, s.Store, person)
		if err != nil {
			return err
		}
		if read.Value.Confirmed != "" {
			return fmt.Errorf("%w: that is confirmed already, by %s", store.ErrState, read.Value.Confirmed)
		}
		confirmed := read.Value
		confirmed.Confirmed, confirmed.Reason = by.Person(), reason
		records.LostGroups.Update(c, read, confirmed)
		s.Emit(c, event.GroupsConfirmed.With(event.Confirmed{Person: person, Reason: reason}), by.Person(), nil, store.People.Subject(person))
		return errors.Join(s.People.Remember(ctx, c, by), s.inNone(ctx, c, person))
	})
	if err == nil {
		store.AfterCommit(ctx, func() { s.Background(func(ctx context.Context) { s.People.Changed(ctx, person) }) })
	}
	return err
}

// inNone has the record and the sessions of a person say that they are in no group. The
// record has the permissions of their last sign-in, which came from no group, as far as a
// session of it is left; else their next sign-in says which they have.
func (s *Sessions) inNone(ctx context.Context, c *store.Change, person request.PersonID) error {
	seen, err := store.People.Some(ctx, s.Store, person)
	if err != nil {
		return err
	}
	all, err := records.SessionsOf.Find(ctx, s.Store, person, store.Position{}, 2*MaxOfOne)
	if err != nil {
		return err
	}
	for _, one := range all {
		who := one.Value.Identity
		who.Groups = []string{}
		records.Sessions.Update(c, one, saying(one.Value, who, ""))
	}
	for _, one := range seen {
		who := one.Value
		who.Groups = []string{}
		if who.Permissions = nil; len(all) > 0 {
			who.Permissions = all[0].Value.Identity.Permissions
		}
		store.People.Update(c, one, who)
	}
	return nil
}
