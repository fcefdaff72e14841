package grantwright

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Substitutes is who decides in whose place.
type Substitutes struct{ e *Engine }

// Substitutes returns the substitutes that people have named.
func (e *Engine) Substitutes() Substitutes { return Substitutes{e} }

// Name has somebody decide in one's own place, from a time on (zero means now) until
// another, at most request.MaxSubstitution later. It replaces the substitute that was
// named before. A substitute of a substitute stands for nobody else, and it holds only
// while the directory knows whoever has named them.
func (s Substitutes) Name(ctx context.Context, by request.Identity, substitute request.PersonID, from, until time.Time, reason string) (request.Substitution, error) {
	if err := by.CheckActs("name a substitute"); err != nil {
		return request.Substitution{}, err
	}
	now := s.e.journal.Now()
	if from.IsZero() {
		from = now
	}
	n := request.Substitution{Person: by.Person(), Substitute: substitute, From: from.UTC().Truncate(time.Microsecond), Until: until.UTC().Truncate(time.Microsecond), Reason: reason, Named: now}
	if err := n.Check(now); err != nil {
		return request.Substitution{}, err
	}
	who, err := s.e.people.Person(ctx, substitute, by)
	if errors.Is(err, request.ErrUnknownPerson) || err == nil && !who.Is(request.Person) {
		return request.Substitution{}, &request.InvalidError{What: "substitution", Faults: []request.Fault{{Field: "substitute", Reason: "is nobody we know"}}}
	}
	if err != nil {
		return request.Substitution{}, err
	}
	return n, s.e.journal.Change(ctx, func(c *store.Change) error {
		read, err := records.Substitutions.Some(ctx, s.e.journal.Store, n.Person)
		if err != nil {
			return err
		}
		if len(read) == 0 {
			records.Substitutions.Insert(c, n)
		} else {
			records.Substitutions.Update(c, read[0], n)
		}
		s.e.journal.Emit(c, event.SubstituteNamed.With(event.Substitute{Substitute: n.Substitute, From: n.From, Until: n.Until, Reason: n.Reason}), by.Person(), nil, records.Substitutions.Subject(n.Person))
		return s.e.people.Remember(ctx, c, by)
	})
}

// End ends, from now on, that somebody decides in a person's place. The person may,
// the substitute, and ADMIN.
func (s Substitutes) End(ctx context.Context, by request.Identity, person request.PersonID) error {
	if err := by.CheckActs("end a substitution"); err != nil {
		return err
	}
	return s.e.journal.Change(ctx, func(c *store.Change) error {
		read, err := records.Substitutions.Some(ctx, s.e.journal.Store, person)
		if err != nil {
			return err
		}
		mine := by.Person() == person || len(read) > 0 && by.Person() == read[0].Value.Substitute
		if !mine && !by.Has(request.Admin) {
			return &request.ForbiddenError{Person: by.Person(), Act: "end this substitution", Needs: "the person, their substitute, or ADMIN"}
		}
		if len(read) == 0 || read[0].Value.Over(s.e.journal.Now()) {
			return store.ErrNotFound
		}
		n := read[0].Value
		n.Ended = s.e.journal.Now()
		records.Substitutions.Update(c, read[0], n)
		s.e.journal.Emit(c, event.SubstituteEnded.With(event.Substitute{Substitute: n.Substitute, From: n.From, Until: n.Until}), by.Person(), nil, records.Substitutions.Subject(person))
		return nil
	})
}

// Mine returns somebody's own substitutions.
func (s Substitutes) Mine(ctx context.Context, by request.Identity) (request.Standing, error) {
	if err := by.Check(); err != nil {
		return request.Standing{}, err
	}
	now := s.e.journal.Now()
	var all request.Standing
	read, err := records.Substitutions.Some(ctx, s.e.journal.Store, by.Person())
	if err != nil {
		return all, err
	}
	if len(read) > 0 && !read[0].Value.Over(now) {
		all.Named = read[0].Value
	}
	others, err := journal.Values(records.SubstitutionsBy.Newest(ctx, s.e.journal.Store, by.Person(), store.Position{}, people.MaxStandsFor))
	people := []request.PersonID{all.Named.Substitute}
	for _, n := range others {
		if !n.Over(now) {
			all.StandsFor = append(all.StandsFor, n)
			people = append(people, n.Person)
		}
	}
	all.Names = s.e.people.Names(ctx, by, people)
	return all, err
}
