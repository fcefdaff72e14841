package grantwright

import (
	"cmp"
	"context"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/drift"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Foreign lists the access at and below a place that others gave on the platform,
// as it stands there now, in the order of assets and principals: from the one after
// a given place in the list, at most limit of them, with where the next page begins.
// It is only reported: nothing of it is ever taken away, unless governance claims it
// and says so. It takes GOVERNANCE or AUDIT.
func (a Access) Foreign(ctx context.Context, by request.Identity, root catalog.Ref, after store.Position, limit int) ([]provision.Foreign, store.Position, error) {
	if err := permit(by, "list the access that others gave", request.Governance, request.Audit); err != nil {
		return nil, after, err
	}
	all, err := a.e.drift.Survey(ctx, root)
	if err != nil {
		return nil, after, err
	}
	slices.SortFunc(all, func(f, o provision.Foreign) int { return cmp.Compare(drift.ForeignKey(f), drift.ForeignKey(o)) })
	first, _ := slices.BinarySearchFunc(all, after.ID, func(f provision.Foreign, id string) int {
		if drift.ForeignKey(f) <= id {
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
	return page, store.Position{ID: drift.ForeignKey(page[len(page)-1])}, nil
}
