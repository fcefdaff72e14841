package catalog

import (
	"cmp"
	"slices"
)

// History is what is known of an asset from before.
type History struct {
	Seen   []string // columns that were there when it was masked first: governance has looked at them
	Hidden []Hidden // columns that masks have hidden
}

// Hidden is a column that a mask has hidden. That is a promise about its data: it holds
// under each name that the column gets, until governance says otherwise. It does so by a
// later Classification of the column, by an exception for the column under its name, or by a
// mask that names neither the column nor one of its tags any more, nor those of a column that
// it was computed from.
type Hidden struct {
	Name string   `json:"name"`
	Tags []string `json:"tags,omitempty"` // of the column, and of those that it was computed from, when it was hidden
	From []string `json:"from,omitempty"` // the columns that it was computed from then

	ID     string `json:"id,omitempty"`     // of the column
	Object string `json:"object,omitempty"` // that the ID belongs to

	By         string `json:"by"`                   // the mask
	Classified int    `json:"classified,omitempty"` // version of the Classification by then
}

// stands reports whether one of the masks still speaks of the column.
func (h Hidden) stands(masks []Mask) bool {
	named := func(m Mask) bool {
		return slices.Contains(m.Columns, h.Name) || slices.ContainsFunc(h.From, func(from string) bool { return slices.Contains(m.Columns, from) })
	}
	return slices.ContainsFunc(masks, func(m Mask) bool {
		return m.Name == h.By && (named(m) || slices.ContainsFunc(m.Tags, func(t string) bool { return slices.Contains(h.Tags, t) }))
	})
}

// column finds the column in which the data is now: by its ID where the object is the
// same, and by its name otherwise; -1 where it is in none.
func (h Hidden) column(a Asset) int {
	if h.ID != "" && h.Object == a.ID {
		if i := slices.IndexFunc(a.Columns, func(c Column) bool { return c.ID == h.ID }); i >= 0 {
			return i
		}
	}
	return slices.IndexFunc(a.Columns, func(c Column) bool { return c.Name == h.Name })
}

// With adds what is known of the assets that this one is a part of, or was: who has looked
// at their columns has looked at its own, and what is hidden there is hidden here.
func (h History) With(wholes ...History) History {
	h.Seen, h.Hidden = slices.Clone(h.Seen), slices.Clone(h.Hidden)
	for _, whole := range wholes {
		h.Seen, h.Hidden = append(h.Seen, whole.Seen...), append(h.Hidden, whole.Hidden...)
	}
	return h
}

// hiddenIn finds what was hidden of an asset and is to stay so, by the place of the column
// in which its data is now; those whose data is in no column by -1.
func (h History) hiddenIn(a Asset, masks []Mask, c Classification) map[int][]Hidden {
	all := map[int][]Hidden{}
	for _, hidden := range h.Hidden {
		if !hidden.stands(masks) {
			continue
		}
		at := hidden.column(a)
		if at >= 0 {
			if _, classified := c.of(a.Columns[at].Name); classified && c.Version > hidden.Classified {
				continue
			}
		}
		all[at] = append(all[at], hidden)
	}
	return all
}

// After is the history of an asset after masks have hidden columns of it, as m says.
func (h History) After(a Asset, masks []Mask, c Classification, m Masking, wholes ...Classification) History {
	var hidden []Hidden
	for _, column := range a.Columns {
		i := slices.IndexFunc(m.Columns, func(o MaskedColumn) bool { return o.Name == column.Name })
		if i < 0 {
			continue
		}
		tags := c.Inherited(wholes...).Computed(a).TagsOf(column.Name)
		hidden = append(hidden, Hidden{Name: column.Name, Tags: tags, From: column.From, ID: column.ID, Object: a.ID, By: m.Columns[i].Mask.Name, Classified: c.Version})
	}
	for at, held := range h.hiddenIn(a, masks, c) {
		if at < 0 || !m.Masks(a.Columns[at].Name) {
			hidden = append(hidden, held...)
		}
	}
	slices.SortFunc(hidden, func(a, b Hidden) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID), cmp.Compare(a.By, b.By))
	})
	h.Hidden = slices.CompactFunc(hidden, func(a, b Hidden) bool { return a.Name == b.Name && a.ID == b.ID && a.By == b.By })
	return h
}

// lifted reports whether an exception is about the data that was hidden in a column: under
// the same name. Other data that has come into the column stays hidden.
func lifted(column string, hidden []Hidden) bool {
	return !slices.ContainsFunc(hidden, func(h Hidden) bool { return h.Name != column })
}
