package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// mappingPrincipals registers a connection with another mapping of people to their
// names on the platform than stands.
type mappingPrincipals struct {
	e *Engine

	Connection catalog.Connection `json:"connection"`
}

func (*mappingPrincipals) kind() store.ProposalKind  { return "connection.register" }
func (a *mappingPrincipals) of() (what, name string) { return "connection", a.Connection.Name }
func (*mappingPrincipals) needs() request.Permission { return request.Admin }
func (a *mappingPrincipals) check(context.Context) error {
	return a.e.Connections().check(a.Connection)
}

func (a *mappingPrincipals) carryOut(ctx context.Context, d *defining) error {
	return a.e.Connections().register(ctx, d, a.Connection)
}

func (a *mappingPrincipals) differences(ctx context.Context) (manifest.Differences, error) {
	read, err := store.Connections.Get(ctx, a.e.config.Store, a.Connection.Name)
	if unlessMissing(err) != nil {
		return nil, err
	}
	var stands any
	if err == nil {
		read.Value.Registered = a.Connection.Registered
		stands = read.Value
	}
	return manifest.Between("connection", a.Connection.Name, stands, a.Connection), nil
}

// releasingPrincipal lets go of a principal, so that it can be someone else's.
type releasingPrincipal struct {
	e *Engine

	Connection string `json:"connection"`
	Principal  string `json:"principal"`
}

func (*releasingPrincipal) kind() store.ProposalKind { return "principal.release" }
func (a *releasingPrincipal) of() (what, name string) {
	return "principal", store.ClaimKey(a.Connection, a.Principal)
}
func (*releasingPrincipal) needs() request.Permission   { return request.Admin }
func (*releasingPrincipal) check(context.Context) error { return nil }
func (a *releasingPrincipal) carryOut(ctx context.Context, d *defining) error {
	return a.e.Connections().release(ctx, d, a.Connection, a.Principal)
}

func (a *releasingPrincipal) differences(ctx context.Context) (manifest.Differences, error) {
	what, name := a.of()
	read, err := store.PrincipalClaims.Get(ctx, a.e.config.Store, name)
	if err != nil {
		return nil, err
	}
	return manifest.Between(what, name, read.Value, nil), nil
}

// connectionAlterations are those of connections.
func (e *Engine) connectionAlterations() []alteration {
	return []alteration{&mappingPrincipals{e: e}, &releasingPrincipal{e: e}}
}
