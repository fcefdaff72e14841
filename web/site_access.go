package web

import (
	"context"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// entitlements reads one page of who has access to what.
type entitlements func(ctx context.Context, q grantwright.AccessQuery) (grantwright.AccessPage, error)

// accessTo reads who has access to an asset.
func (s *Site) accessTo(by request.Identity, ref catalog.Ref) entitlements {
	return func(ctx context.Context, q grantwright.AccessQuery) (grantwright.AccessPage, error) {
		return s.Engine.Access().To(ctx, by, ref, q)
	}
}

// accessOf reads what a person, a group or a service has access to; me is whoever
// asks.
func (s *Site) accessOf(by request.Identity, person request.PersonID) entitlements {
	if person == "me" {
		person = by.Person()
	}
	return func(ctx context.Context, q grantwright.AccessQuery) (grantwright.AccessPage, error) {
		return s.Engine.Access().Of(ctx, by, person, q)
	}
}
