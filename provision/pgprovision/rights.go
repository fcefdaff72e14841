package pgprovision

import (
	"strconv"
	"strings"

	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/columns"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// readRights reads from the access lists which rights our roles hold on the asset, its
// schema and its database, and which ones we may pass on. The lists of schemas and
// databases name a role for each asset in them: they are searched, and never exploded
// unless someone else than the owner gave us a right. A slice of a list is read once; the
// list itself would be decompressed for each of its entries. Columns are read where
// somebody wants some, or a role about columns stands.
func readRights(j *job, v *view) cluster.Reading {
	const query = `
		with lists(class, id, owner, acl, names) as materialized (
			select 'database', oid, datdba, datacl[:], '{CONNECT,CREATE,TEMPORARY}'::text[] from pg_database where oid = $3
			union all select 'schema', oid, nspowner, nspacl[:], '{USAGE,CREATE}' from pg_namespace where oid = any($4::oid[])
		)
		select l.class, l.id, h.grantee, string_agg(n.name, ',')
		from lists l cross join lateral unnest(l.names) n(name) cross join (select 0::oid as grantee union all select unnest($2::oid[])) h
		where case h.grantee
			when 0 then l.acl @> makeaclitem($1, l.owner, n.name, true)
				or exists (select from aclexplode(l.acl) a where a.grantee = $1 and a.privilege_type = n.name and a.is_grantable)
			else l.acl @> makeaclitem(h.grantee, $1, n.name, false) end
		group by l.class, l.id, h.grantee
		union all
		select case c.relkind when 'S' then 'sequence' else 'table' end, c.oid, case a.grantee when $1 then 0 else a.grantee end, string_agg(a.privilege_type, ',')
		from pg_class c cross join lateral aclexplode(c.relacl[:]) a
		where c.oid = any($5::oid[]) and (a.grantee = $1 and a.is_grantable or a.grantee = any($2::oid[]) and a.grantor = $1)
		group by c.oid, a.grantee
		union all
		select 'column', t.attrelid, g.grantee, g.name
		from (
			select unnest($5::oid[]) union select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $8 and c.relname = $9
		) i(id)
		cross join lateral (select * from pg_attribute where attrelid = i.id and attnum > 0 and not attisdropped offset 0) t
		cross join lateral (
			select 0::oid as grantee, t.attnum || ' ' || t.attname as name
			union all select a.grantee, a.privilege_type || ' ' || t.attnum from aclexplode(t.attacl[:]) a where a.grantor = $1 and a.grantee = any($2::oid[])
		) g
		where $6 or exists (select from pg_roles o where o.oid = any($2::oid[]) and starts_with(o.rolname::text, $7))`
	args := []any{cluster.ScopeSelf, cluster.ScopeRoles, cluster.ScopeDatabase, cluster.ScopeSchemas, cluster.ScopeThings, j.readsColumns(), j.place.ColumnPrefix(), j.schema, j.name}
	holders := make(map[uint32]rights)
	return cluster.Reading{SQL: query, Args: args, Scan: func(scan func(...any) error) error {
		if len(holders) == 0 {
			holders[0] = v.rights
			for _, r := range v.roles {
				holders[r.id] = r.holds
			}
		}
		var on thing
		var grantee uint32
		var names string
		if err := scan(&on.class, &on.id, &grantee, &names); err != nil {
			return err // a context may end between two rows
		}
		if on.class == "column" {
			return v.noteColumn(on.id, holders[grantee], grantee == 0, names)
		}
		for name := range strings.SplitSeq(names, ",") {
			if held := holders[grantee]; held != nil {
				held[right{on, name}] = struct{}{}
			}
		}
		return nil
	}}
}

// noteColumn notes the name of a column of a relation, or a right of a role on it.
func (v *view) noteColumn(relation uint32, held rights, named bool, text string) error {
	if !named {
		if held != nil {
			held[right{thing{"table", relation}, text}] = struct{}{}
		}
		return nil
	}
	number, name, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	if v.columns[relation] == nil {
		v.columns[relation] = make(columns.Names)
	}
	v.columns[relation][n] = name
	return err
}

// maxStrays bounds how many strays of each kind one look finds; the next one finds more.
const maxStrays = 1000

// readStrays finds the strays: rights and objects outside the asset that our roles hold
// or own, and rights on the asset itself, on its columns and on its schema that others gave
// them. A role of an object that no longer stands under its name should hold nothing.
// PostgreSQL calls a user mapping owned by its user, who need not know of it.
func readStrays(j *job, v *view) cluster.Reading {
	const query = `
		with held as (
			select r.rolname, d.*, d.deptype = 'o' and d.classid <> 'pg_user_mapping'::regclass as owned, case
				when d.deptype <> 'a' or d.dbid not in (0, $1) or d.classid = 'pg_class'::regclass and d.objsubid <> 0 and d.objid = any($5::oid[]) and d.refobjid = any($3::oid[]) then null
				when d.classid = 'pg_database'::regclass then (select array['database', quote_ident(o.datname), string_agg(a.privilege_type, ', ' order by a.privilege_type)]
					from pg_database o, aclexplode(o.datacl[:]) a where o.oid = d.objid and a.grantee = r.oid and a.grantor = $7 group by o.oid, o.datname)
				when d.classid = 'pg_namespace'::regclass then (select array['schema', quote_ident(o.nspname), string_agg(a.privilege_type, ', ' order by a.privilege_type)]
					from pg_namespace o, aclexplode(o.nspacl[:]) a where o.oid = d.objid and a.grantee = r.oid and a.grantor = $7 group by o.oid)
				when d.classid = 'pg_class'::regclass and d.objsubid <> 0 then (select array['table', format('%I.%I', n.nspname, o.relname), string_agg(a.privilege_type, ', ' order by a.privilege_type), t.attname]
					from pg_class o join pg_namespace n on n.oid = o.relnamespace join pg_attribute t on t.attrelid = o.oid and t.attnum = d.objsubid, aclexplode(t.attacl[:]) a
					where o.oid = d.objid and a.grantee = r.oid and a.grantor = $7 group by o.oid, n.oid, t.attname)
				when d.classid = 'pg_class'::regclass then (select array[case o.relkind when 'S' then 'sequence' else 'table' end, format('%I.%I', n.nspname, o.relname), string_agg(a.privilege_type, ', ' order by a.privilege_type)]
					from pg_class o join pg_namespace n on n.oid = o.relnamespace, aclexplode(o.relacl[:]) a
					where o.oid = d.objid and a.grantee = r.oid and a.grantor = $7 group by o.oid, n.oid)
				end as ours
			from unnest($2::oid[]) o(id)
			cross join lateral (select oid, rolname from pg_roles where oid = o.id offset 0) r
			cross join lateral (select * from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = o.id offset 0) d
			where (d.refobjid = any($6::oid[]) or d.deptype = 'o')
				and not (d.deptype = 'a' and d.refobjid = any($3::oid[])
					and (d.classid = 'pg_database'::regclass and d.objid = $1
						or d.classid = 'pg_namespace'::regclass and d.dbid = $1 and d.objid = any($4::oid[])
						or d.classid = 'pg_class'::regclass and d.dbid = $1 and d.objid = any($5::oid[]) and (d.objsubid = 0 or starts_with(r.rolname::text, $9)
							and not exists (select from pg_attribute o, aclexplode(o.attacl[:]) a where o.attrelid = d.objid and o.attnum = d.objsubid and a.grantee = r.oid and a.grantor <> $7))))
		), numbered as (
			select *, row_number() over (partition by ours is null order by rolname, classid, objid) as n from held
		)
		select rolname, owned, case
				when ours is not null then ''
				when dbid not in (0, $1) then 'something in database ' || coalesce((select datname from pg_database where oid = dbid), dbid::text)
				else pg_describe_object(classid, objid, objsubid) end,
			coalesce(ours[1], ''), coalesce(ours[2], ''), lower(coalesce(ours[3], '')), coalesce(ours[4], '')
		from numbered
		where n <= $8
		union all
		select r.rolname, false, string_agg(a.privilege_type, ', ' order by a.privilege_type) || ' on ' || pg_describe_object('pg_class'::regclass, c.oid, 0) || ', given by ' || a.grantor::regrole, '', '', '', ''
		from pg_class c cross join lateral aclexplode(c.relacl[:]) a join pg_roles r on r.oid = a.grantee
		where c.oid = any($5::oid[]) and a.grantee = any($3::oid[]) and a.grantor <> $7
		group by r.rolname, c.oid, a.grantor
		union all
		select r.rolname, false, string_agg(n.name, ', ' order by n.name) || ' on schema ' || quote_ident(s.nspname) || ', given by ' || s.nspowner::regrole, '', '', '', ''
		from pg_namespace s cross join unnest('{CREATE,USAGE}'::text[]) n(name) cross join unnest($3::oid[]) o(id) join pg_roles r on r.oid = o.id
		where s.oid = any($4::oid[]) and s.nspowner <> $7 and s.nspacl[:] @> makeaclitem(o.id, s.nspowner, n.name, false)
		group by r.rolname, s.oid, s.nspname, s.nspowner
		order by 1, 4, 5, 3`
	args := []any{cluster.ScopeDatabase, cluster.ScopeRoles, cluster.ScopeCurrent, cluster.ScopeSchemas, cluster.ScopeThings, cluster.ScopeCleaned, cluster.ScopeSelf, maxStrays, j.place.ColumnPrefix()}
	return cluster.Reading{SQL: query, Args: args, Scan: func(scan func(...any) error) error {
		var h holding
		var column string
		err := scan(&h.role, &h.owned, &h.what, &h.class, &h.thing, &h.rights, &column)
		if column != "" {
			of := " (" + naming.Quote(column) + ")"
			h.rights = strings.ReplaceAll(h.rights, ", ", of+", ") + of
		}
		h.what, h.thing = visible.Text(h.what), naming.Requote(h.thing)
		v.strays = append(v.strays, h)
		return err
	}}
}

// cleaned lists the roles whose strays are read: all roles where clean acts, and those that
// may lose their last member.
func (j *job) cleaned(v *view) []int64 {
	var roles []int64
	for _, r := range v.roles {
		if j.cleans(v) || !r.others {
			roles = append(roles, int64(r.id))
		}
	}
	return roles
}

// cleans reports whether the strays of our roles are revoked. They stay where no object
// stands under the name, or the coverage of a container is not known: members would lose
// access that they should have.
func (j *job) cleans(v *view) bool {
	return v.object != nil && (!j.container() || j.below != nil)
}
