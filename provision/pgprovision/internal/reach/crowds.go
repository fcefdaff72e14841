package reach

import (
	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
)

// Crowd counts the members of a group that is a principal.
type Crowd struct {
	logins  int      // that are in it, by whatever way
	Without int      // of these, those that do not inherit its rights
	names   []string // the first few of those
}

// Nobody reports whether nobody at all inherits from the group.
func (c Crowd) Nobody() bool { return c.logins > 0 && c.Without == c.logins }

// Text names the members who do not inherit.
func (c Crowd) Text() string { return of(c.Without, c.names)[len(" of "):] }

// Crowds counts the members of the groups. From 16 on, whoever made a role is a member
// of it with ADMIN only, and does not count.
func (q Question) Crowds(crowds map[uint32]Crowd) cluster.Reading {
	const query = `
		with recursive inside(crowd, id) as (
			select id, id from unnest($1::oid[]) g(id)
			union select i.crowd, m.member from inside i cross join lateral (
				select m.member from pg_auth_members m
				where m.roleid = i.id and coalesce((to_jsonb(m) ->> 'inherit_option')::bool or (to_jsonb(m) ->> 'set_option')::bool, true) offset 0) m
		)
		select i.crowd, count(*), count(*) filter (where not x.inherits), coalesce((array_agg(quote_ident(r.rolname) order by r.rolname) filter (where not x.inherits))[1:4], '{}')
		from inside i join pg_roles r on r.oid = i.id cross join lateral (select pg_has_role(r.oid, i.crowd, 'USAGE') as inherits) x
		where r.rolcanlogin and i.id <> i.crowd
		group by i.crowd`
	return cluster.Reading{SQL: query, Args: []any{cluster.IDs(q.Groups)}, Scan: func(scan func(...any) error) error {
		var id uint32
		var c Crowd
		err := scan(&id, &c.logins, &c.Without, pq.Array(&c.names))
		crowds[id] = c
		return err
	}}
}
