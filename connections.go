package grantwright

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Connections is what administrators do with data platforms.
type Connections struct{ e *Engine }

// Connections returns the connections of the engine.
func (e *Engine) Connections() Connections { return Connections{e} }

// Register adds a connection, or changes the one of that name, except for its
// technology. It takes ADMIN. The platform is not touched; Sync reads it. Where
// who is who there would change, and changes take two people, the error is a
// *ProposedError.
func (s Connections) Register(ctx context.Context, by request.Identity, c catalog.Connection) error {
	if err := permit(by, "register a connection", request.Admin); err != nil {
		return err
	}
	if err := s.check(c); err != nil {
		return err
	}
	a := &mappingPrincipals{s.e, c}
	for range commitTries {
		maps, err := s.maps(ctx, c)
		if err == nil && maps {
			return s.e.alter(ctx, by, a)
		}
		if err == nil {
			err = s.e.define(ctx, by, func(d *defining) error {
				if maps, err := s.maps(ctx, c); err != nil || maps {
					return errors.Join(err, errMaps)
				}
				return a.carryOut(ctx, d)
			})
		}
		if !errors.Is(err, errMaps) {
			return err
		}
	}
	return store.ErrConflict
}

// errMaps says that somebody has changed who is who meanwhile.
var errMaps = errors.New("grantwright: the mapping is another one by now")

// maps reports whether a connection would change who is who on its platform.
func (s Connections) maps(ctx context.Context, c catalog.Connection) (bool, error) {
	old, err := store.Connections.Get(ctx, s.e.config.Store, c.Name)
	if unlessMissing(err) != nil {
		return false, err
	}
	return len(manifest.Between("principals", c.Name, old.Value.Principals, c.Principals)) > 0, nil
}

// register adds a connection to a change, or changes the one of that name.
func (s Connections) register(ctx context.Context, d *defining, c catalog.Connection) error {
	c.Registered = s.e.now()
	old, err := store.Connections.Get(ctx, s.e.config.Store, c.Name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		store.Connections.Insert(d.c, c)
	case err != nil:
		return err
	case old.Value.Technology != c.Technology:
		// Its requests and grants name what stands on the other platform, where
		// this one would neither give nor take anything.
		return fmt.Errorf("%w %s: technology is %s and stays so; register the other platform under another name", catalog.ErrConnection, c.Name, old.Value.Technology)
	default:
		c.Registered = old.Value.Registered
		store.Connections.Update(d.c, old, c)
	}
	s.e.tell(d.c, event.ConnectionRegistered.Bare(), d.by, nil, store.Connections.Subject(c.Name))
	if c.SyncEvery > 0 {
		if err := store.Ring(ctx, s.e.config.Store, d.c, syncTask(c.Name), s.e.now()); err != nil {
			return err
		}
	}
	return s.e.reconcileSoon(ctx, d.c, c)
}

func (s Connections) check(c catalog.Connection) error {
	if err := c.Check(); err != nil {
		return err
	}
	if _, err := s.e.platform(c); err != nil {
		return err
	}
	if c.Principals.Expression != "" {
		if _, err := review.CompileMapping(c.Principals.Expression); err != nil {
			return err
		}
	}
	return checkTable(c.Principals.Table)
}

// checkTable refuses two people with one principal.
func checkTable(table map[string]string) error {
	people := map[string]string{}
	for person, principal := range table {
		if other, taken := people[principal]; taken {
			both := []string{other, person}
			slices.Sort(both)
			return fmt.Errorf("%w: principals.table: %s and %s are both principal %q; each principal is one person", catalog.ErrConnection, both[0], both[1], principal)
		}
		people[principal] = person
	}
	return nil
}

// All lists the connections by name, from the one after a given name, at most
// limit of them. It takes ADMIN, GOVERNANCE or AUDIT.
func (s Connections) All(ctx context.Context, by request.Identity, after string, limit int) ([]catalog.Connection, error) {
	if err := permit(by, "list connections", request.Admin, request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return values(store.Connections.All(ctx, s.e.config.Store, after, limit))
}

// Setup lists the statements by which an administrator of the platform gives us
// the least privilege that we need there. It takes ADMIN.
func (s Connections) Setup(ctx context.Context, by request.Identity, name string) ([]provision.Statement, error) {
	if err := permit(by, "see the setup of a connection", request.Admin); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.e.config.PlatformTimeout)
	defer cancel()
	p, err := s.e.provisioner(ctx, name)
	if err != nil {
		return nil, err
	}
	preparer, is := p.(provision.Preparer)
	if !is {
		return nil, fmt.Errorf("%w: connection %s needs no setup", ErrNoPlatform, name)
	}
	return preparer.Setup(ctx)
}

// Release lets go of a principal, so that it can be someone else's: after the
// mapping of the connection was mended. It takes ADMIN, and is refused while the
// person who has it has an open request or a live grant on the connection.
func (s Connections) Release(ctx context.Context, by request.Identity, connection, principal string) error {
	if err := permit(by, "release a principal", request.Admin); err != nil {
		return err
	}
	return s.e.alter(ctx, by, &releasingPrincipal{s.e, connection, principal})
}

func (s Connections) release(ctx context.Context, d *defining, connection, principal string) error {
	key := store.ClaimKey(connection, principal)
	claim, err := store.PrincipalClaims.Get(ctx, s.e.config.Store, key)
	if err != nil {
		return err
	}
	if err := s.unused(ctx, claim.Value); err != nil {
		return err
	}
	store.PrincipalClaims.Delete(d.c, claim)
	s.e.tell(d.c, event.PrincipalReleased.Bare(), d.by, nil, store.PrincipalClaims.Subject(key))
	return nil
}

// unused refuses a claim under which something is open or live.
func (s Connections) unused(ctx context.Context, claim store.PrincipalClaim) error {
	return store.RequestsOf.Each(ctx, s.e.config.Store, claim.Person, func(req store.Stored[request.Request]) error {
		r := req.Value
		if r.Asset.Connection() != claim.Connection || r.Principal.Name != claim.Principal || r.Beneficiary != claim.Person {
			return nil
		}
		grant, err := store.Grants.Get(ctx, s.e.config.Store, grantOf(r.ID))
		if unlessMissing(err) != nil {
			return err
		}
		if r.Status == request.Pending || err == nil && grant.Value.Live() {
			return fmt.Errorf("%w: request %s of %s still needs principal %q", ErrState, r.ID, claim.Person, claim.Principal)
		}
		return nil
	})
}

// pageOf is what was read as one page of a list, and where the next one begins.
func pageOf[T any](read []store.Stored[T], after store.Position, err error) ([]T, store.Position, error) {
	if len(read) > 0 {
		after = read[len(read)-1].At
	}
	all, err := values(read, err)
	return all, after, err
}

// values takes what was read out of its records.
func values[T any](read []store.Stored[T], err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	all := make([]T, len(read))
	for i, r := range read {
		all[i] = r.Value
	}
	return all, nil
}
