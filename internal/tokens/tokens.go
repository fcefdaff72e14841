// Package tokens holds the tokens by which programs act for people and services.
//
// A token is issued to its owner, who is shown its secret once; of the secret a digest is
// kept. Each use reads the token together with whoever it acts for, as they are now, so that
// one that was revoked and a person who was disabled are refused at once by every replica.
// A program on somebody's machine comes to a token by a code that its user has allowed; a
// device without a browser by a code that its user types elsewhere.
package tokens

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/cache"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Tokens issues, reads and revokes tokens.
type Tokens struct {
	*journal.Journal
	People  *people.People
	MaxDays int // that a token may hold

	actors cache.Cache[request.TokenID, [2]request.PersonID] // owner and actor, to read them ahead

	mu     sync.Mutex
	noting map[request.TokenID]bool // whose use is being written
}

// Issue makes a token for whoever asks, or for a service, and returns its secret. Admin says
// that they may take a service over from its owner.
func (tk *Tokens) Issue(ctx context.Context, by request.Identity, s request.TokenSettings, admin bool) (request.Token, string, error) {
	if err := tk.check(ctx, s); err != nil {
		return request.Token{}, "", err
	}
	if s.Service != nil {
		if err := tk.checkOwner(ctx, by, s.Service.Owner); err != nil {
			return request.Token{}, "", err
		}
	}
	var made request.Token
	var secret string
	err := tk.Change(ctx, func(c *store.Change) (err error) {
		if s.Service != nil {
			if err := tk.putService(ctx, c, by.Person(), *s.Service, admin); err != nil {
				return err
			}
		}
		if made, secret, err = tk.add(ctx, c, by, s); err != nil {
			return err
		}
		return tk.People.Remember(ctx, c, by)
	})
	if err != nil {
		return request.Token{}, "", err
	}
	return made, secret, nil
}

// check refuses settings that no token can have, and connections that are not there.
func (tk *Tokens) check(ctx context.Context, s request.TokenSettings) error {
	if err := s.Check(tk.MaxDays); err != nil {
		return err
	}
	there, err := records.Connections.Some(ctx, tk.Store, s.Scope.Connections...)
	if err != nil || len(there) == len(s.Scope.Connections) {
		return err
	}
	var faults []request.Fault
	for i, name := range s.Scope.Connections {
		if !slices.ContainsFunc(there, func(c store.Stored[catalog.Connection]) bool { return c.Value.Name == name }) {
			faults = append(faults, request.Fault{Field: fmt.Sprintf("scope.connections[%d]", i), Reason: "is no connection that is registered"})
		}
	}
	return &request.InvalidError{What: "token", Faults: faults}
}

// checkOwner refuses an owner of a service who is nobody we know, or no person, or disabled.
func (tk *Tokens) checkOwner(ctx context.Context, by request.Identity, owner request.PersonID) error {
	who, err := tk.People.PersonOrID(ctx, owner, by)
	if err == nil {
		err = tk.People.CheckEnabled(ctx, owner)
	}
	if err != nil {
		return err
	}
	if _, err := tk.People.Person(ctx, owner, by); err != nil || !who.Is(request.Person) {
		return &request.InvalidError{What: "token", Faults: []request.Fault{{Field: "service.owner", Reason: "is no person whom we know"}}}
	}
	return nil
}

// maxHolders bounds who may have secrets of one service beside its owner.
const maxHolders = 50

// putService keeps the service for which a token acts, so that it is found as a
// beneficiary. It has one owner: only an administrator gives it another, and the tokens of
// the owner before let nobody in from then on. Whoever is shown a secret of somebody else's
// service is one of its holders.
func (tk *Tokens) putService(ctx context.Context, c *store.Change, by request.PersonID, s request.TokenService, admin bool) error {
	next := request.Identity{Issuer: request.ServiceIssuer, ID: s.ID, Name: s.Name, Kind: request.Service, Owner: s.Owner,
		Groups: []string{}, Attributes: map[string][]string{}, Permissions: s.Permissions}
	seen, err := store.People.Some(ctx, tk.Store, s.Person())
	if len(seen) > 0 {
		next.Holders = slices.Clone(seen[0].Value.Holders)
	}
	if by != s.Owner && !slices.Contains(next.Holders, by) {
		next.Holders = append(next.Holders, by)
	}
	switch {
	case err != nil:
		return err
	case len(next.Holders) > maxHolders:
		return fmt.Errorf("%w: %d people have secrets of this service; take another id", store.ErrTooMany, maxHolders)
	case len(seen) == 0:
		store.People.Insert(c, next)
		return nil
	case admin:
		next.Groups, next.Attributes = seen[0].Value.Groups, seen[0].Value.Attributes
		store.People.Update(c, seen[0], next)
		return nil
	case seen[0].Value.Owner != s.Owner:
		return &request.InvalidError{What: "token", Faults: []request.Fault{{Field: "service.id", Reason: "is a service of somebody else: take another id, or ask an administrator"}}}
	}
	c.Hold(store.People.Key(s.Person()), seen[0].Version)
	return nil
}

