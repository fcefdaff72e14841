package pgprovision

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/request"
)

// view is what one look at the platform found for a job.
type view struct {
	server  server
	here    bool     // the database is the one of the approved object
	object  *object  // what stands under the asset's name; nil for nothing
	usurper *object  // the same where another database has the name of the approved one
	roles   []*role  // ours for this name, of all objects that ever stood there
	ending  *role    // ours, see place.ending
	rights  rights   // what we may pass on
	people  []*login // by position in job.people; nil for no such role
	holders []*login // who has the names of job.people now; nil for no one
	members map[membership]standing
	strays  []holding // what our roles hold or own beside the asset
}

// object is what stands under the name of the asset.
type object struct {
	id         uint32
	kind       string // relkind
	owner      string
	ownerID    uint32
	schemaID   uint32
	updatable  bool // takes inserts, updates and deletes
	ownerIsUs  bool // our role is a member of the owner
	sequences  []sequence
	rowSecured bool
}

type sequence struct {
	id           uint32
	schema, name string
}

// role is one group role of ours.
type role struct {
	id        uint32
	name      string
	comment   string
	unsafe    string            // what makes it more than a group role; empty is right
	object    uint32            // that it is for, from its name
	privilege request.Privilege // that it is for, from its name
	holds     rights            // given by us
}

// right is a privilege on something that a grant touches.
type right struct {
	class string // database, schema, table, sequence
	id    uint32
	name  string // such as SELECT
}

type rights map[right]struct{}

func (r rights) has(x right) bool { _, has := r[x]; return has }

// login is a principal as the platform knows it.
type login struct {
	id       uint32
	name     string
	canLogin bool
	expired  bool
	inherits bool
	refused  string // why it can have no grant, whatever the asset
}

// membership is a pair of one of our roles and one of the people.
type membership struct{ role, person uint32 }

// standing says how a membership stands: as given by us, or by others, or both.
type standing struct {
	ours   bool
	works  bool // ours passes on what the role may do
	right  bool // ours has the options that we give
	others bool
}

// holding is something that a role of ours holds or owns in the wrong place.
type holding struct {
	role   string
	owned  bool
	what   string // in words
	revoke string // the statement that ends it; empty if we cannot
}

