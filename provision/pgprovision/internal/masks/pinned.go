package masks

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/pgsource"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/columns"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// Pins reports whether some of the masks are views of governance's own.
func Pins(all []Names) bool {
	return slices.ContainsFunc(all, func(n Names) bool { return n.Other != "" })
}

// ReadPinned reads the definitions of the views by which governance masks assets. It follows
// ReadShown in the same message.
//
// A definition has a digest of the text and one of the parsed query, of the view and of all
// views beneath it, and one of each function that they call. A table in the place of a view
// is known by its columns. The text waits for locks: where one is held or waited for, the
// parsed query alone is known.
func ReadPinned(all []Names, found *[]Shown) cluster.Reading {
	const query = `
		with recursive asked as (
			select distinct w.schema, w.name, c.oid, c.relkind
			from unnest($1::name[], $2::name[]) w(schema, name)
			join pg_namespace n on n.nspname = w.schema
			cross join lateral (select oid, relkind from pg_class where relnamespace = n.oid and relname = w.name and relkind in ('r', 'p', 'v', 'm', 'f') offset 0) c
		), views(top, oid, rule) as (
			select a.oid, a.oid, r.oid from asked a cross join lateral (select oid from pg_rewrite where a.relkind in ('v', 'm') and ev_class = a.oid and ev_type = '1' offset 0) r
			union
			select v.top, r.ev_class, r.oid
			from views v
			cross join lateral (select refobjid from pg_depend where classid = 'pg_rewrite'::regclass and objid = v.rule and refclassid = 'pg_class'::regclass and refobjid <> v.oid offset 0) d
			cross join lateral (select oid, ev_class from pg_rewrite where ev_class = d.refobjid and ev_type = '1' offset 0) r
		), named as materialized (
			select v.top, v.oid, v.rule, n.nspname || '.' || c.relname as name, c.reloptions,
				exists (select from pg_locks l left join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = v.rule and d.refclassid = 'pg_class'::regclass
					where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid <> pg_backend_pid() and l.relation in (v.oid, d.refobjid)) as locked
			from views v cross join lateral (select * from pg_class where oid = v.oid offset 0) c join pg_namespace n on n.oid = c.relnamespace
		), shows as (
			select n.top, md5(string_agg(concat(n.name, n.reloptions, regexp_replace(r.ev_action::text, ':(location|stmt_location|stmt_len) -?[0-9]+', '', 'g')), E'\n' order by n.name)) as parsed,
				bool_or(n.locked) as locked
			from named n join pg_rewrite r on r.oid = n.rule group by n.top
		), texts as (
			select n.top, md5(string_agg(concat(n.name, n.reloptions, pg_get_viewdef(n.oid)), E'\n' order by n.name)) as text
			from named n where not exists (select from shows s where s.top = n.top and s.locked) group by n.top
		), calls as (
			select n.top, string_agg(distinct md5(p.oid::regprocedure::text) || '=' || ` + pgsource.DigestOfFunction + `, ' ') as functions
			from named n
			cross join lateral (select refobjid from pg_depend where classid = 'pg_rewrite'::regclass and objid = n.rule and refclassid = 'pg_proc'::regclass offset 0) d
			join pg_proc p on p.oid = d.refobjid join pg_language l on l.oid = p.prolang and l.lanname not in ('c', 'internal')
			group by n.top
		), origins as (
			select n.top, json_object_agg(m[1], json_build_array(m[2]::bigint, m[3]::int)) as "from"
			from named n join pg_rewrite r on r.oid = n.rule and n.oid = n.top and strpos(substr(r.ev_action::text, strpos(r.ev_action::text, '{QUERY ') + 1), '{QUERY ') = 0
			cross join lateral regexp_matches(r.ev_action::text, ':resno (\d+) [^{}]*:resorigtbl (\d+) :resorigcol (\d+) :resjunk false', 'g') m
			where m[2] <> '0' group by n.top
		)
		select a.schema, a.name, coalesce(s.locked, false), concat_ws(' ', t.text, s.parsed,
			case when s.top is null then md5(concat(a.relkind, (select string_agg(attname || ' ' || atttypid::regtype, ', ' order by attnum) from pg_attribute where attrelid = a.oid and attnum > 0 and not attisdropped))) end, f.functions), coalesce(o.from, '{}')
		from asked a left join shows s on s.top = a.oid left join texts t on t.top = a.oid left join calls f on f.top = a.oid left join origins o on o.top = a.oid`
	var schemas, names []string
	for _, n := range all {
		if n.Other != "" {
			schemas, names = append(schemas, n.OtherSchema), append(names, n.Other)
		}
	}
	return cluster.Reading{SQL: query, Args: []any{pq.Array(schemas), pq.Array(names)}, Scan: func(scan func(...any) error) error {
		var schema, name, definition string
		var partly bool
		var origins []byte
		if err := scan(&schema, &name, &partly, &definition, &origins); err != nil {
			return err
		}
		from := map[int][2]int64{} // a table, and the number of a column there
		if err := json.Unmarshal(origins, &from); err != nil {
			return fmt.Errorf("what a view shows: %w", err)
		}
		for i, s := range *found {
			if s.Other != 0 && slices.ContainsFunc(all, func(n Names) bool {
				return n.schema == s.Schema && n.name == s.Name && n.OtherSchema == schema && n.Other == name
			}) {
				(*found)[i].Definition, (*found)[i].partly = definition, partly
				(*found)[i].from = map[int]int{}
				for number, of := range from {
					if of[0] == int64(s.object) {
						(*found)[i].from[number] = int(of[1])
					}
				}
			}
		}
		return nil
	}}
}

// Redefined says why the view of governance's own that shows an asset may not be given;
// nil if it is the one that was brought into force.
func (s Shown) Redefined(m provision.Masking) error {
	switch {
	case s.Definition != "" && m.Pinned != "" && catalog.SameDefinition(m.Pinned, s.Definition):
		return nil
	case s.Definition == "" || s.partly:
		return errors.New("what that shows is not known just now, because somebody has locked it, or something that it reads")
	case m.Pinned == "":
		return errors.New("that was not brought into force yet")
	}
	return fmt.Errorf("%w; governance has to look at it, and to save the mask again", provision.ErrRedefined)
}

// Shows is how the view of governance's own shows the columns of the asset. The text of a view
// names the columns that it reads, and the parsed query has their numbers.
func (s Shown) Shows(m provision.Masking) columns.Showing {
	was, _, _ := strings.Cut(m.Pinned, " ")
	is, _, _ := strings.Cut(s.Definition, " ")
	return columns.Showing{Freely: true, Renamed: was != is && !s.partly, From: s.from}
}

// pins says why the view of governance's own cannot be brought into force, or is not the one
// that was; nil if all is well.
func (m *Masking) pins(s Shown) error {
	err := s.Redefined(m.want)
	if err == nil || m.want.Pinned == "" && s.Definition != "" && !s.partly {
		return nil
	}
	return fmt.Errorf("asset %q is masked by %s: %w", m.want.Asset.Ref, naming.Identify(m.named.OtherSchema, m.named.Other), err)
}

// UnshownBy says why nothing shows a part of a container.
func UnshownBy(m provision.Masking, err error) string {
	_, why, _ := strings.Cut(err.Error(), fmt.Sprintf("asset %q: ", m.Asset.Ref))
	return "is masked, and nothing shows it masked now: " + cmp.Or(why, err.Error())
}
