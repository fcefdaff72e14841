package mariadbprovision

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/request"
)

// Each set of columns that somebody may read has a role of its own, which all who may read
// just these share. It holds SELECT on those columns and no right on the table. MariaDB
// knows columns by their names alone, and keeps a right under the name of a column that
// was dropped: a look takes it away.

// ofColumns is the privilege of those who may read some columns and no others.
func ofColumns(names []string) request.Privilege {
	text, _ := json.Marshal(names) // of strings, which never fails
	return request.Privilege(columnsWord + string(text))
}

const columnsWord = "COLUMNS "

// columnsOf reads a privilege that ofColumns wrote; none of any other.
func columnsOf(p request.Privilege) (names []string) {
	text, is := strings.CutPrefix(string(p), columnsWord)
	if is && json.Unmarshal([]byte(text), &names) != nil {
		return nil
	}
	return names
}

func readsColumns(p request.Privilege) bool { return strings.HasPrefix(string(p), columnsWord) }

// privilegeOf is what an access is to us.
func privilegeOf(a provision.Access) request.Privilege {
	if len(a.Columns) > 0 {
		return ofColumns(a.Columns)
	}
	return a.Privilege
}

// accessOf is the access that a privilege stands for.
func accessOf(p request.Privilege) provision.Access {
	if readsColumns(p) {
		return provision.Access{Privilege: request.Read, Columns: columnsOf(p)}
	}
	return provision.Access{Privilege: p}
}

// columnsRefused says why an access to some columns can never be given.
func (j *job) columnsRefused(a provision.Access) error {
	switch {
	case j.container():
		return converge.RefuseAsset(j.asset.Ref, "has no columns of its own; ask for columns of a table or a view")
	case a.Privilege != request.Read:
		return converge.RefuseAsset(j.asset.Ref, "can be granted by column for READ only: rows are written and deleted as a whole")
	case slices.ContainsFunc(a.Columns, func(c string) bool { return c == "" || len([]rune(c)) > maxName || strings.ContainsRune(c, 0) }):
		return converge.RefuseAsset(j.asset.Ref, "has no column whose name is empty, or longer than %d characters", maxName)
	}
	return nil
}

