package provisioning

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// dueGrants bounds how many grants are found to be due at once.
const dueGrants = store.MaxPage

// Run applies what comes due, until ctx ends. It waits for no platform: one that does
// not answer holds up no other.
func (pr *Provisioning) Run(ctx context.Context, poll time.Duration) {
	if poll == 0 {
		poll = store.DefaultPoll
	}
	slots := make(chan struct{}, store.DefaultParallel)
	var busy sync.Map // the assets that are worked on: one that takes long has one slot
	var working sync.WaitGroup
	defer working.Wait()
	for ctx.Err() == nil {
		due, next, err := pr.findDue(ctx)
		if err != nil && ctx.Err() == nil {
			pr.Logger.WarnContext(ctx, "what is due is applied later", "error", err)
		}
		for _, ref := range due {
			if _, is := busy.LoadOrStore(ref, true); is {
				continue
			}
			if !pr.enterSlot(ctx, slots) {
				return
			}
			working.Go(func() {
				defer func() { busy.Delete(ref); <-slots }()
				pr.applyDue(ctx, ref)
			})
		}
		pr.sleep(ctx, poll, next)
	}
}

func (pr *Provisioning) enterSlot(ctx context.Context, slots chan struct{}) bool {
	select {
	case slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// sleep waits until the next grant is due, at most that between two polls.
func (pr *Provisioning) sleep(ctx context.Context, poll time.Duration, next time.Time) {
	wait := poll
	if !next.IsZero() {
		wait = max(time.Millisecond, min(poll, next.Sub(pr.Now())))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// ApplyDue applies what is due now, once, and returns.
func (pr *Provisioning) ApplyDue(ctx context.Context) error {
	due, _, err := pr.findDue(ctx)
	pr.onEach(due, func(ref catalog.Ref) { pr.applyDue(ctx, ref) })
	return err
}

// onEach works on some assets at once.
func (pr *Provisioning) onEach(refs []catalog.Ref, work func(catalog.Ref)) {
	var all sync.WaitGroup
	slots := make(chan struct{}, store.DefaultParallel)
	for _, ref := range refs {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			work(ref)
		})
	}
	all.Wait()
}

func (pr *Provisioning) applyDue(ctx context.Context, ref catalog.Ref) {
	if err := pr.Apply(ctx, ref); err != nil && !errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
		pr.Logger.WarnContext(ctx, "a grant is tried again later", "asset", ref, "error", err)
	}
}

// findDue lists the assets on which grants are due, those first on which something ends,
// and says when the next grant is due, zero if none ever is. What waits for the thaw of a
// connection is not due.
func (pr *Provisioning) findDue(ctx context.Context) (due []catalog.Ref, next time.Time, err error) {
	now := store.OrderTime(pr.Now())
	take, give := records.GrantsToTake.Query(records.AnyAsset), records.GrantsToGive.Query(records.AnyAsset)
	laterTake, laterGive := take, give
	take.Until, give.Until, take.Limit, give.Limit = now, now, dueGrants, dueGrants
	give.After = pr.behind(nil)
	laterTake.After, laterGive.After = store.Position{Order: now + "~"}, store.Position{Order: now + "~"}
	laterTake.Limit, laterGive.Limit = 1, 1
	pages, err := store.Pages[provision.Grant](ctx, pr.Store, take, give, laterTake, laterGive)
	if err != nil {
		return nil, time.Time{}, err
	}
	for _, g := range pages[2] {
		next = store.Earliest(next, g.Value.NextToTake())
	}
	for _, g := range pages[3] {
		next = store.Earliest(next, g.Value.NextToGive())
	}
	last := store.Position{}
	if len(pages[1]) == dueGrants {
		last = pages[1][dueGrants-1].At
	}
	pr.behind(&last)
	due, err = pr.assetsOf(ctx, pages[0], pages[1])
	return due, next, err
}

// behind is the place behind which what is to be given is looked for: where very many
// grants wait, all have their turn.
func (pr *Provisioning) behind(next *store.Position) store.Position {
	pr.waiting.mu.Lock()
	defer pr.waiting.mu.Unlock()
	if next != nil {
		pr.waiting.behind = *next
	}
	return pr.waiting.behind
}

// assetsOf are the assets of some grants, each once.
func (pr *Provisioning) assetsOf(ctx context.Context, take, give []store.Stored[provision.Grant]) (refs []catalog.Ref, err error) {
	ctx = snapshot.Begin(ctx)
	seen := map[catalog.Ref]bool{}
	for i, g := range slices.Concat(take, give) {
		ref := g.Value.Asset.Ref
		if seen[ref] {
			continue
		}
		if i >= len(take) && toGive(g.Value) {
			frozen, err := pr.People.IsFrozen(ctx, ref.Connection())
			if err != nil {
				return refs, err
			}
			if frozen {
				continue
			}
		}
		seen[ref] = true
		refs = append(refs, ref)
	}
	return refs, nil
}
