package pgprovision

import (
	"context"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision"
)

// maxPaths bounds what is told of one principal.
const maxPaths = 50

// paths finds how the people get at the object otherwise than through us: by
// what they are, by what was granted to them, to everyone or to a role that they
// are in, on the object, on a table that it is a part of, or on a view over it.
func (s *session) paths(ctx context.Context, j *job, v *view) (map[uint32][]provision.Path, error) {
	const query = `
		with recursive ways(id, depth) as (
			select c.oid, 0 from pg_class c where c.oid = $2::oid
			union
			select e.id, w.depth + 1 from ways w cross join lateral (
				select r.ev_class from pg_depend d join pg_rewrite r on r.oid = d.objid
				where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = w.id and r.ev_class <> w.id
				union select i.inhparent from pg_inherits i where i.inhrelid = w.id
			) e(id) where w.depth < 8
		), objects as materialized (
			select c.oid, c.relowner, c.relnamespace, c.relacl, c.relkind,
				case when c.oid = $2 then '' else ' of ' || case when c.relkind in ('v', 'm') then 'view ' else 'table ' end || format('%I.%I', n.nspname, c.relname) end as suffix
			from pg_class c join pg_namespace n on n.oid = c.relnamespace
			where c.oid in (select id from ways limit 200)
		), lists as materialized (
			select o.*, a.grantee, a.grantor, a.privilege_type, '' as columns
			from objects o, aclexplode(coalesce(o.relacl, acldefault('r', o.relowner))) a
			union all
			select o.*, a.grantee, a.grantor, a.privilege_type, ' of column ' || quote_ident(t.attname)
			from objects o join pg_attribute t on t.attrelid = o.oid and t.attacl is not null, aclexplode(t.attacl) a
		), people as materialized (
			select * from pg_roles where oid = any($1::oid[])
		)
		select p.oid, 'superuser' from people p where p.rolsuper
		union select p.oid, 'may copy the whole cluster (REPLICATION)' from people p where p.rolreplication
		union select p.oid, 'through role ' || g from people p, unnest('{pg_read_all_data,pg_write_all_data}'::text[]) g
			where not p.rolsuper and pg_has_role(p.oid, g, 'MEMBER') and has_database_privilege(p.oid, $3::oid, 'CONNECT')
		union select p.oid,
			case when l.grantee = 0 then l.privilege_type || ' for PUBLIC'
				when l.grantee = l.relowner and p.oid = l.relowner then 'owner'
				when l.grantee = l.relowner then 'through role ' || l.relowner::regrole || ', the owner'
				when l.grantee = p.oid then l.privilege_type || ' granted directly by ' || l.grantor::regrole
				else l.privilege_type || ' through role ' || l.grantee::regrole end || l.columns || l.suffix
		from people p join lists l on l.grantee = 0 or pg_has_role(p.oid, l.grantee, 'MEMBER')
		where not p.rolsuper
			and l.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
			and has_database_privilege(p.oid, $3::oid, 'CONNECT')
			and (has_schema_privilege(p.oid, l.relnamespace, 'USAGE') or l.grantee <> 0 and has_schema_privilege(l.grantee, l.relnamespace, 'USAGE'))
			and not (l.grantee = any($4::oid[])
				and exists (select from pg_auth_members m where m.roleid = l.grantee and m.member = p.oid and m.grantor = $5)
				and not exists (select from pg_auth_members m where m.roleid = l.grantee and m.grantor <> $5 and pg_has_role(p.oid, m.member, 'MEMBER')))
		order by 1, 2`
	ids := v.peopleIDs()
	if !v.here || len(ids) == 0 {
		return nil, nil
	}
	id := j.object
	if id == 0 && v.object != nil {
		id = v.object.id
	}
	paths := make(map[uint32][]provision.Path)
	return paths, s.query(ctx, func(scan func(...any) error) error {
		var person uint32
		var path provision.Path
		err := scan(&person, &path)
		if len(paths[person]) < maxPaths {
			paths[person] = append(paths[person], path)
		}
		return err
	}, query, pq.Array(ids), id, s.server.databaseID, pq.Array(v.roleIDs()), s.server.self)
}
