package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
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
		if err := p.e.journal.Commit(ctx, func(c *store.Change) error { return p.e.people.Remember(ctx, c, who) }); err != nil {
			return err
		}
	}
	return nil
}

// Arrive is Seen for whoever sends a request to the host, and refuses a person who is
// disabled. It reads once. Where the person cannot be stored, the log says so.
func (p People) Arrive(ctx context.Context, by request.Identity) error {
	ctx = snapshot.Begin(ctx)
	if _, err := p.e.store.Get(ctx, records.Stops.Key(provision.StoppedPerson(by.Person())), store.People.Key(by.Person())); err != nil {
		return err
	}
	if err := p.e.people.CheckEnabled(ctx, by.Person()); err != nil {
		return err
	}
	if err := p.Seen(ctx, by); err != nil && ctx.Err() == nil {
		p.e.journal.Logger.Warn("whoever is signed in could not be kept, and may not be found by others", "error", err)
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