// columnPrivileges are the sets of columns that somebody wants, in order.
func (j *job) columnPrivileges() []request.Privilege {
	var all []request.Privilege
	for _, p := range j.people {
		all = append(all, slices.DeleteFunc(slices.Clone(p.want), func(w request.Privilege) bool { return !readsColumns(w) })...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// readColumns reads the columns of the table, and the rights of our roles on them, where
// somebody wants some or a role of ours is about some.
func (s *session) readColumns(ctx context.Context, j *job, v *view) error {
	about := slices.ContainsFunc(v.roles, func(r *role) bool { return readsColumns(r.privilege) })
	if j.container() || !about && len(j.columnPrivileges()) == 0 {
		return nil
	}
	if v.here {
		err := s.Query(ctx, func(scan func(...any) error) error {
			var table, column, kind, comment string
			var computed *string
			err := scan(&table, &column, &kind, &comment, &computed)
			v.columns = append(v.columns, column)
			return err
		}, "call "+s.p.home+".list_columns(?, ?)", j.database, j.table)
		if err != nil {
			return err
		}
	}
	return s.Query(ctx, func(scan func(...any) error) error {
		var name, column, rights string
		var on target
		if err := scan(&name, &on.database, &on.name, &column, &rights); err != nil {
			return err
		}
		r := v.role(name)
		if r == nil || !readsColumns(r.privilege) {
			return nil
		}
		if r.columns == nil {
			r.columns = map[target]map[string]string{}
		}
		if r.columns[on] == nil {
			r.columns[on] = map[string]string{}
		}
		r.columns[on][column] = rights
		return nil
	}, "select user, db, name, column_name, rights from "+s.p.home+".column_rights where host = '' and "+s.ofPath("user"), j.path)
}

// columnsStanding are the columns of a privilege that stand, and those that do not. MariaDB tells
// the names of columns apart without regard to case.
func (v *view) columnsStanding(p request.Privilege) (stand, gone []string) {
	for _, name := range columnsOf(p) {
		if i := slices.IndexFunc(v.columns, func(c string) bool { return strings.EqualFold(c, name) }); i >= 0 {
			stand = append(stand, v.columns[i])
		} else {
			gone = append(gone, "column "+quote(name)+" stands no longer")
		}
	}
	return stand, gone
}

// columnless refuses what a person wants of columns none of which stands.
func (j *job) columnless(v *view, p person) error {
	none := func(want request.Privilege) bool {
		stand, _ := v.columnsStanding(want)
		return readsColumns(want) && len(stand) == 0
	}
	var all []string
	for _, want := range p.want {
		if _, gone := v.columnsStanding(want); none(want) {
			all = append(all, gone...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return converge.RefuseAccess(j.asset.Ref, func(a provision.Access) bool { return none(privilegeOf(a)) }, "has none of the columns: "+converge.Few(all))
}

// unlessAll says why not all columns can be given that a person asks for.
func (j *job) unlessAll(v *view, p person) error {
	var missing []string
	for _, want := range p.want {
		_, gone := v.columnsStanding(want)
		missing = append(missing, gone...)
	}
	if len(missing) > 0 {
		return converge.RefuseAsset(j.asset.Ref, "cannot be granted by these columns: %s", converge.Few(missing))
	}
	return nil
}

// strays reports whether a role about columns holds more on a table than its columns. All
// of it is taken then, and the columns are given anew.
func (r *role) strays(v *view, on target) bool {
	stand, _ := v.columnsStanding(r.privilege)
	if held := r.rights[on]; held.reads || held.somewhat {
		return true
	}
	for column, rights := range r.columns[on] {
		if rights != "Select" || !slices.ContainsFunc(stand, func(c string) bool { return strings.EqualFold(c, column) }) {
			return true
		}
	}
	return false
}

// giveColumns brings a role to the columns of its privilege.
func (j *job) giveColumns(v *view, d *decision, r *role) {
	on := target{j.database, j.table}
	missing := j.lacks(v, r)
	if r.strays(v, on) {
		missing, _ = v.columnsStanding(r.privilege)
	}
	if len(missing) > 0 {
		d.add(giveColumns(r, on, missing))
	}
}

// lacks lists the columns that a role does not read.
func (j *job) lacks(v *view, r *role) []string {
	held := r.columns[target{j.database, j.table}]
	stand, _ := v.columnsStanding(r.privilege)
	return slices.DeleteFunc(stand, func(c string) bool {
		for column, rights := range held {
			if strings.EqualFold(c, column) && strings.Contains(rights, "Select") {
				return true
			}
		}
		return false
	})
}

// columnRemarks say how somebody reads who reads some columns only, and which of them are
// gone.
func (j *job) columnRemarks(v *view, p person) []string {
	var names, remarks []string
	whole := false
	for _, want := range p.want {
		stand, gone := v.columnsStanding(want)
		whole = whole || !readsColumns(want)
		remarks = append(remarks, gone...)
		for _, name := range stand {
			if name = quote(name); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) > 0 && !whole {
		remarks = append(remarks, "only these columns are read, and a query has to name them, instead of *: "+strings.Join(names, ", "))
	}
	for i, remark := range remarks {
		remarks[i] = visible.Text(remark) // it holds names of others
	}
	return remarks
}

// giveColumns is the act that gives a role some columns of a table.
func giveColumns(r *role, on target, columns []string) act {
	quoted := make([]string, len(columns))
	for i, name := range columns {
		quoted[i] = quote(name)
	}
	list, _ := json.Marshal(columns) // of strings, which never fails
	runs := statements(fmt.Sprintf("grant select (%s) on %s to %s", strings.Join(quoted, ", "), on.quoted(), quote(r.name)))
	return forAll("give_columns", runs, r.name, on.database, on.name, string(list))
}
