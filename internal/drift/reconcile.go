package drift

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// dryRun finds the same differences as compare, and changes nothing.
func (r *reconciliation) dryRun(ctx context.Context, ref catalog.Ref, page []store.Stored[provision.Grant]) (provision.Reach, error) {
	planner, is := r.p.(provision.Planner)
	if !is {
		return nil, fmt.Errorf("%w: connection %s cannot say beforehand what it will do", provision.ErrNoPlatform, r.on.Value.Name)
	}
	page = slices.DeleteFunc(page, func(g store.Stored[provision.Grant]) bool { return !compared(g.Value) })
	if len(page) == 0 {
		return nil, nil
	}
	all, err := r.drift.Provisioning.OfSamePrincipals(ctx, ref, page)
	if err != nil {
		return nil, err
	}
	want, err := r.drift.Rules.WithCovered(ctx, ref, provision.Standings(provisioning.ValuesOf(all)))
	if err != nil {
		return nil, err
	}
	plans, err := r.drift.Provisioning.PlanAll(ctx, planner, r.on.Value.Name, want)
	if err != nil {
		return nil, err
	}
	asked, planned := map[provision.GrantID]bool{}, map[provisioning.Pair]provision.Plan{}
	for _, g := range page {
		asked[g.Value.ID] = true
	}
	for i, w := range want {
		planned[provisioning.PairOf(w)] = plans[i]
	}
	for _, g := range all {
		if !asked[g.Value.ID] || !compared(g.Value) {
			continue
		}
		r.result.Compared++
		plan := planned[provisioning.PairOf(provision.Standing{Principal: g.Value.Principal, Asset: g.Value.Asset})]
		plan.Err = provisioning.FaultOf(plan.Err, g.Value)
		if f := dryRunFinding(g.Value, plan); f.Kind != "" {
			r.find(f)
			r.countSuspension(f, plan)
		}
	}
	var reach provision.Reach
	for _, plan := range plans {
		reach = catalog.Join(reach, plan.Reach)
	}
	return reach, nil
}

// orphans lists the access of ours on the connection that no grant calls for.
func (r *reconciliation) orphans(ctx context.Context) (found []orphan, err error) {
	lister, is := r.p.(provision.Lister)
	if !is {
		return nil, nil
	}
	var listed []provision.Standing
	for s, err := range lister.List(ctx, catalog.Ref(r.on.Value.Name)) {
		if err != nil {
			if ctx.Err() != nil || s.Asset.Ref == "" && !errors.Is(err, provision.ErrPermanent) {
				return nil, err
			}
			r.find(provision.Finding{Kind: provision.FoundUnknown, Asset: s.Asset.Ref, Detail: r.drift.Platforms.Hide(r.on.Value.Name, err).Error()})
			continue
		}
		if listed = append(listed, s); len(listed) < listedTogether {
			continue
		}
		if found, err = r.addOrphans(ctx, found, listed); err != nil || len(found) == maxOrphans {
			return found, err
		}
		listed = nil
	}
	return r.addOrphans(ctx, found, listed)
}

// listedTogether is how much access that stands is compared with the records at once.
const listedTogether = 500

// addOrphans compares some of the access that stands, and adds the orphans among it.
func (r *reconciliation) addOrphans(ctx context.Context, found []orphan, listed []provision.Standing) ([]orphan, error) {
	all, err := r.drift.orphansOf(ctx, listed)
	if err != nil {
		return nil, err
	}
	for i, o := range all {
		r.result.Standing += len(listed[i].Want)
		if len(o.Want) == 0 {
			continue
		}
		if o.counts() {
			r.result.Removals += len(o.Want)
		}
		r.doubtLater(o)
		if found = append(found, o); len(found) == maxOrphans {
			return found, nil
		}
	}
	return found, nil
}

