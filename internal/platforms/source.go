package platforms

import (
	"context"
	"fmt"
	"iter"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

// Source opens a reader of the assets of a connection.
func (pl *Platforms) Source(ctx context.Context, c catalog.Connection) (catalog.Source, error) {
	platform, err := pl.Platform(c)
	if err != nil {
		return nil, err
	}
	if platform.Source == nil {
		return nil, fmt.Errorf("%w: technology %q has nothing that reads its assets", provision.ErrNoPlatform, c.Technology)
	}
	target, err := pl.target(ctx, c)
	if err != nil {
		return nil, err
	}
	source, err := platform.Source(ctx, target)
	if err != nil {
		return nil, pl.Unreachable(c.Name, err)
	}
	return source, nil
}

// WithPlatform fills in the technology and the host of each asset.
func WithPlatform(c catalog.Connection, assets iter.Seq2[catalog.Asset, error]) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		for a, err := range assets {
			a.Technology, a.Host = c.Technology, c.Host
			if !yield(a, err) {
				return
			}
		}
	}
}
