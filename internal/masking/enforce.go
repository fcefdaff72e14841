package masking

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
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// maskBatch is how many assets one call of a Masker goes through.
const maskBatch = 200

// FindMasked records each masked asset of a connection with its columns. Looked means
// that governance has just seen these columns; later ones have to be classified. Moved
// stood elsewhere before. Without a record, nobody is given a masked asset.
func (mk *Masking) FindMasked(ctx context.Context, connection string, looked bool, moved ...catalog.Ref) error {
	b, err := mk.Rules.MaskBook(ctx, connection)
	if err != nil || len(b.Masks) == 0 {
		return err
	}
	for _, place := range b.Places() {
		if err := mk.findMaskedAt(ctx, b, place, looked); err != nil {
			return err
		}
	}
	return mk.findElsewhere(ctx, b, connection, moved)
}

// findMaskedAt is FindMasked for the assets below one place.
func (mk *Masking) findMaskedAt(ctx context.Context, b rulebook.MaskBook, place catalog.Ref, looked bool) error {
	if len(place.Path()) > 0 {
		a, err := mk.Rules.Inventory.Asset(ctx, place)
		if err == nil {
			err = mk.saveWithParts(ctx, b, place, []catalog.Asset{a}, looked)
		}
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
	}
	for after := catalog.Ref(""); ; {
		page, err := mk.Rules.Inventory.Search(ctx, catalog.Query{Below: place, After: after})
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].Ref
		if err := mk.saveWithParts(ctx, b, place, page, looked); err != nil {
			return err
		}
	}
}

