package pgprovision

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/columns"
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

// columnsOf finds the columns of a privilege in what is read.
func (v *view) columnsOf(p request.Privilege, r *relation) []columns.Column {
	return columns.Of(p, v.columns[cmp.Or(r.base, r.id)], v.columns[r.id], r.shows)
}

// columnless refuses what a person wants of columns none of which can be given.
func (j *job) columnless(v *view, p person) error {
	none := func(want request.Privilege) bool {
		all := j.wantedColumns(v, want)
		return len(all) > 0 && !slices.ContainsFunc(all, columns.Column.Read)
	}
	var gone []string
	for _, want := range p.want {
		if none(want) {
			gone = append(gone, columns.Troubles(j.wantedColumns(v, want))...)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	of := func(a provision.Access) bool {
		return slices.ContainsFunc(privilegesOf(j.withIDs(v, []provision.Access{a})[0]), none)
	}
	return converge.RefuseAccess(j.asset.Ref, of, "has none of the columns: "+naming.Few(gone))
}

// unlessAll says why not all columns can be given that a person asks for.
func (j *job) unlessAll(v *view, p person) error {
	var missing []string
	for _, want := range p.want {
		missing = append(missing, columns.Troubles(j.wantedColumns(v, want))...)
	}
	if len(missing) > 0 {
		return j.refused("cannot be granted by these columns: %s", naming.Few(missing))
	}
	return nil
}

// wantedColumns are those of a privilege; none where it is about no columns, or where
// nothing stands that could be read.
func (j *job) wantedColumns(v *view, privilege request.Privilege) []columns.Column {
	if !naming.ReadsColumns(privilege) || len(v.covered) != 1 {
		return nil
	}
	return v.columnsOf(privilege, v.covered[0])
}

// holdsOnColumn reports whether a role holds a right on a column, and will hold it once
// the same right on the whole table was revoked.
func (r *role) holdsOnColumn(x right) bool {
	return r.holds.has(x) && (columns.OnWhole(x.name) == x.name || !r.holds.has(right{x.thing, columns.OnWhole(x.name)}))
}

// written writes rights on a thing for a statement.
func (v *view) written(on thing, names []string) string {
	return columns.Written(v.columns[on.id], names)
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
				if c.Read() {
					asked = append(asked, reach.Column{Person: l.id, Relation: v.covered[0].id, Number: c.Number})
				}
			}
		}
	}
	return asked
}

// columnRemarks say how somebody reads who reads some columns only, and which of them are
// not as they were asked for.
func (j *job) columnRemarks(v *view, p person) []string {
	var all []columns.Column
	for _, want := range p.want {
		all = append(all, j.wantedColumns(v, want)...)
	}
	return columns.Remarks(all, p.partly())
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
			ids[k] = strconv.Itoa(v.columns[v.object.id].NumberOf(name))
		}
		filled[i].ColumnIDs = ids
	}
	return filled
}
