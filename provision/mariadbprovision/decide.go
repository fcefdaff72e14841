package mariadbprovision

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/request"
)

// The bits of the rights on the whole server, as MariaDB stores them (privilege.h).
const (
	readsAll    = 1 << 0             // SELECT
	writesAll   = 1<<1 | 1<<2 | 1<<3 // INSERT, UPDATE, DELETE
	usesFiles   = 1 << 9             // FILE
	isSuper     = 1 << 15            // SUPER
	executesAll = 1 << 18            // EXECUTE
	replicates  = 1 << 19            // REPLICATION SLAVE
	makesUsers  = 1 << 25            // CREATE USER
	setsUser    = 1 << 30            // SET USER
)

// decision lists the acts that have to follow one look. It is pure: it depends on the
// view alone, and a decision without acts is the proof that all is done.
type decision struct {
	acts  []act
	errs  []error // by position in job.people: why this one cannot be given anything
	found error   // why even a removal is not done
}

func (j *job) decide(v *view) decision {
	d := decision{errs: make([]error, len(j.people))}
	v = v.scratch()
	asset := j.mismatch(v)
	for i, p := range j.people {
		switch {
		case p.err != nil:
			d.errs[i] = p.err
		case len(p.want) == 0:
		case asset != nil:
			d.errs[i] = asset
		default:
			d.errs[i] = j.refusal(v, i)
		}
	}
	members := membersOf(v)
	j.close(v, &d)
	for _, privilege := range slices.Concat(privileges, j.columnPrivileges()) {
		j.give(v, &d, members, privilege)
	}
	j.take(v, &d, members)
	j.dissolve(v, &d, members)
	return d
}

// mismatch says why nobody can be given the asset: another object stands under its
// name, or it cannot be granted.
func (j *job) mismatch(v *view) error {
	o := v.object(j)
	switch {
	case j.object == "":
		return converge.RefuseAsset(j.asset.Ref, "has no id; check what stands there first")
	case j.asset.Kind == "":
		return converge.RefuseAsset(j.asset.Ref, "has no kind; say what was approved")
	case o == nil:
		return converge.RefuseAsset(j.asset.Ref, "stands no longer under its name")
	case o.id != j.object:
		return j.replaced(v, o, "is another object now: %s, but %s was approved", o.id, j.object)
	case o.kind != j.asset.Kind:
		return j.replaced(v, o, "is no %s any more", j.asset.Kind)
	case o.owner != j.asset.Source.Owner:
		return j.replaced(v, o, "reads as %q now, it was approved as reading as %q", o.owner, j.asset.Source.Owner)
	case o.security == "INVOKER":
		return converge.RefuseAsset(j.asset.Ref, "reads with the reader's own rights (SQL SECURITY INVOKER); ask for what it reads")
	case !v.definer:
		return converge.RefuseAsset(j.asset.Ref, "reads as %q, and there is no such account: nobody can use it", o.owner)
	}
	return nil
}

func (j *job) replaced(v *view, o *object, format string, args ...any) error {
	return converge.ReplacedAsset(j.asset.Ref, catalog.Object{ID: v.server.id + "/" + o.id, Kind: o.kind, Owner: o.owner}, format, args...)
}

// memberships says who is in which role, as the acts so far will leave it.
type memberships map[string]map[string]bool

func membersOf(v *view) memberships {
	m := memberships{}
	for _, r := range v.roles {
		m[r.name] = map[string]bool{}
		for person := range r.members {
			m[r.name][person] = true
		}
	}
	return m
}

