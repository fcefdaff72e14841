package rulebook

import (
	"context"
	"errors"
	"sync"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Allowed says what a principal may do now with an asset, or with some columns of it, by the
// grants as they are committed and the masks that hold. It keeps nothing.
func (r *Rulebook) Allowed(ctx context.Context, who request.Principal, ref catalog.Ref, columns []string) (provision.Allowance, error) {
	places := ref.Lineage()
	places = places[:max(0, len(places)-1)] // nothing is granted on a whole connection
	var asset catalog.Asset
	var unknown error
	var looking sync.WaitGroup
	looking.Go(func() { asset, unknown = r.Asset(ctx, ref) })
	found, masks, err := r.working(ctx, who, ref.Connection(), places)
	looking.Wait()
	if err := errors.Join(err, unknown); err != nil {
		return provision.Allowance{}, err
	}
	var grants []provision.Grant
	for i, at := range places {
		reaching, err := r.givenAt(ctx, found[i], at, asset)
		if err != nil {
			return provision.Allowance{}, err
		}
		for _, g := range reaching {
			var reads bool
			if g.Access, reads = g.Access.On(asset); reads {
				grants = append(grants, g)
			}
		}
	}
	var shown Masking
	if masks {
		if shown, err = r.MaskingOf(ctx, ref); err != nil {
			return provision.Allowance{}, err
		}
	}
	if shown.Show.Masked() {
		return provision.AllowMasked(grants, shown.Masking, columns, r.Now()), nil
	}
	return provision.Allow(grants, columns, r.Now()), nil
}

// working finds the grants of a principal that are ACTIVE, on each of some places alone,
// and whether the connection has masks: all in one reading. A principal without an id is
// whoever has the name.
func (r *Rulebook) working(ctx context.Context, who request.Principal, connection string, places []catalog.Ref) (grants [][]provision.Grant, masks bool, err error) {
	queries := make([]store.Query, len(places), len(places)+1)
	for i, at := range places {
		queries[i] = records.LiveGrantsOf(records.PairKey(at, who.Name))
	}
	anyMask := records.MasksOn.Query(connection)
	anyMask.Limit = 1
	pages, err := r.Store.Find(ctx, append(queries, anyMask)...)
	if err != nil {
		return nil, false, err
	}
	grants = make([][]provision.Grant, len(places))
	for i := range places {
		if grants[i], err = r.activeOf(ctx, who, queries[i], pages[i]); err != nil {
			return nil, false, err
		}
	}
	return grants, len(pages[len(places)]) > 0, nil
}

// activeOf picks the grants of a principal from a page, and from those that follow it.
func (r *Rulebook) activeOf(ctx context.Context, who request.Principal, q store.Query, page []store.Record) (grants []provision.Grant, err error) {
	for {
		read, err := records.GrantsOf.Read(page)
		if err != nil {
			return nil, err
		}
		for _, g := range read {
			if id := g.Value.Principal.ID; g.Value.State == provision.Active && g.Value.Ending == "" && (who.ID == "" || id == "" || who.ID == id) {
				grants = append(grants, g.Value)
			}
		}
		if len(page) < store.MaxPage {
			return grants, nil
		}
		q.After = page[len(page)-1].Position()
		next, err := r.Store.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		page = next[0]
	}
}

// givenAt picks the grants at a place by which an asset is accessible: the place
// must be what was approved, and must cover the asset.
func (r *Rulebook) givenAt(ctx context.Context, grants []provision.Grant, at catalog.Ref, asset catalog.Asset) ([]provision.Grant, error) {
	if len(grants) == 0 {
		return nil, nil
	}
	place := asset
	if at != asset.Ref {
		covered, err := r.Covers(ctx, at, asset.Ref)
		if err != nil || !covered {
			return nil, err
		}
		if place, err = r.Asset(ctx, at); errors.Is(err, catalog.ErrNotFound) {
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
