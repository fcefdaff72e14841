package pgprovision

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/request"
)

// proof is what the platform says of the people: what they lack to use the access, by which
// other ways they get in, and who is in those that are groups.
type proof struct {
	lacks  map[uint32][]lack
	paths  map[uint32][]provision.Path
	crowds map[uint32]crowd
}

// prove lists the readings of a proof. It asks for the effective rights of the logins, for
// the people and the things that a view found.
func (j *job) prove(v *view) (proof, []cluster.Reading) {
	found := proof{make(map[uint32][]lack), make(map[uint32][]provision.Path), make(map[uint32]crowd)}
	var readings []cluster.Reading
	if v.here && len(v.peopleIDs()) > 0 {
		readings = append(readings, readPaths(j, v, found.paths))
	}
	if v.here && v.object != nil && j.gives() {
		readings = append(readings, readLacks(j, v, found.lacks))
	}
	if len(j.groups(v)) > 0 {
		readings = append(readings, readCrowds(j, v, found.crowds))
	}
	return found, readings
}

// outcomes are what became of the people: whether the login can use the access now, and by
// which other ways it gets in.
func (r round) outcomes(ended []act) []provision.Outcome {
	j, v, d := r.job, r.view, r.decision
	outcomes := make([]provision.Outcome, len(j.people))
	for i, person := range j.people {
		o := &outcomes[i]
		o.Ran = append(ranFor(j.ran, i), ranFor(ended, i)...)
		o.Taken = d.found == nil
		o.Withdrawn = person.accessWithdrawn()
		if l := v.people[i]; l != nil {
			o.Remaining = r.proof.paths[l.id]
		}
		switch {
		case d.errs[i] != nil:
			o.Err = d.errs[i]
		case d.found != nil:
			o.Err = d.found
		case d.short[i] != nil:
			o.Err = d.short[i]
		case len(person.want) > 0:
			o.Err, o.Query = j.works(v, i, r.proof.lacks, r.proof.crowds), v.query
		}
	}
	return outcomes
}

