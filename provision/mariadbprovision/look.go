package mariadbprovision

import (
	"context"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// view is the state of the platform that one look found for a job.
type view struct {
	server  server
	here    bool                // the database stands
	objects map[string]object   // in the database: the asset alone, or all for a database
	counts  map[string][]string // the sequences of the database that columns of a table take their value from
	roles   []*role             // of ours, for all objects that stand or stood under the path
	people  []*login            // by position in job.people; nil for no account of that name
	ending  map[account]bool    // whose sessions are still to be ended

	databases []string              // of the server
	proxied   map[grantee][]grantee // as whom accounts may sign in; read for a proof
	unknown   [][]string            // by position in job.people: what is not known of how they get in; read for a proof
	namesakes [][]account           // by position in job.people: whom they are when they come from some hosts; read for a proof
	definer   bool                  // the account that a view reads as is there; true for all else

	columns    []string        // of the table, where some of them matter
	reach      provision.Reach // what is read through the asset, if that is a view
	definition string          // and what it shows: see catalog.SameDefinition
}

// object stands under a name.
type object struct {
	id        string
	kind      catalog.Kind
	owner     string // of a view: as whom it reads
	security  string // DEFINER or INVOKER for a view
	updatable bool
}

// role is one of ours for the path.
type role struct {
	name      string
	object    string
	privilege request.Privilege
	exists    bool
	rights    map[target]right
	columns   map[target]map[string]string // of a role about columns: its rights on each
	more      []string                     // rights that it holds and we did not give
	members   map[string]account           // people, by the names of their roles
	others    int                          // members that are none of ours
}

// target is a table.
type target struct{ database, name string }

// right lists the rights of a role on a table.
type right struct{ reads, inserts, writes, somewhat bool }

// has reports whether it includes rights that we give.
func (r right) has(rights string) bool {
	switch rights {
	case toCount:
		return r.reads && r.inserts
	case toWrite:
		return r.reads && r.writes
	}
	return r.reads
}

// login is an account with its person role.
type login struct {
	stands      bool // the account; one that was dropped is read too if a role of ours is left of it
	isRole      bool
	defaultRole string
	access      uint64
	locked      bool
	expired     bool
	closed      bool // no password lets it in
	connections int  // that it may have at once; 0 says nothing
	encrypted   bool // it needs TLS

	exists  bool // the role stands
	known   bool // or the home knows of it
	granted bool // to the account
	holds   int  // roles of assets
}

// look reads all that a decision depends on. It changes nothing.
func (s *session) look(ctx context.Context, j *job) (*view, error) {
	v := &view{server: s.server, objects: map[string]object{}, counts: map[string][]string{}, ending: map[account]bool{}, proxied: map[grantee][]grantee{}, definer: true}
	for _, read := range []func(context.Context, *job, *view) error{s.readObjects, s.readShown, s.readSequences, s.readRoles, s.readColumns, s.readRights, s.readMore, s.readMembers, s.readPeople, s.readEnding} {
		if err := read(ctx, j, v); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (s *session) readObjects(ctx context.Context, j *job, v *view) error {
	err := s.Query(ctx, func(scan func(...any) error) error {
		var name, comment string
		err := scan(&name, &comment)
		v.here = v.here || name == j.database
		v.databases = append(v.databases, name)
		return err
	}, "call "+s.p.home+".list_databases()")
	if err != nil || !v.here {
		return err
	}
	err = s.Query(ctx, func(scan func(...any) error) error {
		var o object
		var name, comment string
		if err := scan(&name, &o.kind, &o.id, &o.owner, &o.security, &o.updatable, &comment); err != nil {
			return err
		}
		v.objects[name] = o
		return nil
	}, "call "+s.p.home+".list_objects(?, ?)", j.database, j.only())
	if o, stands := v.objects[j.table]; err == nil && stands && o.kind == catalog.View && !j.container() {
		err = s.readDefiner(ctx, o, v)
	}
	return err
}

// only is the table that the job is about; nil for a database.
func (j *job) only() any {
	if j.container() {
		return nil
	}
	return j.table
}

func (s *session) readSequences(ctx context.Context, j *job, v *view) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var table, sequence string
		err := scan(&table, &sequence)
		v.counts[table] = append(v.counts[table], sequence)
		return err
	}, "call "+s.p.home+".list_sequences(?, ?)", j.database, j.only())
}