// remove takes an orphan away, if that is allowed, and reports it.
func (r *reconciliation) remove(ctx context.Context, o orphan) error {
	f := provision.Finding{Kind: provision.FoundOrphan, Asset: o.Asset.Ref, Principal: o.Principal.Name, Grant: o.last.Value.ID, Access: o.Want}
	switch {
	case !o.recorded() && !o.foreign():
		f.Detail = "stands under our name, and no record knows of it: only reported"
	case o.shared:
		f.Mended, f.Detail = r.acts(), "is more than the grants call for"
	case r.acts():
		gone, err := r.removeNow(ctx, o, &f)
		if errors.Is(err, store.ErrConflict) {
			f.Detail = "stands, and is being worked on; it is removed the next time"
		} else if err != nil || gone {
			return err
		}
	default:
		f.Detail = o.why() + ", and stands"
	}
	r.find(f)
	if r.how.DryRun {
		return nil
	}
	return r.drift.Change(ctx, func(c *store.Change) error { return r.report(ctx, c, f) })
}

// report emits the event about an orphan, and notes in its last grant that it was
// removed.
func (r *reconciliation) report(ctx context.Context, c *store.Change, f provision.Finding) error {
	payload, about := f.Told(), []store.Subject{records.Connections.Subject(r.on.Value.Name)}
	if f.Mended && f.Grant != "" {
		last, err := records.Grants.Get(ctx, r.drift.Store, f.Grant)
		if err != nil {
			return err
		}
		next := last.Value.Heal(r.drift.Now())
		records.Grants.Update(c, last, next)
		about = append(about, records.Grants.Subject(f.Grant))
		if len(next.Healed) == provision.ContestedAfter {
			r.drift.Emit(c, event.GrantContested.With(event.Contested{Finding: &payload}), r.by, nil, about...)
		}
	}
	r.drift.Emit(c, event.AccessOrphaned.With(payload), r.by, nil, about...)
	return nil
}

// removeNow takes an orphan away under the lease of its asset, if it is still one.
// Gone says that there was nothing to take away.
func (r *reconciliation) removeNow(ctx context.Context, o orphan, f *provision.Finding) (gone bool, err error) {
	err = r.drift.Worker.Hold(ctx, journal.GrantTask(o.Asset.Ref), func(ctx context.Context, _ store.Task) (store.Change, time.Time, error) {
		all, err := r.drift.orphansOf(ctx, []provision.Standing{o.Standing})
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		now := all[0]
		if gone = now.shared || len(now.Want) == 0; !gone {
			gone = r.take(ctx, now, f)
		}
		return store.Change{}, time.Time{}, nil
	})
	return gone, err
}

// take asks the platform to leave nothing of ours to a principal. Gone says that there
// was nothing.
func (r *reconciliation) take(ctx context.Context, o orphan, f *provision.Finding) (gone bool) {
	asset := o.last.Value.Asset
	if asset.ID = o.Asset.ID; !o.recorded() {
		asset = o.Asset
	}
	ctx, cancel := provisioning.WithTimeToRecord(ctx)
	defer cancel()
	nothing, err := r.drift.Rules.WithMasks(ctx, asset.Ref, []provision.Standing{{Principal: o.Principal, Asset: asset}}, nil)
	if err != nil {
		f.Detail = fmt.Sprintf("could not be removed: %v", err)
		return false
	}
	outcome := r.drift.Provisioning.Ask(ctx, r.p, nothing, nil)[0]
	f.Statements = outcome.Ran
	if outcome.Err != nil && !outcome.Taken {
		f.Detail = fmt.Sprintf("could not be removed: %v", outcome.Err)
		return false
	}
	f.Mended, f.Detail = true, o.why()+", and stood: removed"
	return len(outcome.Ran) == 0
}

