package mariadbprovision

import (
	"cmp"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// act is one call of a procedure of the home.
type act struct {
	procedure string
	args      []any
	runs      []provision.Statement // by the procedure
	person    int                   // for whom, by position in job.people; everybody is -1

	set string   // the procedure that does the same for several people at once
	of  oneOfSet // the person, as that procedure takes it
	on  []any    // and its arguments before the list
}

// oneOfSet is one person in the list that the procedures for several take.
type oneOfSet struct {
	Role   string `json:"role"`
	User   string `json:"user"`
	Host   string `json:"host"`
	Ending int    `json:"ending"`
}

const everybody = -1

func (t target) compare(o target) int {
	return cmp.Or(cmp.Compare(t.database, o.database), cmp.Compare(t.name, o.name))
}

func (t target) quoted() string { return quote(t.database, t.name) }

// statements lists statements as people are shown them.
func statements(texts ...string) []provision.Statement {
	all := make([]provision.Statement, len(texts))
	for i, text := range texts {
		all[i] = provision.Statement(onOneLine(text))
	}
	return all
}

// forAll is an act on the asset's role, for all its people.
func forAll(procedure string, runs []provision.Statement, args ...any) act {
	return act{procedure: procedure, args: args, runs: runs, person: everybody}
}

func makeRole(j *job, name string, p request.Privilege) act {
	return forAll("make_role", statements("create role "+quote(name)), name, j.path, j.object, string(p))
}

func dropRole(r *role) act {
	a := forAll("drop_role", nil, r.name)
	if r.exists {
		a.runs = statements("drop role " + quote(r.name))
	}
	return a
}

func giveRight(r *role, on target, rights string) act {
	return forAll("give_right", statements("grant "+rights+" on "+on.quoted()+" to "+quote(r.name)), r.name, on.database, on.name, rights)
}

func takeRight(r *role, on target) act {
	return forAll("take_right", statements("revoke select, insert, update, delete on "+on.quoted()+" from "+quote(r.name)), r.name, on.database, on.name)
}

func narrowRight(r *role, on target) act {
	return forAll("narrow_right", statements("revoke insert, update, delete on "+on.quoted()+" from "+quote(r.name)), r.name, on.database, on.name)
}

// makePerson makes the role of an account anew, empty.
func makePerson(name string, a account, person int) act {
	return act{procedure: "make_person", args: []any{name, a.user, a.host}, person: person,
		runs: statements("create or replace role "+quote(name), "grant "+quote(name)+" to "+a.quoted(), "set default role "+quote(name)+" for "+a.quoted()),
		set:  "make_people", of: oneOfSet{Role: name, User: a.user, Host: a.host}}
}

func dropPerson(name string, a account, l *login, person int) act {
	dropped := act{procedure: "drop_person", args: []any{name, a.user, a.host}, person: person,
		set: "drop_people", of: oneOfSet{Role: name, User: a.user, Host: a.host}}
	if l.stands && l.defaultRole == name {
		dropped.runs = statements("set default role none for " + a.quoted())
	}
	if l.exists {
		dropped.runs = append(dropped.runs, statements("drop role "+quote(name))...)
	}
	return dropped
}

func admit(asset, own string, person int) act {
	return act{procedure: "admit", args: []any{asset, own}, runs: statements("grant " + quote(asset) + " to " + quote(own)), person: person,
		set: "admit_people", of: oneOfSet{Role: own}, on: []any{asset}}
}

func expel(r *role, own string, ending bool, person int) act {
	of := oneOfSet{Role: own}
	if ending {
		of.Ending = 1
	}
	return act{procedure: "expel", args: []any{r.name, own, ending}, runs: statements("revoke " + quote(r.name) + " from " + quote(own)), person: person,
		set: "expel_people", of: of, on: []any{r.name}}
}

// endSessions names the user alone, because MariaDB knows no more of a session.
// Where another account of that user has just the host that a session comes from, the
// session is that one's, and stays.
func endSessions(a account, person int) act {
	return act{procedure: "end_sessions", args: []any{a.user, a.host}, runs: statements("kill user " + literal(a.user)), person: person,
		set: "end_sessions_of", of: oneOfSet{User: a.user, Host: a.host}}
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
