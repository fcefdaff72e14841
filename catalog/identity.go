package catalog

import "slices"

// MaxWas bounds the Refs that one asset was known under.
const MaxWas = 100

// Before is what an Inventory keeps as Was of an asset that came. Same are the assets of
// its connection that were known with its ID, whatever their Refs, also those that are
// gone. Around are those under the Refs of Around. So governance has spoken of the data of
// an asset under the names that it had, of the table that it was detached from, and of the
// container that was renamed around it.
func (a Asset) Before(same, around []Asset) []Ref {
	var was []Ref
	for _, known := range same {
		was = append(was, slices.Concat(known.Was, []Ref{known.Ref}, known.PartOf)...)
	}
	for _, near := range around {
		for _, ref := range near.Was {
			switch {
			case slices.Contains(a.PartOf, near.Ref):
				was = append(was, ref)
			case near.Ref != a.Ref.Parent():
			default:
				if below, err := NewRef(ref.Connection(), append(ref.Path(), a.Ref.Name())...); err == nil {
					was = append(was, below)
				}
			}
		}
	}
	was = slices.DeleteFunc(sortedRefs(was), func(ref Ref) bool { return ref == a.Ref || slices.Contains(a.PartOf, ref) })
	return was[:min(len(was), MaxWas)]
}

// MaxHad bounds what one materialized view is known to have read before.
const MaxHad = 1000

// Kept is what an Inventory keeps as Had of an asset that came. Same are the assets of its
// connection that were known with its ID. A materialized view holds the rows that it read when
// it was refreshed: of a partition that was detached since, of a child that inherits no more,
// and of what a view beneath it does not show any more. Another object begins anew.
func (a Asset) Kept(same []Asset) []Through {
	if a.Kind != MaterializedView {
		return nil
	}
	var had []Through
	for _, known := range same {
		for _, t := range slices.Concat(known.Had, known.Through) {
			if t.Opens() && !a.reads(t) {
				had = append(had, t)
			}
		}
	}
	had = Join(had)
	return had[:min(len(had), MaxHad)]
}

// reads reports whether all that is read of another asset is read through this one, by
// whatever way.
func (a Asset) reads(t Through) bool {
	return slices.ContainsFunc(a.Through, func(now Through) bool {
		outside := func(column string) bool { return !slices.Contains(now.Columns, column) }
		return now.Ref == t.Ref && now.Opens() && (len(now.Columns) == 0 || len(t.Columns) > 0 && !slices.ContainsFunc(t.Columns, outside))
	})
}

// Around are the Refs of the container that an asset is in, and of what it is a part of.
func (a Asset) Around() []Ref { return append([]Ref{a.Ref.Parent()}, a.PartOf...) }

// Wholes are the assets of which governance has spoken, and with that of the data of this
// one: those that it is a part of, and those that it was. What masks and tags say of them
// holds for it too.
func (a Asset) Wholes() []Ref {
	if len(a.Was) == 0 {
		return a.PartOf
	}
	return sortedRefs(slices.Concat(a.PartOf, a.Was))
}

func sortedRefs(all []Ref) []Ref {
	slices.Sort(all)
	return slices.Compact(all)
}

// HasColumns reports whether an asset has columns of all these names.
func (a Asset) HasColumns(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		return !slices.ContainsFunc(a.Columns, func(c Column) bool { return c.Name == name })
	})
}
