package reach

import (
	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// Crowd counts the members of a group that is a principal.
type Crowd struct {
	logins  int      // that are in it, by whatever way
	Without int      // of these, those that do not inherit its rights
	names   []string // the first few of those

	Unmapped int      // that have no user mapping for a server where foreign tables stand
	unmapped []string // the first few of those
}

// Nobody reports whether nobody at all inherits from the group.
func (c Crowd) Nobody() bool { return c.logins > 0 && c.Without == c.logins }

// Text names the members who do not inherit.
func (c Crowd) Text() string { return of(c.Without, c.names)[len(" of "):] }

// Strangers names the members who cannot read foreign tables.
func (c Crowd) Strangers() string { return of(c.Unmapped, c.unmapped)[len(" of "):] }

// Crowds counts the members of the groups. From 16 on, whoever made a role is a member
// of it with ADMIN only, and does not count.
func (q Question) Crowds(crowds map[uint32]Crowd) cluster.Reading {
	const query = `
		with recursive inside(crowd, id) as (
			select id, id from unnest($1::oid[]) g(id)
			union select i.crowd, m.member from inside i cross join lateral (
				select m.member from pg_auth_members m
				where m.roleid = i.id and coalesce((to_jsonb(m) ->> 'inherit_option')::bool or (to_jsonb(m) ->> 'set_option')::bool, true) offset 0) m
		), parts(id) as (
			select unnest($2::oid[])
			union select h.inhrelid from parts cross join lateral (select inhrelid from pg_inherits where inhparent = parts.id offset 0) h
		), servers(id) as materialized (
			select distinct f.ftserver from parts join pg_foreign_table f on f.ftrelid = parts.id join pg_foreign_server s on s.oid = f.ftserver
				join pg_foreign_data_wrapper w on w.oid = s.srvfdw where w.fdwname <> 'file_fdw'
		)
		select i.crowd, count(*), count(*) filter (where not x.inherits), coalesce((array_agg(quote_ident(r.rolname) order by r.rolname) filter (where not x.inherits))[1:4], '{}'),
			count(*) filter (where x.unmapped), coalesce((array_agg(quote_ident(r.rolname) order by r.rolname) filter (where x.unmapped))[1:4], '{}')
		from inside i join pg_roles r on r.oid = i.id
		cross join lateral (select pg_has_role(r.oid, i.crowd, 'USAGE') as inherits,
			exists (select from servers s where not exists (select from pg_user_mappings m where m.srvid = s.id and m.umuser in (0, r.oid))) as unmapped) x
		where r.rolcanlogin and i.id <> i.crowd
		group by i.crowd`
	return cluster.Reading{SQL: query, Args: []any{cluster.IDs(q.Groups), cluster.IDs(q.Relations)}, Scan: func(scan func(...any) error) error {
		var id uint32
		var c Crowd
		err := scan(&id, &c.logins, &c.Without, pq.Array(&c.names), &c.Unmapped, pq.Array(&c.unmapped))
		for _, names := range [][]string{c.names, c.unmapped} {
			for i, name := range names {
				names[i] = naming.Requote(name)
			}
		}
		crowds[id] = c
		return err
	}}
}
