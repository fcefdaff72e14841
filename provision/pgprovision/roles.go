package pgprovision

import (
	"strings"

	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/request"
)

// readRoles reads our roles of this name. Of their members beside the people of the job it
// makes no difference how many they are.
func readRoles(j *job, v *view) cluster.Reading {
	const query = `
		select r.oid, r.rolname, coalesce((select description from pg_shdescription where objoid = r.oid and classoid = 'pg_authid'::regclass), ''),
			concat_ws(' and ', case when r.rolcanlogin then 'can log in' end,
				case when r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls then 'has attributes of its own' end,
				(select 'is a member of ' || string_agg(g.rolname, ', ') from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid)),
			coalesce(substring(r.rolname from '_([0-9]{1,10})$'), '0'),
			exists (select from pg_auth_members m where m.roleid = r.oid and m.member <> $2 and m.member <> all($3::oid[])),
			case when current_setting('server_version_num')::int >= 160000
				then exists (select from pg_auth_members m where m.roleid = r.oid and m.member = $2 and m.admin_option) or pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION')
				else exists (select from pg_proc f join pg_namespace n on n.oid = f.pronamespace
					where n.nspname = $5 and f.proname = 'drop_role' and has_schema_privilege(n.oid, 'USAGE') and has_function_privilege(f.oid, 'EXECUTE')) end
		from pg_roles r
		where r.oid = any($1::oid[]) or r.rolname = $4::name
		order by r.rolname`
	read := j.place.Prefix(request.Read)
	args := []any{cluster.ScopeRoles, cluster.ScopeSelf, cluster.ScopePeople, j.place.Ending(), j.place.Maker()}
	return cluster.Reading{SQL: query, Args: args, Scan: func(scan func(...any) error) error {
		r := &role{holds: make(rights), privilege: request.ReadWrite}
		if err := scan(&r.id, &r.name, &r.comment, &r.unsafe, &r.object, &r.others, &r.drops); err != nil {
			return err
		}
		switch {
		case r.name == j.place.Ending():
			v.ending = r
			return nil
		case r.name < read+":" && r.name >= read:
			r.privilege = request.Read
		case strings.HasPrefix(r.name, j.place.ColumnPrefix()):
			r.privilege = naming.ColumnPrivilege(r.comment)
		}
		v.roles = append(v.roles, r)
		return nil
	}}
}

func readPeople(v *view) cluster.Reading {
	const query = `
		select r.oid, r.rolname, r.rolcanlogin, coalesce(r.rolvaliduntil <= clock_timestamp(), false), r.rolinherit,
			case when r.rolsuper then 'is a superuser, who sees everything anyhow'
				when r.oid = $2 or r.rolname = session_user then 'is the role that Grantwright itself uses'
				when r.rolbypassrls then 'bypasses row level security (BYPASSRLS), and sees more than a grant says'
				when r.rolreplication then 'may copy the whole cluster (REPLICATION)'
				when pg_has_role(r.oid, 'pg_read_all_data', 'MEMBER') then 'is in pg_read_all_data, and reads everything anyhow'
				else '' end
		from pg_roles r
		where r.oid = any($1::oid[])`
	return cluster.Reading{SQL: query, Args: []any{cluster.ScopePeople, cluster.ScopeSelf}, Scan: func(scan func(...any) error) error {
		l := &login{}
		err := scan(&l.id, &l.name, &l.canLogin, &l.expired, &l.inherits, &l.refused)
		v.byID[l.id], v.byName[l.name] = l, l
		return err
	}}
}

// identities are the ids and the names of the people. The names are asked even where the
// id is known, because another role may have the name now.
func (j *job) identities() (known []int64, names []string) {
	names = []string{}
	for _, p := range j.people {
		if id, ok := naming.RoleID(p.principal); ok {
			known = append(known, int64(id))
		}
		if naming.CheckPrincipal(p.principal.Name) == nil {
			names = append(names, p.principal.Name)
		}
	}
	return known, names
}

// readMembers reads who of the people is in which of our roles, from the people upwards,
// and by which act: the transaction that gave the membership.
func readMembers(j *job, v *view) cluster.Reading {
	const query = `
		select m.roleid, m.member, m.grantor = $3, coalesce((to_jsonb(m) ->> 'inherit_option')::bool, true),
			not m.admin_option and coalesce((to_jsonb(m) ->> 'inherit_option')::bool, true) and not coalesce((to_jsonb(m) ->> 'set_option')::bool, false),
			case when m.grantor <> $3 then m.grantor::regrole::text else '' end,
			` + cluster.ActOf + `
		from unnest($2::oid[]) p(id)
		cross join lateral (select *, xmin as given from pg_auth_members where member = p.id offset 0) m
		where m.roleid = any($1::oid[]) or m.roleid = (select oid from pg_roles where rolname = $4)`
	return cluster.Reading{SQL: query, Args: []any{cluster.ScopeRoles, cluster.ScopePeople, cluster.ScopeSelf, j.place.Ending()}, Scan: func(scan func(...any) error) error {
		var m membership
		var ours, works, right bool
		var by string
		var act int64
		err := scan(&m.role, &m.person, &ours, &works, &right, &by, &act)
		was := v.members[m]
		s := standing{ours: was.ours || ours, works: was.works || ours && works, right: was.right || ours && right, by: was.by, act: max(was.act, act)}
		if !ours {
			s.by = append(s.by, by)
		}
		v.members[m] = s
		return err
	}}
}
