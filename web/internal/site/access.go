package site

import (
	"context"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Entitlements reads one page of who has access to what.
type Entitlements func(ctx context.Context, q grantwright.AccessQuery) (grantwright.AccessPage, error)

// AccessTo reads who has access to an asset.
func (s *Site) AccessTo(by request.Identity, ref catalog.Ref) Entitlements {
	return func(ctx context.Context, q grantwright.AccessQuery) (grantwright.AccessPage, error) {
		return s.Engine.Access().To(ctx, by, ref, q)
	}
}

// AccessOf reads what a person, a group or a service has access to; me is whoever
// asks.
func (s *Site) AccessOf(by request.Identity, person request.PersonID) Entitlements {
	if person == "me" {
		person = by.Person()
	}
	return func(ctx context.Context, q grantwright.AccessQuery) (grantwright.AccessPage, error) {
		return s.Engine.Access().Of(ctx, by, person, q)
	}
}
