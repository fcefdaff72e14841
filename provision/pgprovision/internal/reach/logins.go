package reach

// logins finds what keeps a login from the access although it has the rights: settings with
// which its sessions begin, and limits of the database. It is common table expressions of
// Lacks, and the rows of it follow in loginLacks.
//
// Of several settings the one for the login in this database goes first, then that for the
// login, for the database, and for all. A session that may not become the role of its
// setting begins as the login.
const logins = `
		begins as materialized (
			select distinct on (p.oid, s.name) p.oid as person, s.name, s.value, s.role
			from people p
			cross join lateral (select * from pg_db_role_setting where setrole in (0, p.oid) and setdatabase in (0, $4) offset 0) d
			cross join lateral unnest(d.setconfig) c(text)
			cross join lateral (select split_part(c.text, '=', 1) as name, substr(c.text, strpos(c.text, '=') + 1) as value) k
			left join pg_roles r on k.name = 'role' and r.rolname = k.value
			cross join lateral (select k.name, lower(k.value) as value, r.oid as role) s
			where not p.crowd and (k.name in ('default_transaction_read_only', 'row_security')
				or k.name = 'role' and (k.value = 'none' or pg_has_role(p.oid, r.oid, case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)))
			order by p.oid, s.name, d.setrole <> 0 desc, d.setdatabase <> 0 desc
		), acts as (
			select person, role from begins where name = 'role' and role <> person
		)`

// loginLacks are the rows of logins. What the role of a setting lacks matters, because the
// session has its rights alone.
const loginLacks = `
		select a.person, x.writing, 'sessions begin as role ' || a.role::regrole || ', as a setting of the login or of the database says, and that has not the access', '', 0, '{}'::text[]
		from acts a cross join (values (false), (true)) x(writing)
		where case when x.writing
			then exists (select from unnest($7::oid[]) o(id), unnest('{INSERT,UPDATE,DELETE}'::text[]) w where not has_table_privilege(a.role, o.id, w))
			else exists (select from unnest($5::oid[]) n(id) where not has_schema_privilege(a.role, n.id, 'USAGE'))
				or exists (select from unnest($6::oid[]) o(id) where not has_table_privilege(a.role, o.id, 'SELECT')) end
		union all
		select person, name <> 'row_security', case name when 'row_security' then 'sessions begin with row_security off, and row level security holds'
			else 'sessions begin read only (default_transaction_read_only)' end, '', 0, '{}'
		from begins
		where name = 'default_transaction_read_only' and value in ('on', 'true', 'yes', '1')
			or name = 'row_security' and value in ('off', 'false', 'no', '0') and exists (select from pg_class where oid = any($6::oid[]) and relrowsecurity)
		union all
		select p.oid, false, case when not d.datallowconn then 'the database accepts no connections (ALLOW_CONNECTIONS false)'
			when d.datconnlimit = 0 then 'the database may have no connections (CONNECTION LIMIT 0)' else 'the database is invalid: dropping it was interrupted' end, '', 0, '{}'
		from people p, pg_database d where d.oid = $4 and (not d.datallowconn or d.datconnlimit in (0, -2))`
