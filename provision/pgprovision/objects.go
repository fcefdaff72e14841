package pgprovision

import (
	"slices"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog/pgsource"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/reach"
	"github.com/grantwright/grantwright/request"
)

// wanted lists the ids of the tables and views that may be covered: those of the assets
// below a container, or that of the object under the name of the asset.
const wanted = `
	with recursive wanted(id) as (
		select unnest($1::oid[])
		union
		select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $2 and c.relname = $3
	)`

func (j *job) wanted() []any { return []any{cluster.IDs(j.coveredIDs()), j.schema, j.name} }

// inside finds who is in the owners, by whatever way. Asking whether we are a member of a
// role would go through all roles of ours, of which we are a member too.
const inside = `
	inside(owner, id) as (
		select owner, owner from owners
		union select i.owner, m.id from inside i cross join lateral (
			(select member from pg_auth_members where roleid = i.id offset 0)
			union all select datdba from pg_database where i.id = 'pg_database_owner'::regrole and datname = current_database()) m(id)
	)`

// readCovered reads the covered tables and views, with what is read through them, and of a
// view that is the asset what it shows. It calls no function that waits for a lock on a
// table: where one is held or waited for, what a view shows is not known this time.
func readCovered(j *job, v *view) cluster.Reading {
	const query = wanted + `, found as materialized (
			select c.* from wanted join pg_class c on c.oid = wanted.id
		), roots(id) as materialized (select oid from found),` + pgsource.Linked + `, secured(id) as materialized (
			select distinct a.root from above a cross join lateral (select relrowsecurity from pg_class where oid = a.id offset 0) c where c.relrowsecurity
		), views as materialized (
			select distinct c.oid, c.reloptions, n.nspname || '.' || c.relname as name
			from walk w cross join lateral (select * from pg_class where $6 and oid = w.id and relkind in ('v', 'm') offset 0) c join pg_namespace n on n.oid = c.relnamespace
		), defined(digests) as materialized (
			select md5(string_agg(concat(v.name, v.reloptions, pg_get_viewdef(v.oid)), E'\n' order by v.name)) || ' ' ||
				md5(string_agg(concat(v.name, v.reloptions, regexp_replace(r.ev_action::text, ':(location|stmt_location|stmt_len) -?[0-9]+', '', 'g')), E'\n' order by v.name))
			from views v cross join lateral (select ev_action from pg_rewrite where ev_class = v.oid and ev_type = '1' offset 0) r
			where not exists (select from pg_locks l where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid <> pg_backend_pid() and l.relation in (select id from walk))
		), owners(owner) as (select distinct relowner from found),` + inside + `
		select c.oid, c.relkind::text, n.oid, n.nspname, c.relname, pg_get_userbyid(c.relowner), c.relowner, c.relrowsecurity, (select array_agg(polname::text order by polname) from pg_policy where polrelid = c.oid and c.relrowsecurity), (c.relowner, $5) in (select * from inside),
			case when c.relkind in ('r', 'p') then true
				when $4 and (c.relkind = 'v' or exists (select from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver
					join pg_foreign_data_wrapper w on w.oid = s.srvfdw where f.ftrelid = c.oid and w.fdwhandler <> 0))
					then pg_relation_is_updatable(c.oid, true) & 28 = 28
				else false end,
			k.links, c.oid in (select id from secured), case when $6 and c.relkind in ('v', 'm') then coalesce((select digests from defined), '') else '' end
		from found c
		join pg_namespace n on n.oid = c.relnamespace
		left join linked k on k.root = c.oid`
	return cluster.Reading{SQL: query, Args: append(j.wanted(), j.writes(), cluster.ScopeSelf, !j.container()), Scan: func(scan func(...any) error) error {
		r := &relation{}
		var owner, definition string
		var links []byte
		err := scan(&r.id, &r.kind, &r.schemaID, &r.schema, &r.name, &owner, &r.ownerID, &r.rowSecured, pq.Array(&r.policies), &r.ownerIsUs, &r.updatable, &links, &r.partSecured, &definition)
		if err == nil {
			r.links, err = pgsource.ParseLinks(j.asset.Ref.Connection(), j.database, links)
		}
		v.covered = append(v.covered, r)
		if !j.container() {
			v.object = &object{id: r.id, name: r.name, kind: r.kind, owner: owner, ownerID: r.ownerID, ownerIsUs: r.ownerIsUs}
			v.definition = definition
		}
		return err
	}}
}

// writes reports whether anyone wants to write.
func (j *job) writes() bool {
	return slices.ContainsFunc(j.people, func(p person) bool { return slices.Contains(p.want, request.ReadWrite) })
}

// readSequences reads the sequences that writing to the covered tables and views counts by:
// their own, and those that their defaults use. It has to follow readCovered in the same
// message.
func readSequences(j *job, v *view) cluster.Reading {
	const query = wanted + `, targets(id) as (select id from wanted),` + reach.Counted + `
		select d.root, c.oid, n.nspname, c.relname
		from counted d
		cross join lateral (select * from pg_class where oid = d.id and relkind = 'S' offset 0) c
		join pg_namespace n on n.oid = c.relnamespace
		order by c.oid`
	var owners map[uint32]*relation
	return cluster.Reading{SQL: query, Args: j.wanted(), Scan: func(scan func(...any) error) error {
		if owners == nil {
			owners = make(map[uint32]*relation, len(v.covered))
			for _, r := range v.covered {
				owners[r.id] = r
			}
		}
		var owner uint32
		var q sequence
		err := scan(&owner, &q.id, &q.schema, &q.name)
		if r := owners[owner]; r != nil {
			r.sequences = append(r.sequences, q)
		}
		return err
	}}
}

func readContainer(j *job, v *view) cluster.Reading {
	const query = `
		with recursive owners(id, kind, name, owner) as (
			select oid, 'n', nspname, nspowner from pg_namespace where nspname = $1
			union all select oid, 'd', datname, datdba from pg_database where datname = current_database() and $1 = ''
		),` + inside + `
		select o.id, o.kind, o.name, pg_get_userbyid(o.owner), o.owner, (o.owner, $2) in (select * from inside)
		from owners o`
	return cluster.Reading{SQL: query, Args: []any{j.schema, cluster.ScopeSelf}, Scan: func(scan func(...any) error) error {
		o := &object{}
		v.object = o
		return scan(&o.id, &o.kind, &o.name, &o.owner, &o.ownerID, &o.ownerIsUs)
	}}
}