func (s *session) readDefiner(ctx context.Context, o object, v *view) error {
	at := strings.LastIndexByte(o.owner, '@')
	return s.Note(s.QueryRowContext(ctx, "select count(*) > 0 from "+s.p.home+".accounts where user = ? and host = ?",
		o.owner[:max(at, 0)], o.owner[at+1:]).Scan(&v.definer))
}

func (s *session) readRoles(ctx context.Context, j *job, v *view) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		r := &role{rights: map[target]right{}, members: map[string]account{}}
		v.roles = append(v.roles, r)
		return scan(&r.name, &r.object, &r.privilege, &r.exists)
	}, "select r.role, r.object, r.privilege, a.user is not null from "+s.p.home+".asset_roles r left join "+s.p.home+
		".accounts a on a.user = r.role and a.host = '' and a.is_role where r.path = ? order by r.role", j.path)
}

func (v *view) role(name string) *role {
	if i := slices.IndexFunc(v.roles, func(r *role) bool { return r.name == name }); i >= 0 {
		return v.roles[i]
	}
	return nil
}

// ofPath selects the rows about the roles of the path.
func (s *session) ofPath(column string) string {
	return column + " in (select role from " + s.p.home + ".asset_roles where path = ?)"
}

func (s *session) readRights(ctx context.Context, j *job, v *view) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var name, held, columns string
		var on target
		if err := scan(&name, &on.database, &on.name, &held, &columns); err != nil {
			return err
		}
		r := v.role(name)
		if r == nil {
			return nil
		}
		rights := strings.Split(held, ",")
		has := func(right string) bool { return slices.Contains(rights, right) }
		r.rights[on] = right{has("Select"), has("Insert"), has("Insert") && has("Update") && has("Delete"), has("Insert") || has("Update") || has("Delete")}
		for _, other := range rights {
			if other != "" && !slices.Contains([]string{"Select", "Insert", "Update", "Delete"}, other) {
				r.more = append(r.more, strings.ToUpper(other)+" on "+quote(on.database, on.name))
			}
		}
		if columns != "" && !readsColumns(r.privilege) {
			r.more = append(r.more, "rights on columns of "+quote(on.database, on.name))
		}
		return nil
	}, "select user, db, name, privileges, columns from "+s.p.home+".table_rights where host = '' and "+s.ofPath("user"), j.path)
}

// readMore finds the other rights and roles that somebody gave our roles.
func (s *session) readMore(ctx context.Context, j *job, v *view) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var name, what string
		err := scan(&name, &what)
		if r := v.role(name); r != nil {
			r.more = append(r.more, what)
		}
		return err
	}, "select user, concat('rights on the database ', pattern) from "+s.p.home+".database_rights where host = '' and "+s.ofPath("user")+
		" union all select user, 'rights on the whole server' from "+s.p.home+".accounts where host = '' and access <> 0 and "+s.ofPath("user")+
		" union all select user, concat('role ', role) from "+s.p.home+".memberships where host = '' and "+s.ofPath("user"), j.path, j.path, j.path)
}

func (s *session) readMembers(ctx context.Context, j *job, v *view) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var name, member, host string
		var of account
		if err := scan(&name, &host, &member, &of.user, &of.host); err != nil {
			return err
		}
		switch r := v.role(name); {
		case r == nil:
		case of.user != "":
			r.members[member] = of
		case host != "localhost" || member != homeOf(j.installation):
			r.others++
		}
		return nil
	}, "select m.role, m.host, m.user, coalesce(p.user, ''), coalesce(p.host, '') from "+s.p.home+".memberships m left join "+s.p.home+
		".person_roles p on p.role = m.user and m.host = '' where "+s.ofPath("m.role"), j.path)
}

// atOnce is how many people one query is about.
const atOnce = 500

