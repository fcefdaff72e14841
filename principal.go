package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// ErrNoPrincipal is wrapped when a connection has no principal for a person.
var ErrNoPrincipal = errors.New("grantwright: no principal")

// principal is the name of a person on a connection, by its table or else by its
// expression.
func (e *Engine) principal(ctx context.Context, c catalog.Connection, person request.Identity) (string, error) {
	if name := c.Principals.Table[string(person.Person())]; name != "" {
		return name, nil
	}
	if c.Principals.Expression == "" {
		return "", fmt.Errorf("%w: connection %s maps nobody to %s", ErrNoPrincipal, c.Name, person.Person())
	}
	mapping, err := e.mappings.get(c.Principals.Expression, func() (*review.Mapping, error) {
		return review.CompileMapping(c.Principals.Expression)
	})
	if err != nil {
		return "", err
	}
	name, err := mapping.Map(ctx, person)
	if err != nil {
		return "", fmt.Errorf("%w: connection %s: %w", ErrNoPrincipal, c.Name, err)
	}
	return name, nil
}

// claim makes the principal of a request the beneficiary's alone. A claim that
// stands is written again: whoever releases it at the same time must lose.
func (e *Engine) claim(ctx context.Context, c *store.Change, by request.PersonID, req *request.Request) error {
	connection := req.Asset.Connection()
	key := store.ClaimKey(connection, req.Principal.Name)
	held, err := store.PrincipalClaims.Get(ctx, e.config.Store, key)
	if err == nil && held.Value.Person != req.Beneficiary {
		return &PrincipalTakenError{Connection: connection, Principal: req.Principal.Name}
	}
	if err == nil {
		store.PrincipalClaims.Update(c, held, held.Value) // request.created speaks of it
		return nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	store.PrincipalClaims.Insert(c, store.PrincipalClaim{Connection: connection, Principal: req.Principal.Name, Person: req.Beneficiary})
	e.tell(c, event.PrincipalClaimed.Bare(), by, nil, store.PrincipalClaims.Subject(key))
	return nil
}
