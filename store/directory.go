package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
)

// Directory finds people in a Store: those who have signed in or acted, as they
// were when they last did, and those whom the host has put there.
type Directory struct {
	Store Store

	// Complete says that the host puts everybody into the store. Without it the result
	// of People is never complete: somebody who has never come may meet the criterion
	// too.
	Complete bool
}

// Lookup returns somebody as they were when they were last seen.
func (d Directory) Lookup(ctx context.Context, id request.PersonID) (request.Identity, error) {
	seen, err := People.Get(ctx, d.Store, id)
	if errors.Is(err, ErrNotFound) {
		return request.Identity{}, fmt.Errorf("%w: %q has never been seen here", request.ErrUnknownPerson, id)
	}
	return seen.Value, err
}

// People finds those who met a criterion when they were last seen.
func (d Directory) People(ctx context.Context, c request.Criterion, after request.PersonID, limit int) ([]request.Identity, bool, error) {
	if limit <= 0 {
		return nil, d.Complete, nil
	}
	if c.Everybody {
		who, err := d.everybody(ctx, after, limit)
		return who, d.Complete, err
	}
	if c.Person != "" {
		who, err := d.one(ctx, c.Person, after)
		return who, d.Complete, err
	}
	found, err := d.page(ctx, traitOf(c), c, after, limit)
	if err != nil {
		return nil, false, err
	}
	beside, err := d.page(ctx, manyTraits, c, after, limit)
	if err != nil {
		return nil, false, err
	}
	complete, err := d.complete(ctx, c)
	return merged(found, beside, limit), complete, err
}

// complete reports whether nobody else can meet a criterion: the host puts everybody into the
// store, and there is nobody whose groups, or attributes, are not known.
func (d Directory) complete(ctx context.Context, c request.Criterion) (bool, error) {
	var lacking trait
	switch {
	case !d.Complete:
		return false, nil
	case c.Group != "":
		lacking = unknownGroups
	case c.Attribute != request.Attribute{}:
		lacking = unknownAttributes
	default:
		return true, nil
	}
	some, err := PeopleByTrait.Find(ctx, d.Store, lacking, Position{}, 1)
	return len(some) == 0, err
}

// everybody reads as many pages as it takes.
func (d Directory) everybody(ctx context.Context, after request.PersonID, limit int) (who []request.Identity, err error) {
	for len(who) < limit {
		size := min(limit-len(who), MaxPage)
		page, err := People.All(ctx, d.Store, after, size)
		if err != nil {
			return nil, err
		}
		for _, p := range page {
			who = append(who, p.Value)
		}
		if len(page) < size {
			break
		}
		after = who[len(who)-1].Person()
	}
	return who, nil
}

func (d Directory) one(ctx context.Context, id, after request.PersonID) ([]request.Identity, error) {
	if id <= after {
		return nil, nil
	}
	who, err := d.Lookup(ctx, id)
	if errors.Is(err, request.ErrUnknownPerson) {
		return nil, nil
	}
	return Only(who, err == nil), err
}

// page finds some of those who have a trait and meet a criterion. Two criteria
// may have one trait only if a digest fails us; those with many have none.
func (d Directory) page(ctx context.Context, t trait, c request.Criterion, after request.PersonID, limit int) ([]request.Identity, error) {
	var who []request.Identity
	size := min(limit, MaxPage)
	for at := (Position{ID: string(after)}); len(who) < limit; {
		read, err := PeopleByTrait.Find(ctx, d.Store, t, at, size)
		if err != nil {
			return nil, err
		}
		for _, p := range read {
			at = p.At
			if c.Holds(p.Value) && len(who) < limit {
				who = append(who, p.Value)
			}
		}
		if len(read) < size {
			break
		}
	}
	return who, nil
}

// merged are the first of two lists that are in order.
func merged(a, b []request.Identity, limit int) []request.Identity {
	who := append(slices.Clip(a), b...)
	slices.SortFunc(who, func(a, b request.Identity) int { return strings.Compare(string(a.Person()), string(b.Person())) })
	return who[:min(len(who), limit)]
}

// People are those who have been seen, as they were when they last were.
var People = Kind[request.PersonID, request.Identity]{
	Name:    "people",
	Of:      request.Identity.Person,
	Indexes: []Indexed[request.Identity]{PeopleByTrait, PeopleByNames[0], PeopleByNames[1], PeopleByNames[2]},
	Quiet:   true,
}

// PeopleByNames order everybody by name, by the last word of it, and by id, all in lower
// case: a position with an order finds those that begin with it. Who has no name goes by
// their id.
var PeopleByNames = []Index[string, request.Identity]{
	{Kind: "people", Name: "name", Values: everybody, Order: nameOf},
	{Kind: "people", Name: "surname", Values: everybody, Order: surnameOf},
	{Kind: "people", Name: "id", Values: everybody, Order: func(i request.Identity) string { return strings.ToLower(i.ID) }},
}

func everybody(request.Identity) []string { return []string{""} }

func nameOf(i request.Identity) string {
	return strings.ToLower(cmp.Or(strings.Join(strings.Fields(i.Name), " "), i.ID))
}

func surnameOf(i request.Identity) string {
	name := nameOf(i)
	return name[strings.LastIndexByte(name, ' ')+1:]
}

// trait is something that people are found by: the digest of a criterion.
type trait string

// manyTraits have those who have more traits than a record can have keys. They
// are looked through for every criterion. The others have those of whom something is not
// known.
const (
	manyTraits        trait = "many"
	unknownGroups     trait = "unknown groups"
	unknownAttributes trait = "unknown attributes"
)

func traitOf(c request.Criterion) trait {
	return trait(Digest(fmt.Sprintf("%q %q %q %q", c.Group, c.Attribute.Key, c.Attribute.Value, c.Permission)))
}

// PeopleByTrait finds people by a group, a permission or a value of an attribute,
// ordered by their id.
var PeopleByTrait = Index[trait, request.Identity]{Kind: "people", Name: "trait", Values: traits}

func traits(i request.Identity) []trait {
	found := map[trait]bool{}
	for _, p := range i.Permissions {
		found[traitOf(request.Criterion{Permission: p})] = true
	}
	for _, g := range i.Groups {
		found[traitOf(request.Criterion{Group: string(request.Identity{Issuer: i.Issuer, ID: g}.Person())})] = true
	}
	for key, values := range i.Attributes {
		for _, v := range values {
			found[traitOf(request.Criterion{Attribute: request.Attribute{Key: key, Value: v}})] = true
		}
	}
	if len(found) > MaxEntries-2 {
		found = map[trait]bool{manyTraits: true}
	}
	if i.Is(request.Person) && i.Groups == nil {
		found[unknownGroups] = true
	}
	if i.Is(request.Person) && i.Attributes == nil {
		found[unknownAttributes] = true
	}
	return slices.Sorted(maps.Keys(found))
}
