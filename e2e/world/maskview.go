package world

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
)

// byView is how a mask shows a whole table: by a view of governance's own.
const byView = string(catalog.MaskView)

// viewOf is the view that a mask of a step has shown in place of a table: one over that table
// alone, which masks nothing else. It is nil where there is none.
func (w *World) viewOf(s Step) *Relation {
	r := w.relation(s.On)
	if r == nil || r.view() || len(s.Of) != 1 || !w.known(s.Of[0]) {
		return nil
	}
	v := w.relation(s.Of[0])
	other := func(u Use) bool { return u.Relation != r.ID }
	if v.Kind != catalog.View || slices.ContainsFunc(v.Uses, other) || len(w.masking(v)) > 0 {
		return nil
	}
	return v
}

// masking are the masks by which a view shows other tables.
func (w *World) masking(v *Relation) []Mask {
	return slices.DeleteFunc(slices.Clone(w.Masks), func(m Mask) bool { return m.How != byView || m.View != v.ID })
}

// whole are the masks by views that hold for a relation, by itself or as a part: nothing else
// shows it, and nothing shows a part alone.
func (w *World) whole(r *Relation) []Mask {
	return slices.DeleteFunc(slices.Clone(w.Masks), func(m Mask) bool {
		return m.How != byView || !slices.ContainsFunc(w.lineage(r), func(x *Relation) bool { return x.Name == m.At })
	})
}

// pin notes what the views of masks show when the engine looks at them first: what they show
// later has not been agreed to.
func (w *World) pin() {
	for i := range w.Masks {
		m := &w.Masks[i]
		if m.How != byView || m.pinned {
			continue
		}
		m.pinned = true
		m.shown = append(m.shown, w.dataOf(m.View)...)
	}
}

// dataOf are the data that a view over tables shows.
func (w *World) dataOf(view int) []int {
	var all []int
	for _, u := range w.Relations[view].Uses {
		if u.Data != 0 {
			all = append(all, u.Data)
		}
	}
	return all
}

// agreed reports whether governance has agreed that a mask shows some data, by themselves or
// in a part of the table.
func (w *World) agreed(m Mask, data int) bool {
	in := w.Data[data].In
	return slices.ContainsFunc(m.shown, func(shown int) bool {
		whole := w.Data[shown].In
		return shown == data || slices.Contains(w.lineage(in), whole) && slices.ContainsFunc(whole.Columns, func(c Column) bool {
			here := in.column(c.Name)
			return c.Data == shown && here != nil && here.Data == data
		})
	})
}

// hides reports whether masks hide some data of who reads a relation. A view that masks a
// table, and a relation made of it, show what governance has agreed to, whatever masks hide
// columns of the table.
func (w *World) hides(r *Relation, data int) bool {
	instead := w.instead(data)
	if len(instead) == 0 {
		return len(w.Hidden[data]) > 0
	}
	return slices.ContainsFunc(instead, func(m Mask) bool { return !w.readsBy(r, m.View) || !w.agreed(m, data) })
}

// instead are the masks by views that hide some data. Where some hold for the table under the
// name that it has now, it is the nearest of these alone, and of two the first by name.
func (w *World) instead(data int) []Mask {
	all := slices.DeleteFunc(slices.Clone(w.Masks), func(m Mask) bool { return m.How != byView || !slices.Contains(w.Hidden[data], m.Name) })
	var places []string
	for _, x := range w.lineage(w.Data[data].In) {
		places = append(places, x.Name)
	}
	holding := slices.DeleteFunc(slices.Clone(all), func(m Mask) bool { return !slices.Contains(places, m.At) })
	if len(holding) == 0 {
		return all
	}
	return []Mask{slices.MinFunc(holding, func(a, b Mask) int {
		return cmp.Or(cmp.Compare(slices.Index(places, a.At), slices.Index(places, b.At)), cmp.Compare(a.Name, b.Name))
	})}
}

// readsBy reports whether a relation is a view, or shows nothing but what that one does.
func (w *World) readsBy(r *Relation, view int) bool {
	return r.ID == view || r.view() && w.readsBy(w.Relations[r.Uses[0].Relation], view)
}

// masked are the tables that a view shows in their place, by the records, with the masks.
func (c *comparison) masked(v *Relation) map[*Relation]Mask {
	all := map[*Relation]Mask{}
	if v == nil {
		return all
	}
	for _, m := range c.world.masking(v) {
		if r := c.world.relation(m.At); r != nil && c.records.Shown[m.At].Query == v.Name {
			all[r] = m
		}
	}
	return all
}

// shown looks for a grant on a table that opens some data by the view that masks it.
func (c *comparison) shown(login string, v *Relation, column string, t Token, in *Relation) (kind Kind, why string) {
	kind = ReadsWithout
	for r, m := range c.masked(v) {
		for _, g := range c.covering(login, r) {
			switch kind, why = c.closed(login, g, r, column, t, in); {
			case kind != "" && kind != ReadsClear && kind != ReadsRows:
			case c.world.agreed(m, t.Data):
				return "", ""
			default:
				kind, why = ReadsClear, fmt.Sprintf("the view of %s did not show it when governance saw it", m.Name)
			}
		}
	}
	return kind, why
}

// clearly holds against a login what governance shows clear of a table that is masked. An
// exception is about the name under which the data were hidden.
func (c *comparison) clearly(g Grant, login string, r *Relation, s Sight) {
	if _, masked := c.records.Shown[r.Name]; !masked {
		return
	}
	for _, column := range r.Columns {
		there := c.sights[Superuser][r.Name].Columns[column.Name]
		other := func(name string) bool { return name != column.Name }
		if len(there) > 0 && !slices.ContainsFunc(c.world.hiddenAs[column.Data], other) && len(s.Columns[column.Name]) == 0 && c.world.clear(r, column.Name) && g.approved(r, column.Name) {
			c.disagree(StaysHidden, login, r.Name, "column %s: %s", column.Name, s.Refused[column.Name])
		}
	}
}
