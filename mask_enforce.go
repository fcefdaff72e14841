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
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// DefaultRemask is the time between two looks at what shows assets masked.
const DefaultRemask = 20 * time.Second

// maskBatch is how many assets one call of a Masker goes through.
const maskBatch = 200

// findMasked keeps a record of each asset of a connection that is masked, with the
// columns that it has. Looked says that governance looks at the assets now: the
// columns that they have are classified with it. Until there is a record, an asset
// that is masked is shown to nobody.
func (e *Engine) findMasked(ctx context.Context, connection string, looked bool) error {
	b, err := e.maskBook(ctx, connection)
	if err != nil {
		return err
	}
	for _, place := range b.places() {
		if err := e.findMaskedAt(ctx, b, place, looked); err != nil {
			return err
		}
	}
	return nil
}

// places are where masks hold, the outermost only.
func (b maskBook) places() []catalog.Ref {
	var all []catalog.Ref
	for _, m := range b.masks {
		if !slices.ContainsFunc(b.masks, func(o catalog.Mask) bool { return o.At != m.At && o.At.Covers(m.At) }) && !slices.Contains(all, m.At) {
			all = append(all, m.At)
		}
	}
	return all
}

func (e *Engine) findMaskedAt(ctx context.Context, b maskBook, place catalog.Ref, looked bool) error {
	if len(place.Path()) > 0 {
		a, err := e.config.Inventory.Asset(ctx, place)
		if err == nil {
			err = e.keepMasked(ctx, b, []catalog.Asset{a}, looked)
		}
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
	}
	for after := catalog.Ref(""); ; {
		page, err := e.config.Inventory.Search(ctx, catalog.Query{Below: place, After: after})
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].Ref
		if err := e.keepMasked(ctx, b, page, looked); err != nil {
			return err
		}
	}
}

