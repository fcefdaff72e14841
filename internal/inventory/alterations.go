package inventory

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// connections is the word for connections in errors about their versions.
const connections manifest.DefinitionKind = "connections"

// Stands reports whether a connection is just the registered one, by its Version too.
func (i *Inventory) Stands(ctx context.Context, c catalog.Connection) (bool, error) {
	if c.Version <= 0 {
		return false, nil
	}
	read, err := records.Connections.Get(ctx, i.Store, c.Name)
	if err != nil || read.Version != c.Version {
		return false, journal.UnlessMissing(err)
	}
	c.Registered, read.Value.Registered = time.Time{}, time.Time{}
	return len(manifest.Between("connection", c.Name, read.Value, c)) == 0, nil
}

// ConnectionChange registers a connection with another mapping of people to principals,
// another URL or another secret.
type ConnectionChange struct {
	Inventory *Inventory `json:"-"`

	Connection catalog.Connection `json:"connection"`
	Based      int64              `json:"based,omitempty"` // as catalog.Connection.Version
}

// Kind is the name of the change in a stored proposal.
func (*ConnectionChange) Kind() manifest.ProposalKind { return "connection.register" }

// Of is the connection.
func (a *ConnectionChange) Of() (what, name string) { return "connection", a.Connection.Name }

// Needs is ADMIN.
func (*ConnectionChange) Needs() request.Permission { return request.Admin }

// Check looks for faults in the connection, its mapping included.
func (a *ConnectionChange) Check(context.Context) error {
	return a.Inventory.Check(a.Connection)
}

// CarryOut registers the connection.
func (a *ConnectionChange) CarryOut(ctx context.Context, d *governance.Revision) error {
	if err := d.UnlessOwned(ctx, connectionWord, a.Connection.Name); err != nil {
		return err
	}
	old, err := records.Connections.Get(ctx, a.Inventory.Store, a.Connection.Name)
	if journal.UnlessMissing(err) != nil {
		return err
	}
	at := catalog.Ref(a.Connection.Name)
	if mapsOtherwise(old.Value, a.Connection) {
		d.SetAt(records.Change{Kind: records.Mapping, Name: a.Connection.Name}, at)
	}
	if leadsElsewhere(old.Value, a.Connection) {
		d.SetAt(records.Change{Kind: records.Leading, Name: a.Connection.Name}, at)
	}
	c := a.Connection
	c.Version = a.Based
	return a.Inventory.register(ctx, d, c)
}

// Differences compares the connection with the registered one.
func (a *ConnectionChange) Differences(ctx context.Context) (manifest.Differences, error) {
	read, err := records.Connections.Get(ctx, a.Inventory.Store, a.Connection.Name)
	if journal.UnlessMissing(err) != nil {
		return nil, err
	}
	var stands any
	if err == nil {
		read.Value.Registered = a.Connection.Registered
		stands = read.Value
	}
	return manifest.Between("connection", a.Connection.Name, stands, a.Connection), nil
}

// PrincipalRelease releases a principal, so that another person can claim it.
type PrincipalRelease struct {
	Inventory *Inventory `json:"-"`

	Connection string `json:"connection"`
	Principal  string `json:"principal"`
}

// Kind is the name of the change in a stored proposal.
func (*PrincipalRelease) Kind() manifest.ProposalKind { return "principal.release" }

// Of is the principal, with its connection.
func (a *PrincipalRelease) Of() (what, name string) {
	return "principal", records.ClaimKey(a.Connection, a.Principal)
}

// Needs is ADMIN.
func (*PrincipalRelease) Needs() request.Permission { return request.Admin }

// Check finds nothing: the faults show only in the records.
func (*PrincipalRelease) Check(context.Context) error { return nil }

// CarryOut deletes the claim of the principal.
func (a *PrincipalRelease) CarryOut(ctx context.Context, d *governance.Revision) error {
	return a.Inventory.release(ctx, d, a.Connection, a.Principal)
}

// Differences shows the claim that would be deleted.
func (a *PrincipalRelease) Differences(ctx context.Context) (manifest.Differences, error) {
	what, name := a.Of()
	read, err := records.PrincipalClaims.Get(ctx, a.Inventory.Store, name)
	if err != nil {
		return nil, err
	}
	return manifest.Between(what, name, read.Value, nil), nil
}

// Alterations are the alterations of connections.
func (i *Inventory) Alterations() []governance.Alteration {
	return []governance.Alteration{&ConnectionChange{Inventory: i}, &ConnectionFurnishing{ConnectionChange{Inventory: i}}, &PrincipalRelease{Inventory: i}, &PrincipalRelink{Inventory: i}, &PersonRelink{Inventory: i}, &Recognition{Inventory: i}}
}
