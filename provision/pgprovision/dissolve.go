package pgprovision

import (
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// dissolve drops our roles of the object that nobody is in and nobody wants, once
// they hold nothing. One with something that we could not take away stays.
func (j *job) dissolve(v *view, d *decision, left map[*role][]int) {
	for _, r := range v.roles {
		if r.object != j.object || !j.empties(v, r, left[r]) || !j.dissolves(v, d, r) {
			continue
		}
		who := left[r]
		acts := inSets("revoke %s on %s %s from "+naming.Quote(r.name), j.held(v, r))
		if len(v.strays) < maxStrays { // or it may hold more
			acts = append(acts, act{sql: j.dropRole(v, r.name)})
		}
		for _, a := range acts {
			a.people, a.later = who, true
			d.acts = append(d.acts, a)
		}
	}
}

// dissolves reports whether nobody wants a role, and we may drop it.
func (j *job) dissolves(v *view, d *decision, r *role) bool {
	wanted := slices.ContainsFunc(j.people, func(p person) bool { return slices.Contains(p.want, r.privilege) })
	tied := slices.ContainsFunc(v.strays, func(h holding) bool { return h.role == r.name && h.class == "" })
	return !j.spares && j.object != 0 && !wanted && !tied && r.drops && r.unsafe == "" && j.owned(r)
}

// held lists all rights that a role holds from us. Rights outside the asset are left out
// where clean revokes them already.
func (j *job) held(v *view, r *role) []change {
	var held []change
	if v.object != nil && r.object == v.object.id {
		held = j.beyond(v, r, nil)
	}
	for _, c := range j.strayed(v, r) {
		if !j.cleans(v) || j.aside(c) {
			held = append(held, c)
		}
	}
	return held
}

func (j *job) dropRole(v *view, name string) string {
	if !v.server.SetsOptions() {
		return fmt.Sprintf("select %s.drop_role(%s)", naming.Quote(j.place.Maker()), naming.Literal(name))
	}
	return "drop role " + naming.Quote(name)
}
