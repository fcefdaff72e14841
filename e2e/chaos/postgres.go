package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
)

// postgres is a PostgreSQL of some version.
type postgres struct {
	*pgserver.Server
	name string // of its connection
}

func startPostgres(ctx context.Context, version string) (*postgres, error) {
	server, err := pgserver.StartVersion(ctx, version, "max_connections=300", "deadlock_timeout=200ms")
	if err != nil {
		return nil, err
	}
	return &postgres{server, "pg" + version}, server.CreateDatabase(ctx, database)
}

func (p *postgres) host() string { return hostOf(p.Server) }

func (p *postgres) open(login, password string) (*sql.DB, error) {
	return sql.Open("postgres", p.URL(login, password, database))
}

func (p *postgres) connection(ours, host string) catalog.Connection {
	u := parse(p.URL(ours, "", database))
	u.Host = host
	return catalog.Connection{Name: p.name, Technology: "postgres", Secret: "env:PASSWORD", URL: u.String(),
		Principals: catalog.Principals{Expression: "person.attributes.login[0]", Kinds: []string{"PERSON", "GROUP"}}}
}

func (p *postgres) setup(ctx context.Context, to catalog.Connection, password string) ([]string, error) {
	opened, err := pgprovision.Open(ctx, provision.Target{Connection: to, Password: password, Installation: installation})
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	steps, err := opened.SetupStatements(ctx, database)
	var all []string
	for _, step := range steps {
		all = append(all, string(step.Statement))
	}
	return all, err
}

func (p *postgres) path(relation string) []string {
	return append([]string{database}, strings.Split(relation, ".")...)
}

func (p *postgres) principal(login string) string { return login }

// furnish makes all but people and relations. Nobody may connect but by a grant.
func (p *postgres) furnish(password string) []string {
	secret := " login password " + pq.QuoteLiteral(password)
	return []string{
		"create role steward" + secret, "create role " + ours + secret, "create role " + oursToo + secret, "create role " + team,
		"revoke connect on database " + database + " from public",
		"grant connect on database " + database + " to " + ours + ", " + oursToo + " with grant option",
		"grant connect on database " + database + " to steward",
		"create schema sales authorization steward", "create schema " + container + " authorization steward",
	}
}

func (p *postgres) createPerson(login, password string, groups []string) []string {
	statement := "create role " + login + " login password " + pq.QuoteLiteral(password)
	for _, group := range groups {
		statement += "; grant " + group + " to " + login
	}
	return []string{statement}
}

func (p *postgres) dropPerson(login string) string { return "drop role " + login }
func (p *postgres) renamePerson(from, to string) string {
	return "alter role " + from + " rename to " + to
}

// make makes a relation as its owner does, so that default privileges hold.
func (p *postgres) make(r relation) []string {
	list := strings.Join(r.columns(), ", ")
	body := " (id serial, " + strings.Join(r.columns(), " text, ") + " text)"
	row := " (" + list + ") values ('" + clear + "', '" + clear + "')"
	var statement string
	switch r.shape {
	case plain:
		statement = "create table " + r.name + body + "; insert into " + r.name + row
	case root:
		statement = "create table " + r.name + body + " partition by range (id)"
	case partition:
		statement = "create table " + r.name + " partition of " + r.of + " for values from (1) to (1000000); insert into " + r.of + row
		if r.name == laterPart {
			statement = fmt.Sprintf("create table %s partition of %s for values from (1000000) to (2000000); insert into %[1]s values (%[3]d, '%[4]s', '%[4]s')", r.name, r.of, later-1, clear)
		}
	case lent:
		statement = "create view " + r.name + " as select " + list + " from " + r.of
	case borrowed:
		statement = "create view " + r.name + " with (security_invoker) as select " + list + " from " + r.of
	}
	return []string{"set role steward; " + statement + "; reset role"}
}

func (p *postgres) rename(from, to string) string {
	return "alter table " + from + " rename to " + bare(to)
}

// bare is the name of a relation without its schema.
func bare(relation string) string { return relation[strings.IndexByte(relation, '.')+1:] }

func (p *postgres) swap(table string) []string {
	next := furnished(table)
	next.name += "_next"
	return []string{p.make(next)[0] + "; " + p.rename(table, table+"_past") + "; " + p.rename(next.name, table)}
}

