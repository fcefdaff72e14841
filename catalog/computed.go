package catalog

import (
	"cmp"
	"slices"
)

// A generated column holds data of the columns that it is computed from, so that a promise
// about these is one about it: it is shown clear only where all of them are, and it has
// their tags. A mask with CLEAR that names the generated column itself is the exception.

func (c Column) equal(o Column) bool {
	return c.Name == o.Name && c.Type == o.Type && c.Comment == o.Comment && c.ID == o.ID && slices.Equal(c.From, o.From)
}

// Computing lists some columns of the asset with those that they are computed from: whose
// data is read by whoever reads them. The others follow those that are named.
func (a Asset) Computing(columns ...string) []string {
	all := slices.Clone(columns)
	for _, column := range a.Columns {
		if slices.Contains(columns, column.Name) {
			all = append(all, slices.DeleteFunc(slices.Clone(column.From), func(from string) bool { return slices.Contains(all, from) })...)
		}
	}
	return all
}

// Computed adds to the classification of an asset the tags that its generated columns have
// from those that they are computed from.
func (c Classification) Computed(a Asset) Classification {
	said := c
	c.Columns = slices.Clone(c.Columns)
	for _, column := range a.Columns {
		if len(column.From) == 0 {
			continue
		}
		if tags := said.TagsOf(column.From...); len(tags) > 0 {
			c.Columns = slices.DeleteFunc(c.Columns, func(o ClassifiedColumn) bool { return o.Name == column.Name })
			c.Columns = append(c.Columns, ClassifiedColumn{column.Name, said.TagsOf(append([]string{column.Name}, column.From...)...)})
		}
	}
	return c
}

// shows reports whether the mask is an exception for the column by its name.
func (m Mask) shows(column string) bool {
	return m.How == MaskClear && slices.Contains(m.Columns, column)
}

// maskFor picks the mask of a column: its own, or NULL by that of a column that it is
// computed from. An exception by a tag is not about such a column.
func maskFor(a Asset, column Column, c Classification, here []Mask, above [][]Mask) (masked MaskedColumn, is bool) {
	own := func(name string) (Mask, bool) {
		tags, _ := c.of(name)
		return strictest(a, name, tags, here, above)
	}
	m, is := own(column.Name)
	if is && (m.How != MaskClear || m.shows(column.Name)) {
		return MaskedColumn{Name: column.Name, Mask: m}, true
	}
	for _, from := range column.From {
		if of, masks := own(from); masks && of.How != MaskClear {
			of.How, of.Constant, of.Last, of.Key = MaskNull, "", 0, ""
			return MaskedColumn{column.Name, of, from}, true
		}
	}
	return MaskedColumn{Name: column.Name, Mask: m}, is
}

// leaveOut leaves out the columns that are shown clear, and are computed from one that is
// not, unless they are exceptions.
func (m *Masking) leaveOut(a Asset, excepted func(Column) bool) {
	hidden := slices.Clone(m.Out)
	for _, c := range m.Columns {
		hidden = append(hidden, c.Name)
	}
	for _, column := range a.Columns {
		from := slices.ContainsFunc(column.From, func(from string) bool { return slices.Contains(hidden, from) })
		if at := slices.Index(m.Clear, column.Name); at >= 0 && from && !excepted(column) {
			m.Clear = slices.Delete(m.Clear, at, at+1)
			m.Out = append(m.Out, column.Name)
		}
	}
	place := func(name string) int {
		return slices.IndexFunc(a.Columns, func(c Column) bool { return c.Name == name })
	}
	slices.SortFunc(m.Out, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
}
