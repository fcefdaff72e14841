package pgprovision

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/reach"
	"github.com/grantwright/grantwright/request"
)

// Each set of columns that somebody may read has a group role of its own, which all who
// may read just these share. It holds SELECT on those columns and no right on the table.
// Whoever has several sets reads all of them. A right on a column is called "SELECT 3",
// with the number of the column: its name may change.

// columnsRefused says why an access to some columns can never be given.
func (j *job) columnsRefused(a provision.Access) error {
	number := func(id string) bool { n, err := strconv.ParseInt(id, 10, 16); return err == nil && n > 0 }
	switch {
	case j.container():
		return j.refused("has no columns of its own; ask for columns of a table or a view")
	case a.Privilege != request.Read:
		return j.refused("can be granted by column for READ only: rows are written and deleted as a whole")
	case len(a.ColumnIDs) > 0 && len(a.ColumnIDs) != len(a.Columns), slices.ContainsFunc(a.ColumnIDs, func(id string) bool { return !number(id) }):
		return j.refused("has columns %q with the ids %q, which must be the number of each", a.Columns, a.ColumnIDs)
	}
	return nil
}

// readsColumns reports whether anybody wants to read some columns.
func (j *job) readsColumns() bool {
	return slices.ContainsFunc(j.people, func(p person) bool { return slices.ContainsFunc(p.want, naming.ReadsColumns) })
}

// column is one that an access reads.
type column struct {
	asked  string // its name when it was approved
	name   string // now; empty where it stands no longer
	number int    // in the table or view that is read; zero where that does not show it
}

// columnsOf finds the columns of a privilege in what is read. By its id a column is found
// under any name, and another one under its name is not taken for it.
func (v *view) columnsOf(p request.Privilege, r *relation) []column {
	names, ids, _ := naming.ColumnsOf(p)
	base, read := v.columns[cmp.Or(r.base, r.id)], v.columns[r.id]
	found := make([]column, len(names))
	for i, name := range names {
		c := column{asked: name}
		if ids == nil && numberOf(base, name) > 0 {
			c.name = name
		} else if ids != nil {
			number, _ := strconv.Atoi(ids[i])
			c.name = base[number]
		}
		c.number = numberOf(read, c.name)
		found[i] = c
	}
	return found
}

// numberOf finds a column by its name; zero for none.
func numberOf(columns map[int]string, name string) int {
	for number, is := range columns {
		if is == name {
			return number
		}
	}
	return 0
}

// trouble says why a column is not read as it was asked for; empty if it is.
func (c column) trouble() string {
	switch {
	case c.name == "":
		return fmt.Sprintf("column %s stands no longer", naming.Quote(c.asked))
	case c.number == 0:
		return fmt.Sprintf("column %s is not shown by the view that masks the asset", naming.Quote(c.name))
	}
	return ""
}

// columnless says why a person can be given none of the columns of a set.
func (j *job) columnless(v *view, p person) error {
	for _, want := range p.want {
		if all := j.wantedColumns(v, want); len(all) > 0 && !slices.ContainsFunc(all, func(c column) bool { return c.number > 0 }) {
			return j.refused("has none of the columns: %s", naming.Few(troubles(all)))
		}
	}
	return nil
}

// unlessAll says why not all columns can be given that a person asks for.
func (j *job) unlessAll(v *view, p person) error {
	var missing []string
	for _, want := range p.want {
		missing = append(missing, troubles(j.wantedColumns(v, want))...)
	}
	if len(missing) > 0 {
		return j.refused("cannot be granted by these columns: %s", naming.Few(missing))
	}
	return nil
}

// wantedColumns are those of a privilege; none where it is about no columns, or where
// nothing stands that could be read.
func (j *job) wantedColumns(v *view, privilege request.Privilege) []column {
	if !naming.ReadsColumns(privilege) || len(v.covered) != 1 {
		return nil
	}
	return v.columnsOf(privilege, v.covered[0])
}