// look reads all that decides what has to be done. It changes nothing.
func (s *session) look(ctx context.Context, j *job) (*view, error) {
	v := &view{server: s.server}
	j.place.system = s.p.system
	if j.place.databaseID == 0 {
		j.place.databaseID = s.server.databaseID
	}
	v.here = s.server.database == j.database && s.server.databaseID == j.place.databaseID
	steps := []func(context.Context, *job, *view) error{s.readObject, s.readSequences, s.readRoles, s.readPeople, s.readMembers, s.readRights, s.readStrays}
	for _, step := range steps {
		if err := step(ctx, j, v); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// readObject asks no function that would wait for a lock on a table.
func (s *session) readObject(ctx context.Context, j *job, v *view) error {
	const query = `
		select c.oid, c.relkind::text, o.rolname, c.relowner, c.relnamespace, c.relrowsecurity, pg_has_role(c.relowner, 'MEMBER'),
			case when c.relkind in ('r', 'p') then true when c.relkind = 'v' or w.fdwhandler <> 0 then pg_relation_is_updatable(c.oid, true) & 28 = 28 else false end
		from pg_class c
		join pg_namespace n on n.oid = c.relnamespace
		join pg_roles o on o.oid = c.relowner
		left join pg_foreign_table f on f.ftrelid = c.oid
		left join pg_foreign_server fs on fs.oid = f.ftserver
		left join pg_foreign_data_wrapper w on w.oid = fs.srvfdw
		where n.nspname = $1 and c.relname = $2`
	if s.server.database != j.database {
		return nil
	}
	return s.query(ctx, func(scan func(...any) error) error {
		o := &object{}
		if v.here {
			v.object = o
		} else {
			v.usurper = o
		}
		return scan(&o.id, &o.kind, &o.owner, &o.ownerID, &o.schemaID, &o.rowSecured, &o.ownerIsUs, &o.updatable)
	}, query, j.schema, j.name)
}

func (s *session) readSequences(ctx context.Context, _ *job, v *view) error {
	const query = `
		select c.oid, n.nspname, c.relname
		from pg_depend d
		join pg_class c on c.oid = d.objid and c.relkind = 'S'
		join pg_namespace n on n.oid = c.relnamespace
		where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = $1 and d.deptype in ('a', 'i')
		order by c.oid`
	if v.object == nil {
		return nil
	}
	return s.query(ctx, func(scan func(...any) error) error {
		var q sequence
		err := scan(&q.id, &q.schema, &q.name)
		v.object.sequences = append(v.object.sequences, q)
		return err
	}, query, v.object.id)
}

// readRoles finds our roles of this name by the range of their names, which the
// index of pg_authid serves.
func (s *session) readRoles(ctx context.Context, j *job, v *view) error {
	const query = `
		select r.oid, r.rolname, coalesce(shobj_description(r.oid, 'pg_authid'), ''),
			concat_ws(' and ', case when r.rolcanlogin then 'can log in' end,
				case when r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls then 'has attributes of its own' end,
				(select 'is a member of ' || string_agg(g.rolname, ', ') from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid)),
			coalesce(substring(r.rolname from '_([0-9]{1,10})$'), '0')
		from pg_roles r
		where r.rolname >= $1::name and r.rolname < $2::name
			or r.rolname >= $3::name and r.rolname < $4::name
			or r.rolname = $5::name
		order by r.rolname`
	read, write := j.place.prefix(request.Read), j.place.prefix(request.ReadWrite)
	return s.query(ctx, func(scan func(...any) error) error {
		r := &role{holds: make(rights), privilege: request.ReadWrite}
		if err := scan(&r.id, &r.name, &r.comment, &r.unsafe, &r.object); err != nil {
			return err
		}
		switch {
		case r.name == j.place.ending():
			v.ending = r
			return nil
		case r.name < read+":" && r.name >= read:
			r.privilege = request.Read
		}
		v.roles = append(v.roles, r)
		return nil
	}, query, read, read+":", write, write+":", j.place.ending())
}

func (s *session) readPeople(ctx context.Context, j *job, v *view) error {
	const query = `
		select r.oid, r.rolname, r.rolcanlogin, coalesce(r.rolvaliduntil <= clock_timestamp(), false), r.rolinherit,
			case when r.rolsuper then 'is a superuser, who sees everything anyhow'
				when r.oid = $3 then 'is the role that Grantwright itself uses'
				when r.rolbypassrls then 'bypasses row level security (BYPASSRLS), and sees more than a grant says'
				when r.rolreplication then 'may copy the whole cluster (REPLICATION)'
				else '' end
		from pg_roles r
		where r.oid = any($1::oid[]) or r.rolname = any($2::name[])`
	ids, names := j.identities()
	byID, byName := make(map[uint32]*login), make(map[string]*login)
	err := s.query(ctx, func(scan func(...any) error) error {
		l := &login{}
		err := scan(&l.id, &l.name, &l.canLogin, &l.expired, &l.inherits, &l.refused)
		byID[l.id], byName[l.name] = l, l
		return err
	}, query, pq.Array(ids), pq.Array(names), s.server.self)
	v.people, v.holders = make([]*login, len(j.people)), make([]*login, len(j.people))
	for i, p := range j.people {
		v.holders[i] = byName[p.principal.Name]
		if p.principal.ID == "" {
			v.people[i] = byName[p.principal.Name]
		} else if id, ok := roleID(p.principal); ok {
			v.people[i] = byID[id]
		}
	}
	return err
}

// identities are how the people can be found: by id where it is known. Who has
// the name is asked too, because it may be another by now.
func (j *job) identities() (ids []int64, names []string) {
	ids, names = []int64{}, []string{}
	for _, p := range j.people {
		if id, ok := roleID(p.principal); ok {
			ids = append(ids, int64(id))
		}
		if checkPrincipal(p.principal.Name) == nil {
			names = append(names, p.principal.Name)
		}
	}
	return ids, names
}

func (s *session) readMembers(ctx context.Context, j *job, v *view) error {
	const query = `
		select m.roleid, m.member, m.grantor = $3, coalesce((to_jsonb(m) ->> 'inherit_option')::bool, true),
			not m.admin_option and coalesce((to_jsonb(m) ->> 'inherit_option')::bool, true) and not coalesce((to_jsonb(m) ->> 'set_option')::bool, false)
		from pg_auth_members m
		where m.roleid = any($1::oid[]) and m.member = any($2::oid[])`
	v.members = make(map[membership]standing)
	if len(v.roles) == 0 && v.ending == nil {
		return nil
	}
	ids := v.roleIDs()
	if v.ending != nil {
		ids = append(ids, int64(v.ending.id))
	}
	return s.query(ctx, func(scan func(...any) error) error {
		var m membership
		var ours, works, right bool
		err := scan(&m.role, &m.person, &ours, &works, &right)
		was := v.members[m]
		v.members[m] = standing{was.ours || ours, was.works || ours && works, was.right || ours && right, was.others || !ours}
		return err
	}, query, pq.Array(ids), pq.Array(v.peopleIDs()), s.server.self)
}

// readRights reads what our roles hold on the asset and around it, and what we
// ourselves may pass on, from the access lists themselves.
func (s *session) readRights(ctx context.Context, _ *job, v *view) error {
	const query = `
		with lists(class, id, acl) as (
			select 'database', oid, datacl from pg_database where oid = $3
			union all select 'schema', oid, nspacl from pg_namespace where oid = $4
			union all select 'table', oid, relacl from pg_class where oid = $5
			union all select 'sequence', oid, relacl from pg_class where oid = any($6::oid[])
		)
		select l.class, l.id, a.grantee, a.privilege_type, a.is_grantable
		from lists l, aclexplode(l.acl) a
		where a.grantee = $1 and a.is_grantable or a.grantee = any($2::oid[]) and a.grantor = $1`
	v.rights = make(rights)
	if v.object == nil {
		return nil
	}
	holders := map[uint32]rights{s.server.self: v.rights}
	for _, r := range v.roles {
		holders[r.id] = r.holds
	}
	return s.query(ctx, func(scan func(...any) error) error {
		var x right
		var grantee uint32
		var grantable bool
		if err := scan(&x.class, &x.id, &grantee, &x.name, &grantable); err != nil {
			return err // a context may end between two rows
		}
		if held := holders[grantee]; held != nil {
			held[x] = struct{}{}
		}
		return nil
	}, query, s.server.self, pq.Array(v.roleIDs()), s.server.databaseID, v.object.schemaID, v.object.id, pq.Array(v.object.sequenceIDs()))
}

// readStrays finds what our roles hold where they should not. A role of an
// object that stands under its name no longer should hold nothing.
func (s *session) readStrays(ctx context.Context, _ *job, v *view) error {
	const query = `
		select r.rolname,
			case when d.dbid not in (0, $1) then 'something in database ' || coalesce((select datname from pg_database where oid = d.dbid), d.dbid::text)
				else pg_describe_object(d.classid, d.objid, d.objsubid) end,
			d.deptype = 'o',
			case when d.deptype <> 'a' or d.dbid not in (0, $1) or d.objsubid <> 0 then ''
				when d.classid = 'pg_database'::regclass then coalesce((select format('revoke all on database %I from %I', o.datname, r.rolname)
					from pg_database o where o.oid = d.objid and exists (select from aclexplode(o.datacl) a where a.grantee = r.oid and a.grantor = $7)), '')
				when d.classid = 'pg_namespace'::regclass then coalesce((select format('revoke all on schema %I from %I', o.nspname, r.rolname)
					from pg_namespace o where o.oid = d.objid and exists (select from aclexplode(o.nspacl) a where a.grantee = r.oid and a.grantor = $7)), '')
				when d.classid = 'pg_class'::regclass then coalesce((select format('revoke %s %I.%I from %I', case o.relkind when 'S' then 'usage on sequence' else 'all on table' end, n.nspname, o.relname, r.rolname)
					from pg_class o join pg_namespace n on n.oid = o.relnamespace
					where o.oid = d.objid and exists (select from aclexplode(o.relacl) a where a.grantee = r.oid and a.grantor = $7)), '')
				else '' end
		from pg_shdepend d
		join pg_roles r on r.oid = d.refobjid
		where d.refclassid = 'pg_authid'::regclass and d.refobjid = any($2::oid[]) and ($6 or d.deptype = 'o')
			and not (d.deptype = 'a' and d.refobjid = any($3::oid[])
				and (d.classid = 'pg_database'::regclass and d.objid = $1
					or d.classid = 'pg_namespace'::regclass and d.dbid = $1 and d.objid = $4
					or d.classid = 'pg_class'::regclass and d.dbid = $1 and d.objsubid = 0 and d.objid = any($5::oid[])))
		order by 1, 2
		limit 100`
	if len(v.roles) == 0 {
		return nil
	}
	at := v.object
	if at == nil { // nothing took the place of what our roles are for
		at = &object{}
	}
	current := []int64{} // an array that is null would match nothing, and keep nothing out either
	for _, r := range v.roles {
		if r.object == at.id {
			current = append(current, int64(r.id))
		}
	}
	own := append(at.sequenceIDs(), int64(at.id))
	return s.query(ctx, func(scan func(...any) error) error {
		var h holding
		err := scan(&h.role, &h.what, &h.owned, &h.revoke)
		v.strays = append(v.strays, h)
		return err
	}, query, s.server.databaseID, pq.Array(v.roleIDs()), pq.Array(current), at.schemaID, pq.Array(own), v.object != nil, s.server.self)
}

func (v *view) roleIDs() []int64 {
	ids := make([]int64, len(v.roles))
	for i, r := range v.roles {
		ids[i] = int64(r.id)
	}
	return ids
}

func (v *view) peopleIDs() []int64 {
	ids := make(map[int64]bool)
	for _, l := range v.people {
		if l != nil {
			ids[int64(l.id)] = true
		}
	}
	return slices.SortedFunc(maps.Keys(ids), cmp.Compare[int64])
}

func (o *object) sequenceIDs() []int64 {
	ids := make([]int64, len(o.sequences))
	for i, q := range o.sequences {
		ids[i] = int64(q.id)
	}
	return ids
}
