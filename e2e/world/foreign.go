package world

import (
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
)

// Beyond begins the statements that run in the other database of the server, where the rows
// of foreign tables stand. Its name is that of the world's with this behind it.
const Beyond = "beyond:"

// foreign is how a partition is made whose rows stand there.
const foreign = "foreign"

// Everybody is for whom a user mapping is that holds for all roles.
const Everybody = "public"

// reachBeyond makes the other database and the server that leads there, when the first
// foreign table is made. Whoever only looks is mapped.
func (w *World) reachBeyond() []string {
	if w.beyond {
		return nil
	}
	w.beyond = true
	return []string{
		"create database {world}_beyond",
		"create extension postgres_fdw",
		`do $$ begin execute format('create server beyond foreign data wrapper postgres_fdw options (host %L, port %L, dbname %L)',
			host(inet_server_addr()), inet_server_port()::text, '{world}_beyond'); end $$`,
		"grant usage on foreign server beyond to {etl}, {rep}",
		mapping("current_user"),
	}
}

// mapping lets somebody read beyond as the owner of all that stands there.
func mapping(who string) string {
	return "create user mapping for " + who + " server beyond options (user '{etl}', password '{password}')"
}

// makeForeign makes a table whose rows stand in the other database, by itself or as a
// partition. Governance speaks of it as of any other.
func (w *World) makeForeign(s Step) ([]string, bool) {
	odd := func(c Spec) bool { return !c.Type.holds() }
	if w.relation(s.On) != nil || !slices.Contains(Schemas, schemaOf(s.On)) || len(s.Of) > 0 || slices.ContainsFunc(s.Columns, odd) {
		return nil, false
	}
	r := w.add(Relation{Name: s.On, Kind: catalog.ForeignTable, Owner: s.Owner}, s.Columns)
	defined := "n int"
	for _, c := range r.Columns {
		defined += ", " + c.definition(s.On) + " options (column_name '" + c.beyond() + "')"
	}
	all := append(w.reachBeyond(), r.makeBeyond())
	all = append(all, as(s.Owner, "create foreign table "+s.On+" ("+defined+") "+r.leads()))
	return append(all, r.rows(1, 2)), true
}

// leads says where the rows of a foreign table stand: under a name that stays.
func (r *Relation) leads() string {
	return fmt.Sprintf("server beyond options (schema_name 'public', table_name 't%d')", r.ID)
}

// makeBeyond makes what a foreign table leads to.
func (r *Relation) makeBeyond() string {
	defined := "n int"
	for _, c := range r.Columns {
		defined += ", " + c.beyond() + " " + c.typeBeyond()
	}
	return fmt.Sprintf(Beyond+"create table t%d (%s); alter table t%[1]d owner to {etl}", r.ID, defined)
}

// beyond is the name of a column there, which stays too.
func (c Column) beyond() string {
	if c.Data == 0 {
		return c.Name
	}
	return fmt.Sprintf("d%04d", c.Data)
}

func (c Column) typeBeyond() string {
	if c.Type == Text || c.Type == Mailbox {
		return "text"
	}
	return "bigint"
}

// leadOn has columns of a foreign table lead to theirs, where they came with a whole.
func (r *Relation) leadOn(columns ...Column) []string {
	var all []string
	for _, c := range columns {
		if r.Kind == catalog.ForeignTable && c.Data != 0 {
			all = append(all, "alter foreign table "+r.Name+" alter column "+c.Name+" options (add column_name '"+c.beyond()+"')")
		}
	}
	return all
}

// addBeyond makes a new column of a foreign table stand there as well.
func (r *Relation) addBeyond(c Column) []string {
	if r.Kind != catalog.ForeignTable {
		return nil
	}
	return append(r.leadOn(c), fmt.Sprintf(Beyond+"alter table t%d add column %s %s", r.ID, c.beyond(), c.typeBeyond()))
}

// mapUser lets somebody read beyond, or nobody any more: a login, an owner of views, those
// who show masked tables, or everybody.
func (w *World) mapUser(s Step) ([]string, bool) {
	has := slices.Contains(w.mapped, s.Who)
	if !w.beyond || has == (s.Do == MapUser) || s.Who != Everybody && !slices.Contains(w.People.Roles(), s.Who) {
		return nil, false
	}
	who := s.Who
	if who != Everybody {
		who = "{" + who + "}"
	}
	if has {
		w.mapped = slices.DeleteFunc(w.mapped, func(name string) bool { return name == s.Who })
		return []string{"drop user mapping for " + who + " server beyond"}, true
	}
	w.mapped = append(w.mapped, s.Who)
	return []string{mapping(who)}, true
}