// works is nil if the person's login can use the wanted access. The error lists the
// rights and conditions that are missing.
func (j *job) works(v *view, i int, lacks map[uint32][]lack, crowds map[uint32]crowd) error {
	var missing []string
	id := v.people[i].id
	if c := crowds[id]; c.all() {
		missing = append(missing, "nobody in the group inherits from it: "+c.text())
	}
	for _, l := range lacks[id] {
		if !l.writing || slices.Contains(j.people[i].want, request.ReadWrite) {
			missing = append(missing, j.phrase(l))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return fmt.Errorf("%q is granted the access but cannot use it: %s", j.people[i].principal.Name, strings.Join(missing, "; "))
}

// lack is one reason why a login cannot use covered tables.
type lack struct {
	writing bool // only from writing
	what    string
	class   string   // of the things that it is about; empty if about none
	count   int      // of them
	names   []string // the first few of them, in order
}

// phrase says it as briefly as the asset allows: of a table that is the asset
// itself the name is known.
func (j *job) phrase(l lack) string {
	switch {
	case l.count == 0 || !j.container() && l.class == "table":
		return l.what
	case !j.container() && l.class == "schema":
		return l.what + " on the schema"
	}
	return l.what + " on " + l.class + strings.TrimPrefix(of(l.count, l.names), " of")
}

// readLacks asks the platform for the effective rights of the logins, whoever gave them.
// A person who inherits a group role of ours has its rights: of that person only the
// rights that the role lacks are asked.
func readLacks(j *job, v *view, lacks map[uint32][]lack) cluster.Reading {
	const query = `
		with people as materialized (
			select r.*, r.oid = any($2::oid[]) as writes, r.oid = any($3::oid[]) as crowd from pg_roles r where r.oid = any($1::oid[])
		), roles as materialized (
			select oid, rolname = $9 as writes from pg_roles where rolname in ($8, $9)
		), wants(class, id, what, writing) as materialized (
			select 'schema', unnest($5::oid[]), 'USAGE', false
			union all select 'table', oid, 'SELECT', false from pg_class where oid = any($6::oid[])
			union all select 'table', oid, w, true from pg_class, unnest('{INSERT,UPDATE,DELETE}'::text[]) w where oid = any($7::oid[])
			union all select 'sequence', d.objid, 'USAGE', true from pg_depend d join pg_class c on c.oid = d.objid and c.relkind = 'S'
				where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = any($7::oid[]) and d.deptype in ('a', 'i')
		), gaps as materialized (
			select r.oid as role, w.* from roles r join wants w on r.writes or not w.writing
			where not case w.class when 'schema' then has_schema_privilege(r.oid, w.id, w.what)
				when 'sequence' then has_sequence_privilege(r.oid, w.id, w.what) else has_table_privilege(r.oid, w.id, w.what) end
		), uses as materialized (
			select p.oid as person, r.oid as role, r.writes from people p join roles r on pg_has_role(p.oid, r.oid, 'USAGE')
		), doubtful as (
			select u.person, g.class, g.id, g.what, g.writing from uses u join gaps g on g.role = u.role
			union select p.oid, w.* from people p join wants w on not w.writing where not exists (select from uses u where u.person = p.oid)
			union select p.oid, w.* from people p join wants w on w.writing where p.writes and not exists (select from uses u where u.person = p.oid and u.writes)
		), missing as (
			select person, writing, 'no ' || what as what, class, case when class = 'schema' then id::regnamespace::text else id::regclass::text end as name
			from doubtful
			where not case class when 'schema' then has_schema_privilege(person, id, what)
				when 'sequence' then has_sequence_privilege(person, id, what) else has_table_privilege(person, id, what) end
			union all select p.oid, false, 'the materialized view holds no data yet (REFRESH it)', 'table', c.oid::regclass::text
				from people p, pg_class c where c.oid = any($6::oid[]) and not c.relispopulated
			union all select p.oid, false, 'no user mapping for foreign server ' || fs.srvname, 'table', f.ftrelid::regclass::text
				from people p, pg_foreign_table f join pg_foreign_server fs on fs.oid = f.ftserver join pg_foreign_data_wrapper w on w.oid = fs.srvfdw
				where f.ftrelid = any($6::oid[]) and w.fdwname <> 'file_fdw' and not p.crowd
					and not exists (select from pg_user_mappings m where m.srvid = fs.oid and m.umuser in (0, p.oid))
			union all select p.oid, false, 'the view reads with the reader''s own rights, and there is no SELECT on ' || b.refobjid::regclass, 'table', c.oid::regclass::text
				from people p, pg_class c join pg_rewrite r on r.ev_class = c.oid join pg_depend b on b.classid = 'pg_rewrite'::regclass and b.objid = r.oid
				where c.oid = any($6::oid[]) and c.relkind = 'v' and b.refclassid = 'pg_class'::regclass and b.refobjid <> c.oid
					and exists (select from pg_options_to_table(c.reloptions) where option_name = 'security_invoker' and option_value in ('true', 'on', '1', 'yes'))
					and not has_table_privilege(p.oid, b.refobjid, 'SELECT')
		)
		select p.oid, false, x.what, '', 0, '{}'::text[]
		from people p
		cross join lateral (
			select 'cannot log in (NOLOGIN)' where not p.rolcanlogin and not p.crowd
			union all select 'no longer valid (VALID UNTIL)' where p.rolvaliduntil <= clock_timestamp() and not p.crowd
			union all select 'may have no connections (CONNECTION LIMIT 0)' where p.rolconnlimit = 0 and not p.crowd
			union all select 'no CONNECT on the database' where not has_database_privilege(p.oid, $4::oid, 'CONNECT')
		) x(what)
		union all
		select person, writing, what, class, count(distinct name), (array_agg(distinct name order by name))[1:4] from missing group by person, writing, what, class`
	return cluster.Reading{SQL: query, Args: j.lackArgs(v), Scan: func(scan func(...any) error) error {
		var id uint32
		var l lack
		err := scan(&id, &l.writing, &l.what, &l.class, &l.count, pq.Array(&l.names))
		lacks[id] = append(lacks[id], l)
		return err
	}}
}

func (j *job) lackArgs(v *view) []any {
	var writers []int64
	for i, l := range v.people {
		if l != nil && slices.Contains(j.people[i].want, request.ReadWrite) {
			writers = append(writers, int64(l.id))
		}
	}
	relations, writable := []int64{}, []int64{}
	for _, r := range v.covered {
		relations = append(relations, int64(r.id))
		if r.updatable {
			writable = append(writable, int64(r.id))
		}
	}
	return []any{cluster.IDs(v.peopleIDs()), cluster.IDs(writers), cluster.IDs(j.groups(v)), v.server.DatabaseID, cluster.IDs(v.schemaIDs()), cluster.IDs(relations), cluster.IDs(writable),
		j.place.Role(request.Read, j.object), j.place.Role(request.ReadWrite, j.object)}
}