// emit emits the event about the result of a reconciliation.
func (r *reconciliation) emit(ctx context.Context) error {
	if r.how.DryRun {
		return nil
	}
	counts := map[string]int{}
	for _, f := range r.result.Findings {
		counts[string(f.Kind)]++
	}
	payload := event.Reconciliation{Compared: r.result.Compared, Standing: r.result.Standing, Removals: r.result.Removals, Suspensions: r.result.Suspensions,
		Doubt: r.result.Doubt, Findings: counts, More: r.result.More}
	t := event.ConnectionReconciled
	if r.result.Stopped || r.result.Doubt != "" {
		t = event.ReconciliationStopped
	}
	return r.drift.Change(ctx, func(c *store.Change) error {
		r.drift.Emit(c, t.With(payload), r.by, nil, records.Connections.Subject(r.on.Value.Name))
		return r.keep(ctx, c)
	})
}

// ReconcileNow reconciles a connection for somebody who may.
func (d *Drift) ReconcileNow(ctx context.Context, by request.Identity, connection string, how provision.Reconcile) (provision.Reconciliation, error) {
	if how.MaxRemovals < 0 {
		return provision.Reconciliation{}, &request.InvalidError{What: "reconciliation", Faults: []request.Fault{{Field: "maxRemovals", Reason: "must not be negative"}}}
	}
	if err := d.People.CheckFrozen(ctx, connection); err != nil && !how.DryRun {
		return provision.Reconciliation{}, fmt.Errorf("%w: only a dry run is possible: %w", store.ErrState, err)
	}
	return d.reconcile(ctx, by.Person(), connection, how)
}

// reconciliation is one run over a connection.
type reconciliation struct {
	drift  *Drift
	by     request.PersonID
	on     store.Stored[catalog.Connection]
	p      provision.Provisioner
	how    provision.Reconcile
	result provision.Reconciliation

	held     []provisioning.Progress // of grants that would be suspended
	suspends bool                    // they are few enough
}

func (d *Drift) reconcile(ctx context.Context, by request.PersonID, connection string, how provision.Reconcile) (provision.Reconciliation, error) {
	r := reconciliation{drift: d, by: by, how: how, result: provision.Reconciliation{Connection: connection, At: d.Now(), DryRun: how.DryRun}}
	var err error
	if r.on, err = records.Connections.Get(ctx, d.Store, connection); err != nil {
		return r.result, err
	}
	enforced := r.enforce(ctx)
	return r.result, errors.Join(r.withPlatform(ctx), enforced)
}

// withPlatform compares the platform with the records.
func (r *reconciliation) withPlatform(ctx context.Context) (err error) {
	d, connection, how := r.drift, r.on.Value.Name, r.how
	if r.p, err = d.Platforms.Acting(ctx, connection); err != nil {
		return err
	}
	if r.p == nil {
		return fmt.Errorf("%w: access on connection %s is given by hand; nothing can be compared", provision.ErrNoPlatform, connection)
	}
	if r.result.Doubt, err = d.Platforms.Estrangement(ctx, connection, r.p, how.DryRun); err != nil {
		return d.Platforms.Unreachable(connection, err)
	}
	if r.result.Doubt != "" {
		return r.emit(ctx)
	}
	if r.result.Doubt, err = d.Platforms.Doubt(ctx, connection, r.p, how); err != nil {
		r.keepNotSetUp(ctx, err)
		return d.Platforms.Unreachable(connection, err)
	}
	orphans, err := r.orphans(ctx)
	if err != nil {
		return d.Platforms.Unreachable(connection, err)
	}
	r.result.Stopped = r.result.Removals > how.MayRemove(r.result.Standing)
	if err := r.compareAll(ctx); err != nil {
		return err
	}
	if err := r.suspend(ctx); err != nil {
		return err
	}
	for _, o := range orphans {
		if err := r.remove(ctx, o); err != nil {
			return err
		}
	}
	r.sweep(ctx)
	return r.emit(ctx)
}

// acts reports whether anything may be changed.
func (r *reconciliation) acts() bool {
	return !r.how.DryRun && r.result.Doubt == "" && !r.result.Stopped
}

// find adds a finding to the result, or counts it where the list is full.
func (r *reconciliation) find(f provision.Finding) {
	if len(r.result.Findings) == provision.MaxFindings {
		r.result.More++
		return
	}
	r.result.Findings = append(r.result.Findings, f)
}

