package grantwright

import (
	"context"
	"errors"
	"sync"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Allowed says what a principal may do now with an asset, or with some columns of
// it: for platforms in the same process that ask each time instead of being
// granted. It answers from the grants as they are committed, those on containers
// that cover the asset included, and keeps nothing: what was revoked a moment ago
// is allowed no more. What stands under the name of the asset must be what was
// approved. Whoever calls it vouches for the principal; a principal that is in
// groups of the platform is asked for under each of their names. An asset that no
// sync has seen, or that is gone, is an error that wraps catalog.ErrNotFound. Of one
// that is masked only what is shown clear is allowed, and what a masking exception
// of the principal shows, and nothing is to be written: see provision.AllowMasked.
//
// A platform that asks has provision.Asking as its Provisioner.
func (e *Engine) Allowed(ctx context.Context, who request.Principal, ref catalog.Ref, columns []string) (provision.Allowance, error) {
	places := ref.Lineage()
	places = places[:max(0, len(places)-1)] // nothing is granted on a whole connection
	found, failed := make([][]provision.Grant, len(places)), make([]error, len(places))
	var looking sync.WaitGroup
	for i, at := range places {
		looking.Go(func() { found[i], failed[i] = e.working(ctx, who, at) })
	}
	var shown rulebook.Masking
	var unknown error
	looking.Go(func() { shown, unknown = e.rules.MaskingOf(ctx, ref) })
	asset, err := e.rules.Asset(ctx, ref)
	looking.Wait()
	if err := errors.Join(append(failed, err, unknown)...); err != nil {
		return provision.Allowance{}, err
	}
	var grants []provision.Grant
	for i, at := range places {
		reaching, err := e.reaching(ctx, found[i], at, asset)
		if err != nil {
			return provision.Allowance{}, err
		}
		grants = append(grants, reaching...)
	}
	if shown.Show.Masked() {
		return provision.AllowMasked(grants, shown.Masking, columns, e.journal.Now()), nil
	}
	return provision.Allow(grants, columns, e.journal.Now()), nil
}

// working finds the grants of a principal on just one asset or container that are
// ACTIVE. A principal without an id is whoever has the name.
func (e *Engine) working(ctx context.Context, who request.Principal, at catalog.Ref) ([]provision.Grant, error) {
	var grants []provision.Grant
	err := records.ActiveGrants.Each(ctx, e.journal.Store, records.PairKey(at, who.Name), func(g store.Stored[provision.Grant]) error {
		if id := g.Value.Principal.ID; who.ID == "" || id == "" || who.ID == id {
			grants = append(grants, g.Value)
		}
		return nil
	})
	return grants, err
}

// reaching picks the grants at a place by which an asset is accessible: the place
// must be what was approved, and must cover the asset.
func (e *Engine) reaching(ctx context.Context, grants []provision.Grant, at catalog.Ref, asset catalog.Asset) ([]provision.Grant, error) {
	if len(grants) == 0 {
		return nil, nil
	}
	place := asset
	if at != asset.Ref {
		covered, err := e.rules.Covers(ctx, at, asset.Ref)
		if err != nil || !covered {
			return nil, err
		}
		if place, err = e.rules.Asset(ctx, at); errors.Is(err, catalog.ErrNotFound) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	var reaching []provision.Grant
	for _, g := range grants {
		if g.Asset.Object() == place.Object() {
			reaching = append(reaching, g)
		}
	}
	return reaching, nil
}
