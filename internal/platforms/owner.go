package platforms

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Owns reports whether the platform has somebody's principal as the owner.
func (p *Platforms) Owns(ctx context.Context, by request.Identity, asset catalog.Asset) (bool, error) {
	if asset.Source.Owner == "" {
		return false, nil
	}
	on, err := records.Connections.Get(ctx, p.Store, asset.Ref.Connection())
	if err != nil {
		return false, journal.UnlessMissing(err)
	}
	name, err := p.Principal(ctx, on.Value, by)
	if errors.Is(err, provision.ErrNoPrincipal) {
		return false, nil
	}
	return name == asset.Source.Owner, err
}
