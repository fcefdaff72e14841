package provisioning

import (
	"context"
	"errors"
	"sync"
	"time"

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
	page, err := journal.Values(records.GrantsToTake.Find(ctx, pr.Store, records.AnyAsset, store.Position{}, store.MaxPage))
	for i, g := range page {
		if due := g.NextToTake(); due.After(since) {
			return page[:i], err
		}
	}
	return page, err
}

// EndOverdue ends the grants whose time is over, on all assets at once, before
// anything is given. A platform that does not answer delays it for one attempt; its
// worker goes on with the rest.
func (pr *Provisioning) EndOverdue(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, store.DefaultLease)
	defer cancel()
	for tried := map[store.TaskID]bool{}; ctx.Err() == nil; {
		grants, err := pr.toTake(ctx, pr.Now())
		if err != nil {
			pr.Logger.Warn("what is overdue ends later", "error", err)
			return
		}
		before := len(tried)
		pr.endOn(ctx, grants, tried)
		if len(tried) == before {
			return
		}
	}
}

// endOn runs the tasks of the assets of some grants, each once.
func (pr *Provisioning) endOn(ctx context.Context, grants []provision.Grant, tried map[store.TaskID]bool) {
	var all sync.WaitGroup
	slots := make(chan struct{}, store.DefaultParallel)
	for _, g := range grants {
		task := journal.GrantTask(g.Asset.Ref)
		if tried[task] {
			continue
		}
		tried[task] = true
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if err := pr.Worker.Do(ctx, task); err != nil && !errors.Is(err, store.ErrConflict) {
				pr.Logger.Warn("an end is tried again later", "asset", g.Asset.Ref, "error", err)
			}
		})
	}
	all.Wait()
}
