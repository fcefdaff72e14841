package grantwright

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Substitutes is who decides in whose place.
type Substitutes struct{ e *Engine }

// Substitutes returns the substitutes that people have named.
func (e *Engine) Substitutes() Substitutes { return Substitutes{e} }

// Name has somebody decide in one's own place from a time on, zero means now, until
// another, at most request.MaxSubstitution later. It takes the place of what was
// named before. A substitute of a substitute stands for nobody else; and it holds
// only while the directory knows whoever has named them.
func (s Substitutes) Name(ctx context.Context, by request.Identity, substitute request.PersonID, from, until time.Time, reason string) (request.Substitution, error) {
	if err := by.Check(); err != nil {
		return request.Substitution{}, err
	}
	now := s.e.now()
	if from.IsZero() {
		from = now
	}
	n := request.Substitution{Person: by.Person(), Substitute: substitute, From: from.UTC().Truncate(time.Microsecond), Until: until.UTC().Truncate(time.Microsecond), Reason: reason, Named: now}
	if err := n.Check(now); err != nil {
		return request.Substitution{}, err
	}
	who, err := s.e.person(ctx, substitute, by)
	if errors.Is(err, request.ErrUnknownPerson) || err == nil && !who.Is(request.Person) {
		return request.Substitution{}, &request.InvalidError{What: "substitution", Faults: []request.Fault{{Field: "substitute", Reason: "is nobody we know"}}}
	}
	if err != nil {
		return request.Substitution{}, err
	}
	return n, s.e.change(ctx, func(c *store.Change) error {
		read, err := store.Substitutions.Some(ctx, s.e.config.Store, n.Person)
		if err != nil {
			return err
		}
		if len(read) == 0 {
			store.Substitutions.Insert(c, n)
		} else {
			store.Substitutions.Update(c, read[0], n)
		}
		s.e.tell(c, event.SubstituteNamed.With(event.Substitute{Substitute: n.Substitute, From: n.From, Until: n.Until, Reason: n.Reason}), by.Person(), nil, store.Substitutions.Subject(n.Person))
		return s.e.remember(ctx, c, by)
	})
}

// End ends, from now on, that somebody decides in a person's place. The person may,
// the substitute, and ADMIN.
func (s Substitutes) End(ctx context.Context, by request.Identity, person request.PersonID) error {
	if err := by.Check(); err != nil {
		return err
	}
	return s.e.change(ctx, func(c *store.Change) error {
		read, err := store.Substitutions.Some(ctx, s.e.config.Store, person)
		if err != nil {
			return err
		}
		mine := by.Person() == person || len(read) > 0 && by.Person() == read[0].Value.Substitute
		if !mine && !by.Has(request.Admin) {
			return &ForbiddenError{Person: by.Person(), Act: "end this substitution", Needs: "the person, their substitute, or ADMIN"}
		}
		if len(read) == 0 || read[0].Value.Over(s.e.now()) {
			return store.ErrNotFound
		}
		n := read[0].Value
		n.Ended = s.e.now()
		store.Substitutions.Update(c, read[0], n)
		s.e.tell(c, event.SubstituteEnded.With(event.Substitute{Substitute: n.Substitute, From: n.From, Until: n.Until}), by.Person(), nil, store.Substitutions.Subject(person))
		return nil
	})
}

// Standing is who decides for somebody, and for whom they decide.
type Standing struct {
	Named     request.Substitution   // whom they have named; zero if nobody, or if it is over
	StandsFor []request.Substitution // who has named them, now or later, the last to end first
	Names     map[request.PersonID]string
}

// Mine returns somebody's own substitutions.
func (s Substitutes) Mine(ctx context.Context, by request.Identity) (Standing, error) {
	if err := by.Check(); err != nil {
		return Standing{}, err
	}
	now := s.e.now()
	var all Standing
	read, err := store.Substitutions.Some(ctx, s.e.config.Store, by.Person())
	if err != nil {
		return all, err
	}
	if len(read) > 0 && !read[0].Value.Over(now) {
		all.Named = read[0].Value
	}
	others, err := values(store.SubstitutionsBy.Newest(ctx, s.e.config.Store, by.Person(), store.Position{}, maxStandsFor))
	people := []request.PersonID{all.Named.Substitute}
	for _, n := range others {
		if !n.Over(now) {
			all.StandsFor = append(all.StandsFor, n)
			people = append(people, n.Person)
		}
	}
	all.Names = s.e.names(ctx, by, people)
	return all, err
}
