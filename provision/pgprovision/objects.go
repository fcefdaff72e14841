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

// closedTo is which right we lack to name something in the schema n; empty for none. Then
// no statement of ours about it succeeds.
const closedTo = `case when not has_database_privilege(current_database(), 'CONNECT') then 'CONNECT on database ' || quote_ident(current_database())
				when not has_schema_privilege(n.oid, 'USAGE') then 'USAGE on schema ' || quote_ident(n.nspname) else '' end`

// readCovered reads the covered tables and views; as deep as is asked for, what is read
// through them, and of a view that is the asset what it shows. It calls no function that
// waits for a lock on a table: where one is held or waited for, what a view shows is not
// known this time.
func readCovered(j *job, v *view, d depth) cluster.Reading {
	args := append(j.wanted(), j.writes(), cluster.ScopeSelf)
	if d == deep {
		args = append(args, !j.container())
	}
	return cluster.Reading{SQL: coveredQueries[d], Args: args, Scan: func(scan func(...any) error) error {
		r := &relation{}
		var owner, definition string
		var links []byte
		err := scan(&r.id, &r.kind, &r.schemaID, &r.schema, &r.name, &owner, &r.ownerID, &r.rowSecured, pq.Array(&r.policies), &r.ownerIsUs, &r.updatable, &r.closed, &links, &r.partSecured, &definition, &r.beneath)
		if err == nil {
			r.links, err = pgsource.ParseLinks(j.asset.Ref.Connection(), j.database, links)
		}
		v.covered, v.unread = append(v.covered, r), v.unread || d == light && r.beneath
		if !j.container() {
			v.object = &object{id: r.id, name: r.name, kind: r.kind, owner: owner, ownerID: r.ownerID, ownerIsUs: r.ownerIsUs, closed: r.closed}
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
		select o.id, o.kind, o.name, pg_get_userbyid(o.owner), o.owner, (o.owner, $2) in (select * from inside), ` + closedTo + `
		from owners o left join pg_namespace n on o.kind = 'n' and n.oid = o.id`
	return cluster.Reading{SQL: query, Args: []any{j.schema, cluster.ScopeSelf}, Scan: func(scan func(...any) error) error {
		o := &object{}
		v.object = o
		return scan(&o.id, &o.kind, &o.name, &o.owner, &o.ownerID, &o.ownerIsUs, &o.closed)
	}}
}
