package grantwright

import (
	"context"
	"time"

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
	return s.e.people.NameSubstitute(ctx, by, request.Substitution{Person: by.Person(), Substitute: substitute, From: from, Until: until, Reason: reason})
}

// End ends, from now on, that somebody decides in a person's place. The person may,
// the substitute, and ADMIN.
func (s Substitutes) End(ctx context.Context, by request.Identity, person request.PersonID) error {
	if err := by.CheckActs("end a substitution"); err != nil {
		return err
	}
	return s.e.people.EndSubstitute(ctx, by, person)
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
