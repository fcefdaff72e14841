package world

import (
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
)

// function is the one that views call, in each schema: it returns its argument.
const function = "same"

// makeView makes a view or a materialized view over the first of its bases, and has it look
// at whether the others have rows at all. Its owner gets the rights that it needs.
func (w *World) makeView(s Step) ([]string, bool) {
	if w.relation(s.On) != nil || !slices.Contains(Schemas, schemaOf(s.On)) {
		return nil, false
	}
	uses, text, ok := w.query(s)
	if !ok {
		return nil, false
	}
	kind := catalog.View
	if s.Do == MakeCopy {
		kind = catalog.MaterializedView
	}
	w.add(Relation{Name: s.On, Kind: kind, Owner: s.Owner, Uses: uses, Own: s.Own, Calls: s.Calls}, w.shown(s))
	return append(w.rights(s), as(s.Owner, "create "+string(s.Do)+" "+s.On+security(s.Own)+" as "+text)), true
}

// query is the query of a view, and what it reads.
func (w *World) query(s Step) (uses []Use, text string, ok bool) {
	if len(s.Of) == 0 || len(s.Columns) == 0 || s.Do == MakeCopy && s.Own {
		return nil, "", false
	}
	base := w.relation(s.Of[0])
	if base == nil || !w.fills(s) {
		return nil, "", false
	}
	list := []string{"b.n"}
	uses = append(uses, Use{Relation: base.ID})
	for _, c := range s.Columns {
		from := base.column(c.From)
		if from == nil || !from.Type.holds() {
			return nil, "", false
		}
		uses = append(uses, Use{base.ID, from.Data})
		expression := "b." + c.From
		if s.Calls {
			expression = schemaOf(s.On) + "." + function + "(" + expression + "::text)"
		}
		list = append(list, expression+" as "+c.Name)
	}
	text = "select " + strings.Join(list, ", ") + " from " + base.Name + " b"
	var where []string // so that it is read, and not only allowed to be
	for i, name := range s.Of[1:] {
		other := w.relation(name)
		if other == nil || other == base {
			return nil, "", false
		}
		uses = append(uses, Use{Relation: other.ID})
		text += fmt.Sprintf(" cross join (select count(n) from %s) c%d(m)", name, i)
		where = append(where, fmt.Sprintf("c%d.m >= 0", i))
	}
	if len(where) > 0 {
		text += " where " + strings.Join(where, " and ")
	}
	return uses, text, true
}

// shown are the columns of a view with their types.
func (w *World) shown(s Step) []Spec {
	base := w.relation(s.Of[0])
	all := slices.Clone(s.Columns)
	for i, c := range all {
		if all[i].Type = base.column(c.From).Type; s.Calls {
			all[i].Type = Text
		}
	}
	return all
}

// rights are those that the owner of a view needs beneath it.
func (w *World) rights(s Step) []string {
	var all []string
	for _, name := range s.Of {
		if base := w.relation(name); base.Owner != s.Owner {
			all = append(all, "grant select, insert, update, delete on "+name+" to {"+s.Owner+"}")
			w.rightOn[right{base.ID, s.Owner}] = true
		}
	}
	return all
}

// makePolicy hides all rows but the first of a table, by itself or by a look at another.
func (w *World) makePolicy(s Step) ([]string, bool) {
	r := w.relation(s.On)
	if r == nil || r.view() || r.Kind == catalog.ForeignTable || r.Policy || r.Watched {
		return nil, false
	}
	using := "n = 1"
	if s.How != "" {
		other := w.relation(s.How)
		if other == nil || other == r || other.Kind != catalog.Table || other.Policy {
			return nil, false
		}
		other.Watched, r.Looks = true, []int{other.ID}
		using = "n = (select min(n) from " + s.How + ")"
	}
	r.Policy, r.First = true, s.How == ""
	return []string{as(r.Owner, "create policy first on "+s.On+" using ("+using+")"), "alter table " + s.On + " enable row level security"}, true
}

// makeTrigger has each row that is inserted noted elsewhere, where only the owner may write.
func (w *World) makeTrigger(s Step) ([]string, bool) {
	r := w.relation(s.On)
	if r == nil || !r.stores() || r.Trigger {
		return nil, false
	}
	r.Trigger = true
	name := s.On + "_noted"
	whose := "security definer"
	if s.Own {
		whose = "security invoker"
	}
	return []string{
		as(r.Owner, "create or replace function "+name+"() returns trigger language plpgsql "+whose+" as 'begin insert into audit.log values (1); return new; end'"),
		as(r.Owner, "create trigger noted after insert on "+s.On+" for each row execute function "+name+"()"),
	}, true
}
