package snapshot

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

// Inventory is a catalog.Inventory in which an act finds each asset once.
type Inventory struct{ catalog.Inventory }

// found is an asset, or that there is none.
type found struct {
	asset catalog.Asset
	err   error
}

// maxAssets bounds what an act keeps.
const maxAssets = 1_000

// Asset returns the asset under a Ref.
func (i Inventory) Asset(ctx context.Context, ref catalog.Ref) (catalog.Asset, error) {
	a := of(ctx)
	if a == nil {
		return i.Inventory.Asset(ctx, ref)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if seen, is := a.assets[ref]; is {
		return seen.asset, seen.err
	}
	asset, err := i.Inventory.Asset(ctx, ref)
	if err == nil || errors.Is(err, catalog.ErrNotFound) {
		a.keepAsset(ref, found{asset, err})
	}
	return asset, err
}

func (a *act) keepAsset(ref catalog.Ref, f found) {
	if len(a.assets) >= maxAssets {
		return
	}
	if a.assets == nil {
		a.assets = map[catalog.Ref]found{}
	}
	a.assets[ref] = f
}

// Replace makes the assets at and below root those of the stream. The act of the
// context finds assets anew afterwards.
func (i Inventory) Replace(ctx context.Context, root catalog.Ref, assets iter.Seq2[catalog.Asset, error], now time.Time) (catalog.Synced, error) {
	defer Forget(ctx)
	return i.Inventory.Replace(ctx, root, assets, now)
}
