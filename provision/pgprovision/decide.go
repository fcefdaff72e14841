package pgprovision

import (
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/reach"
	"github.com/grantwright/grantwright/request"
)

// decision lists the acts that have to follow one look. It is pure: it depends on the
// view alone, and a decision without acts is the proof that all is done.
type decision struct {
	acts   []act
	errs   []error         // by position in job.people: why this one cannot be given anything
	denied []reach.Denials // the same: what of a container is not given to this one, because we may not
	kept   []error         // the same: why what is taken from this one stands all the same
	found  error           // why even a removal is not done
	more   bool            // one look cannot find all that is to be done
}

// act is one statement.
type act struct {
	sql    string
	people []int    // for whom, by position in job.people; nil for all
	named  bool     // it names those people, and may fail because of one of them
	shared []string // keys of things that it changes and other assets share; acts with the same key never run at once
	things int      // how many tables, schemas and sequences it changes
	later  bool     // it can wait, where somebody else's lock is in its way: nobody has access by what it ends
}

func (j *job) decide(v *view) decision {
	d := decision{errs: make([]error, len(j.people)), denied: make([]reach.Denials, len(j.people)), kept: make([]error, len(j.people))}
	asset := j.mismatch(v)
	if j.lost(v) {
		asset = &provision.MovedError{Err: asset}
	}
	for i, p := range j.people {
		switch {
		case p.err != nil:
			d.errs[i] = p.err
		case len(p.want) == 0:
		case asset != nil:
			d.errs[i] = asset
			if p.hold && len(p.given) > 0 && j.lost(v) {
				d.kept[i] = asset
			}
		default:
			d.errs[i] = j.refusal(v, i)
			if d.errs[i] == nil {
				d.errs[i] = v.unshown
			}
		}
	}
	left := j.take(v, &d)
	j.clean(v, &d)
	for _, privilege := range j.privileges() {
		j.give(v, &d, privilege)
	}
	j.dissolve(v, &d, left)
	d.more = len(v.strays) >= maxStrays
	return d
}

// privileges lists READ and READ_WRITE, one for each set of columns that somebody is to
// read, and one for each column that somebody is to see clear. Each has a group role.
func (j *job) privileges() []request.Privilege {
	var others []request.Privilege
	for _, p := range j.people {
		others = append(others, slices.DeleteFunc(slices.Clone(p.want), func(w request.Privilege) bool { return slices.Contains(naming.Privileges, w) })...)
	}
	return append(slices.Clip(naming.Privileges), sorted(others)...)
}

// mismatch says why nobody can be given the asset: another object stands under its
// name, or it cannot be granted.
func (j *job) mismatch(v *view) error {
	o := v.object
	switch {
	case j.object == 0:
		return j.refused("has no id; check what stands there first")
	case j.asset.Kind == "":
		return j.refused("has no kind; say what was approved")
	case j.shut != nil:
		return j.shut
	case v.server.Database != j.database:
		return j.refused("stands no longer: there is no database %q", j.database)
	case !v.here && v.usurper != nil:
		return j.replaced(v, v.usurper, "was approved in database %d, but %q is database %d now", j.place.DatabaseID, v.server.Database, v.server.DatabaseID)
	case !v.here:
		return j.refused("stands no longer: it was approved in database %d, and %q is database %d now", j.place.DatabaseID, v.server.Database, v.server.DatabaseID)
	case o == nil:
		return j.refused("stands no longer under its name; where it has another by now, access to it was taken, and has to be asked for there")
	case o.id != j.object:
		return j.replaced(v, o, "is another object now: %d, but %d was approved", o.id, j.object)
	case o.kind != naming.Relkinds[j.asset.Kind]:
		return j.replaced(v, o, "is no %s any more", j.asset.Kind)
	case o.owner != j.asset.Source.Owner:
		return j.replaced(v, o, "is owned by %q now, it was approved as owned by %q", o.owner, j.asset.Source.Owner)
	case o.ownerIsUs:
		return j.refused("is owned by a role that %q is a member of, so that grants would be made in the owner's name; end that membership", v.server.SelfName)
	case o.closed != "" && (j.container() || len(v.covered) > 0 && v.covered[0].closed != ""): // and no masked view of ours shows it
		return j.refused("cannot be granted: %q has not even %s any more; run what Setup lists", v.server.SelfName, visible.Text(o.closed))
	}
	return nil
}

// refusal says why the person can be given nothing.
func (j *job) refusal(v *view, i int) error {
	p, l := j.people[i], v.people[i]
	switch {
	case l == nil && v.holders[i] != nil:
		return converge.ReplacedPrincipal(p.principal, "with id %q does not exist; another role stands under that name, with id %d", p.principal.ID, v.holders[i].id)
	case l == nil:
		return refusePrincipal(p.principal, "does not exist")
	case l.name != p.principal.Name:
		return converge.ReplacedPrincipal(p.principal, "is called %q now; another role stands under that name, or none", l.name)
	case l.refused != "":
		return refusePrincipal(p.principal, l.refused)
	case p.shows != nil && !p.shows(v.definition, v.reach):
		return j.refused("shows something else than what was approved: the view was replaced, or one that it reads, or a function that it calls, or row policies")
	case p.known != nil && p.known(v.reach) != nil:
		return p.known(v.reach)
	case v.ownsAll(l.id):
		return refusePrincipal(p.principal, "owns the asset, and has access anyhow")
	case p.principal.Group && l.canLogin:
		return refusePrincipal(p.principal, "can log in; it is a person, not a group")
	case !p.principal.Group && !l.canLogin:
		return refusePrincipal(p.principal, "cannot log in (NOLOGIN); ask for it as a group, if that is what it is")
	case !p.principal.Group && l.expired:
		return refusePrincipal(p.principal, "is no longer valid (VALID UNTIL is over)")
	case !l.inherits && !v.server.SetsOptions():
		return refusePrincipal(p.principal, "does not inherit what its roles may do (NOINHERIT)")
	case j.columnless(v, p) != nil:
		return j.columnless(v, p)
	case slices.ContainsFunc(p.want, naming.Unmasks) && (j.container() || j.shownByOther()):
		return converge.RefuseAccess(j.asset.Ref, provision.Access.Unmasks, "is not shown by a view of ours, so that we can show no column of it clear")
	case slices.Contains(p.want, request.ReadWrite) && !j.container() && len(j.masked) > 0:
		return converge.RefuseAccess(j.asset.Ref, provision.Access.Writes, "is masked; only READ can be granted on what shows it masked")
	case slices.Contains(p.want, request.ReadWrite) && !j.container() && !v.covered[0].updatable:
		return converge.RefuseAccess(j.asset.Ref, provision.Access.Writes, "cannot be written to on the platform; only READ can be granted")
	}
	return nil
}