// refusal says why the person can be given nothing.
func (j *job) refusal(v *view, i int) error {
	p, l := j.people[i], v.people[i]
	own := j.personRole(i)
	switch {
	case l == nil || !l.stands:
		return refusePrincipal(p.principal, "does not exist")
	case l.isRole:
		return refusePrincipal(p.principal, "is a role; only accounts can be given access")
	case p.account.String() == v.server.self || p.account == account{homeOf(j.installation), "localhost"}:
		return refusePrincipal(p.principal, "is an account of Grantwright")
	case l.access&readsAll != 0:
		return refusePrincipal(p.principal, "may read everything anyhow (SELECT on *.*)")
	case l.access&(makesUsers|isSuper) != 0:
		return refusePrincipal(p.principal, "administers the server, and can give itself everything (CREATE USER or SUPER)")
	case l.defaultRole != "" && l.defaultRole != own:
		return refusePrincipal(p.principal, "has the default role %q, and MariaDB activates one only when somebody logs in; grant it what that role may do directly, and set no default role", l.defaultRole)
	case l.locked:
		return refusePrincipal(p.principal, "cannot log in (ACCOUNT LOCK)")
	case l.expired:
		return refusePrincipal(p.principal, "cannot do anything before the password is changed, which is over (PASSWORD EXPIRE)")
	case l.closed:
		return refusePrincipal(p.principal, "cannot log in (its password is invalid)")
	case cmp.Or(l.connections, v.server.connections) < 0:
		return refusePrincipal(p.principal, "cannot log in (MAX_USER_CONNECTIONS is below 0)")
	case l.encrypted && v.server.noTLS:
		return refusePrincipal(p.principal, "cannot log in: it may do so over TLS alone (REQUIRE SSL), and the server has none")
	case p.shows != nil && !p.shows(v.definition, v.reach):
		return converge.RefuseAsset(j.asset.Ref, "shows something else than what was approved: the view was replaced, or one that it reads")
	case p.known != nil && p.known(v.reach) != nil:
		return p.known(v.reach)
	case j.columnless(v, p) != nil:
		return j.columnless(v, p)
	case slices.Contains(p.want, request.ReadWrite) && !v.object(j).updatable:
		return converge.RefuseAccess(j.asset.Ref, provision.Access.Writes, "cannot be written to on the platform; only READ can be granted")
	}
	return nil
}

// close revokes rights that our roles should not hold: those of a role whose object no
// longer stands under the name, those on tables that are no longer covered, and those that
// somebody else added.
func (j *job) close(v *view, d *decision) {
	now := ""
	if o := v.object(j); o != nil {
		now = o.id
	}
	for _, r := range v.roles {
		needs := j.needs(v, r.privilege)
		for _, on := range slices.SortedFunc(maps.Keys(r.rights), target.compare) {
			held := r.rights[on]
			rights, needed := needs[on]
			switch {
			case r.object == now && r.object != j.object:
				// Another job's: its own people decide.
			case r.object != now, !needed && j.knows(r):
				d.add(takeRight(r, on))
			case readsColumns(r.privilege) && r.strays(v, on):
				d.add(takeRight(r, on))
			case readsColumns(r.privilege):
			case needed && rights == toRead && held.somewhat:
				d.add(narrowRight(r, on))
			}
		}
		if len(r.more) > 0 && r.object == j.object {
			d.find("role %s of ours holds more than we gave it: %s", r.name, converge.Few(r.more))
		}
	}
}

// knows reports whether the rights of a role of the approved object are known. The
// coverage of a database is known only where somebody wants access to it.
func (j *job) knows(r *role) bool { return r.object == j.object && (!j.container() || j.covered) }

// needs lists the rights that a role of the approved object has: on the tables, and
// for writing on the sequences of the database by which their columns count.
func (j *job) needs(v *view, p request.Privilege) map[target]string {
	needs := map[target]string{}
	add := func(table string, updatable bool) {
		if p != request.ReadWrite || !updatable {
			needs[target{j.database, table}] = toRead
			return
		}
		needs[target{j.database, table}] = toWrite
		for _, sequence := range v.counts[table] {
			needs[target{j.database, sequence}] = toCount
		}
	}
	if !j.container() {
		add(j.table, true)
		return needs
	}
	for _, a := range j.below {
		if o, stands := v.standing(j, a); stands {
			add(a.Ref.Name(), o.updatable)
		}
	}
	return needs
}

// standing finds a covered asset of a database, if it stands as the last sync saw it.
func (v *view) standing(j *job, a catalog.Asset) (object, bool) {
	o, stands := v.objects[a.Ref.Name()]
	return o, stands && len(a.Ref.Path()) == 2 && a.ID == v.server.id+"/"+o.id && a.Kind == o.kind && a.Source.Owner == o.owner
}

