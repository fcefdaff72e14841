package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/mariadbserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
)

// mariadb is a MariaDB. Its databases are the schemas of the relations.
type mariadb struct{ *mariadbserver.Server }

func startMariaDB(ctx context.Context) (*mariadb, error) {
	server, err := mariadbserver.Start(ctx, "innodb-flush-log-at-trx-commit=2", "max-connections=300")
	if err != nil {
		return nil, err
	}
	return &mariadb{server}, nil
}

func (m *mariadb) host() string { return m.Address() }

func (m *mariadb) open(login, password string) (*sql.DB, error) { return m.Open(login, password) }

func (m *mariadb) connection(ours, host string) catalog.Connection {
	u := url.URL{Scheme: "mariadb", User: url.User(ours), Host: host, Path: "/", RawQuery: "tls=false"}
	return catalog.Connection{Name: "maria", Technology: "mariadb", Secret: "env:PASSWORD", URL: u.String(),
		Principals: catalog.Principals{Expression: `person.attributes.login[0] + "@%"`}}
}

func (m *mariadb) setup(ctx context.Context, to catalog.Connection, password string) ([]string, error) {
	opened, err := mariadbprovision.Open(ctx, provision.Target{Connection: to, Password: password, Installation: installation})
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	steps, err := opened.Setup(ctx)
	all := []string{"grant select, execute on `gw\\_" + installation + "`.* to " + oursToo + "@'%'"} // which Setup says of one login only
	for _, step := range steps {
		all = append(all, string(step))
	}
	return all, err
}

func (m *mariadb) path(relation string) []string { return strings.Split(relation, ".") }

func (m *mariadb) principal(login string) string { return login + "@%" }

func (m *mariadb) furnish(password string) []string {
	return append(append(m.createPerson(ours, password, nil), m.createPerson(oursToo, password, nil)...), "create database sales", "create database "+container)
}

func (m *mariadb) createPerson(login, password string, _ []string) []string {
	return []string{"create user " + login + "@'%' identified by '" + password + "'"}
}

func (m *mariadb) dropPerson(login string) string { return "drop user if exists " + login + "@'%'" }

func (m *mariadb) renamePerson(from, to string) string {
	return "rename user " + from + "@'%' to " + to + "@'%'"
}

func (m *mariadb) make(r relation) []string {
	columns := r.columns()
	switch r.shape {
	case lent:
		return []string{"create sql security definer view " + r.name + " as select " + strings.Join(columns, ", ") + " from " + r.of}
	case borrowed:
		return []string{"create sql security invoker view " + r.name + " as select " + strings.Join(columns, ", ") + " from " + r.of}
	}
	return []string{fmt.Sprintf("create table %s (id int primary key auto_increment, %s text) as select 1 as id, '%[3]s' as %[4]s, '%[3]s' as %[5]s", r.name, strings.Join(columns, " text, "), clear, columns[0], columns[1])}
}

func (m *mariadb) rename(from, to string) string { return "rename table " + from + " to " + to }

func (m *mariadb) swap(table string) []string {
	next := furnished(table)
	next.name += "_next"
	return append(m.make(next), m.rename(table, table+"_past")+", "+next.name+" to "+table)
}

func (m *mariadb) lock(table string) []string { return []string{"lock tables " + table + " write"} }
func (m *mariadb) unlock() string             { return "unlock tables" }

// withdrawals take a person's role, or keep it from being their default.
func (m *mariadb) withdrawals(ctx context.Context, super *sql.DB) ([]string, error) {
	var all []string
	err := each(ctx, super, func(f ...string) {
		all = append(all, fmt.Sprintf("revoke `%s` from `%s`@`%s`", f[0], f[1], f[2]), fmt.Sprintf("set default role none for `%s`@`%s`", f[1], f[2]))
	}, 3, "select role, user, host from gw_"+installation+".person_roles where user <> '"+constant+"' order by user")
	return all, err
}

func (m *mariadb) look(ctx context.Context, super *sql.DB, g *ground) error {
	const home = "gw_" + installation
	return errors.Join(
		each(ctx, super, func(f ...string) { g.stands(f[0], f[1]) }, 2, `
			select concat(t.table_schema, '.', t.table_name), coalesce((
				select concat((select id from `+home+`.installation), '/t', i.table_id) from information_schema.innodb_sys_tables i where i.name = concat(t.table_schema, '/', t.table_name)), '')
			from information_schema.tables t where t.table_schema in ('sales', '`+container+`') order by 1`),
		each(ctx, super, func(f ...string) { g.principals[f[0]] = "" }, 1, "select concat(user, '@', host) from mysql.user where user not like 'gw\\_%' and host <> ''"),
		each(ctx, super, func(f ...string) {
			kind, _, _ := strings.Cut(f[1], " ")
			g.members[member{f[0], kind, f[2]}] = true
		}, 3, `
			select concat((select id from `+home+`.installation), '/', a.object), a.privilege, concat(p.user, '@', p.host)
			from mysql.roles_mapping m join `+home+`.asset_roles a on a.role = m.role and m.host = '' join `+home+`.person_roles p on p.role = m.user`),
		each(ctx, super, func(f ...string) { g.ending = append(g.ending, f[0]) }, 1, "select concat(user, '@', host) from "+home+".ending"),
	)
}

func (m *mariadb) refused(err error) bool { return strings.Contains(err.Error(), "denied") }
