package inventory

import (
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/rulebook"
)

// lookalikes finds assets that appear beside a masked one with its masked columns, as a
// copy does that is built before it takes the place of the other.
type lookalikes struct {
	inventory catalog.Inventory
	book      rulebook.MaskBook
	masked    map[catalog.Ref][]catalog.Asset // with the masked columns alone, by the container
	found     []catalog.Ref                   // that were none before
}

func (i *Inventory) lookalikes(ctx context.Context, connection string) (*lookalikes, error) {
	l := &lookalikes{inventory: i.Rules.Inventory}
	var err error
	if l.book, err = i.Rules.MaskBook(ctx, connection); err != nil {
		return nil, err
	}
	l.masked, err = i.Rules.MaskedColumns(ctx, l.book, connection)
	return l, err
}

// mark fills in Like of the assets of a stream.
func (l *lookalikes) mark(ctx context.Context, assets iter.Seq2[catalog.Asset, error]) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		for a, err := range assets {
			if err == nil {
				a.Like, err = l.like(ctx, a)
			}
			if !yield(a, err) {
				return
			}
		}
	}
}

// like is the masked asset that another looks like; empty for none, and for one that stood
// there before with these columns: governance knew of it when it masked the other.
func (l *lookalikes) like(ctx context.Context, a catalog.Asset) (catalog.Ref, error) {
	at := slices.IndexFunc(l.masked[a.Ref.Parent()], func(m catalog.Asset) bool { return l.alike(a, m) })
	if at < 0 {
		return "", nil
	}
	masked := l.masked[a.Ref.Parent()][at]
	known, err := l.inventory.Asset(ctx, a.Ref)
	switch {
	case err != nil && !errors.Is(err, catalog.ErrNotFound):
		return "", err
	case err == nil && known.Gone.IsZero() && (known.ID == a.ID || known.Like != "" || l.alike(known, masked)):
		return known.Like, nil
	}
	l.found = append(l.found, a.Ref)
	return masked.Ref, nil
}

// alike reports whether an asset has the masked columns of another, and shows one of them
// clear as far as its own masks go.
func (l *lookalikes) alike(a, masked catalog.Asset) bool {
	if a.Ref == masked.Ref || a.Kind.Container() || slices.ContainsFunc(a.PartOf, func(whole catalog.Ref) bool { return l.hides(whole, masked) }) {
		return false
	}
	show := catalog.MaskingOf(a, l.book.Masks, catalog.Classification{}, catalog.History{})
	return slices.ContainsFunc(masked.Columns, func(c catalog.Column) bool { return !show.Hides(c.Name) }) &&
		!slices.ContainsFunc(masked.Columns, func(c catalog.Column) bool { return !a.HasColumns(c.Name) })
}

// hides reports whether an asset is masked in all columns in which another is: its parts are
// masked with it.
func (l *lookalikes) hides(ref catalog.Ref, masked catalog.Asset) bool {
	return slices.ContainsFunc(l.masked[ref.Parent()], func(m catalog.Asset) bool {
		return m.Ref == ref && !slices.ContainsFunc(masked.Columns, func(c catalog.Column) bool { return !m.HasColumns(c.Name) })
	})
}

// maxHeld bounds the assets that one event names.
const maxHeld = 100

// heldNow says which of the assets that a sync has found elsewhere than before, or beside
// others, are held back.
func (i *Inventory) heldNow(ctx context.Context, connection string, found []catalog.Ref) (event.Held, error) {
	slices.Sort(found)
	held, err := i.Rules.Held(ctx, connection, slices.Compact(found))
	first := held[:min(len(held), maxHeld)]
	return event.Held{Assets: first, More: len(held) - len(first)}, err
}