// take ends the memberships that nobody wants, whoever gave them, also of people who are
// refused. It leaves those in roles of another object under the same name, which has grants
// of its own. It returns who leaves each role.
func (j *job) take(v *view, d *decision) map[*role][]int {
	left := make(map[*role][]int)
	var lost []int
	for _, r := range v.roles {
		who := j.who(v, func(i int, l *login) bool {
			s := v.members[membership{r.id, l.id}]
			return (s.ours || s.others()) && j.unwanted(v, r, j.people[i])
		})
		if len(who) > 0 && !j.owned(r) {
			d.find("role %s has not the comment of ours, so that we end no membership in it", r.name)
			continue
		}
		d.byGroup(j.taken(v, d, r, who), v, "revoke "+naming.Quote(r.name)+" from %s")
		left[r] = who
		lost = append(lost, who...)
	}
	slices.Sort(lost)
	if lost = slices.Compact(lost); len(lost) > 0 && !v.server.SetsOptions() {
		j.mark(v, d, lost)
	}
	return left
}

// taken lists the people who leave a role whose membership a statement of ours ends.
// Before 16, whoever administers a role ends each membership in it. From 16 on only the
// grantor does, and the end of the role: where it stays, we say who gave the membership.
func (j *job) taken(v *view, d *decision, r *role, who []int) []int {
	if !v.server.SetsOptions() {
		return who
	}
	var ours []int
	for _, i := range who {
		s := v.members[membership{r.id, v.people[i].id}]
		if s.ours {
			ours = append(ours, i)
		}
		if s.others() && (r.object != j.object || !j.empties(v, r, who) || !j.dissolves(v, d, r)) {
			d.kept[i] = fmt.Errorf("%w: %s gave the membership of %q in role %s, and alone can end it: revoke %s from %s granted by %[2]s",
				provision.ErrPermanent, naming.Few(s.by), v.people[i].name, r.name, naming.Quote(r.name), naming.Quote(v.people[i].name))
		}
	}
	return ours
}

// empties reports whether nobody is left in a role after some of the people.
func (j *job) empties(v *view, r *role, who []int) bool {
	if r.others {
		return false
	}
	for m := range v.members {
		if m.role == r.id && !slices.ContainsFunc(who, func(i int) bool { return v.people[i].id == m.person }) {
			return false
		}
	}
	return true
}

// unwanted reports whether a person should not be in a role. Where the approved object is
// not known, no membership is unwanted unless the person wants nothing. Where it stands no
// longer under its name, each is: the role would open it under its new one, about which
// others may decide.
func (j *job) unwanted(v *view, r *role, p person) bool {
	if j.object == 0 {
		return len(p.want) == 0
	}
	held := p.hold && (slices.Contains(p.withdrawn, r.privilege) || j.lost(v) && slices.Contains(p.given, r.privilege))
	return r.object == j.object && (j.lost(v) || !slices.Contains(p.want, r.privilege)) && !held
}

// lost reports whether nothing stands under the name of the approved object, as far as a
// look into its database says.
func (j *job) lost(v *view) bool {
	return j.asset.Kind != "" && j.shut == nil && v.object == nil && v.usurper == nil
}

// mark records on the platform that the sessions of these people have to end. Before 16,
// a session that set its role to ours has the access until it ends.
func (j *job) mark(v *view, d *decision, who []int) {
	name := j.place.Ending()
	if v.ending == nil {
		d.acts = append(d.acts, act{sql: j.makeRole(v, name, j.place.EndingComment())[0], people: who, shared: []string{name}})
	}
	first := len(d.acts)
	d.byGroup(who, v, "grant "+naming.Quote(name)+" to %s")
	for i := range d.acts[first:] {
		d.acts[first+i].shared = []string{name}
	}
}

// who lists the people who exist and for whom f holds.
func (j *job) who(v *view, f func(i int, l *login) bool) []int {
	var who []int
	for i, l := range v.people {
		if l != nil && f(i, l) {
			who = append(who, i)
		}
	}
	return who
}

func (d *decision) find(format string, args ...any) {
	if d.found == nil {
		d.found = fmt.Errorf("%w: %s", provision.ErrPermanent, fmt.Sprintf(format, args...))
	}
}

func (d *decision) refuse(who []int, err error) {
	for _, i := range who {
		d.errs[i] = err
	}
}

// byGroup adds a statement about people, so many at a time.
func (d *decision) byGroup(who []int, v *view, format string) {
	for group := range slices.Chunk(who, maxGroup) {
		names := make([]string, len(group))
		for k, i := range group {
			names[k] = naming.Quote(v.people[i].name)
		}
		d.acts = append(d.acts, act{sql: fmt.Sprintf(format, strings.Join(names, ", ")), people: group, named: true})
	}
}