// compareAll compares the grants of one asset after another.
func (r *reconciliation) compareAll(ctx context.Context) error {
	for after := (store.Position{}); ; {
		next, err := records.LiveOnConnection.Find(ctx, r.drift.Store, r.on.Value.Name, after, 1)
		if err != nil || len(next) == 0 {
			return err
		}
		ref := next[0].Value.Asset.Ref
		if err := r.compareAsset(ctx, ref); err != nil {
			return err
		}
		after = store.Position{Order: string(ref), ID: "\U0010FFFF"} // behind all grants of the asset
	}
}

// plannedTogether is for how many grants a dry run asks the platform at once: it has
// nothing to commit.
const plannedTogether = 250

// compareAsset compares the grants of one asset, some at a time.
func (r *reconciliation) compareAsset(ctx context.Context, ref catalog.Ref) error {
	var reach provision.Reach
	for after := (store.Position{}); ; {
		size := plannedTogether
		if r.acts() {
			size = provisioning.GrantBatch
		}
		page, err := records.LiveGrants.Find(ctx, r.drift.Store, ref, after, size)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return r.findStricter(ctx, ref, reach)
		}
		after = page[len(page)-1].At
		var now provision.Reach
		if r.acts() {
			now, err = r.compare(ctx, ref, page)
		} else {
			now, err = r.dryRun(ctx, ref, page)
		}
		if err != nil {
			return err
		}
		reach = catalog.Join(reach, now)
	}
}

// compare asks the platform about some grants, and records the outcomes, under the
// lease of their asset.
func (r *reconciliation) compare(ctx context.Context, ref catalog.Ref, page []store.Stored[provision.Grant]) (provision.Reach, error) {
	var found provisioning.Convergence
	compared := 0
	err := r.drift.Worker.Hold(ctx, journal.GrantTask(ref), func(ctx context.Context, _ store.Task) (store.Change, time.Time, error) {
		standing, err := r.drift.stillActive(ctx, page)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		if found, err = r.drift.Provisioning.Converge(ctx, ref, standing, !r.suspends); err != nil {
			return store.Change{}, time.Time{}, err
		}
		compared = len(standing)
		return found.Change, time.Time{}, nil
	})
	if errors.Is(err, store.ErrConflict) {
		r.find(provision.Finding{Kind: provision.FoundUnknown, Asset: ref, Detail: "it is being worked on, and is compared the next time"})
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r.drift.Committed()
	if !r.suspends { // or they were compared before
		r.result.Compared += compared
	}
	r.held = append(r.held, found.Held...)
	for _, p := range found.Progress {
		r.find(findingOf(p))
	}
	for _, g := range found.Unknown {
		r.find(provision.Finding{Kind: provision.FoundUnknown, Asset: ref, Principal: g.Principal.Name, Grant: g.ID, Detail: "the platform did not say how it stands"})
	}
	if len(found.Progress) > 0 { // grants that follow an object are given there at once
		if err := r.drift.Provisioning.Apply(ctx, ref); err != nil && !errors.Is(err, store.ErrConflict) {
			r.drift.Logger.WarnContext(ctx, "a grant is tried again later", "asset", ref, "error", err)
		}
	}
	return found.Reach, nil
}

// stillActive reads grants again, and picks those that are still ACTIVE.
func (d *Drift) stillActive(ctx context.Context, page []store.Stored[provision.Grant]) ([]store.Stored[provision.Grant], error) {
	ids := make([]provision.GrantID, len(page))
	for i, g := range page {
		ids[i] = g.Value.ID
	}
	now, err := records.Grants.Some(ctx, d.Store, ids...)
	if err != nil {
		return nil, err
	}
	var active []store.Stored[provision.Grant]
	for _, g := range now {
		if compared(g.Value) {
			active = append(active, g)
		}
	}
	return active, nil
}

// compared reports whether reconciliation compares a grant. The tasks of their assets
// apply the others.
func compared(g provision.Grant) bool { return g.State == provision.Active && g.How == provision.Auto }
