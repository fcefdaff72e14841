package inventory

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// MappingPrincipals registers a connection with another mapping of people to their
// names on the platform than stands.
type MappingPrincipals struct {
	Inventory *Inventory `json:"-"`

	Connection catalog.Connection `json:"connection"`
}

func (*MappingPrincipals) Kind() manifest.ProposalKind { return "connection.register" }

func (a *MappingPrincipals) Of() (what, name string) { return "connection", a.Connection.Name }

func (*MappingPrincipals) Needs() request.Permission { return request.Admin }

func (a *MappingPrincipals) Check(context.Context) error {
	return a.Inventory.Check(a.Connection)
}

func (a *MappingPrincipals) CarryOut(ctx context.Context, d *governance.Defining) error {
	return a.Inventory.register(ctx, d, a.Connection)
}

func (a *MappingPrincipals) Differences(ctx context.Context) (manifest.Differences, error) {
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

// ReleasingPrincipal lets go of a principal, so that it can be someone else's.
type ReleasingPrincipal struct {
	Inventory *Inventory `json:"-"`

	Connection string `json:"connection"`
	Principal  string `json:"principal"`
}

func (*ReleasingPrincipal) Kind() manifest.ProposalKind { return "principal.release" }

func (a *ReleasingPrincipal) Of() (what, name string) {
	return "principal", records.ClaimKey(a.Connection, a.Principal)
}

func (*ReleasingPrincipal) Needs() request.Permission { return request.Admin }

func (*ReleasingPrincipal) Check(context.Context) error { return nil }

func (a *ReleasingPrincipal) CarryOut(ctx context.Context, d *governance.Defining) error {
	return a.Inventory.release(ctx, d, a.Connection, a.Principal)
}

func (a *ReleasingPrincipal) Differences(ctx context.Context) (manifest.Differences, error) {
	what, name := a.Of()
	read, err := records.PrincipalClaims.Get(ctx, a.Inventory.Store, name)
	if err != nil {
		return nil, err
	}
	return manifest.Between(what, name, read.Value, nil), nil
}
