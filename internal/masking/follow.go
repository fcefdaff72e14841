package masking

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// withoutBare applies the grants on assets that are masked no longer, and leaves out those
// whose grants others work on: the masked view stays until they have followed.
func (mk *Masking) withoutBare(ctx context.Context, all []rulebook.Masking) (rest []rulebook.Masking, err error) {
	for _, m := range all {
		done := true
		if bare := !m.Show.Masked() && m.Record.Value.Query != ""; bare {
			if done, err = mk.regrantAround(ctx, m.Asset.Ref); err != nil {
				return nil, err
			}
		}
		if done {
			rest = append(rest, m)
			continue
		}
		if err := mk.Commit(ctx, func(c *store.Change) error { return mk.enforceAgain(ctx, c, m.Asset.Ref.Connection()) }); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// follow applies the grants on some assets, and on the containers that they are in,
// after their masked views have changed. Where others work on these grants, they follow
// at the next look, which comes soon.
func (mk *Masking) follow(ctx context.Context, refs []catalog.Ref) error {
	done := map[catalog.Ref]bool{}
	for _, ref := range refs {
		for _, at := range ref.Lineage() {
			if _, is := done[at]; is {
				continue
			}
			var err error
			if done[at], err = mk.regrant(ctx, at); err != nil {
				return err
			}
		}
	}
	for _, ref := range refs {
		err := mk.Commit(ctx, func(c *store.Change) error {
			if slices.ContainsFunc(ref.Lineage(), func(at catalog.Ref) bool { return !done[at] }) {
				return mk.enforceAgain(ctx, c, ref.Connection())
			}
			record, err := records.MaskedAssets.Get(ctx, mk.Store, ref)
			if err != nil || !record.Value.Behind {
				return journal.UnlessMissing(err)
			}
			next := record.Value
			next.Behind = false
			records.MaskedAssets.Update(c, record, next)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// regrantAround applies the grants on an asset and on the containers around it again. It
// reports whether it could: not where others work on them.
func (mk *Masking) regrantAround(ctx context.Context, ref catalog.Ref) (done bool, err error) {
	for _, at := range ref.Lineage() {
		if done, err = mk.regrant(ctx, at); err != nil || !done {
			return false, err
		}
	}
	return true, nil
}

// regrant applies the grants on one asset again, also those that have failed and
// would wait for their next attempt. It reports whether it could: not where another
// process works on them.
func (mk *Masking) regrant(ctx context.Context, ref catalog.Ref) (done bool, err error) {
	for after := (store.Position{}); ; {
		page, err := records.LiveGrants.Find(ctx, mk.Store, ref, after, provisioning.GrantBatch)
		if err != nil || len(page) == 0 {
			return err == nil, err
		}
		after = page[len(page)-1].At
		err = mk.regrantSome(ctx, ref, page)
		if errors.Is(err, store.ErrConflict) && mk.Provisioning.Apply(ctx, ref) == nil { // which waits for this process
			err = mk.regrantSome(ctx, ref, page)
		}
		if errors.Is(err, store.ErrConflict) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// regrantSome is regrant for some grants, under the lease of their asset. Where others hold
// that, the error wraps store.ErrConflict.
func (mk *Masking) regrantSome(ctx context.Context, ref catalog.Ref, page []store.Stored[provision.Grant]) error {
	err := mk.Worker.Hold(ctx, journal.GrantTask(ref), func(ctx context.Context, _ store.Task) (store.Change, time.Time, error) {
		ids := make([]provision.GrantID, len(page))
		for i, g := range page {
			ids[i] = g.Value.ID
		}
		now, err := records.Grants.Some(ctx, mk.Store, ids...)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		standing := slices.DeleteFunc(now, func(g store.Stored[provision.Grant]) bool { return g.Value.How != provision.Auto || !g.Value.Wanted() })
		if standing, err = mk.dueNow(ctx, standing); err != nil {
			return store.Change{}, time.Time{}, err
		}
		b, err := mk.Provisioning.Converge(ctx, ref, standing, true) // reconciliation suspends, and counts first
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		return b.Change, time.Time{}, nil
	})
	if err != nil {
		return err
	}
	mk.Committed()
	if err := mk.Provisioning.Apply(ctx, ref); err != nil && !errors.Is(err, store.ErrConflict) {
		mk.Logger.WarnContext(ctx, "a grant is tried again later", "asset", ref, "error", err)
	}
	return nil
}

// dueNow makes failed grants due at once. Grants that guardrails prevent by now are
// left to the task of the asset, which ends them.
func (mk *Masking) dueNow(ctx context.Context, grants []store.Stored[provision.Grant]) ([]store.Stored[provision.Grant], error) {
	guards := mk.Rules.GuardrailChecker()
	var due []store.Stored[provision.Grant]
	for _, g := range grants {
		if !g.Value.Gapped() { // that is compared in any case
			g.Value = g.Value.Retried(mk.Now())
		}
		checked, err := guards.BeforeGiving(ctx, g.Value, mk.Now())
		if err != nil {
			return nil, err
		}
		if checked.State == g.Value.State && checked.Ending == g.Value.Ending && checked.Attempts == g.Value.Attempts {
			due = append(due, g)
		}
	}
	return due, nil
}