// keepMasked brings the records of some assets to what a sync saw.
func (e *Engine) keepMasked(ctx context.Context, b maskBook, assets []catalog.Asset, looked bool) error {
	assets = slices.DeleteFunc(slices.Clone(assets), func(a catalog.Asset) bool { return !b.touches(a) })
	for some := range slices.Chunk(assets, someRecords) {
		err := e.commit(ctx, func(c *store.Change) error {
			refs := make([]catalog.Ref, len(some))
			for i, a := range some {
				refs[i] = a.Ref
			}
			found, err := store.MaskedAssets.Some(ctx, e.config.Store, refs...)
			if err != nil {
				return err
			}
			said, err := values(store.ClassificationsNow.Some(ctx, e.config.Store, refs...))
			if err != nil {
				return err
			}
			for _, a := range some {
				var classified catalog.Classification
				if i := slices.IndexFunc(said, func(c catalog.Classification) bool { return c.At == a.Ref }); i >= 0 {
					classified = said[i]
				}
				b.keep(c, a, recordOf(found, a.Ref), classified, looked)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b maskBook) keep(c *store.Change, a catalog.Asset, record store.Stored[store.MaskedAsset], said catalog.Classification, looked bool) {
	columns := make([]string, len(a.Columns))
	for i, column := range a.Columns {
		columns[i] = column.Name
	}
	next := record.Value
	next.Ref, next.Kind, next.Columns = a.Ref, a.Kind, columns
	known := record.Value.Ref != ""
	switch {
	case known && !slices.Equal(columns, record.Value.Columns):
		store.MaskedAssets.Update(c, record, next)
	case !known && catalog.MaskingOf(a, b.masks, said, nil).Masked():
		if looked {
			next.Seen = columns
		}
		store.MaskedAssets.Insert(c, next)
	}
}

// enforce brings what shows the assets of a connection masked to what the masks
// say, and has the grants follow.
func (e *Engine) enforce(ctx context.Context, name string) (store.Change, time.Time, error) {
	_, err := store.Connections.Get(ctx, e.config.Store, name)
	if err != nil {
		return store.Change{}, time.Time{}, unlessMissing(err)
	}
	if err := e.lapseSuspensions(ctx, name); err != nil {
		return store.Change{}, time.Time{}, err
	}
	b, err := e.maskBook(ctx, name)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	p, err := e.provisioner(ctx, name)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	any := len(b.masks) > 0
	for after := (store.Position{}); ; {
		page, err := store.MaskedOn.Find(ctx, e.config.Store, name, after, maskBatch)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		if len(page) == 0 {
			break
		}
		any, after = true, page[len(page)-1].At
		if err := e.enforceSome(ctx, p, b, assetsOf(page)); err != nil {
			return store.Change{}, time.Time{}, err
		}
	}
	if !any {
		return store.Change{}, time.Time{}, nil
	}
	return store.Change{}, e.now().Add(e.config.Remask), nil
}

func assetsOf(page []store.Stored[store.MaskedAsset]) []catalog.Asset {
	assets := make([]catalog.Asset, len(page))
	for i, r := range page {
		assets[i] = r.Value.Asset()
	}
	return assets
}

// enforceSome is enforce for some assets. Where an asset is masked no longer, its
// grants follow before what showed it is removed.
func (e *Engine) enforceSome(ctx context.Context, p provision.Provisioner, b maskBook, assets []catalog.Asset) error {
	all, err := e.maskings(ctx, b, assets)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].Keys, err = e.keysOf(ctx, all[i].Show); err != nil {
			return err
		}
		if bare := !all[i].Show.Masked() && all[i].record.Value.Query != ""; bare {
			if err := e.regrantAround(ctx, all[i].Asset.Ref); err != nil {
				return err
			}
		}
	}
	var behind []catalog.Ref
	for i, said := range e.mask(ctx, p, all) {
		late, err := e.recordMasked(ctx, all[i], said)
		if err != nil {
			return err
		}
		if late {
			behind = append(behind, all[i].Asset.Ref)
		}
	}
	return e.follow(ctx, behind)
}

// keysOf reads what the key references of masks refer to. One that cannot be read
// is left out: the platform says so of the assets that need it.
func (e *Engine) keysOf(ctx context.Context, m catalog.Masking) (map[string]string, error) {
	keys := map[string]string{}
	for _, c := range m.Columns {
		if c.Mask.Key == "" || keys[c.Mask.Key] != "" {
			continue
		}
		key, err := e.config.Secrets(ctx, c.Mask.Key)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			keys[c.Mask.Key] = key
		}
	}
	return keys, nil
}

// mask asks the platform. One that cannot mask leaves that to people.
func (e *Engine) mask(ctx context.Context, p provision.Provisioner, all []masking) []provision.Masked {
	ctx, cancel := sparing(ctx)
	defer cancel()
	want := make([]provision.Masking, len(all))
	said := make([]provision.Masked, len(all))
	for i, m := range all {
		want[i] = m.Masking
		if m.Show.Masked() {
			said[i].Err = fmt.Errorf("%w: nothing on this platform masks assets by itself", provision.ErrByHand)
		}
	}
	masker, is := p.(provision.Masker)
	if !is {
		return said
	}
	if answered := masker.Mask(ctx, want); len(answered) == len(want) {
		return answered
	}
	for i := range said {
		said[i].Err = errors.New("grantwright: the platform answered for other assets than it was asked for")
	}
	return said
}

// recordMasked records what the platform said of one asset. It reports whether the
// grants have to follow.
func (e *Engine) recordMasked(ctx context.Context, m masking, said provision.Masked) (behind bool, err error) {
	err = e.change(ctx, func(c *store.Change) error {
		record, err := store.MaskedAssets.Get(ctx, e.config.Store, m.Asset.Ref)
		if err != nil {
			return unlessMissing(err)
		}
		was := record.Value
		next := maskedAs(was, m, said, e.now())
		behind = was.Behind || len(said.Ran) > 0 || !next.Same(was) && (next.Query != was.Query || next.Rules != was.Rules || next.Object != was.Object || next.Error != was.Error)
		next.Behind = behind
		switch {
		case said.Err == nil && !m.Show.Masked():
			store.MaskedAssets.Delete(c, record)
		case next.Same(was) && next.Behind == was.Behind:
			return nil
		default:
			store.MaskedAssets.Update(c, record, next)
		}
		if next.Error == was.Error && next.Query == was.Query && next.Object == was.Object && next.Rules == was.Rules && len(said.Ran) == 0 {
			return nil
		}
		t := event.MaskEnforced
		if said.Err != nil {
			t = event.MaskFailing
		}
		e.tell(c, t.With(event.Masked{Asset: m.Asset.Ref, Query: next.Query, Error: next.Error, Ran: texts(said.Ran)}), request.SystemID, nil, store.Connections.Subject(m.Asset.Ref.Connection()))
		return nil
	})
	return behind, err
}

// maskedAs is a record after the platform has answered.
func maskedAs(was store.MaskedAsset, m masking, said provision.Masked, now time.Time) store.MaskedAsset {
	next := was
	next.Object, next.Query, next.Out, next.Error = said.Object, said.Name, said.Out, ""
	next.ByHand = errors.Is(said.Err, provision.ErrByHand)
	if said.Err != nil {
		next.Error, next.Query = said.Err.Error(), ""
		if !next.ByHand {
			next.Object = was.Object
		}
	}
	if rules := rulesOf(m.Masking); said.Err == nil && rules != was.Rules {
		next.Rules, next.Since = rules, now
	}
	return next
}

// follow has the grants on some assets, and on the containers that they are in,
// follow what was done on the platform.
func (e *Engine) follow(ctx context.Context, refs []catalog.Ref) error {
	done := map[catalog.Ref]bool{}
	for _, ref := range refs {
		for _, at := range ref.Lineage() {
			if done[at] {
				continue
			}
			done[at] = true
			if err := e.regrant(ctx, at); err != nil {
				return err
			}
		}
	}
	for _, ref := range refs {
		err := e.commit(ctx, func(c *store.Change) error {
			record, err := store.MaskedAssets.Get(ctx, e.config.Store, ref)
			if err != nil || !record.Value.Behind {
				return unlessMissing(err)
			}
			next := record.Value
			next.Behind = false
			store.MaskedAssets.Update(c, record, next)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) regrantAround(ctx context.Context, ref catalog.Ref) error {
	for _, at := range ref.Lineage() {
		if err := e.regrant(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

// regrant brings the platform anew to what the grants on one asset call for, also
// to those that have failed and would wait for their next attempt.
func (e *Engine) regrant(ctx context.Context, ref catalog.Ref) error {
	for after := (store.Position{}); ; {
		page, err := store.LiveGrants.Find(ctx, e.config.Store, ref, after, provisionBatch)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].At
		if err := e.regrantSome(ctx, ref, page); err != nil {
			return err
		}
	}
}

func (e *Engine) regrantSome(ctx context.Context, ref catalog.Ref, page []store.Stored[provision.Grant]) error {
	err := e.worker.Hold(ctx, grantTask(ref), func(ctx context.Context, _ store.Task) (store.Change, time.Time, error) {
		ids := make([]provision.GrantID, len(page))
		for i, g := range page {
			ids[i] = g.Value.ID
		}
		now, err := store.Grants.Some(ctx, e.config.Store, ids...)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		standing := slices.DeleteFunc(now, func(g store.Stored[provision.Grant]) bool { return g.Value.How != provision.Auto || !g.Value.Wanted() })
		if standing, err = e.dueNow(ctx, standing); err != nil {
			return store.Change{}, time.Time{}, err
		}
		b, err := e.bring(ctx, ref, standing)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		next, err := e.nextOn(ctx, ref, b.progress)
		return b.change, next, err
	})
	if errors.Is(err, store.ErrConflict) { // it is being worked on: once more after that
		return e.commit(ctx, func(c *store.Change) error { return store.Ring(ctx, e.config.Store, c, grantTask(ref), e.now()) })
	}
	if err != nil {
		return err
	}
	e.committed()
	if err := e.worker.Do(ctx, grantTask(ref)); err != nil && !errors.Is(err, store.ErrConflict) {
		e.config.Logger.Warn("a grant is tried again later", "asset", ref, "error", err)
	}
	return nil
}

// dueNow makes what has failed due at once. What guardrails prevent by now is left
// to the task of the asset, which ends it.
func (e *Engine) dueNow(ctx context.Context, grants []store.Stored[provision.Grant]) ([]store.Stored[provision.Grant], error) {
	guards := e.guarding()
	var due []store.Stored[provision.Grant]
	for _, g := range grants {
		g.Value = g.Value.Retried(e.now())
		checked, err := guards.beforeGiving(ctx, g.Value, e.now())
		if err != nil {
			return nil, err
		}
		if checked.State == g.Value.State && checked.Ending == g.Value.Ending && checked.Attempts == g.Value.Attempts {
			due = append(due, g)
		}
	}
	return due, nil
}

// masksChanged finds what is masked by now, and begins to bring it into force. What
// it does not come to, the next sync does.
func (e *Engine) masksChanged(ctx context.Context, places []catalog.Ref, looked bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	for _, name := range connectionsOf(places) {
		if err := e.findMasked(ctx, name, looked); err != nil {
			e.config.Logger.Warn("what is masked is found at the next sync", "connection", name, "error", err)
		}
		e.enforceNow(name)
	}
}

// maskSoon calls for the masks of a connection to be brought into force.
func (e *Engine) maskSoon(ctx context.Context, c *store.Change, connection string) error {
	return store.Ring(ctx, e.config.Store, c, maskTask(connection), e.now())
}

// enforceNow begins with that, off the caller's context. The task that was
// committed is the safety net.
func (e *Engine) enforceNow(connection string) {
	e.beside(func(ctx context.Context) {
		if err := e.worker.Do(ctx, maskTask(connection)); err != nil && !errors.Is(err, store.ErrConflict) {
			e.config.Logger.Warn("masks are brought into force later", "connection", connection, "error", err)
		}
		e.worker.Wake()
		e.changes.send()
	})
}
