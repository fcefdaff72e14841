package reach

// beneath finds what is lacking beneath the tables and views that access gives: the rights
// that a view reads with, those that its functions and the policies of a table ask of the
// reader, and the user mappings of foreign tables. It is common table expressions of Lacks.
//
// A view reads with its owner's rights, or with those of whoever logged in if it has
// security_invoker, also where another view reads it. A function is called by whoever
// logged in, whatever calls it. A partition or a child asks for no right. A role of zero
// stands for the reader.
//
// PostgreSQL drops the columns of a view beneath that the view above does not read, and
// checks no function that they call, if none is volatile or returns a set. Which columns call
// it is not known: of a view that is not read whole, such a function that the reader may not
// execute is a doubt, and no lack.
const beneath = written + `
		reads(top, id, role, via, columns, how, policy, whole) as (
			select oid, oid, 0::oid, 0::oid, null::int2[], '', 0::oid, true from pg_class where oid = any($6::oid[])
			union
			select w.top, e.id, e.role, c.oid, e.columns, e.how, e.policy,
				w.whole and e.columns @> (select array_agg(attnum) from pg_attribute where attrelid = e.id and attnum > 0 and not attisdropped) is true
			from reads w
			cross join lateral (select * from pg_class where oid = w.id offset 0) c
			cross join lateral (
				select d.refobjid as id,
					case when exists (select from pg_options_to_table(c.reloptions) where option_name = 'security_invoker' and option_value::bool) then 0::oid else c.relowner end as role,
					array_agg(d.refobjsubid::int2 order by d.refobjsubid) filter (where d.refobjsubid <> 0) as columns, 'view' as how, 0::oid as policy
				from (select oid from pg_rewrite where c.relkind = 'v' and ev_class = c.oid and ev_type = '1' offset 0) r
				cross join lateral (select refobjid, refobjsubid from pg_depend
					where classid = 'pg_rewrite'::regclass and objid = r.oid and refclassid = 'pg_class'::regclass and refobjid <> c.oid offset 0) d
				group by d.refobjid
				union all
				select i.inhrelid, w.role, null::int2[], 'part', 0::oid
				from (select inhrelid from pg_inherits where c.relhassubclass and inhparent = c.oid offset 0) i
				union all
				select d.refobjid, w.role, array_agg(distinct d.refobjsubid::int2) filter (where d.refobjsubid <> 0), 'policy', y.oid
				from (select oid from pg_policy where c.relrowsecurity and w.how <> 'part' and polrelid = c.oid and polcmd in ('*', 'r') offset 0) y
				cross join lateral (select refobjid, refobjsubid from pg_depend
					where classid = 'pg_policy'::regclass and objid = y.oid and refclassid = 'pg_class'::regclass and refobjid <> c.oid offset 0) d
				group by d.refobjid, y.oid
			) e
		), asked as materialized (
			select distinct p.oid as person, p.crowd, w.top, w.id, coalesce(nullif(w.role, 0::oid), p.oid) as as_role, w.role = 0 as own, w.via, w.columns, w.how, w.policy, w.whole and not p.partly as whole
			from people p, reads w
		), held as (
			select a.*, c.relkind from asked a cross join lateral (select relkind from pg_class where oid = a.id offset 0) c
			where a.how = 'view' or a.how = 'policy' and exists (
				select from pg_class t join pg_roles r on r.oid = a.as_role
				where t.oid = a.via and not r.rolsuper and not r.rolbypassrls and (t.relforcerowsecurity or not pg_has_role(a.as_role, t.relowner, 'USAGE'))
					and exists (select from pg_policy y, unnest(y.polroles) o(role) where y.oid = a.policy and (o.role = 0 or pg_has_role(a.as_role, o.role, 'USAGE'))))
		), beneath(person, writing, what, class, name) as (
			select distinct h.person, false,
				case when h.how = 'policy' then 'a policy of ' || h.via::regclass || ' reads ' || h.id::regclass || ' with the reader''s own rights'
					when h.own then 'the view reads with the reader''s own rights' else 'the view ' || h.via::regclass || ' reads with the rights of its owner ' || h.as_role::regrole end
					|| ', and there is no SELECT on ' || h.id::regclass, 'table', h.top::regclass::text
			from held h
			where h.relkind in ('r', 'p', 'v', 'm', 'f') and not has_table_privilege(h.as_role, h.id, 'SELECT')
				and (h.columns is null and not has_any_column_privilege(h.as_role, h.id, 'SELECT')
					or h.columns is not null and exists (select from unnest(h.columns) k(n) where not has_column_privilege(h.as_role, h.id, k.n, 'SELECT')))
			union select a.person, false, 'no EXECUTE on function ' || f.refobjid::regprocedure || ', which ' || a.id::regclass || ' calls',
				case when a.whole or x.class = 'pg_policy'::regclass or c.provolatile = 'v' or c.proretset then 'table' else '` + doubt + `' end, a.top::regclass::text
			from asked a
			cross join lateral (
				select 'pg_rewrite'::regclass as class, r.oid from pg_rewrite r join pg_class v on v.oid = r.ev_class and v.relkind = 'v' where r.ev_class = a.id and r.ev_type = '1'
				union all select 'pg_policy'::regclass, y.oid from pg_policy y join pg_class t on t.oid = y.polrelid and t.relrowsecurity where y.polrelid = a.id and y.polcmd in ('*', 'r') and a.how <> 'part'
			) x
			cross join lateral (select refobjid from pg_depend where classid = x.class and objid = x.oid and refclassid = 'pg_proc'::regclass offset 0) f
			join pg_proc c on c.oid = f.refobjid
			where not has_function_privilege(a.person, f.refobjid, 'EXECUTE')
			union select a.person, false, 'no user mapping for foreign server ' || fs.srvname || case when a.own then '' else ' of ' || a.as_role::regrole end
				|| case when a.id = a.top then '' else ', where ' || a.id::regclass || ' stands' end, 'table', a.top::regclass::text
			from asked a join pg_foreign_table f on f.ftrelid = a.id join pg_foreign_server fs on fs.oid = f.ftserver join pg_foreign_data_wrapper w on w.oid = fs.srvfdw
			where w.fdwname <> 'file_fdw' and not (a.own and a.crowd)
				and not exists (select from pg_user_mappings m where m.srvid = fs.oid and m.umuser in (0, a.as_role))
			union select a.person, false, 'nobody in the group has a user mapping for foreign server ' || fs.srvname
				|| case when a.id = a.top then '' else ', where ' || a.id::regclass || ' stands' end, 'table', a.top::regclass::text
			from asked a join pg_foreign_table f on f.ftrelid = a.id join pg_foreign_server fs on fs.oid = f.ftserver join pg_foreign_data_wrapper w on w.oid = fs.srvfdw
			where w.fdwname <> 'file_fdw' and a.own and a.crowd and exists (select from pg_auth_members where roleid = a.person)
				and not exists (select from pg_user_mappings m left join pg_roles r on r.oid = m.umuser
					where m.srvid = fs.oid and (m.umuser = 0 or r.rolcanlogin and not r.rolsuper and r.oid <> a.person and pg_has_role(r.oid, a.person, 'USAGE')))
			union select p.oid, true, 'no EXECUTE on function ' || f.refobjid::regprocedure || ', which is called when ' || u.id::regclass || ' is written', 'table', u.top::regclass::text
			from people p, (select distinct id, top from writes) u
			cross join lateral (
				select 'pg_attrdef'::regclass as class, oid from pg_attrdef where adrelid = u.id
				union all select 'pg_constraint'::regclass, oid from pg_constraint where conrelid = u.id and contype = 'c'
			) x
			cross join lateral (select refobjid from pg_depend where classid = x.class and objid = x.oid and refclassid = 'pg_proc'::regclass offset 0) f
			where p.writes and not has_function_privilege(p.oid, f.refobjid, 'EXECUTE')` + writeLacks + `
		)`