// give brings the role of one privilege to its rights, and makes those who want the
// privilege members.
func (j *job) give(v *view, d *decision, members memberships, privilege request.Privilege) {
	var who []int
	for i, p := range j.people {
		if d.errs[i] == nil && slices.Contains(p.want, privilege) {
			who = append(who, i)
		}
	}
	if len(who) == 0 {
		return
	}
	name := j.roleOf(privilege)
	r := v.role(name)
	if r == nil || !r.exists {
		d.add(makeRole(j, name, privilege))
		r = &role{name: name, object: j.object, privilege: privilege}
		members[name] = map[string]bool{}
	}
	needs := j.needs(v, privilege)
	if readsColumns(privilege) {
		needs = nil
		j.giveColumns(v, d, r)
	}
	for _, on := range slices.SortedFunc(maps.Keys(needs), target.compare) {
		if !r.rights[on].has(needs[on]) {
			d.add(giveRight(r, on, needs[on]))
		}
	}
	for _, i := range who {
		j.makePerson(v, d, members, i)
	}
	for _, i := range who {
		if own := j.personRole(i); !members[name][own] {
			members[name][own] = true
			v.people[i].holds++
			d.add(admit(name, own, i))
		}
	}
}

// makePerson makes a person role anew that is not in force any more: someone took its
// memberships away, or they were those of an earlier account of that name.
func (j *job) makePerson(v *view, d *decision, members memberships, i int) {
	l, own := v.people[i], j.personRole(i)
	if l.inForce(own) {
		return
	}
	for _, m := range members {
		delete(m, own)
	}
	d.add(makePerson(own, j.people[i].account, i))
	l.exists, l.known, l.granted, l.defaultRole, l.holds = true, true, true, own, 0
}

// inForce reports whether MariaDB activates the person role when the person logs in.
func (l *login) inForce(own string) bool { return l.exists && l.granted && l.defaultRole == own }

// take ends the memberships that nobody wants, also of people who are refused. It leaves
// those in roles of another object under the same name, which has grants of its own.
//
// The sessions of people who lose the asset end. Where another object stands under the
// name they do not: nobody can have the old one open any more.
func (j *job) take(v *view, d *decision, members memberships) {
	now := v.object(j)
	lost := make([]bool, len(j.people))
	for _, r := range v.roles {
		for i, p := range j.people {
			if own := j.personRole(i); members[r.name][own] && j.unwanted(r, p) {
				ends := len(p.want) == 0 && now != nil && now.id == r.object
				delete(members[r.name], own)
				v.people[i].holds--
				lost[i] = lost[i] || ends
				d.add(expel(r, own, ends, i))
			}
		}
	}
	for i, p := range j.people {
		if lost[i] || v.ending[p.account] {
			d.add(endSessions(p.account, i))
		}
	}
}

// unwanted reports whether a person should not be in a role. Where the approved object is
// not known, no membership is unwanted unless the person wants nothing.
func (j *job) unwanted(r *role, p person) bool {
	if j.object == "" {
		return len(p.want) == 0
	}
	held := p.hold && slices.Contains(p.withdrawn, r.privilege)
	return r.object == j.object && !slices.Contains(p.want, r.privilege) && !held
}

// dissolve drops the roles of ours that nobody is in and nobody wants.
func (j *job) dissolve(v *view, d *decision, members memberships) {
	for _, r := range v.roles {
		if len(members[r.name]) == 0 && r.others == 0 {
			d.add(dropRole(r))
		}
	}
	for i := range j.people {
		if l := v.people[i]; l != nil && (l.exists || l.known) && l.holds == 0 {
			d.add(dropPerson(j.personRole(i), j.people[i].account, l, i))
		}
	}
}

func (d *decision) add(a act) { d.acts = append(d.acts, a) }

func (d *decision) find(format string, args ...any) {
	if d.found == nil {
		d.found = fmt.Errorf("%w: %s", provision.ErrPermanent, fmt.Sprintf(format, args...))
	}
}
