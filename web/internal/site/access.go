package site

import (
	"context"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Entitlements reads one page of entitlements.
type Entitlements func(ctx context.Context, q grantwright.AccessQuery) (grantwright.AccessPage, error)

// AccessTo reads who has access to an asset.
func (s *Site) AccessTo(by request.Identity, ref catalog.Ref) Entitlements {
	return func(ctx context.Context, q grantwright.AccessQuery) (grantwright.AccessPage, error) {
		if q.Person == "me" {
			q.Person = by.Person()
		}
		return s.Engine.Access().To(ctx, by, ref, q)
	}
}

// AccessOf reads the access of a person, a group or a service; me is whoever asks.
func (s *Site) AccessOf(by request.Identity, person request.PersonID) Entitlements {
	if person == "me" {
		person = by.Person()
	}
	return func(ctx context.Context, q grantwright.AccessQuery) (grantwright.AccessPage, error) {
		return s.Engine.Access().Of(ctx, by, person, q)
	}
}
