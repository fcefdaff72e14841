package pgprovision

import (
	"slices"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// heed is the job without what someone has taken away: it is wanted no longer, so
// that what is left of it goes too.
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

// withdrawn lists what of what was given to a person stands no longer.
func (j *job) withdrawn(v *view, i int) []request.Privilege {
	p, l := j.people[i], v.people[i]
	if p.err != nil || l == nil || l.name != p.principal.Name {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.given), func(g request.Privilege) bool { return j.upheld(v, g, l) })
}

// upheld reports whether a group role of ours, the person's membership in it, and
// what the role holds stand as we left them. A role that has lost our comment is
// another matter, which an error tells.
func (j *job) upheld(v *view, privilege request.Privilege, l *login) bool {
	at := slices.IndexFunc(v.roles, func(r *role) bool { return r.name == j.place.role(privilege, j.object) })
	if at < 0 {
		return false
	}
	r := v.roles[at]
	s := v.members[membership{r.id, l.id}]
	member := s.ours && s.works || s.others && !v.server.setsOptions()
	return !j.owned(r) || member && !slices.ContainsFunc(j.needs(v, privilege), func(n need) bool { return j.lasting(n) && !r.holdsAll(n) })
}

// lasting reports whether what is missing of a need was taken away. A sequence may
// have come to the table only now, with a new column, and to a container whatever
// it covers: that is put back.
func (j *job) lasting(n need) bool {
	if n.shown {
		return false // it comes and goes with what shows an asset masked
	}
	if j.container() {
		return n.class == "database" || n.class == "schema" && n.id == j.object
	}
	return n.class != "sequence"
}

func (r *role) holdsAll(n need) bool {
	return !slices.ContainsFunc(n.rights, func(name string) bool { return !r.holds.has(right{n.thing, name}) })
}

// accessWithdrawn is what is told of it.
func (p person) accessWithdrawn() []provision.Access {
	var all []provision.Access
	for _, a := range p.gave {
		if slices.ContainsFunc(privilegesOf(a), func(w request.Privilege) bool { return slices.Contains(p.withdrawn, w) }) {
			all = append(all, a)
		}
	}
	return all
}
