package world

import (
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
)

// alter changes what stands.
func (w *World) alter(s Step) ([]string, bool) {
	r := w.relation(s.On)
	if r == nil {
		return nil, false
	}
	switch s.Do {
	case RenameColumn:
		return w.renameColumn(r, s)
	case SwapColumns:
		return w.swapColumns(r, s)
	case DropColumn:
		return w.dropColumn(r, s)
	case AddColumn:
		return w.addColumn(r, s)
	case Rename:
		return w.rename(r, s)
	case Swap, Replace:
		return w.swap(r, s)
	case Detach:
		return w.detach(r)
	case Attach:
		return w.attach(r, s)
	case ReplaceView:
		return w.replaceView(r, s)
	case Drop:
		return w.drop(r)
	case Withdraw, GiveBack:
		return w.rightsOf(r, s)
	}
	return nil, false
}

// part reports whether a relation is a part of another: its columns are that one's.
func (r *Relation) part() bool { return len(r.Wholes) > 0 }

func (w *World) renameColumn(r *Relation, s Step) ([]string, bool) {
	if r.part() || r.Kind == catalog.MaterializedView || r.column(s.Column) == nil || !r.column(s.Column).Type.holds() {
		return nil, false
	}
	family := w.family(r)
	if s.To == key || slices.ContainsFunc(family, func(o *Relation) bool { return o.column(s.To) != nil }) {
		return nil, false
	}
	for _, o := range family {
		o.column(s.Column).Name = s.To
	}
	return []string{renaming(r, s.Column, s.To)}, true
}

func renaming(r *Relation, from, to string) string {
	what := "table"
	if r.Kind == catalog.View {
		what = "view"
	}
	return fmt.Sprintf("alter %s %s rename column %s to %s", what, r.Name, from, to)
}

// swapColumns has two columns of one type exchange their names.
func (w *World) swapColumns(r *Relation, s Step) ([]string, bool) {
	if r.part() || r.view() || len(s.Names) != 2 || s.Names[0] == s.Names[1] {
		return nil, false
	}
	a, b := r.column(s.Names[0]), r.column(s.Names[1])
	if a == nil || b == nil || a.Type != b.Type || !a.Type.holds() {
		return nil, false
	}
	for _, o := range w.family(r) {
		a, b := o.column(s.Names[0]), o.column(s.Names[1])
		a.Name, b.Name = b.Name, a.Name
	}
	return []string{renaming(r, s.Names[0], "between"), renaming(r, s.Names[1], s.Names[0]), renaming(r, "between", s.Names[1])}, true
}

func (w *World) dropColumn(r *Relation, s Step) ([]string, bool) {
	if r.part() || r.view() || len(r.Columns) < 2 || r.column(s.Column) == nil || !r.column(s.Column).Type.holds() {
		return nil, false
	}
	family := w.family(r)
	for _, o := range family {
		if w.viewed(o, o.column(s.Column).Data) {
			return nil, false
		}
	}
	for _, o := range family {
		o.Columns = slices.DeleteFunc(o.Columns, func(c Column) bool { return c.Name == s.Column })
	}
	return []string{"alter table " + r.Name + " drop column " + s.Column + " cascade"}, true
}

func (w *World) addColumn(r *Relation, s Step) ([]string, bool) {
	if r.part() || r.view() || len(s.Columns) != 1 || !s.Columns[0].Type.holds() || s.Columns[0].Type == Mailbox {
		return nil, false // a domain that is not null has no value for the rows that stand
	}
	family, spec := w.family(r), s.Columns[0]
	if slices.ContainsFunc(family, func(o *Relation) bool { return o.column(spec.Name) != nil }) {
		return nil, false
	}
	all := []string{"alter table " + r.Name + " add column " + Column{Name: spec.Name, Type: spec.Type}.definition(r.Name)}
	for _, o := range family {
		o.Columns = append(o.Columns, Column{Name: spec.Name, Type: spec.Type})
		last := &o.Columns[len(o.Columns)-1]
		w.number(o, last)
		all = append(all, o.addBeyond(*last)...)
		all = append(all, o.fill(*last)...)
	}
	return all, true
}

// rename gives a relation another name, in its schema or in another.
func (w *World) rename(r *Relation, s Step) ([]string, bool) {
	if w.relation(s.To) != nil || !slices.Contains(Schemas, schemaOf(s.To)) {
		return nil, false
	}
	all := []string{"alter table " + r.Name + " rename to " + s.To[len(schemaOf(s.To))+1:]}
	if schema := schemaOf(r.Name); schema != schemaOf(s.To) {
		all = append(all, "alter table "+schema+s.To[len(schemaOf(s.To)):]+" set schema "+schemaOf(s.To))
	}
	r.Name = s.To
	return all, true
}

