package world

import (
	"fmt"
	"slices"
	"strings"
)

// columnsOf are the data of the columns of a relation, by their names.
func columnsOf(r *Relation) map[string]int {
	all := map[string]int{}
	for _, c := range r.Columns {
		all[c.Name] = c.Data
	}
	return all
}

// asksForSome reports whether some columns of what stands there can be asked for: they are
// there, and are only read.
func (w *World) asksForSome(s Step) bool {
	r := w.relation(s.On)
	return r != nil && !s.Write && !slices.ContainsFunc(s.Names, func(name string) bool { return name != key && r.column(name) == nil })
}

// data are the data that somebody asked for by the names of columns: as the engine has seen
// them last, and as they were.
func (w *World) data(s Step) []int {
	if r := w.relation(s.On); r == nil || s.Do != Ask {
		return nil
	}
	now := columnsOf(w.relation(s.On))
	var all []int
	for _, name := range s.Names {
		all = append(all, now[name], w.Columns[s.On][name])
	}
	return slices.DeleteFunc(all, func(data int) bool { return data == 0 })
}

// approved reports whether a grant for some columns is for one of a relation, whatever it is
// called by now. Where another table stands under the name, the names of its columns are all
// that there is. Keys have no data, and are known by their names.
func (g Grant) approved(r *Relation, name string) bool {
	c := r.column(name)
	switch {
	case len(g.Columns) == 0:
		return true
	case c == nil || c.Data == 0 || g.Asked.Seen[g.On] != r.ID:
		return slices.Contains(g.Columns, name)
	}
	return slices.Contains(g.Asked.Data, c.Data)
}

// approves reports the same of some data of a relation, whose column is not known.
func (g Grant) approves(r *Relation, column string, data int) bool {
	if column == "" {
		for _, c := range r.Columns {
			if c.Data == data {
				column = c.Name
			}
		}
	}
	return column == "" || g.approved(r, column)
}

// unapproved holds against the grants of a login each column that it could read.
func (c *comparison) unapproved(login string, r *Relation, s Sight, covering []Grant) {
	for name := range s.Columns {
		opens := func(g Grant) bool { return g.approved(r, name) || g.container() }
		if !slices.ContainsFunc(covering, opens) {
			c.disagree(ReadsColumn, login, r.Name, "column %s, and the grants are for others", name)
		}
	}
}

// lacks says which of the columns that a grant promises a login could not read; empty where
// it could read all of them. There is what can be seen at all.
func (g Grant) lacks(r *Relation, s, there Sight) string {
	if len(g.Columns) == 0 {
		return s.whole()
	}
	for name := range there.Columns {
		if _, read := s.Columns[name]; !read && g.promises(r, name) {
			return fmt.Sprintf("column %s: %s", name, s.Refused[name])
		}
	}
	return ""
}

// promises reports whether a grant for some columns says that one of them can be read. Where
// the engine had seen the columns under other names than they had, either may be meant.
func (g Grant) promises(r *Relation, name string) bool {
	named := func(text string) bool { return strings.Contains(text, `column "`+name+`"`) }
	stands := name == key || r.column(name) != nil
	return stands && g.approved(r, name) && !g.Asked.Stale && !slices.ContainsFunc(g.Remarks, named)
}
