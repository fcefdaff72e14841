package setup

// setupMembers lists the statements after which the memberships in our group roles are given
// by us, from 16 on: only the grantor ends one. A cluster that comes from before has them from
// the superuser who ran pg_upgrade: pg_dumpall names no grantors of a server before 16, which
// did not track them with care. A membership that no record knows becomes ours too, so that a
// reconciliation can take it.
const setupMembers = `
	with roles as (
		select r.oid, r.rolname from pg_roles r join pg_shdescription d on d.objoid = r.oid and d.classoid = 'pg_authid'::regclass
		where $2 and r.rolname > 'gw_' || $1 || '_' and r.rolname < 'gw_' || $1 || '` + "`" + `' and starts_with(d.description, 'grantwright ' || $1 || ': ')
			and exists (select from pg_auth_members a where a.roleid = r.oid and a.member = (select oid from pg_roles where rolname = current_user) and a.admin_option)
	), others as (
		select r.rolname as role, g.rolname as by, u.rolname as member, m.member as id, r.oid,
			(row_number() over (partition by m.roleid, m.grantor order by u.rolname) - 1) / 500 as part
		from roles r join pg_auth_members m on m.roleid = r.oid and not m.admin_option
		join pg_roles u on u.oid = m.member join pg_roles g on g.oid = m.grantor
		where g.rolname <> current_user and u.rolname <> current_user
	)
	select statement, names from (
	select 'grant %s to ' || repeat('%s, ', count(*)::int - 1) || '%s with admin false, inherit true, set false granted by %s' as statement,
		quote_ident(role) || array_agg(quote_ident(member) order by member) || quote_ident(current_user) as names, role, part, 1 as step
	from others o
	where not exists (select from pg_auth_members m join pg_roles g on g.oid = m.grantor where m.roleid = o.oid and m.member = o.id and g.rolname = current_user)
	group by role, part
	union all
	select 'revoke %s from ' || repeat('%s, ', count(*)::int - 1) || '%s granted by %s', quote_ident(role) || array_agg(quote_ident(member) order by member) || quote_ident(by), role, part, 2
	from others group by role, by, part
	) x order by role, part, step`
