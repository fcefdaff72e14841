package masks

import (
	"encoding/json"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// Shown is the state of an asset that is to be masked, and of its masked view.
type Shown struct {
	Schema, Name string
	object       uint32 // under the name; zero for none
	kind, owner  string
	rowSecured   bool
	policies     []string
	reads        bool // we may read it, so that a view of ours can
	columns      []column

	View     uint32 // of ours by its name; zero for none
	SchemaID uint32
	comment  string
	stands   string // digest of the query as the platform stored it
	intact   bool   // owned by us, a barrier, and read with our rights
	tied     bool   // others have built on it

	Other         uint32 // an existing view that shows the asset; zero for none
	OtherSchemaID uint32
	OtherKind     string
	Definition    string      // of that view: see ReadPinned
	from          map[int]int // for columns of that view that are columns of the asset as they are: which
	partly        bool        // a part of the definition is not known: somebody has locked something beneath the view
}

// column is one column of a table or a view. Base is its type, or that below it where it is
// a domain: a domain may refuse what a mask shows.
type column struct{ name, base string }

// ReadShown reads masked assets. It calls no function that waits for a lock on a table.
func ReadShown(all []Names, maskSchema string, found *[]Shown) cluster.Reading {
	const query = `
		select w.schema, w.name, coalesce(c.oid, 0), coalesce(c.relkind::text, ''), coalesce(pg_get_userbyid(c.relowner)::text, ''), coalesce(c.relrowsecurity, false),
			(select array_agg(polname::text order by polname) from pg_policy where polrelid = c.oid and c.relrowsecurity),
			coalesce(has_table_privilege(c.oid, 'SELECT'), false),
			coalesce((select json_agg(json_build_array(a.attname, (
					with recursive below(id, mod) as (
						select a.atttypid, a.atttypmod
						union all select t.typbasetype, t.typtypmod from below join pg_type t on t.oid = below.id where t.typtype = 'd')
					select format_type(below.id, below.mod) from below join pg_type t on t.oid = below.id where t.typtype <> 'd'
				)) order by a.attnum) from pg_attribute a
				where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]'),
			coalesce(v.oid, 0), coalesce(mn.oid, 0), coalesce(obj_description(v.oid, 'pg_class'), ''),
			coalesce((select md5(r.ev_action::text) from pg_rewrite r where r.ev_class = v.oid and r.rulename = '_RETURN'), ''),
			coalesce(v.relkind = 'v' and pg_get_userbyid(v.relowner) = current_user and v.reloptions @> '{security_barrier=true}' and not v.reloptions::text ~ 'security_invoker', false),
			exists (select from pg_depend d join pg_rewrite r on r.oid = d.objid where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = v.oid and r.ev_class <> v.oid),
			coalesce(x.oid, 0), coalesce(xn.oid, 0), coalesce(x.relkind::text, '')
		from unnest($1::name[], $2::name[], $3::name[], $4::name[], $5::name[]) w(schema, name, shown, other_schema, other)
		left join pg_namespace n on n.nspname = w.schema
		left join pg_class c on c.relnamespace = n.oid and c.relname = w.name and c.relkind in ('r', 'p', 'v', 'm', 'f')
		left join pg_namespace mn on mn.nspname = $6
		left join pg_class v on v.relnamespace = mn.oid and v.relname = w.shown
		left join pg_namespace xn on xn.nspname = w.other_schema
		left join pg_class x on x.relnamespace = xn.oid and x.relname = w.other and x.relkind in ('r', 'p', 'v', 'm', 'f')`
	var schemas, names, views, otherSchemas, others []string
	for _, n := range all {
		schemas, names, views = append(schemas, n.schema), append(names, n.name), append(views, n.View)
		otherSchemas, others = append(otherSchemas, n.OtherSchema), append(others, n.Other)
	}
	args := []any{pq.Array(schemas), pq.Array(names), pq.Array(views), pq.Array(otherSchemas), pq.Array(others), maskSchema}
	return cluster.Reading{SQL: query, Args: args, Scan: func(scan func(...any) error) error {
		var s Shown
		var columns []byte
		err := scan(&s.Schema, &s.Name, &s.object, &s.kind, &s.owner, &s.rowSecured, pq.Array(&s.policies), &s.reads, &columns,
			&s.View, &s.SchemaID, &s.comment, &s.stands, &s.intact, &s.tied, &s.Other, &s.OtherSchemaID, &s.OtherKind)
		if err != nil {
			return err
		}
		var pairs [][2]string
		err = json.Unmarshal(columns, &pairs)
		for _, c := range pairs {
			s.columns = append(s.columns, column{c[0], c[1]})
		}
		*found = append(*found, s)
		return err
	}}
}

// Proven reports whether the masked view is as we left it, and shows an object by these
// rules.
func (s Shown) Proven(p naming.Place, object uint32, rules string) bool {
	r, is := p.Remarks(s.comment)
	return is && s.intact && r.Stands == s.stands && r.Rules == rules && r.Object == object && r.System == p.System && r.Database == p.DatabaseID
}
