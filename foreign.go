package grantwright

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxForeign bounds how much access of others one survey goes through.
const MaxForeign = 100_000

// Foreign lists the access at and below a place that others gave on the platform,
// as it stands there now, in the order of assets and principals: from the one after
// a given place in the list, at most limit of them, with where the next page begins.
// It is only reported: nothing of it is ever taken away, unless governance claims it
// and says so. It takes GOVERNANCE or AUDIT.
func (a Access) Foreign(ctx context.Context, by request.Identity, root catalog.Ref, after store.Position, limit int) ([]provision.Foreign, store.Position, error) {
	if err := permit(by, "list the access that others gave", request.Governance, request.Audit); err != nil {
		return nil, after, err
	}
	all, err := a.e.survey(ctx, root)
	if err != nil {
		return nil, after, err
	}
	slices.SortFunc(all, func(f, o provision.Foreign) int { return cmp.Compare(foreignKey(f), foreignKey(o)) })
	first, _ := slices.BinarySearchFunc(all, after.ID, func(f provision.Foreign, id string) int {
		if foreignKey(f) <= id {
			return -1
		}
		return 1
	})
	if limit <= 0 || limit > store.MaxPage {
		limit = store.MaxPage
	}
	page := all[first:min(len(all), first+limit)]
	if first+len(page) == len(all) {
		return page, store.Position{}, nil
	}
	return page, store.Position{ID: foreignKey(page[len(page)-1])}, nil
}

// foreignKey names one access of others: a principal has it on an asset from one
// who gave it, with some rights.
func foreignKey(f provision.Foreign) string {
	return fmt.Sprintf("%s\n%s\n%s\n%q %q", f.Asset.Ref, f.Principal.Name, f.By, f.Rights, f.Access.Columns)
}

// survey asks the platform for all access of others at and below a place.
func (e *Engine) survey(ctx context.Context, root catalog.Ref) ([]provision.Foreign, error) {
	if _, err := catalog.ParseRef(string(root)); err != nil {
		return nil, err
	}
	p, err := e.provisioner(ctx, root.Connection())
	if err != nil {
		return nil, err
	}
	surveyor, is := p.(provision.Surveyor)
	if !is {
		return nil, fmt.Errorf("%w: connection %s cannot say what access others gave", ErrNoPlatform, root.Connection())
	}
	var all []provision.Foreign
	for f, err := range surveyor.Survey(ctx, root) {
		if err != nil {
			return nil, unasked(root.Connection(), err)
		}
		if len(all) == MaxForeign {
			return nil, fmt.Errorf("%w: there is more access of others at and below %s than the %d that one survey takes; look at something smaller in it", provision.ErrPermanent, root, MaxForeign)
		}
		all = append(all, f)
	}
	return all, nil
}