func (p *postgres) lock(table string) []string {
	return []string{"begin", "lock table " + table + " in access exclusive mode"}
}
func (p *postgres) unlock() string { return "rollback" }

func (p *postgres) withdrawals(ctx context.Context, super *sql.DB) ([]string, error) {
	var revokes []string
	err := each(ctx, super, func(f ...string) {
		revokes = append(revokes, fmt.Sprintf("revoke %s from %s granted by %s", pq.QuoteIdentifier(f[0]), pq.QuoteIdentifier(f[1]), pq.QuoteIdentifier(f[2])))
	}, 3, `
		select r.rolname, u.rolname, g.rolname
		from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member join pg_roles g on g.oid = m.grantor
		where r.rolname like 'gw\_`+installation+`\_%' and u.rolname not like '`+ours+`%' and u.rolname <> '`+constant+`'
		order by 1, 2, 3`)
	return revokes, err
}

func (p *postgres) look(ctx context.Context, super *sql.DB, g *ground) error {
	return errors.Join(
		each(ctx, super, func(f ...string) { g.stands(f[0], f[1]); g.lists[f[0]] = f[2] }, 3, `
			select n.nspname || '.' || c.relname, s.system_identifier || '/' || d.oid || '/' || c.oid, coalesce(c.relacl::text, '') from pg_class c join pg_namespace n on n.oid = c.relnamespace, pg_database d, pg_control_system() s
			where n.nspname in ('sales', '`+container+`', 'gw_`+installation+`_masked') and c.relkind in ('r', 'p', 'v') and d.datname = current_database() order by 1`),
		each(ctx, super, func(f ...string) { g.ids[f[0]] = f[1] }, 2, `
			select n.nspname, s.system_identifier || '/' || d.oid || '/' || n.oid from pg_namespace n, pg_database d, pg_control_system() s where n.nspname = '`+container+`' and d.datname = current_database()`),
		each(ctx, super, func(f ...string) { g.principals[f[0]] = f[1] }, 2, "select rolname, oid::text from pg_roles where rolcanlogin or rolname = '"+team+"'"),
		each(ctx, super, func(f ...string) { g.groups[f[0]] = append(g.groups[f[0]], f[1]) }, 2, `
			select u.rolname, r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member where r.rolname = '`+team+`'`),
		each(ctx, super, func(f ...string) { g.roles[f[0]] = f[1] }, 2, `
			select rolname, coalesce(shobj_description(oid, 'pg_authid'), '') from pg_roles where rolname like 'gw\_`+installation+`\_%'`),
		each(ctx, super, func(f ...string) { g.belongs(f[0], f[1], f[2]) }, 3, `
			select coalesce(shobj_description(r.oid, 'pg_authid'), r.rolname), u.oid::text, u.rolname
			from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
			where r.rolname like 'gw\_`+installation+`\_%' and u.rolname not like '`+ours+`%' and u.rolname not like 'gw\_%'`),
	)
}

var groupComment = regexp.MustCompile(`^grantwright ` + installation + `: ([A-Z_]+).* on .* \(system (\d+), database (\d+), object (\d+)\)$`)

// belongs notes that somebody is a member of a role of ours, which says of itself for what it is.
func (g *ground) belongs(comment, id, name string) {
	if strings.Contains(comment, "are being ended") {
		g.ending = append(g.ending, name)
		return
	}
	parts := groupComment.FindStringSubmatch(comment)
	if parts == nil {
		g.odd = append(g.odd, fmt.Sprintf("%s is a member of a role that says of itself %q", name, comment))
		return
	}
	g.members[member{strings.Join(parts[2:], "/"), parts[1], id}] = true
}

// undefinedColumn is the code for a column that is not there: a view of ours leaves out those
// that nobody has classified. Where one is promised, that is found.
const undefinedColumn = "42703"

func (p *postgres) refused(err error) bool {
	var e *pq.Error
	return errors.As(err, &e) && (e.Code == "42501" || e.Code.Class() == "28" || e.Code == undefinedColumn)
}

// each hands the fields of each row to do.
func each(ctx context.Context, db *sql.DB, do func(fields ...string), n int, query string) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	fields, into := make([]string, n), make([]any, n)
	for i := range fields {
		into[i] = &fields[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		do(fields...)
	}
	return rows.Err()
}
