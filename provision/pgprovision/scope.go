package pgprovision

import (
	"slices"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/reach"
	"github.com/grantwright/grantwright/request"
)

// scopeQueries are those of readScope, by depth. The second look of a transaction goes on
// with the things of the first.
var scopeQueries = [...]string{
	deep: scopeOf + `, targets(id) as (select oid from object),` + reach.Counted + `, things as (
			select oid from object
			union all select c.oid from counted d cross join lateral (select oid from pg_class where oid = d.id and relkind = 'S' offset 0) c
		)
		select set_config('grantwright.things', array(select oid from things)::text, true)` + setScope,
	light: scopeOf + ` select set_config('grantwright.things', array(select oid from object)::text, true)` + setScope,
	kept:  scopeOf + ` select current_setting('grantwright.things')` + setScope,
}

const scopeOf = `
		with recursive here as materialized (
			select d.oid, d.oid = $8 and d.datname = $9 as approved from pg_database d where d.datname = current_database()
		), ours as materialized (
			select oid, rolname from pg_roles
			where rolname >= $1::name and rolname < ($1 || ':')::name
				or rolname >= $2::name and rolname < ($2 || ':')::name
				or rolname >= $3::name and rolname < ($3 || '~')::name
		), object as materialized (
			select c.oid, c.relnamespace from here, pg_namespace n join pg_class c on c.relnamespace = n.oid
			where here.approved and n.nspname = $6 and c.relname = $7
		)`

const setScope = `,
			set_config('grantwright.self', (select oid from pg_roles where rolname = current_user)::text, true),
			set_config('grantwright.database', (select oid from here)::text, true),
			set_config('grantwright.roles', array(select oid from ours)::text, true),
			set_config('grantwright.people', array(select oid from pg_roles where oid = any($4::oid[]) or rolname = any($5::name[]))::text, true),
			set_config('grantwright.schemas', array(select relnamespace from object)::text, true),
			set_config('grantwright.current', array(select r.oid from ours r join object o on r.rolname like '%\_' || o.oid)::text, true),
			set_config('grantwright.cleaned', array(select oid from ours)::text, true), ` + cluster.ActNow

// readScope finds the things that the other readings of a look are about. Our roles are
// found by the range of their names, which the index of pg_authid serves.
func readScope(j *job, v *view, here bool, d depth) cluster.Reading {
	known, names := j.identities()
	args := []any{j.place.Prefix(request.Read), j.place.Prefix(request.ReadWrite), j.place.ColumnPrefix(), cluster.IDs(known), pq.Array(names), "", "", j.place.DatabaseID, j.database}
	if here {
		args[5], args[6] = j.schema, j.name
	}
	return cluster.Reading{SQL: scopeQueries[d], Args: args, Scan: func(scan func(...any) error) error {
		var set [8]any
		return scan(&set[0], &set[1], &set[2], &set[3], &set[4], &set[5], &set[6], &set[7], &v.act)
	}}
}

// readNarrowed corrects the scope of a container or a masked asset: which of its tables
// count is known after the first readings only.
func readNarrowed(j *job, v *view) cluster.Reading {
	const query = `
		select set_config('grantwright.schemas', $1, true), set_config('grantwright.things', $2, true),
			set_config('grantwright.current', $3, true), set_config('grantwright.cleaned', $4, true)`
	relations, sequences := v.relationIDs()
	var now []int64
	for _, r := range v.roles {
		if v.object != nil && r.object == v.object.id {
			now = append(now, int64(r.id))
		}
	}
	args := []any{cluster.IDs(v.schemaIDs()), cluster.IDs(slices.Concat(relations, sequences)), cluster.IDs(now), cluster.IDs(j.cleaned(v))}
	return cluster.Reading{SQL: query, Args: args, Scan: func(func(...any) error) error { return nil }}
}
