package pgprovision

import (
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/request"
)

// readRoles finds our roles of this name by the range of their names, which the
// index of pg_authid serves.
func readRoles(j *job, v *view) reading {
	const query = `
		select r.oid, r.rolname, coalesce(shobj_description(r.oid, 'pg_authid'), ''),
			concat_ws(' and ', case when r.rolcanlogin then 'can log in' end,
				case when r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls then 'has attributes of its own' end,
				(select 'is a member of ' || string_agg(g.rolname, ', ') from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid)),
			coalesce(substring(r.rolname from '_([0-9]{1,10})$'), '0'),
			(select count(*) from pg_auth_members m where m.roleid = r.oid and m.member <> $6),
			case when $7 then pg_has_role(r.oid, 'MEMBER WITH ADMIN OPTION')
				else exists (select from pg_proc f join pg_namespace n on n.oid = f.pronamespace
					where n.nspname = $8 and f.proname = 'drop_role' and has_schema_privilege(n.oid, 'USAGE') and has_function_privilege(f.oid, 'EXECUTE')) end
		from pg_roles r
		where r.rolname >= $1::name and r.rolname < $2::name
			or r.rolname >= $3::name and r.rolname < $4::name
			or r.rolname >= $9::name and r.rolname < ($9 || '~')::name
			or r.rolname = $5::name
		order by r.rolname`
	read, write := j.place.prefix(request.Read), j.place.prefix(request.ReadWrite)
	args := []any{read, read + ":", write, write + ":", j.place.ending(), v.server.self, v.server.setsOptions(), j.place.maker(), j.place.unmaskPrefix()}
	return reading{sql: query, args: args, scan: func(scan func(...any) error) error {
		r := &role{holds: make(rights), privilege: request.ReadWrite}
		if err := scan(&r.id, &r.name, &r.comment, &r.unsafe, &r.object, &r.members, &r.drops); err != nil {
			return err
		}
		switch {
		case r.name == j.place.ending():
			v.ending = r
			return nil
		case r.name < read+":" && r.name >= read:
			r.privilege = request.Read
		case strings.HasPrefix(r.name, j.place.unmaskPrefix()):
			r.privilege = unmaskedBy(r.comment)
		}
		v.roles = append(v.roles, r)
		return nil
	}}
}

func readPeople(j *job, v *view) reading {
	const query = `
		select r.oid, r.rolname, r.rolcanlogin, coalesce(r.rolvaliduntil <= clock_timestamp(), false), r.rolinherit,
			case when r.rolsuper then 'is a superuser, who sees everything anyhow'
				when r.oid = $3 then 'is the role that Grantwright itself uses'
				when r.rolbypassrls then 'bypasses row level security (BYPASSRLS), and sees more than a grant says'
				when r.rolreplication then 'may copy the whole cluster (REPLICATION)'
				when pg_has_role(r.oid, 'pg_read_all_data', 'MEMBER') then 'is in pg_read_all_data, and reads everything anyhow'
				else '' end
		from pg_roles r
		where r.oid = any($1::oid[]) or r.rolname = any($2::name[])`
	known, names := j.identities()
	return reading{sql: query, args: []any{ids(known), pq.Array(names), v.server.self}, scan: func(scan func(...any) error) error {
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
		if id, ok := roleID(p.principal); ok {
			known = append(known, int64(id))
		}
		if checkPrincipal(p.principal.Name) == nil {
			names = append(names, p.principal.Name)
		}
	}
	return known, names
}

func readMembers(v *view) reading {
	const query = `
		select m.roleid, m.member, m.grantor = $3, coalesce((to_jsonb(m) ->> 'inherit_option')::bool, true),
			not m.admin_option and coalesce((to_jsonb(m) ->> 'inherit_option')::bool, true) and not coalesce((to_jsonb(m) ->> 'set_option')::bool, false)
		from pg_auth_members m
		where m.roleid = any($1::oid[]) and m.member = any($2::oid[])`
	roles := v.roleIDs()
	if v.ending != nil {
		roles = append(roles, int64(v.ending.id))
	}
	return reading{sql: query, args: []any{ids(roles), ids(v.peopleIDs()), v.server.self}, scan: func(scan func(...any) error) error {
		var m membership
		var ours, works, right bool
		err := scan(&m.role, &m.person, &ours, &works, &right)
		was := v.members[m]
		v.members[m] = standing{was.ours || ours, was.works || ours && works, was.right || ours && right, was.others || !ours}
		return err
	}}
}
