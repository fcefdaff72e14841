package provisioning

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// overdueAfter is how long after its time the end of a grant is overdue.
const overdueAfter = 2 * time.Second

// Overdue counts the grants whose access should be gone from the platform by now
// and is not known to be, up to store.MaxPage. It names none of them, and takes
// no permission.
func (pr *Provisioning) Overdue(ctx context.Context) (int, error) {
	grants, err := pr.toTake(ctx, pr.Now().Add(-overdueAfter))
	return len(grants), err
}

// toTake lists grants whose access is to be taken away since some time, up to
// store.MaxPage of them.
func (pr *Provisioning) toTake(ctx context.Context, since time.Time) ([]provision.Grant, error) {
	q := records.GrantsToTake.Query(records.AnyAsset)
	q.Until = store.OrderTime(since)
	pages, err := store.Pages[provision.Grant](ctx, pr.Store, q)
	if err != nil {
		return nil, err
	}
	return journal.Values(pages[0], nil)
}

// EndOverdue ends the grants whose time is over, on all assets at once, before
// anything is given. A platform that does not answer delays it for one attempt; its
// worker goes on with the rest.
func (pr *Provisioning) EndOverdue(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, store.DefaultLease)
	defer cancel()
	for tried := map[catalog.Ref]bool{}; ctx.Err() == nil; {
		grants, err := pr.toTake(ctx, pr.Now())
		if err != nil {
			pr.Logger.WarnContext(ctx, "what is overdue ends later", "error", err)
			return
		}
		var untried []catalog.Ref
		for _, g := range grants {
			if ref := g.Asset.Ref; !tried[ref] {
				tried[ref] = true
				untried = append(untried, ref)
			}
		}
		if len(untried) == 0 {
			return
		}
		pr.onEach(untried, func(ref catalog.Ref) { pr.applyDue(ctx, ref) })
	}
}
