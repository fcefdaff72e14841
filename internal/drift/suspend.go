package drift

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// suspend suspends the grants that were held back, or takes those whose objects have other
// names, if they are few enough. Where many would be at once, the cause is more likely one
// thing than many people, such as another login of ours, a restored platform or a schema that
// was renamed: then none is, and somebody has to look.
func (r *reconciliation) suspend(ctx context.Context) error {
	r.result.Suspensions += len(r.held)
	if most := r.how.MaySuspend(r.result.Compared); r.result.Suspensions > most {
		r.result.Stopped = true
		for _, p := range r.held {
			f := findingOf(p)
			f.Mended = false
			r.find(f)
		}
		return nil
	}
	r.suspends = true
	moved := slices.Clone(r.held)
	for _, on := range byAsset(slices.DeleteFunc(moved, func(p provisioning.Progress) bool { return !hasMoved(p) })) {
		for page := range slices.Chunk(on, provisioning.GrantBatch) {
			if err := r.takeMoved(ctx, page[0].Value.Asset.Ref, page); err != nil {
				return err
			}
		}
	}
	for _, on := range byAsset(slices.DeleteFunc(slices.Clone(r.held), hasMoved)) {
		for page := range slices.Chunk(on, provisioning.GrantBatch) {
			if _, err := r.compare(ctx, page[0].Value.Asset.Ref, page); err != nil {
				return err
			}
		}
	}
	return nil
}

// hasMoved reports whether a grant was held back because its object has another name.
func hasMoved(p provisioning.Progress) bool { return p.Next.State == provision.Failed }

// takeMoved records that some grants on an asset work no longer, and then takes what stands of
// them. A process that was killed between the two in the other order would leave access that
// is gone and not recorded as taken by us: under its old name again, somebody else would seem
// to have taken it.
func (r *reconciliation) takeMoved(ctx context.Context, ref catalog.Ref, page []store.Stored[provision.Grant]) error {
	var failed []provisioning.Progress
	err := r.drift.Worker.Hold(ctx, journal.GrantTask(ref), func(ctx context.Context, _ store.Task) (store.Change, time.Time, error) {
		var c store.Change
		standing, err := r.drift.stillActive(ctx, page)
		if err != nil {
			return c, time.Time{}, err
		}
		failed = nil
		for _, g := range standing {
			held := slices.IndexFunc(r.held, func(p provisioning.Progress) bool { return p.Was.Value.ID == g.Value.ID && p.Was.Version == g.Version })
			if held >= 0 {
				failed = append(failed, provisioning.Progress{Was: g, Next: r.held[held].Next.Retried(r.drift.Now())})
			}
		}
		err = r.drift.Provisioning.Record(ctx, &c, request.SystemID, failed...)
		return c, time.Time{}, err
	})
	if errors.Is(err, store.ErrConflict) {
		r.find(provision.Finding{Kind: provision.FoundUnknown, Asset: ref, Detail: "it is being worked on, and is compared the next time"})
		return nil
	}
	if err != nil {
		return err
	}
	r.drift.Committed()
	for _, p := range failed {
		r.find(findingOf(p))
	}
	if err := r.drift.Provisioning.Apply(ctx, ref); err != nil && !errors.Is(err, store.ErrConflict) {
		r.drift.Logger.WarnContext(ctx, "access is taken later from what has another name", "asset", ref, "error", err)
	}
	return nil
}

// byAsset sorts grants by their assets, in the order in which they were found.
func byAsset(held []provisioning.Progress) (all [][]store.Stored[provision.Grant]) {
	at := map[catalog.Ref]int{}
	for _, p := range held {
		ref := p.Was.Value.Asset.Ref
		i, known := at[ref]
		if !known {
			i, all = len(all), append(all, nil)
			at[ref] = i
		}
		all[i] = append(all[i], p.Was)
	}
	return all
}

// countSuspension counts the suspensions that a dry run finds, and the access that a run would
// take because its object has another name.
func (r *reconciliation) countSuspension(f provision.Finding, plan provision.Plan) {
	if f.Kind == provision.FoundSuspended || errors.As(plan.Err, new(*provision.MovedError)) {
		r.result.Suspensions++
	}
}
