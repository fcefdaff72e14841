package grantwright

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// People is who the engine knows.
type People struct{ e *Engine }

// People returns the people of the engine.
func (e *Engine) People() People { return People{e} }

// Seen keeps people as the host vouches for them now: call it when somebody signs
// in, or with a list of everybody. Whoever acts is kept without it. An engine
// without a Directory of its own finds people by what is kept.
func (p People) Seen(ctx context.Context, people ...request.Identity) error {
	for _, who := range people {
		if err := who.Check(); err != nil {
			return err
		}
		if err := p.e.change(ctx, func(c *store.Change) error { return p.e.remember(ctx, c, who) }); err != nil {
			return err
		}
	}
	return nil
}

// Forget lets go of somebody who has left: they are found no more until they are
// seen again. It takes ADMIN.
func (p People) Forget(ctx context.Context, by request.Identity, id request.PersonID) error {
	if err := permit(by, "forget a person", request.Admin); err != nil {
		return err
	}
	return p.e.change(ctx, func(c *store.Change) error {
		seen, err := store.People.Get(ctx, p.e.config.Store, id)
		if err != nil {
			return err
		}
		store.People.Delete(c, seen)
		return nil
	})
}

// The bounds of a search for people.
const (
	peoplePage = 500    // at a time
	maxFound   = 10_000 // in all; where there are more, not all are known
)

// peopleWith finds everybody who meets a criterion now, as far as the directory
// knows; complete says that it knows them all. Whoever is disabled is nobody.
func (e *Engine) peopleWith(ctx context.Context, c request.Criterion) (who []request.Identity, complete bool, err error) {
	who, complete, err = e.everybodyWith(ctx, c)
	if err != nil {
		return nil, false, err
	}
	who, err = e.withoutDisabled(ctx, who)
	return who, complete, err
}

// everybodyWith is peopleWith, with those who are disabled.
func (e *Engine) everybodyWith(ctx context.Context, c request.Criterion) (who []request.Identity, complete bool, err error) {
	after := request.PersonID("")
	for range maxFound / peoplePage {
		page, all, err := e.peoplePage(ctx, c, after)
		if err != nil {
			return nil, false, fmt.Errorf("grantwright: looking for people with %s: %w", c, err)
		}
		for _, i := range page {
			if i.Person() <= after {
				return nil, false, fmt.Errorf("grantwright: the directory lists people with %s out of order", c)
			}
			if after = i.Person(); c.Holds(i) && i.Check() == nil {
				who = append(who, i)
			}
		}
		if len(page) < peoplePage {
			return who, all, nil
		}
	}
	return who, false, nil
}

func (e *Engine) peoplePage(ctx context.Context, c request.Criterion, after request.PersonID) ([]request.Identity, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, e.config.PlatformTimeout)
	defer cancel()
	return e.config.Directory.People(ctx, c, after, peoplePage)
}

// person returns somebody as they are now: whoever acts as the host has just
// vouched for them, others as the directory knows them.
func (e *Engine) person(ctx context.Context, id request.PersonID, by request.Identity) (request.Identity, error) {
	if id == by.Person() {
		return by, nil
	}
	ctx, cancel := context.WithTimeout(ctx, e.config.PlatformTimeout)
	defer cancel()
	return known(id)(e.config.Directory.Lookup(ctx, id))
}

// known refuses whom a directory returns under an id that is not their own, as
// one does that takes no heed of case: one person would be two to us.
func known(id request.PersonID) func(request.Identity, error) (request.Identity, error) {
	return func(i request.Identity, err error) (request.Identity, error) {
		if err == nil {
			err = i.Check()
		}
		if err == nil && i.Person() != id {
			err = fmt.Errorf("%w: %q, whom the directory knows as %q", request.ErrUnknownPerson, id, i.Person())
		}
		if err != nil {
			return request.Identity{}, err
		}
		return i, nil
	}
}

// remember keeps whoever acts as they are now.
func (e *Engine) remember(ctx context.Context, c *store.Change, by request.Identity) error {
	seen, err := store.People.Get(ctx, e.config.Store, by.Person())
	switch {
	case errors.Is(err, store.ErrNotFound):
		store.People.Insert(c, by)
	case err != nil:
		return err
	case !reflect.DeepEqual(seen.Value, by):
		store.People.Update(c, seen, by)
		e.beside(func(ctx context.Context) { e.personChanged(ctx, by.Person()) })
	}
	return nil
}

// personOrID is person for whoever has to be named although nobody knows them
// any more: then the id is all there is.
func (e *Engine) personOrID(ctx context.Context, id request.PersonID, by request.Identity) (request.Identity, error) {
	i, err := e.person(ctx, id, by)
	if errors.Is(err, request.ErrUnknownPerson) {
		return id.Identity(), nil
	}
	return i, err
}

// names finds what some people are called, where that is known. Nothing depends on
// it: without the directory their ids have to do.
func (e *Engine) names(ctx context.Context, by request.Identity, people []request.PersonID) map[request.PersonID]string {
	names := map[request.PersonID]string{}
	for _, id := range people {
		if _, asked := names[id]; asked {
			continue
		}
		i, err := e.personOrID(ctx, id, by)
		if err != nil {
			e.config.Logger.Warn("people are shown without their names", "error", err)
			break
		}
		names[id] = i.Name
	}
	maps.DeleteFunc(names, func(_ request.PersonID, name string) bool { return name == "" })
	return names
}
