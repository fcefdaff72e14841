package platforms

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Principal maps a person to their principal on a connection, by its table or else
// by its expression.
func (pl *Platforms) Principal(ctx context.Context, c catalog.Connection, person request.Identity) (string, error) {
	if name := c.Principals.Table[string(person.Person())]; name != "" {
		return name, nil
	}
	if c.Principals.Expression == "" {
		return "", fmt.Errorf("%w: ask the administrator of %s to add that of %s", provision.ErrNoPrincipal, c.Name, person.Person())
	}
	mapping, err := pl.mappings.Load(c.Principals.Expression, func() (*review.Mapping, error) {
		return review.CompileMapping(c.Principals.Expression)
	})
	if err != nil {
		return "", err
	}
	name, err := mapping.Map(ctx, person)
	if err != nil {
		return "", fmt.Errorf("%w: ask the administrator of %s to add that of %s (%w)", provision.ErrNoPrincipal, c.Name, person.Person(), err)
	}
	return name, nil
}

// LikelyClaim is the key of the claim of somebody's principal, by the mapping that this
// process has read last; none where it has read none. It serves to read ahead.
func (pl *Platforms) LikelyClaim(ctx context.Context, connection string, person request.Identity) []store.Key {
	c, err := records.Connections.Get(ctx, snapshot.Held(pl.Store), connection)
	if err != nil {
		return nil
	}
	name, err := pl.Principal(ctx, c.Value, person)
	if err != nil {
		return nil
	}
	return []store.Key{records.PrincipalClaims.Key(records.ClaimKey(connection, name))}
}

// Claim reserves the principal of a request for its beneficiary. An existing claim
// is written again, so that a concurrent release of it loses.
func (pl *Platforms) Claim(ctx context.Context, c *store.Change, by request.PersonID, req *request.Request) error {
	connection := req.Asset.Connection()
	key := records.ClaimKey(connection, req.Principal.Name)
	held, err := records.PrincipalClaims.Get(ctx, pl.Store, key)
	if err == nil && held.Value.Person != req.Beneficiary {
		return &provision.PrincipalTakenError{Connection: connection, Principal: req.Principal.Name}
	}
	if err == nil {
		records.PrincipalClaims.Update(c, held, held.Value) // request.created speaks of it
		return nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	records.PrincipalClaims.Insert(c, records.PrincipalClaim{Connection: connection, Principal: req.Principal.Name, Person: req.Beneficiary})
	pl.Emit(c, event.PrincipalClaimed.Bare(), by, nil, records.PrincipalClaims.Subject(key))
	return nil
}
