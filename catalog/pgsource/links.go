package pgsource

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
)

// Linked asks what is read through tables and views: by a Source, and by a provisioner. It
// is common table expressions for a query that begins with "with recursive" and has one
// before them, roots(id), of the ids of tables and views. The last is linked(root, links):
// what ParseLinks reads, for each root that has any.
//
// A view without security_invoker reads with its owner's rights, and one with it always
// with those of whoever logged in, also below another view. A materialized view holds what was
// read for it with the rights of its owner, also by such a view: none of that is the reader's
// own. The columns that a view reads
// are known from its dependencies, unless it takes whole rows of something: those leave
// none. Functions in C or of PostgreSQL itself read no tables, as far as anybody knows.
//
// Whoever writes fires the triggers of a table, and calls its functions, also beneath a view with
// security_invoker, where they need a right of their own on the table; the sequences and the
// foreign keys there come with that right.
const Linked = `
	walk(root, id, columns, own, way, held) as (
		select r.id, r.id, null::text[] collate "C", false, '', false from roots r
		union
		select w.root, e.id, e.columns, w.own or e.own and not (w.held or c.relkind = 'm'), e.way, w.held or c.relkind = 'm'
		from walk w
		cross join lateral (select * from pg_class where oid = w.id offset 0) c
		cross join lateral (
			select i.inhrelid as id, coalesce(w.columns, case when not p.relispartition and p.relnatts <> c.relnatts then
					(select array_agg(attname::text order by attname) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) end) as columns,
				false as own, case when p.relispartition then 'PARTITION' else 'CHILD' end as way
			from (select inhrelid from pg_inherits where c.relhassubclass and inhparent = c.oid offset 0) i
			cross join lateral (select * from pg_class where oid = i.inhrelid offset 0) p
			union all
			select d.refobjid, case when not r.rows and not bool_or(d.refobjsubid = 0) then
					array_agg((select attname::text from pg_attribute where attrelid = d.refobjid and attnum = d.refobjsubid) order by d.refobjsubid) end,
				c.relkind = 'v' and exists (select from pg_options_to_table(c.reloptions) where option_name = 'security_invoker' and option_value::bool), 'QUERY'
			from (select oid, position(':varattno 0 ' in ev_action::text) > 0 as rows from pg_rewrite where c.relkind in ('v', 'm') and ev_class = c.oid and ev_type = '1' offset 0) r
			cross join lateral (select refobjid, refobjsubid from pg_depend
				where classid = 'pg_rewrite'::regclass and objid = r.oid and refclassid = 'pg_class'::regclass and refobjid <> c.oid offset 0) d
			group by d.refobjid, r.rows
			union all
			select distinct d.refobjid, null::text[] collate "C", true, 'POLICY'
			from (select oid from pg_policy where c.relrowsecurity and polrelid = c.oid offset 0) y
			cross join lateral (select refobjid from pg_depend
				where classid = 'pg_policy'::regclass and objid = y.oid and refclassid = 'pg_class'::regclass and refobjid <> c.oid offset 0) d
		) e
	), above(root, id) as (
		select r.id, i.inhparent from roots r cross join lateral (select inhparent from pg_inherits where inhrelid = r.id offset 0) i
		union
		select a.root, i.inhparent from above a cross join lateral (select inhparent from pg_inherits where inhrelid = a.id offset 0) i
	), tables as materialized (
		select distinct w.root, w.way <> 'POLICY' and not w.own as writes, w.way <> 'POLICY' as fires, c.oid, c.relkind, c.relchecks, c.relhastriggers, c.relrowsecurity
		from walk w cross join lateral (select * from pg_class where oid = w.id offset 0) c
	), causes(root, class, id, writes, given) as materialized (
		select t.root, 'pg_rewrite'::regclass, r.oid, false, true from tables t
			cross join lateral (select oid from pg_rewrite where t.relkind in ('v', 'm') and ev_class = t.oid and ev_type = '1' offset 0) r
		union select t.root, 'pg_policy'::regclass, y.oid, false, true from tables t
			cross join lateral (select oid from pg_policy where t.relrowsecurity and polrelid = t.oid offset 0) y
		union select t.root, 'pg_attrdef'::regclass, a.oid, true, t.writes from tables t
			cross join lateral (select oid from pg_attrdef where t.fires and adrelid = t.oid offset 0) a
		union select t.root, 'pg_constraint'::regclass, k.oid, true, t.writes from tables t
			cross join lateral (select oid from pg_constraint where t.fires and t.relchecks > 0 and conrelid = t.oid and contype = 'c' offset 0) k
	), changed(root, id) as (
		select t.root, k.conrelid from tables t
			cross join lateral (select tgconstraint from pg_trigger where t.writes and t.relhastriggers and tgrelid = t.oid and tgisinternal and tgconstraint <> 0 offset 0) g` + cascades + ` and k.confrelid = t.oid
		union
		select a.root, k.conrelid from changed a
			cross join lateral (select tgconstraint from pg_trigger where tgrelid = a.id and tgisinternal and tgconstraint <> 0 offset 0) g` + cascades + ` and k.confrelid = a.id
	), called(root, way, schema, name, columns, own, writes, digest) as (
		select distinct x.root, 'FUNCTION', '', p.oid::regprocedure::text, null::text[], not p.prosecdef, x.writes, ` + DigestOfFunction + `
		from causes x
		cross join lateral (select refobjid from pg_depend where classid = x.class and objid = x.id and refclassid = 'pg_proc'::regclass offset 0) d
		join pg_proc p on p.oid = d.refobjid join pg_language l on l.oid = p.prolang and l.lanname not in ('c', 'internal')
		union all select distinct x.root, 'SEQUENCE', n.nspname::text, s.relname::text, null::text[], true, x.writes, null
		from causes x
		cross join lateral (select refobjid from pg_depend where classid = x.class and objid = x.id and refclassid = 'pg_class'::regclass offset 0) d
		cross join lateral (select * from pg_class where oid = d.refobjid and relkind = 'S' offset 0) s
		join pg_namespace n on n.oid = s.relnamespace
		where x.given
		union all select distinct t.root, 'TRIGGER', '', quote_ident(g.tgname) || ' on ' || t.oid::regclass || ' (' || g.tgfoid::regprocedure || ')', null::text[], not p.prosecdef, true, ` + DigestOfFunction + `
		from tables t
		cross join lateral (select * from pg_trigger where t.fires and t.relhastriggers and tgrelid = t.oid and not tgisinternal and tgenabled <> 'D' offset 0) g
		join pg_proc p on p.oid = g.tgfoid join pg_language l on l.oid = p.prolang and l.lanname not in ('c', 'internal')
		union all select distinct t.root, 'SERVER', '', quote_ident(s.srvname), null::text[], true, false, null
		from tables t
		cross join lateral (select ftserver from pg_foreign_table where t.relkind = 'f' and ftrelid = t.oid offset 0) f
		join pg_foreign_server s on s.oid = f.ftserver
	), things(root, way, schema, name, columns, own, writes, digest) as (
		select w.root, w.way, n.nspname::text, c.relname::text, w.columns, w.own, false, null
		from walk w
		cross join lateral (select * from pg_class where oid = w.id and relkind in ('r', 'p', 'v', 'm', 'f') offset 0) c
		join pg_namespace n on n.oid = c.relnamespace
		where w.way <> ''
		union all select a.root, 'ABOVE', n.nspname::text, c.relname::text, null, false, false, null
		from above a cross join lateral (select * from pg_class where oid = a.id offset 0) c join pg_namespace n on n.oid = c.relnamespace
		union all select a.root, 'CASCADE', n.nspname::text, c.relname::text, null, false, true, null
		from changed a cross join lateral (select * from pg_class where oid = a.id and oid <> a.root offset 0) c join pg_namespace n on n.oid = c.relnamespace
		union all select * from called
	), linked(root, links) as (
		select root, json_agg(json_build_object('way', way, 'schema', schema, 'name', name, 'columns', columns, 'own', own, 'writes', writes, 'digest', digest)) from things group by root
	)`

