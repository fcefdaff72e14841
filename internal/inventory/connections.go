package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// ErrOvertaken says that somebody has registered the connection in another way meanwhile.
var ErrOvertaken = errors.New("grantwright: the connection is another one by now")

// TakesTwo reports whether a connection differs from the registered one in what a second
// person has to see: who is who there, where it leads, and which secret is sent there.
func (i *Inventory) TakesTwo(ctx context.Context, c catalog.Connection) (bool, error) {
	old, err := records.Connections.Get(ctx, i.Store, c.Name)
	if journal.UnlessMissing(err) != nil {
		return false, err
	}
	return mapsOtherwise(old.Value, c) || leadsElsewhere(old.Value, c), nil
}

// Register adds a connection, or changes the one of that name, in one act or by a proposal.
func (i *Inventory) Register(ctx context.Context, by request.Identity, c catalog.Connection) error {
	c.Technology = i.Platforms.Technology(c.Technology)
	if err := i.Check(c); err != nil {
		return err
	}
	if stands, err := i.Stands(ctx, c); err != nil || stands {
		return err
	}
	if err := i.Platforms.CheckSet(c.Secret); err != nil {
		return fmt.Errorf("%w %s: secret: %w; set it where Grantwright runs, or name a file", catalog.ErrConnection, c.Name, err)
	}
	a := &ConnectionChange{Inventory: i, Based: c.Version}
	c.Version = 0
	a.Connection = c
	for range journal.CommitTries {
		two, err := i.TakesTwo(ctx, c)
		if err == nil && two {
			return i.Governance.Alter(ctx, by, a)
		}
		if err == nil {
			err = i.Governance.Define(ctx, by, func(d *governance.Revision) error {
				if two, err := i.TakesTwo(ctx, c); err != nil || two {
					return errors.Join(err, ErrOvertaken)
				}
				return a.CarryOut(ctx, d)
			})
		}
		if !errors.Is(err, ErrOvertaken) {
			return err
		}
	}
	return store.ErrConflict
}

// Probe tests a connection. Where changes take two people, its secret is sent only where it is
// sent already: else one person alone would have it sent to a host of their own.
func (i *Inventory) Probe(ctx context.Context, by request.Identity, c catalog.Connection) ([]provision.Probed, error) {
	c.Technology = i.Platforms.Technology(c.Technology)
	if err := i.Check(c); err != nil {
		return nil, err
	}
	old, err := records.Connections.Get(ctx, i.Store, c.Name)
	if journal.UnlessMissing(err) != nil {
		return nil, err
	}
	if c.Secret == "" || !leadsElsewhere(old.Value, c) {
		return i.Platforms.Probe(ctx, c)
	}
	two, err := i.Governance.TakesTwo(ctx, by)
	if err != nil {
		return nil, err
	}
	if two {
		return i.Platforms.ProbeSecret(ctx, c)
	}
	return i.Platforms.Probe(ctx, c)
}

func mapsOtherwise(old, c catalog.Connection) bool {
	return len(manifest.Between("principals", c.Name, old.Principals, c.Principals)) > 0
}

// leadsElsewhere reports whether a connection may reach another platform than the
// registered one: its tags are others, and so is what rules make of them.
func leadsElsewhere(old, c catalog.Connection) bool {
	return old.URL != c.URL || old.Secret != c.Secret
}

// register adds a connection to a change, or changes the one of that name.
func (i *Inventory) register(ctx context.Context, d *governance.Revision, c catalog.Connection) error {
	c.Registered = i.Now()
	old, err := records.Connections.Get(ctx, i.Store, c.Name)
	based := c.Version
	c.Version = 0
	switch {
	case based != 0 && max(based, 0) != old.Version && journal.UnlessMissing(err) == nil:
		return &manifest.StaleError{What: connections, Name: c.Name, Based: int(max(based, 0)), Newest: int(old.Version)}
	case errors.Is(err, store.ErrNotFound):
		records.Connections.Insert(d.C, c)
	case err != nil:
		return err
	case old.Value.Technology != c.Technology:
		// Its requests and grants name what stands on the other platform, where
		// this one would neither give nor take anything.
		return fmt.Errorf("%w %s: technology is %s and stays so; register the other platform under another name", catalog.ErrConnection, c.Name, old.Value.Technology)
	default:
		c.Registered = old.Value.Registered
		records.Connections.Update(d.C, old, c)
	}
	i.Emit(d.C, event.ConnectionRegistered.Bare(), d.By, nil, records.Connections.Subject(c.Name))
	if c.SyncEvery > 0 {
		if err := store.Ring(ctx, i.Store, d.C, journal.SyncTask(c.Name), i.Now()); err != nil {
			return err
		}
	}
	return i.Drift.ReconcileSoon(ctx, d.C, c)
}

// Check lists the faults of a connection.
func (i *Inventory) Check(c catalog.Connection) error {
	if err := c.Check(); err != nil {
		return err
	}
	if _, err := i.Platforms.Platform(c); err != nil {
		return err
	}
	if err := i.Platforms.CheckSecret(c.Secret); err != nil {
		return fmt.Errorf("%w %s: secret %w", catalog.ErrConnection, c.Name, err)
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

func (i *Inventory) release(ctx context.Context, d *governance.Revision, connection, principal string) error {
	key := records.ClaimKey(connection, principal)
	claim, err := records.PrincipalClaims.Get(ctx, i.Store, key)
	if err != nil {
		return err
	}
	if err := i.unused(ctx, claim.Value); err != nil {
		return err
	}
	records.PrincipalClaims.Delete(d.C, claim)
	i.Emit(d.C, event.PrincipalReleased.Bare(), d.By, nil, records.PrincipalClaims.Subject(key))
	return nil
}

// unused refuses a claim under which something is open or live.
func (i *Inventory) unused(ctx context.Context, claim records.PrincipalClaim) error {
	return i.eachUnder(ctx, claim, func(req store.Stored[request.Request], _ store.Stored[provision.Grant]) error {
		return fmt.Errorf("%w: request %s of %s still needs principal %q; if that is the same person under another id, link the principal to the new id", store.ErrState, req.Value.ID, claim.Person, claim.Principal)
	})
}

// eachUnder calls f with each request that is open or live under a claim, and with its grant,
// if it has one.
func (i *Inventory) eachUnder(ctx context.Context, claim records.PrincipalClaim, f func(store.Stored[request.Request], store.Stored[provision.Grant]) error) error {
	return records.RequestsOf.Each(ctx, i.Store, claim.Person, func(req store.Stored[request.Request]) error {
		r := req.Value
		if r.Asset.Connection() != claim.Connection || r.Principal.Name != claim.Principal || r.Beneficiary != claim.Person {
			return nil
		}
		grant, err := records.Grants.Get(ctx, i.Store, journal.GrantID(r.ID))
		if journal.UnlessMissing(err) != nil {
			return err
		}
		if r.Status == request.Pending || err == nil && grant.Value.Live() {
			return f(req, grant)
		}
		return nil
	})
}
