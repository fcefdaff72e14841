package drift

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/provision"
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
	for _, on := range byAsset(r.held) {
		for page := range slices.Chunk(on, provisioning.GrantBatch) {
			if _, err := r.compare(ctx, page[0].Value.Asset.Ref, page); err != nil {
				return err
			}
		}
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
