package drift

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Foreign lists a page of the access of others at and below a place, in the order of assets
// and principals, with where the next page begins. Where accounts are named it is only that of
// their principals.
func (d *Drift) Foreign(ctx context.Context, by request.Identity, root catalog.Ref, accounts []request.PersonID, after store.Position, limit int) ([]provision.Foreign, store.Position, error) {
	asking, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	all, err := d.Survey(asking, root)
	if err == nil && len(accounts) > 0 && len(all) > 0 {
		all, err = d.ofAccounts(ctx, by, root.Connection(), accounts, all)
	}
	if err != nil {
		return nil, after, err
	}
	slices.SortFunc(all, func(f, o provision.Foreign) int { return cmp.Compare(ForeignKey(f), ForeignKey(o)) })
	first, _ := slices.BinarySearchFunc(all, after.ID, func(f provision.Foreign, id string) int {
		if ForeignKey(f) <= id {
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
	return page, store.Position{ID: ForeignKey(page[len(page)-1])}, nil
}

// ofAccounts keeps the access of the principals that some accounts have on a connection. An
// account without one has no access there.
func (d *Drift) ofAccounts(ctx context.Context, by request.Identity, connection string, accounts []request.PersonID, all []provision.Foreign) ([]provision.Foreign, error) {
	c, err := records.Connections.Get(ctx, d.Store, connection)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, id := range accounts {
		who, err := d.People.PersonOrID(ctx, id, by)
		if err != nil {
			return nil, err
		}
		name, err := d.Platforms.Principal(ctx, c.Value, who)
		if err == nil {
			names = append(names, name)
		} else if !errors.Is(err, provision.ErrNoPrincipal) {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(f provision.Foreign) bool { return !slices.Contains(names, f.Principal.Name) }), nil
}
