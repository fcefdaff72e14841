package reach

import (
	"fmt"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// maxPaths bounds how many paths are listed for one principal.
const maxPaths = 50

// pathsQuery follows memberships from the person upwards.
var pathsQuery = `
	with recursive ways(id, depth) as (
		(select c.oid, 0 from pg_class c where c.oid = any($2::oid[])
		union all` + leadsBack + `)
		union
		select e.id, w.depth + 1 from ways w cross join lateral (
			select c.oid from (select d.objid from pg_depend d
				where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = w.id offset 0) d join pg_rewrite r on r.oid = d.objid
			join pg_class c on c.oid = r.ev_class
			where c.oid <> w.id and (c.relkind <> 'v' or has_any_column_privilege(c.relowner, w.id, 'SELECT')
				and not exists (select from pg_options_to_table(c.reloptions) where option_name = 'security_invoker' and option_value in ('true', 'on', '1', 'yes')))
			union select i.inhparent from pg_inherits i where i.inhrelid = w.id
		) e(id) where w.depth < 8 and e.id <> all($2::oid[])
	), objects as materialized (
		select c.oid, c.relname, c.relowner, c.relnamespace, c.relacl,
			case when c.oid = any($2::oid[]) and not $6 then '' else case when c.relkind in ('v', 'm') then 'view ' when c.relkind = 'f' then 'foreign table ' else 'table ' end || c.relnamespace::regnamespace || '.' || quote_ident(c.relname) end as name
		from (select unnest($2::oid[]) union select id from (select id from ways where depth > 0 limit 200) w) i(id)
		cross join lateral (select * from pg_class where oid = i.id offset 0) c
	), lists as materialized (
		select o.*, a.grantee, a.grantor, a.privilege_type, '' as columns
		from objects o, aclexplode(coalesce(o.relacl[:], acldefault('r', o.relowner))) a
		where a.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
		union all
		select o.*, a.grantee, a.grantor, a.privilege_type, ' of column ' || quote_ident(t.attname)
		from objects o cross join lateral (select * from pg_attribute where attrelid = o.oid offset 0) t, aclexplode(t.attacl[:]) a
		where a.privilege_type in ('SELECT', 'INSERT', 'UPDATE')
	), people as materialized (
		select oid, rolsuper, rolreplication, has_database_privilege(oid, $3::oid, 'CONNECT') as connects from pg_roles where oid = any($1::oid[])
	), inside_of(person, role) as (
		select oid, oid from people
		union select i.person, m.roleid from inside_of i cross join lateral (select roleid from pg_auth_members where member = i.role offset 0) m
	), given as materialized (
		select distinct i.person, m.roleid from inside_of i
		cross join lateral (select roleid, grantor from pg_auth_members where member = i.role offset 0) m
		where m.roleid = any($4::oid[]) and m.grantor <> $5
	), who as materialized (
		select p.oid as person, g.grantee
		from people p cross join (select distinct grantee from lists) g
		where p.connects and not p.rolsuper and (g.grantee = 0 or pg_has_role(p.oid, g.grantee, 'MEMBER'))
			and not (g.grantee = any($4::oid[])
				and exists (select from pg_auth_members m where m.roleid = g.grantee and m.member = p.oid and m.grantor = $5)
				and (p.oid, g.grantee) not in (select * from given))
	), inside as materialized (
		select w.id, n.oid from (select person from who union select grantee from who) w(id) cross join (select distinct relnamespace from lists) n(oid)
		where w.id <> 0 and has_schema_privilege(w.id, n.oid, 'USAGE')
	), ours as materialized (
		select r.oid, substring(d.description from length($7) + 1 for position(' (system ' in d.description) - length($7) - 1) as gives
		from (select distinct grantee from who) w
		cross join lateral (select oid, rolname from pg_roles where oid = w.grantee offset 0) r
		cross join lateral (select description from pg_shdescription where objoid = w.grantee and classoid = 'pg_authid'::regclass offset 0) d
		where r.oid <> all($4::oid[]) and starts_with(r.rolname::text, $8) and starts_with(d.description, $7)
	),` + definers + `, found as (
		select w.person,
			case when l.grantee = 0 then l.privilege_type || ' for PUBLIC'
				when l.grantee = l.relowner and w.person = l.relowner then 'owner'
				when l.grantee = l.relowner then 'through role ' || l.relowner::regrole || ', the owner'
				when l.grantee = w.person then l.privilege_type || ' granted directly by ' || l.grantor::regrole
				when o.oid is not null then l.privilege_type || ' through another grant of Grantwright, ' || o.gives
				else l.privilege_type || ' through role ' || l.grantee::regrole end || l.columns as path, l.name
		from who w join lists l using (grantee) left join ours o on o.oid = l.grantee
		where (w.person, l.relnamespace) in (select * from inside) or (l.grantee, l.relnamespace) in (select * from inside)
	)
	select p.oid, 'superuser', 0, '{}'::text[] from people p where p.rolsuper
	union all select p.oid, 'may copy the whole cluster (REPLICATION)', 0, '{}' from people p where p.rolreplication
	union all select p.oid, 'through role ' || g, 0, '{}' from people p, unnest('{pg_read_all_data,pg_write_all_data}'::text[]) g
		where not p.rolsuper and p.connects and pg_has_role(p.oid, g, 'MEMBER')
` + powers + `
	union all select person, path, count(distinct name), (array_agg(distinct name order by name))[1:4] from found
		group by person, path, case when $6 then '' else name end
	order by 1, 2, 4`

// Paths finds the ways to the covered tables and views that this asset's grants did
// not give: attributes of the login, ownership, and rights of the login, of PUBLIC or of
// a role that it is a member of. The rights are on the table, on a table that it is a
// partition of, or on a view over it whose owner may read it. Grants of ours on other
// assets are listed as such. Unknown says what else may let a person in, and cannot be known:
// functions with the rights of others that they may execute, and user mappings of theirs in
// other databases.
func (q Question) Paths(paths map[uint32][]provision.Path, unknown map[uint32][]string) cluster.Reading {
	args := []any{cluster.IDs(q.People), cluster.IDs(q.Bases), cluster.ScopeDatabase, cluster.ScopeRoles, cluster.ScopeSelf, q.Container, q.Place.Remark(), q.Place.Maker() + "_"}
	return cluster.Reading{SQL: pathsQuery, Args: args, Scan: func(scan func(...any) error) error {
		var person uint32
		var path string
		var count int
		var names []string
		err := scan(&person, &path, &count, pq.Array(&names))
		if remark, is := strings.CutPrefix(path, "?"); is {
			unknown[person] = append(unknown[person], remark+": "+strings.TrimPrefix(of(count, names), " of "))
			return err
		}
		if len(paths[person]) < maxPaths {
			paths[person] = append(paths[person], provision.Path(path+of(count, names)))
		}
		return err
	}}
}

// of names the first tables that a path leads to; a path to the asset itself has none.
func of(count int, names []string) string {
	if count == 0 || names[0] == "" {
		return ""
	}
	text := " of " + strings.Join(names[:min(len(names), naming.MaxFew)], ", ")
	if more := count - naming.MaxFew; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
