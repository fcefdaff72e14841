package world

import (
	"cmp"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
)

// matching are the names of the masks that hide a column of a relation, by itself or as a
// part.
func (w *World) matching(r *Relation, column string) []string {
	var names []string
	if w.clear(r, column) {
		return nil
	}
	for _, m := range w.whole(r) {
		names = append(names, m.Name)
	}
	for _, x := range w.lineage(r) {
		here := w.masksOf(r, x, column)
		if len(here) > 0 && here[0].How == string(catalog.MaskClear) {
			continue
		}
		for _, m := range here {
			if m.How != string(catalog.MaskClear) {
				names = append(names, m.Name)
			}
		}
	}
	return names
}

// clear reports whether governance shows a column clear: by the nearest of the masks that
// hold for the relation. One on the relation itself holds against those of what it is a part
// of, one on more does not.
func (w *World) clear(r *Relation, column string) bool {
	here := w.masksOf(r, r, column)
	if len(here) == 0 || len(w.whole(r)) > 0 || here[0].How != string(catalog.MaskClear) {
		return false
	}
	hides := func(x *Relation) bool {
		above := w.masksOf(r, x, column)
		return len(above) > 0 && above[0].How != string(catalog.MaskClear)
	}
	return here[0].At == r.Name || !slices.ContainsFunc(w.lineage(r)[1:], hides)
}

// masksOf are the masks that match a column of a relation at a place, itself or what it is a
// part of. The nearest comes first, then one that names the column, then the stricter one.
func (w *World) masksOf(r, at *Relation, column string) []Mask {
	tags := w.tags(r, column)
	named := func(m Mask) bool { return slices.Contains(m.Names, column) }
	all := slices.DeleteFunc(slices.Clone(w.Masks), func(m Mask) bool {
		tagged := slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(m.Tags, t) })
		return !covers(m.At, at.Name) || !named(m) && !tagged
	})
	order := func(m Mask) int {
		how := slices.Index(catalog.MaskHows(), catalog.MaskHow(m.How))
		if !named(m) {
			how += len(catalog.MaskHows())
		}
		return how
	}
	slices.SortFunc(all, func(a, b Mask) int {
		return cmp.Or(cmp.Compare(depth(b.At), depth(a.At)), cmp.Compare(order(a), order(b)))
	})
	return all
}

// depth is how near to its relations a place is.
func depth(place string) int {
	if place == "" {
		return 0
	}
	return 1 + strings.Count(place, ".")
}
