package grantwright

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/grantwright/grantwright/internal/inventory"
	"github.com/grantwright/grantwright/internal/journal"
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
	if err := by.Check(); err != nil {
		return err
	}
	ctx = snapshot.Begin(ctx)
	if _, err := p.e.store.Get(ctx, records.Stops.Key(provision.StoppedPerson(by.Person())), store.People.Key(by.Person())); err != nil {
		return err
	}
	if err := p.e.people.CheckEnabled(ctx, by.Person()); err != nil {
		return err
	}
	if err := p.Seen(ctx, by); err != nil && ctx.Err() == nil {
		p.e.journal.Logger.WarnContext(ctx, "whoever is signed in could not be kept, and may not be found by others", "error", err)
	}
	return nil
}

// Search lists people whom the directory knows, by id, from the one after a given id, at most
// limit of them: those whose id, name or e-mail address holds a text; without one, all. A page
// may be shorter although others follow: next is empty at the end. It takes ADMIN, GOVERNANCE
// or AUDIT.
func (p People) Search(ctx context.Context, by request.Identity, text string, after request.PersonID, limit int) (who []request.Identity, next request.PersonID, err error) {
	if err := permit(by, "look for people", request.Admin, request.Governance, request.Audit); err != nil {
		return nil, "", err
	}
	if limit <= 0 || limit > store.MaxPage {
		limit = store.MaxPage
	}
	return p.e.people.Search(ctx, text, after, limit)
}

// Profile is what is known of somebody: who they are, whether they are disabled, and their
// principals. It takes ADMIN, GOVERNANCE or AUDIT.
func (p People) Profile(ctx context.Context, by request.Identity, id request.PersonID) (provision.Profile, error) {
	if err := permit(by, "see a person", request.Admin, request.Governance, request.Audit); err != nil {
		return provision.Profile{}, err
	}
	return p.e.people.Profile(ctx, id)
}

// Find finds people whose id, name or surname begins with a text, for whoever has to name
// somebody: at most limit of them, with their ids and names alone. It takes two characters;
// fewer find nobody. Everybody may look, but services.
func (p People) Find(ctx context.Context, by request.Identity, text string, limit int) ([]request.Identity, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	if !by.Acts() {
		return nil, by.CheckActs("look for people")
	}
	if utf8.RuneCountInString(strings.TrimSpace(text)) < 2 {
		return nil, nil
	}
	found, err := p.e.people.Find(ctx, text, journal.PageLimit(limit, maxSuggested))
	for i, who := range found {
		found[i] = request.Identity{Issuer: who.Issuer, ID: who.ID, Name: who.Name}
	}
	return found, err
}

// Groups finds groups whose names begin with a text, at most limit of them, among those that
// the engine has seen: there may be more. It takes GOVERNANCE, ADMIN or AUDIT.
func (p People) Groups(ctx context.Context, by request.Identity, text string, limit int) ([]string, error) {
	if err := permit(by, "look for groups", request.Governance, request.Admin, request.Audit); err != nil {
		return nil, err
	}
	return p.e.people.Groups(ctx, text, journal.PageLimit(limit, maxSuggested))
}

// maxSuggested bounds how many people are found at once.
const maxSuggested = 50

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

// Relink says that a person has another id now, as when the provider of identities has issued
// one anew: their principals, open requests and live grants, those that they have asked for
// others, their substitutions, services, tokens, preferences and accounts at channels, and what
// a provider keeps of them, go to the new id at once, and each request says so. Stays names
// what does not, because others have to change it, or the new id has one of its own: flows that
// name the id of before, tables of connections, services whose owner the host names, notices.
// What has ended stays too, as the log does. It is refused with store.ErrState where a
// connection with something open or live does not map the new id to the principal, where
// somebody is disabled under one of the ids or one is a group's, and where one commit cannot
// hold it all. It takes ADMIN, and nobody links an id of their own. Where changes take two
// people, the error is a *manifest.ProposedError.
func (p People) Relink(ctx context.Context, by request.Identity, was, now request.PersonID, reason string) (stays []string, err error) {
	if err := permit(by, "link a person to another id", request.Admin); err != nil {
		return nil, err
	}
	a := &inventory.PersonRelink{Inventory: p.e.inventory, Was: was, Now: now, Reason: reason}
	err = p.e.governance.Alter(ctx, by, a)
	return a.Stays, err
}
