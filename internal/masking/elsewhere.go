package masking

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/store"
)

// findElsewhere updates the records of assets that stand where no mask is set: the object
// was masked under another name, or what it was a part of is masked.
func (mk *Masking) findElsewhere(ctx context.Context, b rulebook.MaskBook, connection string, moved []catalog.Ref) error {
	places := b.Places()
	within := func(ref catalog.Ref) bool {
		return slices.ContainsFunc(places, func(place catalog.Ref) bool { return place.Covers(ref) })
	}
	elsewhere := slices.DeleteFunc(slices.Clone(moved), within)
	for after := (store.Position{}); ; {
		page, err := records.MaskedOn.Find(ctx, mk.Store, connection, after, rulebook.RecordBatch)
		if err != nil {
			return err
		}
		for _, record := range page {
			if after = record.At; !within(record.Value.Ref) && !slices.Contains(moved, record.Value.Ref) {
				elsewhere = append(elsewhere, record.Value.Ref)
			}
		}
		if len(page) < rulebook.RecordBatch {
			break
		}
	}
	for some := range slices.Chunk(elsewhere, rulebook.RecordBatch) {
		var assets []catalog.Asset
		for _, ref := range some {
			a, err := mk.Rules.Inventory.Asset(ctx, ref)
			if errors.Is(err, catalog.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			assets = append(assets, a)
		}
		if err := mk.saveMasked(ctx, b, assets, false); err != nil {
			return err
		}
	}
	return nil
}
