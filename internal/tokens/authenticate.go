package tokens

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// useEvery is how often the last use of a token is written at most.
const useEvery = time.Hour

// Authenticate finds whoever a secret acts for, as they are now. Where it lets nobody in the
// error wraps request.ErrToken; a person who is disabled is refused as everywhere.
func (tk *Tokens) Authenticate(ctx context.Context, secret string) (request.Identity, request.Token, error) {
	id, err := idIn(secret)
	if err != nil {
		return request.Identity{}, request.Token{}, err
	}
	ctx = tk.begin(ctx, id)
	found, err := records.Tokens.Some(ctx, tk.Store, id)
	if err != nil {
		return request.Identity{}, request.Token{}, err
	}
	if len(found) == 0 || !same(found[0].Value.Digest, digestOf(secret)) {
		return request.Identity{}, request.Token{}, fmt.Errorf("%w: nobody knows it", request.ErrToken)
	}
	t := found[0].Value.Token
	switch t.State = t.StateAt(tk.Now()); t.State {
	case request.TokenRevoked:
		return request.Identity{}, t, fmt.Errorf("%w: it was revoked", request.ErrToken)
	case request.TokenExpired:
		return request.Identity{}, t, fmt.Errorf("%w: it has expired", request.ErrToken)
	}
	tk.actors.Keep(id, [2]request.PersonID{t.Owner, t.Actor})
	who, err := tk.actor(ctx, t)
	if err != nil {
		return request.Identity{}, t, err
	}
	err = tk.used(ctx, &t)
	return who, t, err
}

// begin begins an act that reads a token and, where this process has seen it before, whoever
// it acts for in the same message. Nothing is decided by what was seen before.
func (tk *Tokens) begin(ctx context.Context, id request.TokenID) context.Context {
	keys := []store.Key{records.Tokens.Key(id), records.TokenUses.Key(id)}
	if seen, is := tk.actors.Held(id); is {
		owner, actor := seen[0], seen[1]
		keys = append(keys, records.Stops.Key(provision.StoppedPerson(owner)))
		keys = append(keys, tk.People.Keys(owner)...)
		if actor != owner {
			keys = append(keys, records.Stops.Key(provision.StoppedPerson(actor)), store.People.Key(actor))
		}
	}
	return tk.Act(snapshot.Leave(ctx), keys...)
}

// actor finds whoever a token acts for: its owner, or a service of theirs.
func (tk *Tokens) actor(ctx context.Context, t request.Token) (request.Identity, error) {
	owner, err := tk.known(ctx, t.Owner, request.Person)
	if err != nil || t.Actor == t.Owner {
		return owner, err
	}
	service, err := tk.known(ctx, t.Actor, request.Service)
	if err != nil {
		return request.Identity{}, err
	}
	if service.Owner != t.Owner {
		return request.Identity{}, fmt.Errorf("%w: its service has another owner now", request.ErrToken)
	}
	service.Permissions = permissionsOf(t, owner)
	if t.CreatedBy != t.Owner && !slices.Contains(service.Holders, t.CreatedBy) { // its record was made anew
		service.Holders = append(slices.Clip(service.Holders), t.CreatedBy)
	}
	return service, nil
}

// known looks somebody up who must be of a kind, and may act.
func (tk *Tokens) known(ctx context.Context, id request.PersonID, kind request.IdentityKind) (request.Identity, error) {
	who, err := tk.People.Person(ctx, id, request.Identity{})
	switch {
	case errors.Is(err, request.ErrUnknownPerson), err == nil && !who.Is(kind):
		return request.Identity{}, fmt.Errorf("%w: %q is not known any more", request.ErrToken, id)
	case err != nil:
		return request.Identity{}, err
	}
	return who, tk.People.CheckEnabled(ctx, id)
}

// permissionsOf are those of a service: the ones of its token. It reads everything only
// while its owner does.
func permissionsOf(t request.Token, owner request.Identity) []request.Permission {
	return slices.DeleteFunc(slices.Clone(t.Permissions), func(p request.Permission) bool {
		return p == request.Audit && !owner.Has(request.Audit) || p != request.Audit && p != request.Asking && p != request.AskingForOthers
	})
}

// used fills in the last use of a token, and has this one written, now and then.
func (tk *Tokens) used(ctx context.Context, t *request.Token) error {
	uses, err := records.TokenUses.Some(ctx, tk.Store, t.ID)
	if err != nil {
		return err
	}
	if len(uses) > 0 {
		t.LastUsed = uses[0].Value.At
	}
	if tk.Now().Sub(t.LastUsed) >= useEvery && tk.begins(t.ID) {
		tk.Background(func(ctx context.Context) {
			defer tk.ends(t.ID)
			ctx, cancel := context.WithTimeout(ctx, tk.Timeout)
			defer cancel()
			if err := tk.note(ctx, t.ID); err != nil {
				tk.Logger.WarnContext(ctx, "the last use of a token is not written", "token", t.ID, "error", err)
			}
		})
	}
	return nil
}

// begins reports whether nobody else writes the use of a token.
func (tk *Tokens) begins(id request.TokenID) bool {
	tk.mu.Lock()
	defer tk.mu.Unlock()
	if tk.noting[id] {
		return false
	}
	if tk.noting == nil {
		tk.noting = map[request.TokenID]bool{}
	}
	tk.noting[id] = true
	return true
}

func (tk *Tokens) ends(id request.TokenID) {
	tk.mu.Lock()
	defer tk.mu.Unlock()
	delete(tk.noting, id)
}

// note writes that a token is used, unless that was written within the hour.
func (tk *Tokens) note(ctx context.Context, id request.TokenID) error {
	return tk.Commit(ctx, func(c *store.Change) error {
		now := tk.Now()
		read, err := records.TokenUses.Some(ctx, tk.Store, id)
		switch {
		case err != nil:
			return err
		case len(read) == 0:
			records.TokenUses.Insert(c, records.TokenUse{Token: id, At: now})
		case now.Sub(read[0].Value.At) >= useEvery:
			records.TokenUses.Update(c, read[0], records.TokenUse{Token: id, At: now})
		}
		return nil
	})
}