// saveWithParts updates the records of some assets at a place, and of their partitions and
// children that lie elsewhere: the masks hold for these too.
func (mk *Masking) saveWithParts(ctx context.Context, b rulebook.MaskBook, place catalog.Ref, assets []catalog.Asset, looked bool) error {
	all := slices.Clone(assets)
	for _, t := range provision.ReachOf(assets...) {
		if t.Way != catalog.ByPartition && t.Way != catalog.ByChild || place.Covers(t.Ref) {
			continue
		}
		part, err := mk.Rules.Inventory.Asset(ctx, t.Ref)
		if errors.Is(err, catalog.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		all = append(all, part)
	}
	return mk.saveMasked(ctx, b, all, looked)
}

// saveMasked updates the records of some assets after a sync.
func (mk *Masking) saveMasked(ctx context.Context, b rulebook.MaskBook, assets []catalog.Asset, looked bool) error {
	assets = slices.DeleteFunc(slices.Clone(assets), func(a catalog.Asset) bool { return !b.Touches(a) })
	for some := range slices.Chunk(assets, rulebook.RecordBatch) {
		err := mk.Change(ctx, func(c *store.Change) error {
			found, err := mk.Rules.Records(ctx, some)
			if err != nil {
				return err
			}
			said, err := mk.Rules.ClassifiedWith(ctx, some)
			if err != nil {
				return err
			}
			for _, a := range some {
				if lost := b.Record(c, a, found, said, looked); len(lost) > 0 {
					mk.Emit(c, event.MaskLost.With(event.Masked{Asset: a.Ref, Lost: lost}), request.SystemID, nil, records.Connections.Subject(a.Ref.Connection()))
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Enforce brings the masked views of a connection to the masks that hold, and then
// the grants on them.
func (mk *Masking) Enforce(ctx context.Context, name string) (store.Change, time.Time, error) {
	_, err := records.Connections.Get(ctx, mk.Store, name)
	if err != nil {
		return store.Change{}, time.Time{}, journal.UnlessMissing(err)
	}
	if err := mk.lapseSuspensions(ctx, name); err != nil {
		return store.Change{}, time.Time{}, err
	}
	b, err := mk.Rules.MaskBook(ctx, name)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	p, err := mk.Platforms.Provisioner(ctx, name)
	if err != nil {
		return store.Change{}, time.Time{}, err
	}
	any := len(b.Masks) > 0
	for after := (store.Position{}); ; {
		page, err := records.MaskedOn.Find(ctx, mk.Store, name, after, maskBatch)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		if len(page) == 0 {
			break
		}
		any, after = true, page[len(page)-1].At
		if err := mk.enforceSome(ctx, p, b, rulebook.AssetsOf(page)); err != nil {
			return store.Change{}, time.Time{}, err
		}
	}
	if !any {
		return store.Change{}, time.Time{}, nil
	}
	return store.Change{}, mk.Now().Add(mk.Every), nil
}

// enforceSome is Enforce for some assets. Where an asset is masked no longer, its
// grants follow before its masked view is removed.
func (mk *Masking) enforceSome(ctx context.Context, p provision.Provisioner, b rulebook.MaskBook, assets []catalog.Asset) error {
	all, err := mk.Rules.Maskings(ctx, b, assets)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].Record.Value.PinnedBy != all[i].PinnedBy {
			all[i].Pinned = "" // governance has looked at the view, and saved the mask
		}
		if all[i].Keys, err = mk.keysOf(ctx, all[i].Show); err != nil {
			return err
		}
	}
	if all, err = mk.withoutBare(ctx, all); err != nil {
		return err
	}
	var behind []catalog.Ref
	for i, said := range mk.mask(ctx, p, all) {
		late, err := mk.recordMasked(ctx, all[i], said)
		if err != nil {
			return err
		}
		if late {
			behind = append(behind, all[i].Asset.Ref)
		}
	}
	return mk.follow(ctx, behind)
}

// keysOf reads the keys of masks by their references. A key that cannot be read is left
// out: the platform answers with an error for each asset that needs it.
func (mk *Masking) keysOf(ctx context.Context, m catalog.Masking) (map[string]string, error) {
	keys := map[string]string{}
	for _, c := range m.Columns {
		if c.Mask.Key == "" || keys[c.Mask.Key] != "" {
			continue
		}
		key, err := mk.Platforms.ReadSecret(ctx, c.Mask.Key)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			keys[c.Mask.Key] = key
		}
	}
	return keys, nil
}

// mask calls the platform. A platform that cannot mask leaves that to people.
func (mk *Masking) mask(ctx context.Context, p provision.Provisioner, all []rulebook.Masking) []provision.Masked {
	ctx, cancel := provisioning.WithTimeToRecord(ctx)
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
		for i := range answered {
			answered[i].Err = mk.Platforms.Hide(want[i].Asset.Ref.Connection(), answered[i].Err)
		}
		return answered
	}
	for i := range said {
		said[i].Err = errors.New("grantwright: the platform answered for other assets than it was asked for")
	}
	return said
}

// recordMasked records the answer of the platform about one asset. It reports
// whether the grants have to follow.
func (mk *Masking) recordMasked(ctx context.Context, m rulebook.Masking, said provision.Masked) (behind bool, err error) {
	ctx = snapshot.Begin(snapshot.Leave(ctx))
	err = mk.Change(ctx, func(c *store.Change) error {
		behind = false
		record, err := records.MaskedAssets.Get(ctx, mk.Store, m.Asset.Ref)
		if err != nil {
			return journal.UnlessMissing(err)
		}
		if outdated, err := mk.isOutdated(ctx, m, record.Value); err != nil || outdated {
			return errors.Join(err, mk.EnforceSoon(ctx, c, m.Asset.Ref.Connection()))
		}
		was := record.Value
		next := maskedAs(was, m, said, mk.Now())
		behind = was.Behind || len(said.Ran) > 0 || !next.Same(was) && (next.Query != was.Query || next.Rules != was.Rules || next.Object != was.Object || next.Error != was.Error || next.PinnedBy != was.PinnedBy)
		next.Behind = behind
		switch {
		case said.Err == nil && !m.Show.Masked():
			records.MaskedAssets.Delete(c, record)
		case next.Same(was) && next.Behind == was.Behind:
			return nil
		default:
			records.MaskedAssets.Update(c, record, next)
		}
		if next.Error == was.Error && next.Query == was.Query && next.Object == was.Object && next.Rules == was.Rules && len(said.Ran) == 0 {
			return nil
		}
		t := event.MaskEnforced
		if said.Err != nil {
			t = event.MaskFailing
		}
		mk.Emit(c, t.With(said.Told(m.Asset.Ref)), request.SystemID, nil, records.Connections.Subject(m.Asset.Ref.Connection()))
		return nil
	})
	return behind, err
}

// isOutdated reports whether an asset is to be shown otherwise by now than the platform was
// asked for: masks were saved meanwhile. That answer says nothing of them.
func (mk *Masking) isOutdated(ctx context.Context, asked rulebook.Masking, record records.MaskedAsset) (bool, error) {
	b, err := mk.Rules.MaskBook(ctx, record.Ref.Connection())
	if err != nil {
		return false, err
	}
	now, err := mk.Rules.Maskings(ctx, b, []catalog.Asset{record.Asset()})
	if err != nil {
		return false, err
	}
	return len(now) != 1 || rulebook.MaskingDigest(now[0].Masking) != rulebook.MaskingDigest(asked.Masking), nil
}

// maskedAs is a record after the platform has answered.
func maskedAs(was records.MaskedAsset, m rulebook.Masking, said provision.Masked, now time.Time) records.MaskedAsset {
	next := was
	next.Object, next.Query, next.Out, next.Error = said.Object, said.Name, said.Out, ""
	next.ByHand = errors.Is(said.Err, provision.ErrByHand)
	if said.Err != nil {
		next.Error, next.Query = said.Err.Error(), ""
		if !next.ByHand {
			next.Object = was.Object
		}
	}
	if said.Err == nil {
		if next.PinnedBy = m.PinnedBy; said.Definition != "" || m.Pinned == "" {
			next.Pinned = said.Definition
		}
	}
	if rules := rulebook.MaskingDigest(m.Masking); said.Err == nil && rules != was.Rules {
		next.Rules, next.Since = rules, now
	}
	return next
}

// MasksChanged finds the assets that are masked by now, and enforces the masks in
// the background. Where that fails, the next sync does it.
func (mk *Masking) MasksChanged(ctx context.Context, places []catalog.Ref, looked bool) {
	ctx, cancel := context.WithTimeout(snapshot.Leave(context.WithoutCancel(ctx)), time.Minute)
	defer cancel()
	for _, name := range rulebook.ConnectionsOf(places) {
		if err := mk.FindMasked(ctx, name, looked); err != nil {
			mk.Logger.WarnContext(ctx, "what is masked is found at the next sync", "connection", name, "error", err)
		}
		// The task that was rung with the change may have run before the assets were found.
		if err := mk.Commit(ctx, func(c *store.Change) error { return mk.EnforceSoon(ctx, c, name) }); err != nil {
			mk.Logger.WarnContext(ctx, "masks are brought into force later", "connection", name, "error", err)
		}
		store.AfterCommit(ctx, func() { mk.enforceNow(name) })
	}
}

// EnforceSoon rings the task that enforces the masks of a connection.
func (mk *Masking) EnforceSoon(ctx context.Context, c *store.Change, connection string) error {
	return store.Ring(ctx, mk.Store, c, journal.MaskTask(connection), mk.Now())
}

// enforceAgain is EnforceSoon where others are at it, and need some time.
func (mk *Masking) enforceAgain(ctx context.Context, c *store.Change, connection string) error {
	return store.Ring(ctx, mk.Store, c, journal.MaskTask(connection), mk.Now().Add(poll))
}

// enforceNow runs the task that enforces the masks of a connection in the background.
// Where that fails, the worker runs the task that was committed.
func (mk *Masking) enforceNow(connection string) {
	mk.Background(func(ctx context.Context) {
		if err := mk.Worker.Do(ctx, journal.MaskTask(connection)); err != nil && !errors.Is(err, store.ErrConflict) {
			mk.Logger.WarnContext(ctx, "masks are brought into force later", "connection", connection, "error", err)
		}
		mk.Worker.Wake()
		mk.Changes.Send()
	})
}
