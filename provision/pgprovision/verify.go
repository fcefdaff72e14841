package pgprovision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// verify says what became of each of the people: what their logins can do now,
// and how they get in otherwise.
func (s *session) verify(ctx context.Context, j *job, v *view, c course, ended []act) ([]provision.Outcome, error) {
	lacks, err := s.lacks(ctx, j, v)
	if err != nil {
		return nil, fmt.Errorf("reading back what the logins can do: %w", err)
	}
	paths, err := s.paths(ctx, j, v)
	if err != nil {
		return nil, fmt.Errorf("reading who else lets people in: %w", err)
	}
	outcomes := make([]provision.Outcome, len(j.people))
	for i, person := range j.people {
		o := &outcomes[i]
		o.Ran = append(ranFor(j.ran, i), ranFor(ended, i)...)
		o.Taken = c.found == nil
		o.Withdrawn = person.accessWithdrawn()
		if l := v.people[i]; l != nil {
			o.Remaining = paths[l.id]
		}
		switch {
		case c.errs[i] != nil:
			o.Err = c.errs[i]
		case c.found != nil:
			o.Err = c.found
		case len(person.want) > 0:
			o.Err = j.works(v, i, lacks)
		}
	}
	return outcomes, nil
}

// works says what is missing before the person's login can do what is wanted.
func (j *job) works(v *view, i int, lacks map[uint32][]lack) error {
	var missing []string
	for _, l := range lacks[v.people[i].id] {
		if !l.writing || slices.Contains(j.people[i].want, request.ReadWrite) {
			missing = append(missing, l.what)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return fmt.Errorf("%q is granted the access but cannot use it: %s", j.people[i].principal.Name, strings.Join(missing, "; "))
}

// lack is one thing that keeps a login from using the asset.
type lack struct {
	writing bool // only from writing
	what    string
}

// lacks asks the platform what is effective for the logins, by whatever way.
func (s *session) lacks(ctx context.Context, j *job, v *view) (map[uint32][]lack, error) {
	const query = `
		with people as (select * from pg_roles where oid = any($1::oid[]))
		select distinct p.oid, x.writing, x.what
		from people p
		cross join lateral (
			select false, 'cannot log in (NOLOGIN)' where not p.rolcanlogin
			union all select false, 'no longer valid (VALID UNTIL)' where p.rolvaliduntil <= clock_timestamp()
			union all select false, 'may have no connections (CONNECTION LIMIT 0)' where p.rolconnlimit = 0
			union all select false, 'no CONNECT on the database' where not has_database_privilege(p.oid, $2::oid, 'CONNECT')
			union all select false, 'no USAGE on the schema' where not has_schema_privilege(p.oid, $3::oid, 'USAGE')
			union all select false, 'no SELECT' where not has_table_privilege(p.oid, $4::oid, 'SELECT')
			union all select true, 'no ' || w from unnest('{INSERT,UPDATE,DELETE}'::text[]) w where not has_table_privilege(p.oid, $4::oid, w)
			union all select true, 'no USAGE on sequence ' || q::regclass from unnest($5::oid[]) q where not has_sequence_privilege(p.oid, q, 'USAGE')
			union all select false, 'the materialized view holds no data yet (REFRESH it)' from pg_class where oid = $4 and not relispopulated
			union all select false, 'no user mapping for foreign server ' || fs.srvname
				from pg_foreign_table f join pg_foreign_server fs on fs.oid = f.ftserver join pg_foreign_data_wrapper w on w.oid = fs.srvfdw
				where f.ftrelid = $4 and w.fdwname <> 'file_fdw'
					and not exists (select from pg_user_mappings m where m.srvid = fs.oid and m.umuser in (0, p.oid))
			union all select false, 'the view reads with the reader''s own rights, and there is no SELECT on ' || b.refobjid::regclass
				from pg_class c join pg_rewrite r on r.ev_class = c.oid join pg_depend b on b.classid = 'pg_rewrite'::regclass and b.objid = r.oid
				where c.oid = $4 and c.relkind = 'v' and b.refclassid = 'pg_class'::regclass and b.refobjid <> c.oid
					and exists (select from pg_options_to_table(c.reloptions) where option_name = 'security_invoker' and option_value in ('true', 'on', '1', 'yes'))
					and not has_table_privilege(p.oid, b.refobjid, 'SELECT')
		) x(writing, what)`
	if !v.here || v.object == nil || !j.gives() {
		return nil, nil
	}
	lacks := make(map[uint32][]lack)
	return lacks, s.query(ctx, func(scan func(...any) error) error {
		var id uint32
		var l lack
		err := scan(&id, &l.writing, &l.what)
		lacks[id] = append(lacks[id], l)
		return err
	}, query, pq.Array(v.peopleIDs()), s.server.databaseID, v.object.schemaID, v.object.id, pq.Array(v.object.sequenceIDs()))
}
