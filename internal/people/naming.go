package people

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// NameSubstitute keeps a substitution of whoever acts, from now on where it has no beginning.
// It replaces the one before.
func (pp *People) NameSubstitute(ctx context.Context, by request.Identity, n request.Substitution) (request.Substitution, error) {
	now := pp.Now()
	if n.From.IsZero() {
		n.From = now
	}
	n.From, n.Until, n.Named = n.From.UTC().Truncate(time.Microsecond), n.Until.UTC().Truncate(time.Microsecond), now
	if err := n.Check(now); err != nil {
		return request.Substitution{}, err
	}
	who, err := pp.Person(ctx, n.Substitute, by)
	if errors.Is(err, request.ErrUnknownPerson) || err == nil && !who.Is(request.Person) {
		return request.Substitution{}, &request.InvalidError{What: "substitution", Faults: []request.Fault{{Field: "substitute", Reason: "is nobody we know"}}}
	}
	if err != nil {
		return request.Substitution{}, err
	}
	return n, pp.Change(ctx, func(c *store.Change) error {
		read, err := records.Substitutions.Some(ctx, pp.Store, n.Person)
		if err != nil {
			return err
		}
		if len(read) == 0 {
			records.Substitutions.Insert(c, n)
		} else {
			records.Substitutions.Update(c, read[0], n)
		}
		pp.Emit(c, event.SubstituteNamed.With(event.Substitute{Substitute: n.Substitute, From: n.From, Until: n.Until, Reason: n.Reason}), by.Person(), nil, records.Substitutions.Subject(n.Person))
		return pp.Remember(ctx, c, by)
	})
}

// EndSubstitute ends, from now on, that somebody decides in a person's place. The person may,
// the substitute, and ADMIN.
func (pp *People) EndSubstitute(ctx context.Context, by request.Identity, person request.PersonID) error {
	return pp.Change(ctx, func(c *store.Change) error {
		read, err := records.Substitutions.Some(ctx, pp.Store, person)
		if err != nil {
			return err
		}
		mine := by.Person() == person || len(read) > 0 && by.Person() == read[0].Value.Substitute
		if !mine && !by.Has(request.Admin) {
			return &request.ForbiddenError{Person: by.Person(), Act: "end this substitution", Needs: "the person, their substitute, or ADMIN"}
		}
		if len(read) == 0 || read[0].Value.Over(pp.Now()) {
			return store.ErrNotFound
		}
		n := read[0].Value
		n.Ended = pp.Now()
		records.Substitutions.Update(c, read[0], n)
		pp.Emit(c, event.SubstituteEnded.With(event.Substitute{Substitute: n.Substitute, From: n.From, Until: n.Until}), by.Person(), nil, records.Substitutions.Subject(person))
		return nil
	})
}