// swap puts a new table of the same columns into the place of one.
func (w *World) swap(r *Relation, s Step) ([]string, bool) {
	if r.part() || !r.stores() || len(w.family(r)) > 1 || slices.ContainsFunc(r.Columns, func(c Column) bool { return c.Type == Loose }) {
		return nil, false
	}
	if s.Do == Swap && (w.relation(s.To) != nil || schemaOf(s.To) != schemaOf(r.Name)) || s.Do == Replace && w.viewed(r, 0) {
		return nil, false
	}
	var all []string
	name, columns := r.Name, specs(r.Columns)
	if s.Do == Swap {
		all, _ = w.rename(r, s)
	} else {
		all, _ = w.drop(r)
	}
	made, ok := w.makeTable(Step{Do: MakeTable, On: name, Owner: r.Owner, Columns: columns})
	return append(all, made...), ok
}

func (w *World) detach(r *Relation) ([]string, bool) {
	if !w.isPartition(r) {
		return nil, false
	}
	whole := w.Relations[r.Wholes[0]]
	r.Wholes = nil
	return []string{"alter table " + whole.Name + " detach partition " + r.Name}, true
}

// attach makes a table that stands alone a partition.
func (w *World) attach(r *Relation, s Step) ([]string, bool) {
	if len(s.Of) != 1 || r.part() || !r.stores() || r.Value == 0 || len(w.family(r)) > 1 {
		return nil, false
	}
	whole := w.relation(s.Of[0])
	if whole == nil || whole.Kind != catalog.PartitionedTable || whole.Sub || whole.Owner != r.Owner || !slices.Equal(specs(whole.Columns), specs(r.Columns)) {
		return nil, false
	}
	if slices.ContainsFunc(w.standing(), func(o *Relation) bool { return slices.Contains(o.Wholes, whole.ID) && o.Value == r.Value }) {
		return nil, false
	}
	r.Wholes = []int{whole.ID}
	return []string{fmt.Sprintf("alter table %s attach partition %s for values in (%d)", whole.Name, r.Name, r.Value)}, true
}

// replaceView has a view show one more column of its base.
func (w *World) replaceView(r *Relation, s Step) ([]string, bool) {
	if r.Kind != catalog.View || r.Calls || len(s.Columns) != 1 || r.column(s.Columns[0].Name) != nil {
		return nil, false
	}
	base := w.Relations[r.Uses[0].Relation]
	next := Step{Do: MakeView, On: r.Name, Owner: r.Owner, Own: r.Own, Of: []string{base.Name}}
	for i, c := range r.Columns {
		from := slices.IndexFunc(base.Columns, func(o Column) bool { return o.Data == r.Uses[i+1].Data })
		if from < 0 {
			return nil, false
		}
		next.Columns = append(next.Columns, Spec{Name: c.Name, From: base.Columns[from].Name})
	}
	next.Columns = append(next.Columns, s.Columns[0])
	uses, text, ok := w.query(next)
	if !ok {
		return nil, false
	}
	shown := w.shown(next)
	r.Columns, r.Uses = append(r.Columns, Column{Name: s.Columns[0].Name, Type: shown[len(shown)-1].Type}), uses
	w.number(r, &r.Columns[len(r.Columns)-1])
	return []string{as(r.Owner, "create or replace view "+r.Name+security(r.Own)+" as "+text)}, true
}

func security(own bool) string {
	if own {
		return " with (security_invoker)"
	}
	return ""
}

func (w *World) drop(r *Relation) ([]string, bool) {
	what := "table"
	switch r.Kind {
	case catalog.View:
		what = "view"
	case catalog.MaterializedView:
		what = "materialized view"
	case catalog.ForeignTable:
		what = "foreign table"
	}
	if w.viewed(r, 0) || len(w.family(r)) > 1 {
		return nil, false
	}
	r.Gone = true
	return []string{"drop " + what + " " + r.Name + " cascade"}, true // the policies of others that look at it
}

// rightsOf takes from the owner of a view, or gives back, the right to read its base; or
// from everybody the right to call the function of its schema.
func (w *World) rightsOf(r *Relation, s Step) ([]string, bool) {
	verb, to := "revoke", "from"
	if s.Do == GiveBack {
		verb, to = "grant", "to"
	}
	if !r.view() {
		return nil, false
	}
	if s.Calls {
		if delete(w.closed, schemaOf(r.Name)); s.Do == Withdraw {
			w.closed[schemaOf(r.Name)] = true
		}
		return []string{fmt.Sprintf("%s execute on function %s.%s %s public", verb, schemaOf(r.Name), function, to)}, true
	}
	base := w.Relations[r.Uses[0].Relation]
	if base.Owner == r.Owner {
		return nil, false
	}
	w.rightOn[right{base.ID, r.Owner}] = s.Do == GiveBack
	return []string{fmt.Sprintf("%s select on %s %s {%s}", verb, base.Name, to, r.Owner)}, true
}
