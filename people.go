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

// person returns somebody as they are now: whoever acts as the host has just
// vouched for them, others as the directory knows them.
func (e *Engine) person(ctx context.Context, id request.PersonID, by request.Identity) (request.Identity, error) {
	if id == by.Person() {
		return by, nil
	}
	if e.config.Directory != nil {
		ctx, cancel := context.WithTimeout(ctx, e.config.PlatformTimeout)
		defer cancel()
		return known(id)(e.config.Directory.Lookup(ctx, id))
	}
	seen, err := store.People.Get(ctx, e.config.Store, id)
	if errors.Is(err, store.ErrNotFound) {
		return request.Identity{}, fmt.Errorf("%w: %q has never acted here, and there is no directory", request.ErrUnknownPerson, id)
	}
	return seen.Value, err
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