func troubles(all []column) []string {
	var texts []string
	for _, c := range all {
		if why := c.trouble(); why != "" {
			texts = append(texts, why)
		}
	}
	return texts
}

// columnRights are the rights on the columns that stand.
func columnRights(all []column) []string {
	var rights []string
	for _, c := range all {
		if c.number > 0 {
			rights = append(rights, fmt.Sprint("SELECT ", c.number))
		}
	}
	return rights
}

// onWhole is the same right on the whole of a table. PostgreSQL lets us pass on a right on
// a column by it, and takes all columns along where it is revoked.
func onWhole(name string) string {
	whole, _, _ := strings.Cut(name, " ")
	return whole
}

// holdsOnColumn reports whether a role holds a right on a column, and will hold it once
// the same right on the whole table was revoked.
func (r *role) holdsOnColumn(x right) bool {
	return r.holds.has(x) && (onWhole(x.name) == x.name || !r.holds.has(right{x.thing, onWhole(x.name)}))
}

// written writes rights on a thing for a statement, such as "select, insert", or
// "select (id, note)".
func (v *view) written(on thing, names []string) string {
	var texts []string
	columns := make(map[string][]string)
	for _, name := range names {
		whole, number, is := strings.Cut(name, " ")
		if !is {
			texts = append(texts, strings.ToLower(name))
			continue
		}
		n, _ := strconv.Atoi(number)
		columns[whole] = append(columns[whole], naming.Quote(v.columns[on.id][n]))
	}
	for _, whole := range slices.Sorted(maps.Keys(columns)) {
		texts = append(texts, strings.ToLower(whole)+" ("+strings.Join(columns[whole], ", ")+")")
	}
	return strings.Join(texts, ", ")
}

// partly reports whether a person wants to read some columns, and not the whole asset.
func (p person) partly() bool {
	return slices.ContainsFunc(p.want, naming.ReadsColumns) && !slices.ContainsFunc(p.want, func(w request.Privilege) bool { return slices.Contains(naming.Privileges, w) })
}

// columnsAsked lists the columns that each person is to read who reads a part.
func (j *job) columnsAsked(v *view) []reach.Column {
	var asked []reach.Column
	for i, l := range v.people {
		p := j.people[i]
		if l == nil || !p.partly() {
			continue
		}
		for _, want := range p.want {
			for _, c := range j.wantedColumns(v, want) {
				if c.number > 0 {
					asked = append(asked, reach.Column{Person: l.id, Relation: v.covered[0].id, Number: c.number})
				}
			}
		}
	}
	return asked
}

// columnRemarks say how somebody reads who reads some columns only, and which of them are
// not as they were asked for.
func (j *job) columnRemarks(v *view, p person) []string {
	var names, remarks []string
	for _, want := range p.want {
		for _, c := range j.wantedColumns(v, want) {
			why := c.trouble()
			if why == "" && c.name != c.asked {
				why = fmt.Sprintf("column %s is called %s by now", naming.Quote(c.asked), naming.Quote(c.name))
			}
			if why != "" && !slices.Contains(remarks, why) {
				remarks = append(remarks, why)
			}
			if name := naming.Identify(c.name); c.number > 0 && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) > 0 && p.partly() {
		remarks = append(remarks, "only these columns are read, and a query has to name them, instead of *: "+strings.Join(names, ", "))
	}
	return remarks
}

// withIDs are the accesses with the ids of their columns, by the names that they have now
// where no ids are known.
func (j *job) withIDs(v *view, all []provision.Access) []provision.Access {
	filled := slices.Clone(all)
	for i, a := range filled {
		if len(a.Columns) == 0 || len(a.ColumnIDs) > 0 || v.object == nil {
			continue
		}
		ids := make([]string, len(a.Columns))
		for k, name := range a.Columns {
			ids[k] = strconv.Itoa(numberOf(v.columns[v.object.id], name))
		}
		filled[i].ColumnIDs = ids
	}
	return filled
}
