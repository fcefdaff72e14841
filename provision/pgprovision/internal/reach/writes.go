package reach

// written finds what PostgreSQL writes to when a table or a view is written, and by whose
// rights. It is common table expressions of Lacks: writes are the steps, for each operation,
// and unwritten what is lacking for them.
//
// PostgreSQL writes through a view to the one relation that it reads from, at any depth,
// with the rights of the view's owner, or with those of whoever logged in if it has
// security_invoker. It does not where an INSTEAD OF trigger or an INSTEAD rule stands for
// the operation: what these need cannot be known. A column is written where the view shows
// it as it is. The first relation in the stored query of a view, beside itself, is what it
// reads from: those of subqueries come behind it.
const written = `
		writes(top, id, role, via, op, columns) as (
			select t.id, t.id, 0::oid, 0::oid, o.op, null::int2[] from unnest($7::oid[]) t(id), unnest('{INSERT,UPDATE,DELETE}'::text[]) o(op)
			union
			select w.top, b.id, case when exists (select from pg_options_to_table(c.reloptions) where option_name = 'security_invoker' and option_value::bool) then 0::oid else c.relowner end,
				c.oid, w.op, (select array_agg(m[1]::int2) from regexp_matches(r.query, ':resorigtbl ' || b.id || ' :resorigcol (\d+) :resjunk false', 'g') m)
			from writes w
			cross join lateral (select * from pg_class where oid = w.id and relkind = 'v' offset 0) c
			cross join lateral (select ev_action::text as query from pg_rewrite where ev_class = c.oid and ev_type = '1' offset 0) r
			cross join lateral (select m[1]::oid as id from regexp_matches(r.query, ':rtekind 0 :relid (\d+)', 'g') m where m[1]::oid <> c.oid limit 1) b
			where not exists (select from pg_trigger where tgrelid = c.oid and tgtype & 64 <> 0 and tgtype & case w.op when 'INSERT' then 4 when 'DELETE' then 8 else 16 end <> 0)
				and not exists (select from pg_rewrite where ev_class = c.oid and is_instead and ev_type = case w.op when 'UPDATE' then '2' when 'INSERT' then '3' else '4' end)
		), unwritten as (
			select p.oid as person, w.role, w.via, w.id, w.top, string_agg(w.op, ', ' order by w.op) as ops
			from people p, writes w
			cross join lateral (select coalesce(nullif(w.role, 0::oid), p.oid) as who) r
			where p.writes and w.via <> 0 and not has_table_privilege(r.who, w.id, w.op)
				and (w.op = 'DELETE' or w.columns is null or exists (select from unnest(w.columns) k(n) where not has_column_privilege(r.who, w.id, k.n, w.op)))
			group by p.oid, w.role, w.via, w.id, w.top
		), `

// writeLacks are the rows of written.
const writeLacks = `
			union select person, true, 'the view ' || via::regclass || ' writes with ' || case when role = 0 then 'the reader''s own rights' else 'the rights of its owner ' || role::regrole end
				|| ', and there is no ' || ops || ' on ' || id::regclass, 'table', top::regclass::text from unwritten`