func (s *session) readPeople(ctx context.Context, j *job, v *view) error {
	v.people = make([]*login, len(j.people))
	at := make(map[account]int)
	var accounts []account
	for i, p := range j.people {
		if p.account.user != "" {
			at[p.account] = i
			accounts = append(accounts, p.account)
		}
	}
	for group := range slices.Chunk(accounts, atOnce) {
		if err := s.readLogins(ctx, group, func(a account, l *login) { v.people[at[a]] = l }); err != nil {
			return err
		}
	}
	return nil
}

// readLogins calls found for each account that stands, or of which a role of ours is left.
func (s *session) readLogins(ctx context.Context, accounts []account, found func(account, *login)) error {
	const asked = "select convert(? using utf8mb4) collate utf8mb4_bin as user, convert(? using utf8mb4) collate utf8mb4_bin as host, convert(? using utf8mb4) collate utf8mb4_bin as role"
	const query = `
		select w.user, w.host, a.user is not null, coalesce(a.is_role, 0), coalesce(a.default_role, ''), coalesce(a.access, 0), coalesce(a.locked, 0), coalesce(a.changed, -1), coalesce(a.lifetime, -1), coalesce(a.closed, false), coalesce(a.connections, 0), coalesce(a.encrypted, false),
			r.user is not null, p.role is not null,
			exists (select 1 from home.memberships m where m.indexed_user = w.iuser and m.indexed_host = w.ihost and m.indexed_role = w.irole and m.user = w.user and m.host = w.host),
			(select count(*) from home.memberships m where m.indexed_user = w.irole and m.indexed_host = '')
		from (select user, host, role, convert(user using utf8mb3) collate utf8mb3_bin as iuser, convert(host using utf8mb3) collate utf8mb3_bin as ihost, convert(role using utf8mb3) collate utf8mb3_bin as irole from (asked) all_of) w
		left join home.accounts a on a.indexed_user = w.iuser and a.indexed_host = w.ihost and a.user = w.user and a.host = w.host
		left join home.accounts r on r.indexed_user = w.irole and r.indexed_host = '' and r.is_role
		left join home.person_roles p on p.role = w.role`
	var args []any
	for _, a := range accounts {
		args = append(args, a.user, a.host, a.role(s.p.to.Installation))
	}
	all := asked + strings.Repeat(" union all "+asked, len(accounts)-1)
	return s.Query(ctx, func(scan func(...any) error) error {
		var a account
		l := new(login)
		var changed, lifetime int64
		if err := scan(&a.user, &a.host, &l.stands, &l.isRole, &l.defaultRole, &l.access, &l.locked, &changed, &lifetime, &l.closed, &l.connections, &l.encrypted, &l.exists, &l.known, &l.granted, &l.holds); err != nil {
			return err
		}
		l.expired = l.stands && s.server.expired(changed, lifetime)
		if l.stands || l.exists || l.known {
			found(a, l)
		}
		return nil
	}, strings.NewReplacer("home.", s.p.home+".", "asked", all).Replace(query), args...)
}

// expired reports whether a password that was set at that time is over. A time of 0
// is how MariaDB stores that it was declared so.
func (s server) expired(changed, lifetime int64) bool {
	if lifetime < 0 {
		lifetime = int64(s.passwordDays)
	}
	return changed == 0 || changed > 0 && lifetime > 0 && s.now >= float64(changed+lifetime*24*60*60)
}

func (s *session) readEnding(ctx context.Context, j *job, v *view) error {
	return s.Query(ctx, func(scan func(...any) error) error {
		var a account
		err := scan(&a.user, &a.host)
		v.ending[a] = true
		return err
	}, "select user, host from "+s.p.home+".ending")
}

// object finds the object under the name of the asset; nil if there is none.
func (v *view) object(j *job) *object {
	if !v.here {
		return nil
	}
	if j.container() {
		return &object{id: mariadbwire.DatabaseID(j.database), kind: catalog.Database, updatable: true}
	}
	if o, stands := v.objects[j.table]; stands {
		return &o
	}
	return nil
}

// scratch is a copy of the view, in which decide notes the effect of its acts on the
// person roles.
func (v *view) scratch() *view {
	noted := *v
	noted.people = make([]*login, len(v.people))
	for i, l := range v.people {
		if l != nil {
			copied := *l
			noted.people[i] = &copied
		}
	}
	return &noted
}