// add adds a token to a change, with its event.
func (tk *Tokens) add(ctx context.Context, c *store.Change, by request.Identity, s request.TokenSettings) (request.Token, string, error) {
	now := tk.Now()
	id, secret := newSecret()
	t := request.Token{ID: id, Name: s.Name, Owner: by.Person(), Actor: by.Person(), Kind: request.Person, Scope: s.Scope, Created: now, CreatedBy: by.Person(), Expires: now.AddDate(0, 0, s.Days)}
	if s.Service != nil {
		t.Owner, t.Actor, t.Kind, t.Permissions = s.Service.Owner, s.Service.Person(), request.Service, s.Service.Permissions
	}
	active, err := records.TokensUnrevoked.Find(ctx, tk.Store, t.Owner, store.Position{Order: store.OrderTime(now) + "~"}, request.MaxTokens)
	if err != nil {
		return t, "", err
	}
	if len(active) >= request.MaxTokens {
		return t, "", fmt.Errorf("%w: %d tokens are active; revoke those that are not needed", store.ErrTooMany, len(active))
	}
	records.Tokens.Insert(c, records.Token{Token: t, Digest: digestOf(secret)})
	tk.Emit(c, event.TokenIssued.With(payloadOf(t)), by.Person(), nil, records.Tokens.Subject(t.ID))
	t.State = request.TokenActive
	return t, secret, nil
}

func payloadOf(t request.Token) event.Token {
	return event.Token{Name: t.Name, Owner: t.Owner, Actor: t.Actor, Permissions: t.Permissions, Operations: t.Scope.Operations, Connections: t.Scope.Connections, Expires: t.Expires}
}

// Revoke ends a token, if may says that whoever asks may. One that is revoked already stays
// as it was.
func (tk *Tokens) Revoke(ctx context.Context, by request.Identity, id request.TokenID, may func(request.Token) bool) error {
	return tk.Change(ctx, func(c *store.Change) error {
		read, err := records.Tokens.Get(ctx, tk.Store, id)
		if err != nil {
			return err
		}
		if !may(read.Value.Token) {
			return records.Tokens.Missing(id)
		}
		tk.revoke(c, by.Person(), read)
		return nil
	})
}

func (tk *Tokens) revoke(c *store.Change, by request.PersonID, read store.Stored[records.Token]) {
	t := read.Value
	if !t.Revoked.IsZero() {
		return
	}
	t.Revoked, t.RevokedBy = tk.Now(), by
	records.Tokens.Update(c, read, t)
	tk.Emit(c, event.TokenRevoked.With(payloadOf(t.Token)), by, nil, records.Tokens.Subject(t.ID))
}

// Covers reports whether all of some requests are on connections that a scope holds. What
// does not exist is on none.
func (tk *Tokens) Covers(ctx context.Context, s request.TokenScope, ids []request.ID) (bool, error) {
	if len(s.Connections) == 0 || len(ids) == 0 || len(ids) > store.MaxPage {
		return len(s.Connections) == 0 || len(ids) == 0, nil
	}
	found, err := records.Requests.Some(ctx, tk.Store, ids...)
	on := map[request.ID]bool{}
	for _, r := range found {
		on[r.Value.ID] = s.AllowsOn(r.Value.Asset.Connection())
	}
	return err == nil && !slices.ContainsFunc(ids, func(id request.ID) bool { return !on[id] }), err
}

// List returns a page of the tokens of an owner, or without one of all, the newest first.
func (tk *Tokens) List(ctx context.Context, owner request.PersonID, after store.Position, limit int) ([]request.Token, store.Position, error) {
	var read []store.Stored[records.Token]
	var err error
	if owner == "" {
		read, err = records.TokensOfAll.Newest(ctx, tk.Store, "all", after, limit)
	} else {
		read, err = records.TokensOf.Newest(ctx, tk.Store, owner, after, limit)
	}
	page, next, err := journal.PageOf(read, after, err)
	if err != nil {
		return nil, next, err
	}
	tokens := make([]request.Token, len(page))
	for i, t := range page {
		tokens[i] = t.Token
	}
	tokens, err = tk.withUses(ctx, tokens)
	return tokens, next, err
}

// withUses fills in the states of tokens, and when they were used last.
func (tk *Tokens) withUses(ctx context.Context, tokens []request.Token) ([]request.Token, error) {
	if len(tokens) == 0 {
		return tokens, nil
	}
	ids := make([]request.TokenID, len(tokens))
	for i, t := range tokens {
		ids[i], tokens[i].State = t.ID, t.StateAt(tk.Now())
	}
	uses, err := journal.Values(records.TokenUses.Some(ctx, tk.Store, ids...))
	for _, u := range uses {
		if i := slices.Index(ids, u.Token); i >= 0 {
			tokens[i].LastUsed = u.At
		}
	}
	return tokens, err
}
