package grantwright

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// maxOrphans bounds how many orphans one reconciliation goes through.
const maxOrphans = 10_000

// orphan is access of ours that no grant calls for.
type orphan struct {
	provision.Standing                               // Want is what nothing calls for
	last               store.Stored[provision.Grant] // of this principal on this asset; zero if there never was one
	beside             bool                          // grants on the same object live: what they do not want goes with them
}

// orphans goes through everything of ours that stands on the connection.
func (r *reconciling) orphans(ctx context.Context) ([]orphan, error) {
	lister, is := r.p.(provision.Lister)
	if !is {
		return nil, nil
	}
	var found []orphan
	for s, err := range lister.List(ctx, catalog.Ref(r.on.Value.Name)) {
		if err != nil {
			if ctx.Err() != nil || s.Asset.Ref == "" && !errors.Is(err, provision.ErrPermanent) {
				return nil, err
			}
			r.find(Finding{Kind: FoundUnheard, Asset: s.Asset.Ref, Detail: err.Error()})
			continue
		}
		r.result.Standing += len(s.Want)
		o, err := r.e.orphanOf(ctx, s)
		if err != nil {
			return nil, err
		}
		if len(o.Want) == 0 {
			continue
		}
		if o.last.Value.ID != "" {
			r.result.Removals += len(o.Want)
		}
		if found = append(found, o); len(found) == maxOrphans {
			return found, nil
		}
	}
	return found, nil
}

// orphanOf compares what stands for one principal on one object with the grants.
// The records are read after the platform: a grant is committed before its access
// is given, so that what is found here and in no record was not given by them.
func (e *Engine) orphanOf(ctx context.Context, s provision.Standing) (orphan, error) {
	o := orphan{Standing: s}
	index, principal := store.GrantsOfID, s.Principal.ID
	if principal == "" { // the platform has no ids, and nobody is renamed there
		index, principal = store.GrantsOf, s.Principal.Name
	}
	err := index.Each(ctx, e.config.Store, store.PairKey(s.Asset.Ref, principal), func(g store.Stored[provision.Grant]) error {
		o.last = g
		if !g.Value.Live() || !concerns(g.Value, s.Asset.ID) {
			return nil
		}
		o.beside = true
		if !compared(g.Value) { // on its way: its task sees to it
			o.Want = nil
		}
		o.Want = slices.DeleteFunc(slices.Clone(o.Want), g.Value.Access.Covers)
		return nil
	})
	return o, err
}

// concerns reports whether a grant is about an object, or has left something there.
func concerns(g provision.Grant, object string) bool {
	return g.Asset.ID == object || slices.ContainsFunc(g.Leftovers, func(o catalog.Object) bool { return o.ID == object })
}

// remove takes an orphan away if it may be, and reports it.
func (r *reconciling) remove(ctx context.Context, o orphan) error {
	f := Finding{Kind: FoundOrphan, Asset: o.Asset.Ref, Principal: o.Principal.Name, Grant: o.last.Value.ID, Access: o.Want}
	switch {
	case o.last.Value.ID == "":
		f.Detail = "stands under our name, and no record knows of it: only reported"
	case o.beside:
		f.Mended, f.Detail = r.acts(), "is more than the grants call for"
	case r.acts():
		gone, err := r.removeNow(ctx, o, &f)
		if errors.Is(err, store.ErrConflict) {
			f.Detail = "stands, and is being worked on; it is removed the next time"
		} else if err != nil || gone {
			return err
		}
	default:
		f.Detail = "has ended by the records, and stands"
	}
	r.find(f)
	if r.how.DryRun {
		return nil
	}
	return r.e.change(ctx, func(c *store.Change) error { return r.report(ctx, c, f) })
}

// report tells of an orphan, and keeps with its last grant that it was removed.
func (r *reconciling) report(ctx context.Context, c *store.Change, f Finding) error {
	told, about := f.told(), []store.Subject{store.Connections.Subject(r.on.Value.Name)}
	if f.Mended && f.Grant != "" {
		last, err := store.Grants.Get(ctx, r.e.config.Store, f.Grant)
		if err != nil {
			return err
		}
		next := last.Value.Heal(r.e.now())
		store.Grants.Update(c, last, next)
		about = append(about, store.Grants.Subject(f.Grant))
		if len(next.Healed) == provision.ContestedAfter {
			r.e.tell(c, event.GrantContested.With(event.Contested{Finding: &told}), r.by, nil, about...)
		}
	}
	r.e.tell(c, event.AccessOrphaned.With(told), r.by, nil, about...)
	return nil
}

// removeNow takes an orphan away under the lease of its asset, if it is one still.
// Gone says that there was nothing to take.
func (r *reconciling) removeNow(ctx context.Context, o orphan, f *Finding) (gone bool, err error) {
	err = r.e.worker.Hold(ctx, grantTask(o.Asset.Ref), func(ctx context.Context, _ store.Task) (store.Change, time.Time, error) {
		now, err := r.e.orphanOf(ctx, o.Standing)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		if gone = now.beside || len(now.Want) == 0; !gone {
			gone = r.take(ctx, now, f)
		}
		next, err := r.e.nextOn(ctx, o.Asset.Ref, nil)
		return store.Change{}, next, err
	})
	return gone, err
}

// take asks the platform for nothing of ours, and says whether there was anything.
func (r *reconciling) take(ctx context.Context, o orphan, f *Finding) (gone bool) {
	asset := o.last.Value.Asset
	asset.ID = o.Asset.ID
	ctx, cancel := sparing(ctx)
	defer cancel()
	nothing, err := r.e.veil(ctx, asset.Ref, []provision.Standing{{Principal: o.Principal, Asset: asset}}, nil)
	if err != nil {
		f.Detail = fmt.Sprintf("could not be removed: %v", err)
		return false
	}
	outcome := r.e.ask(ctx, r.p, nothing, nil)[0]
	f.Statements = outcome.Ran
	if outcome.Err != nil && !outcome.Taken {
		f.Detail = fmt.Sprintf("could not be removed: %v", outcome.Err)
		return false
	}
	f.Mended, f.Detail = true, "had ended by the records, and stood: removed"
	return len(outcome.Ran) == 0
}

// tell records what a reconciliation came to.
func (r *reconciling) tell(ctx context.Context) error {
	if r.how.DryRun {
		return nil
	}
	counts := map[string]int{}
	for _, f := range r.result.Findings {
		counts[string(f.Kind)]++
	}
	told := event.Reconciliation{Compared: r.result.Compared, Standing: r.result.Standing, Removals: r.result.Removals,
		Doubt: r.result.Doubt, Findings: counts, More: r.result.More}
	t := event.ConnectionReconciled
	if r.result.Stopped || r.result.Doubt != "" {
		t = event.ReconciliationStopped
	}
	return r.e.change(ctx, func(c *store.Change) error {
		r.e.tell(c, t.With(told), r.by, nil, store.Connections.Subject(r.on.Value.Name))
		return nil
	})
}

// told is the payload of the events about a finding.
func (f Finding) told() event.Finding {
	told := event.Finding{Kind: string(f.Kind), Asset: f.Asset, Principal: f.Principal, Grant: string(f.Grant), Detail: f.Detail, Mended: f.Mended, Statements: texts(f.Statements)}
	for _, a := range f.Access {
		told.Access = append(told.Access, event.Access(a))
	}
	return told
}

// texts are strings of some other type.
func texts[S ~string](all []S) []string {
	var plain []string
	for _, s := range all {
		plain = append(plain, string(s))
	}
	return plain
}
