package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/request"
)

// ground is what stands on a platform itself.
type ground struct {
	tables  map[string]string // id of an asset, by name
	logins  map[string]string // id of a principal, by name
	access  map[pair]can      // what logins really can
	members map[member]bool   // of our group roles
	ending  []string          // whose sessions are still to be ended
	odd     []string          // roles of ours that nobody can explain
	lists   map[string]string // access lists of tables, for people to read
	roles   map[string]string // comments of our roles, by name
}

// member is one membership in a group role of ours.
type member struct {
	object    string // database and object id, as in the asset's
	privilege request.Privilege
	login     string // id of the principal
}

// survey looks at a platform past everything of ours.
func (p *platform) survey(ctx context.Context) (*ground, error) {
	g := &ground{tables: map[string]string{}, logins: map[string]string{}, access: map[pair]can{}, members: map[member]bool{}, lists: map[string]string{}, roles: map[string]string{}}
	err := errors.Join(
		p.each(ctx, func(name, id, list string) { g.tables[name], g.lists[name] = id, list }, `
			select c.relname, s.system_identifier || '/' || d.oid || '/' || c.oid, coalesce(c.relacl::text, '') from pg_class c join pg_namespace n on n.oid = c.relnamespace, pg_database d, pg_control_system() s
			where n.nspname = '`+schema+`' and c.relkind = 'r' and d.datname = current_database()`),
		p.each(ctx, func(name, id, _ string) { g.logins[name] = id }, "select rolname, oid::text, '' from pg_roles where rolcanlogin"),
		p.each(ctx, func(name, comment, _ string) { g.roles[name] = comment }, `
			select rolname, coalesce(shobj_description(oid, 'pg_authid'), ''), '' from pg_roles where rolname like 'gw\_`+installation+`\_%'`),
		p.each(ctx, g.member, `
			select coalesce(shobj_description(r.oid, 'pg_authid'), r.rolname), u.oid::text, u.rolname
			from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
			where r.rolname like 'gw\_`+installation+`\_%' and u.rolcanlogin and u.rolname <> 'grantwright'`),
	)
	if err != nil {
		return nil, err
	}
	for _, person := range p.people {
		if err := p.try(ctx, login(person), g); err != nil {
			return nil, err
		}
	}
	return g, nil
}

var groupComment = regexp.MustCompile(`^grantwright ` + installation + `: (READ|READ_WRITE) on .* \(system (\d+), database (\d+), object (\d+)\)$`)

func (g *ground) member(comment, id, name string) {
	if strings.Contains(comment, "are being ended") {
		g.ending = append(g.ending, name)
		return
	}
	parts := groupComment.FindStringSubmatch(comment)
	if parts == nil {
		g.odd = append(g.odd, fmt.Sprintf("%s is a member of a role that says of itself %q", name, comment))
		return
	}
	g.members[member{strings.Join(parts[2:], "/"), request.Privilege(parts[1]), id}] = true
}

func (p *platform) each(ctx context.Context, do func(a, b, c string), query string) error {
	rows, err := p.super.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var a, b, c string
		if err := rows.Scan(&a, &b, &c); err != nil {
			return err
		}
		do(a, b, c)
	}
	return rows.Err()
}

// try logs in as somebody and reads and writes every table.
func (p *platform) try(ctx context.Context, name string, g *ground) error {
	db, err := sql.Open("postgres", p.server.URL(name, p.password, database))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if err := db.PingContext(ctx); err != nil {
		return unlessRefused(err)
	}
	for table := range g.tables {
		var c can
		full := schema + "." + table
		if c.Read, err = allowed(ctx, db, "select * from "+full); err != nil {
			return err
		}
		if c.Write, err = allowed(ctx, db, "insert into "+full+" (note) values ('mine')"); err != nil {
			return err
		}
		if c != (can{}) {
			g.access[pair{name, table}] = c
		}
	}
	return nil
}

func allowed(ctx context.Context, db *sql.DB, statement string) (bool, error) {
	_, err := db.ExecContext(ctx, statement)
	return err == nil, unlessRefused(err)
}

// unlessRefused leaves out errors that say that somebody may not.
func unlessRefused(err error) error {
	var e *pq.Error
	if errors.As(err, &e) && (e.Code == "42501" || e.Code.Class() == "28") {
		return nil
	}
	return err
}

func (g *ground) describe(at pair) string {
	var b strings.Builder
	fmt.Fprintf(&b, "    platform: %s is %q, %s is %q\n    access list: %s\n", at.login, g.logins[at.login], at.table, g.tables[at.table], g.lists[at.table])
	for m := range g.members {
		if m.login == g.logins[at.login] {
			fmt.Fprintf(&b, "    member: %+v\n", m)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.roles)) {
		if strings.Contains(g.roles[name], "."+at.table+" ") {
			fmt.Fprintf(&b, "    role %s: %s\n", name, g.roles[name])
		}
	}
	return b.String()
}
