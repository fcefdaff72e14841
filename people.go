package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// People is who the engine knows.
type People struct{ e *Engine }

// People returns the people of the engine.
func (e *Engine) People() People { return People{e} }

// Seen stores people as the host vouches for them now: call it when somebody signs in,
// or with a list of everybody. Whoever acts is stored without a call. An engine without
// a Directory of its own finds the people that are stored.
func (p People) Seen(ctx context.Context, people ...request.Identity) error {
	for _, who := range people {
		if err := who.Check(); err != nil {
			return err
		}
		if err := p.e.journal.Change(ctx, func(c *store.Change) error { return p.e.people.Remember(ctx, c, who) }); err != nil {
			return err
		}
	}
	return nil
}

// Forget deletes somebody who has left: they are not found until they are seen again.
// It takes ADMIN.
func (p People) Forget(ctx context.Context, by request.Identity, id request.PersonID) error {
	if err := permit(by, "forget a person", request.Admin); err != nil {
		return err
	}
	return p.e.journal.Change(ctx, func(c *store.Change) error {
		seen, err := store.People.Get(ctx, p.e.journal.Store, id)
		if err != nil {
			return err
		}
		store.People.Delete(c, seen)
		return nil
	})
}
