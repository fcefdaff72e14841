package mariadbprovision

import (
	"fmt"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/request"
)

// The bits of the rights on the whole server, as MariaDB keeps them (privilege.h).
const (
	readsAll   = 1 << 0  // SELECT
	isSuper    = 1 << 15 // SUPER
	makesUsers = 1 << 25 // CREATE USER
)

// decision is what has to be done after one look. It is pure: the look alone decides
// it, and a look that leads to no acts is the proof that all is done.
type decision struct {
	acts  []act
	errs  []error // by position in job.people: why this one cannot be given anything
	found error   // what keeps even a removal from being called done
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
	for _, privilege := range privileges {
		j.give(v, &d, members, privilege)
	}
	j.take(v, &d, members)
	j.dissolve(v, &d, members)
	return d
}

// mismatch says why nothing can be given on the asset: it is another one by now, or
// one that we cannot grant.
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
	return &provision.ReplacedError{
		What: fmt.Sprintf("asset %q", j.asset.Ref), Reason: fmt.Sprintf(format, args...),
		Now: catalog.Object{ID: v.server.id + "/" + o.id, Kind: o.kind, Owner: o.owner},
	}
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
	case slices.Contains(p.want, request.ReadWrite) && !v.object(j).updatable:
		return converge.RefuseAsset(j.asset.Ref, "cannot be written to on the platform; only READ can be granted")
	}
	return nil
}

// close takes the rights of our roles that are on something else than they were
// given for: on another object under the name, on what is covered no longer, or on
// what somebody else added.
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
			case needed && rights == toRead && held.somewhat:
				d.add(narrowRight(r, on))
			}
		}
		if len(r.more) > 0 && r.object == j.object {
			d.find("role %s of ours holds more than we gave it: %s", r.name, few(r.more))
		}
	}
}

// knows reports whether it is known what a role of the approved object should hold:
// what a database covers is said only where somebody wants it.
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

// standing finds what a database covers, as far as it stands as it was seen.
func (v *view) standing(j *job, a catalog.Asset) (object, bool) {
	o, stands := v.objects[a.Ref.Name()]
	return o, stands && len(a.Ref.Path()) == 2 && a.ID == v.server.id+"/"+o.id && a.Kind == o.kind && a.Source.Owner == o.owner
}

// give sees to it that those who want a privilege have it.
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
	for _, on := range slices.SortedFunc(maps.Keys(needs), target.compare) {
		if !r.rights[on].has(needs[on]) {
			d.add(giveRight(r, on, needs[on]))
		}
	}
	for _, i := range who {
		j.admit(v, d, members, name, i)
	}
}

// admit puts the role of the asset into that of the person. Where that one is not in
// force any more, what it held is what someone took away, or was a predecessor's of
// that name: it is made anew.
func (j *job) admit(v *view, d *decision, members memberships, asset string, i int) {
	l, own := v.people[i], j.personRole(i)
	if !l.inForce(own) {
		for _, m := range members {
			delete(m, own)
		}
		d.add(makePerson(own, j.people[i].account, i))
		l.exists, l.known, l.granted, l.defaultRole, l.holds = true, true, true, own, 0
	}
	if !members[asset][own] {
		members[asset][own] = true
		l.holds++
		d.add(admit(asset, own, i))
	}
}

// inForce reports whether what the role of the person holds is theirs when they log in.
func (l *login) inForce(own string) bool { return l.exists && l.granted && l.defaultRole == own }

// take ends the memberships that nobody wants, also of those to whom what is wanted
// cannot be given. What belongs to another object under the name stays: its own
// grants speak for it.
//
// The sessions of whoever loses the asset end. Where it is another one by now, what was
// open on the old one is closed with it.
func (j *job) take(v *view, d *decision, members memberships) {
	now := v.object(j)
	for i, p := range j.people {
		l, own, lost := v.people[i], j.personRole(i), false
		for _, r := range v.roles {
			if members[r.name][own] && j.unwanted(r, p) {
				ends := len(p.want) == 0 && now != nil && now.id == r.object
				delete(members[r.name], own)
				l.holds--
				lost = lost || ends
				d.add(expel(r, own, ends, i))
			}
		}
		if lost || v.ending[p.account] {
			d.add(endSessions(p.account, i))
		}
	}
}

// unwanted reports whether a person should not be in a role. Where it is not known
// which object was approved, nothing can stand but that nothing is wanted.
func (j *job) unwanted(r *role, p person) bool {
	if j.object == "" {
		return len(p.want) == 0
	}
	return r.object == j.object && !slices.Contains(p.want, r.privilege)
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
