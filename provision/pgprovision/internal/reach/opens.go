package reach

import (
	"fmt"

	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
)

// maxOpens bounds how many assets one plan lists as opened.
const maxOpens = 100

// Opens lists the tables that new CONNECT and USAGE would open beside the asset: the
// people have rights on them already, and cannot use these today.
func (q Question) Opens(opens map[uint32][]string) cluster.Reading {
	const query = `
		with people as (select oid from pg_roles where oid = any($1::oid[])),
		asleep as materialized (
			select p.oid as person, n.oid as schema, n.nspname
			from people p cross join pg_namespace n
			where n.nspname not in ('pg_catalog', 'information_schema')
				and (n.oid = any($2::oid[]) or has_schema_privilege(p.oid, n.oid, 'USAGE'))
				and not (has_database_privilege(p.oid, $4::oid, 'CONNECT') and has_schema_privilege(p.oid, n.oid, 'USAGE'))
		)
		select p.oid, x.line from people p cross join lateral (
			select format('%I.%I', a.nspname, c.relname) || ' becomes readable' as line
			from asleep a join pg_class c on c.relnamespace = a.schema
			where a.person = p.oid and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.oid <> all($3::oid[])
				and has_table_privilege(p.oid, c.oid, 'SELECT')
			order by 1 limit $5
		) x`
	args := []any{cluster.IDs(q.People), cluster.IDs(q.Schemas), cluster.IDs(q.Relations), q.Database, maxOpens}
	return cluster.Reading{SQL: query, Args: args, Scan: func(scan func(...any) error) error {
		var person uint32
		var line string
		err := scan(&person, &line)
		if opens[person] = append(opens[person], line); len(opens[person]) == maxOpens {
			opens[person] = append(opens[person], fmt.Sprintf("and perhaps more: the first %d are listed", maxOpens))
		}
		return err
	}}
}
