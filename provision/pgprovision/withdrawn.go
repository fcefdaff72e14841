package pgprovision

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

// withdrawn lists the given privileges of a person that stand no longer.
func (j *job) withdrawn(v *view, i int) []request.Privilege {
	p, l := j.people[i], v.people[i]
	if p.err != nil || l == nil || l.name != p.principal.Name {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.given), func(g request.Privilege) bool { return j.upheld(v, g, l) })
}

// upheld reports whether a group role of ours, the person's membership in it, and the
// rights of the role stand as we left them. A role without our comment counts as upheld:
// an error says that it is not ours.
func (j *job) upheld(v *view, privilege request.Privilege, l *login) bool {
	at := slices.IndexFunc(v.roles, func(r *role) bool { return r.name == j.place.Role(privilege, j.object) })
	if at < 0 {
		return false
	}
	r := v.roles[at]
	s := v.members[membership{r.id, l.id}]
	member := s.ours && s.works || s.others() && !v.server.SetsOptions()
	return !j.owned(r) || member && !slices.ContainsFunc(j.needs(v, privilege), func(n need) bool { return j.lasting(n) && !r.holdsAll(n) })
}

// lasting reports whether a right that is missing was taken away by someone. A right on a
// sequence of a new column, or on a table that came to a container, was never given: it
// is given now.
func (j *job) lasting(n need) bool {
	if n.shown {
		return false // it comes and goes with the masked view
	}
	if j.container() {
		return n.class == "database" || n.class == "schema" && n.id == j.object
	}
	return n.class != "sequence"
}

func (r *role) holdsAll(n need) bool {
	return !slices.ContainsFunc(n.rights, func(name string) bool { return !r.holds.has(right{n.thing, name}) })
}

// accessWithdrawn lists the withdrawn access as Outcome.Withdrawn does.
func (p person) accessWithdrawn() []provision.Access {
	var all []provision.Access
	for _, a := range p.gave {
		if slices.ContainsFunc(privilegesOf(a), func(w request.Privilege) bool { return slices.Contains(p.withdrawn, w) }) {
			all = append(all, a)
		}
	}
	return all
}