// cascades finds the foreign keys by which a change of the table that they point to changes
// the table that has them: by the triggers of the server's own, which are indexed.
const cascades = `
			join pg_constraint k on k.oid = g.tgconstraint and k.contype = 'f' and (k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd'))`

// DigestOfFunction is a digest of what a function p in a language l does, and as whom. The
// places in its text that PostgreSQL keeps with a parsed body are left out. It waits for no
// lock.
const DigestOfFunction = `md5(json_build_array(l.lanname, p.prosrc, p.probin, p.proconfig, p.prosecdef,
			case when p.prosecdef then pg_get_userbyid(p.proowner) end, regexp_replace(p.prosqlbody::text, ':(location|stmt_location|stmt_len) -?[0-9]+', '', 'g'))::text)`

// above says that the asset is a part of another.
const above catalog.Way = "ABOVE"

// ParseLinks reads the links of one asset in a database of a connection; none from no
// text.
func ParseLinks(connection, database string, text []byte) (catalog.Links, error) {
	var links catalog.Links
	if len(text) == 0 {
		return links, nil
	}
	var things []struct {
		catalog.Through
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &things); err != nil {
		return links, fmt.Errorf("what is read through it: %w", err)
	}
	for _, t := range things {
		switch {
		case t.Way == above:
			ref, err := catalog.NewRef(connection, database, t.Schema, t.Name)
			if err != nil {
				return links, fmt.Errorf("what it is a part of: %w", err)
			}
			links.PartOf = append(links.PartOf, ref)
			continue
		case t.Way == catalog.BySequence:
			t.Name = catalog.FormatPath([]string{t.Schema, t.Name})
		case t.Schema != "":
			ref, err := catalog.NewRef(connection, database, t.Schema, t.Name)
			if err != nil {
				return links, fmt.Errorf("what is read through it: %w", err)
			}
			t.Ref, t.Name = ref, ""
		}
		links.Through = append(links.Through, t.Through)
	}
	slices.Sort(links.PartOf)
	links.PartOf = slices.Compact(links.PartOf)
	links.Through = catalog.Join(links.Through)
	return links, nil
}
