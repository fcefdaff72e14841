package mariadbprovision

import (
	"slices"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// withoutWithdrawn is the job without the access that someone took away. It is not wanted
// any more, so that the rest of it is taken too.
func (j *job) withoutWithdrawn(v *view) *job {
	left := *j
	left.people = slices.Clone(j.people)
	if j.mismatch(v) != nil {
		return &left // another object: nobody has taken anything away from this one
	}
	for i := range left.people {
		p := &left.people[i]
		p.withdrawn = j.withdrawn(v, i)
		p.want = slices.DeleteFunc(slices.Clone(p.want), func(w request.Privilege) bool { return slices.Contains(p.withdrawn, w) })
	}
	return &left
}

// withdrawn lists the given privileges of a person that stand no longer. An account that
// was dropped and made anew has none of them, and MariaDB has no other sign that it is
// another account.
func (j *job) withdrawn(v *view, i int) []request.Privilege {
	p, l := j.people[i], v.people[i]
	if p.err != nil || l == nil || !l.stands {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.given), func(g request.Privilege) bool { return j.upheld(v, g, i) })
}

// upheld reports whether a role of ours, the person's membership in it, and its right on
// the table stand as we left them, and are in force when the person logs in. Rights on the
// tables of a database and on sequences do not count: they may never have been given.
func (j *job) upheld(v *view, privilege request.Privilege, i int) bool {
	r := v.role(j.roleOf(privilege))
	if r == nil || !r.exists || !v.people[i].inForce(j.personRole(i)) {
		return false
	}
	if _, in := r.members[j.personRole(i)]; !in || j.container() {
		return in
	}
	if readsColumns(privilege) {
		return len(j.lacks(v, r)) == 0
	}
	held := r.rights[target{j.database, j.table}]
	return held.has(map[bool]string{false: toRead, true: toWrite}[privilege == request.ReadWrite])
}

// accessWithdrawn lists the withdrawn access as Outcome.Withdrawn does.
func (p person) accessWithdrawn() []provision.Access {
	var all []provision.Access
	for _, a := range p.gave {
		if slices.Contains(p.withdrawn, privilegeOf(a)) {
			all = append(all, a)
		}
	}
	return all
}
