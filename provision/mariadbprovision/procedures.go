package mariadbprovision

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// act is one call of a procedure of the home.
type act struct {
	procedure string
	args      []any
	runs      []provision.Statement // by the procedure
	person    int                   // for whom, by position in job.people; everybody is -1
}

const everybody = -1

func (t target) compare(o target) int {
	return cmp.Or(cmp.Compare(t.database, o.database), cmp.Compare(t.name, o.name))
}

func (t target) quoted() string { return quote(t.database, t.name) }

func statements(format string, args ...any) []provision.Statement {
	var all []provision.Statement
	for _, s := range strings.Split(fmt.Sprintf(format, args...), "\n") {
		all = append(all, provision.Statement(s))
	}
	return all
}

func makeRole(j *job, name string, p request.Privilege) act {
	return act{"make_role", []any{name, j.path, j.object, string(p)}, statements("create role %s", quote(name)), everybody}
}

func dropRole(r *role) act {
	a := act{"drop_role", []any{r.name}, nil, everybody}
	if r.exists {
		a.runs = statements("drop role %s", quote(r.name))
	}
	return a
}

func giveRight(r *role, on target, rights string) act {
	return act{"give_right", []any{r.name, on.database, on.name, rights}, statements("grant %s on %s to %s", rights, on.quoted(), quote(r.name)), everybody}
}

func takeRight(r *role, on target) act {
	return act{"take_right", []any{r.name, on.database, on.name}, statements("revoke select, insert, update, delete on %s from %s", on.quoted(), quote(r.name)), everybody}
}

func narrowRight(r *role, on target) act {
	return act{"narrow_right", []any{r.name, on.database, on.name}, statements("revoke insert, update, delete on %s from %s", on.quoted(), quote(r.name)), everybody}
}

// makePerson makes the role of an account anew, empty.
func makePerson(name string, a account, person int) act {
	return act{"make_person", []any{name, a.user, a.host},
		statements("create or replace role %s\ngrant %[1]s to %s\nset default role %[1]s for %[2]s", quote(name), a.quoted()), person}
}

func dropPerson(name string, a account, l *login, person int) act {
	dropped := act{"drop_person", []any{name, a.user, a.host}, nil, person}
	if l.stands && l.defaultRole == name {
		dropped.runs = statements("set default role none for %s", a.quoted())
	}
	if l.exists {
		dropped.runs = append(dropped.runs, statements("drop role %s", quote(name))...)
	}
	return dropped
}

func admit(asset, own string, person int) act {
	return act{"admit", []any{asset, own}, statements("grant %s to %s", quote(asset), quote(own)), person}
}

func expel(r *role, own string, ending bool, person int) act {
	return act{"expel", []any{r.name, own, ending}, statements("revoke %s from %s", quote(r.name), quote(own)), person}
}

// endSessions names the user alone, because MariaDB knows no more of a session.
// Where another account of that user has just the host that a session comes from, the
// session is that one's, and stays.
func endSessions(a account, person int) act {
	return act{"end_sessions", []any{a.user, a.host}, statements("kill user %s", literal(a.user)), person}
}

// ranFor lists the statements that ran for one of the people.
func ranFor(acts []act, i int) []provision.Statement {
	var ran []provision.Statement
	for _, a := range acts {
		if a.person == everybody || a.person == i {
			ran = append(ran, a.runs...)
		}
	}
	return ran
}

// few names the first of many.
func few(names []string) string {
	const most = 4
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
