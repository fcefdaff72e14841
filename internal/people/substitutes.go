package people

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxStandsFor bounds for how many people one person substitutes at a time.
const MaxStandsFor = 50

// Behind are those for whom a service acts beside itself: its owner, and those whose
// substitute the owner is. Nobody is behind a person.
func (pp *People) Behind(ctx context.Context, by request.Identity) ([]request.Identity, error) {
	if by.Owner == "" {
		return nil, nil
	}
	owner, err := pp.PersonOrID(ctx, by.Owner, by)
	if err != nil {
		return nil, err
	}
	others, err := pp.StandsFor(ctx, owner)
	return append(others, owner), err
}

// OneOfTwo reports whether two people are one where a change takes two: the same, the
// owner or the substitute of the other, or the substitute of the other's owner.
func (pp *People) OneOfTwo(ctx context.Context, by request.Identity, other request.PersonID) (bool, error) {
	first, err := pp.PersonOrID(ctx, other, by)
	if err != nil {
		return false, err
	}
	firsts := slices.DeleteFunc([]request.PersonID{other, first.Owner}, func(p request.PersonID) bool { return p == "" })
	second := func(p request.PersonID) bool { return p == by.Person() || p != "" && p == by.Owner }
	if slices.ContainsFunc(firsts, second) {
		return true, nil
	}
	named, err := journal.Values(records.Substitutions.Some(ctx, pp.Store, firsts...))
	return slices.ContainsFunc(named, func(n request.Substitution) bool { return second(n.Substitute) && n.Stands(pp.Now()) }), err
}

// StandsFor lists those whose substitute somebody is now, as the directory knows
// them now. Those whom it does not know, or who are disabled, are left out.
func (pp *People) StandsFor(ctx context.Context, by request.Identity) ([]request.Identity, error) {
	named, err := journal.Values(records.SubstitutionsBy.Newest(ctx, pp.Store, by.Person(), store.Position{}, MaxStandsFor))
	if err != nil {
		return nil, err
	}
	var all []request.Identity
	for _, s := range named {
		if !s.Stands(pp.Now()) {
			continue
		}
		who, err := pp.Person(ctx, s.Person, by)
		if errors.Is(err, request.ErrUnknownPerson) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, who)
	}
	return pp.withoutDisabled(ctx, all)
}
