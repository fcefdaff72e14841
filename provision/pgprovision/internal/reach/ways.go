package reach

// Ways in that no right on the asset says: powers of a login, foreign tables and servers that
// lead back to this database, and functions that have the rights of others.

// leadsBack finds foreign tables that lead to one of the tables by its name, in a database
// of this name: where their server stands cannot be known. It begins pathsQuery.
const leadsBack = `
		select f.ftrelid, 1 from pg_foreign_table f
		join pg_foreign_server s on s.oid = f.ftserver
		join pg_class l on l.oid = f.ftrelid
		cross join lateral (select
			coalesce((select option_value from pg_options_to_table(s.srvoptions) where option_name = 'dbname'), current_database()) as dbname,
			coalesce((select option_value from pg_options_to_table(f.ftoptions) where option_name = 'schema_name'), l.relnamespace::regnamespace::text) as schema,
			coalesce((select option_value from pg_options_to_table(f.ftoptions) where option_name in ('table_name', 'table')), l.relname) as name) o
		where o.dbname = current_database() and f.ftrelid <> all($2::oid[])
			and exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = any($2::oid[]) and c.relname = o.name and n.nspname = o.schema)
			and exists (select from pg_user_mappings m where m.srvid = s.oid)`

// definers finds the functions by which people read with the rights of a function's owner,
// of those that are not PostgreSQL's own. One with a body of the standard's says what it
// reads, and another names the table in its text; of the rest it is not known. They are
// common table expressions of pathsQuery.
const definers = `
	definers as materialized (
		select f.oid, f.proowner, f.pronamespace, f.prosrc, f.oid::regprocedure::text as name
		from pg_proc f join pg_language l on l.oid = f.prolang
		where f.oid >= 16384 and f.prosecdef and l.lanname not in ('c', 'internal')
			and f.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
	), reading as materialized (
		select f.*, o.name as of,
			case when exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = f.oid and d.refclassid = 'pg_class'::regclass and d.refobjid = o.oid) then 'reads'
				when case when o.relname ~ '^\w+$' then f.prosrc ~* ('\m' || o.relname || '\M') else strpos(f.prosrc, o.relname) > 0 end then 'names' else '' end as how
		from definers f cross join objects o
		where has_any_column_privilege(f.proowner, o.oid, 'SELECT')
	), called as (
		select distinct p.oid as person, r.of, r.how, r.name, r.proowner
		from people p cross join reading r
		where p.connects and not p.rolsuper and r.proowner <> p.oid and exists (select from inside_of i
			where i.person = p.oid and has_function_privilege(i.role, r.oid, 'EXECUTE') and has_schema_privilege(i.role, r.pronamespace, 'USAGE'))
	)`

// powers are the rows of what is known beside the rights on the asset. Whoever may create
// roles before 16 lets themselves into each one that is no superuser.
const powers = `
	union all select p.oid, 'through role ' || g.name || ', whose members ' || g.may, 0, '{}'
		from people p cross join (values ('pg_execute_server_program', 'run programs on the server'), ('pg_read_server_files', 'read the files of the server'),
			('pg_write_server_files', 'write files of the server')) g(name, may)
		where not p.rolsuper and pg_has_role(p.oid, g.name, 'MEMBER')
	union all select i.person, case when r.oid = i.person then 'may let anybody into each role (CREATEROLE)' else 'through role ' || r.oid::regrole || ', which may let anybody into each role (CREATEROLE)' end, 0, '{}'
		from inside_of i join pg_roles r on r.oid = i.role join people p on p.oid = i.person
		where r.rolcreaterole and not r.rolsuper and not p.rolsuper and current_setting('server_version_num')::int < 160000
	union all select i.person, 'through role ' || r.oid::regrole || ', a superuser', 0, '{}'
		from inside_of i join pg_roles r on r.oid = i.role join people p on p.oid = i.person
		where r.rolsuper and r.oid <> i.person and not p.rolsuper
	union all select person, case how when 'reads' then '' else 'perhaps ' end || 'SELECT through function ' || name || ', which ' || how || ' it and has the rights of ' || proowner::regrole,
			count(distinct called.of), (array_agg(distinct called.of order by called.of))[1:4]
		from called where how <> '' group by person, how, name, proowner
	union all select distinct p.oid, 'perhaps as whoever is named in the user mapping of server ' || quote_ident(s.srvname) || ', which leads to a database of this name, ' || u.by, 0, '{}'::text[]
		from people p cross join pg_foreign_server s
		join pg_foreign_data_wrapper w on w.oid = s.srvfdw
		join pg_user_mappings m on m.srvid = s.oid and m.umuser in (0, p.oid)
		cross join lateral (
			select 'through function ' || f.oid::regprocedure from pg_proc f join pg_language l on l.oid = f.prolang
			where f.proname = 'dblink' and f.pronargs = 2 and l.lanname = 'c' and f.proargtypes[1] = 'text'::regtype
				and has_function_privilege(p.oid, f.oid, 'EXECUTE') and has_schema_privilege(p.oid, f.pronamespace, 'USAGE')
			union all
			select 'through a foreign table that they may make in schema ' || min(quote_ident(n.nspname)) from pg_namespace n
			where w.fdwname = 'postgres_fdw' and n.nspname !~ '^pg_' and has_schema_privilege(p.oid, n.oid, 'CREATE') having count(*) > 0
		) u(by)
		where not p.rolsuper and p.connects and has_server_privilege(p.oid, s.oid, 'USAGE')
			and coalesce((select option_value from pg_options_to_table(s.srvoptions) where option_name = 'dbname'), current_database()) = current_database()
	union all select p.oid, '?user mappings in other databases may lead here, and that cannot be seen from here', count(distinct d.datname), (array_agg(distinct quote_ident(d.datname)))[1:4]
		from people p join pg_shdepend h on h.refobjid = p.oid and h.refclassid = 'pg_authid'::regclass and h.classid = 'pg_user_mapping'::regclass
		join pg_database d on d.oid = h.dbid
		where not p.rolsuper and d.datname <> current_database() group by p.oid
	union all select person, '?functions that have the rights of others can be executed, and what they read is not known', count(distinct name), (array_agg(distinct name order by name))[1:4]
		from called c where how = '' and not exists (select from called k where k.person = c.person and k.name = c.name and k.how <> '') group by person`
