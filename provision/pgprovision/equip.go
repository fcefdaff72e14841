package pgprovision

import (
	"fmt"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/columns"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/reach"
	"github.com/grantwright/grantwright/request"
)

// rightsOf are the rights on a table that a privilege needs.
var rightsOf = map[request.Privilege][]string{
	request.Read:      {"SELECT"},
	request.ReadWrite: {"SELECT", "INSERT", "UPDATE", "DELETE"},
}

// clean revokes the rights that our roles hold on things outside the asset.
func (j *job) clean(v *view, d *decision) {
	for _, r := range v.roles {
		if j.cleans(v) {
			d.acts = append(d.acts, inSets("revoke %s on %s %s from "+naming.Quote(r.name), slices.DeleteFunc(j.strayed(v, r), j.aside))...)
		}
	}
	for _, h := range v.strays {
		if h.owned {
			d.find("role %s owns %s: someone made it as that role, and it outlives the access; drop it or give it to another owner", h.role, h.what)
		}
	}
}

// strayed lists the rights outside the asset that a role holds from us.
func (j *job) strayed(v *view, r *role) []change {
	var strayed []change
	for _, h := range v.strays {
		if h.role == r.name && h.class != "" {
			strayed = append(strayed, change{h.class, h.thing, h.rights, "strays"})
		}
	}
	return strayed
}

// give brings the group role of one privilege to its rights, and makes the people who
// want the privilege members. Where nobody wants it, no role is made. A role that others
// have made more than a group role gets no more members; those who are in it stay.
func (j *job) give(v *view, d *decision, privilege request.Privilege) {
	wants := j.who(v, func(i int, _ *login) bool {
		return d.errs[i] == nil && slices.Contains(j.people[i].want, privilege)
	})
	if len(wants) == 0 {
		return
	}
	name := j.place.Role(privilege, j.object)
	at := slices.IndexFunc(v.roles, func(r *role) bool { return r.name == name })
	r := &role{name: name, object: j.object, privilege: privilege, comment: j.place.Comment(privilege, j.object)}
	if at >= 0 {
		r = v.roles[at]
	}
	if err := j.pure(r); err != nil {
		d.refuse(slices.DeleteFunc(wants, func(i int) bool { return j.owned(r) && j.stands(v, r, v.people[i]) }), err)
		return
	}
	acts, denied, err := j.equip(v, r)
	if err != nil {
		d.refuse(wants, err)
		return
	}
	if at < 0 {
		for _, sql := range j.makeRole(v, name, r.comment) {
			d.acts = append(d.acts, act{sql: sql, people: wants})
		}
	}
	for _, a := range acts {
		a.people = wants
		d.acts = append(d.acts, a)
	}
	for _, i := range wants {
		if d.denied[i] == nil {
			d.denied[i] = make(reach.Denials)
		}
		maps.Copy(d.denied[i], denied)
	}
	options := ""
	if v.server.SetsOptions() {
		options = " with admin false, inherit true, set false"
	}
	d.byGroup(slices.DeleteFunc(slices.Clone(wants), func(i int) bool { return j.stands(v, r, v.people[i]) }), v, "grant "+naming.Quote(name)+" to %s"+options)
}

// stands reports whether a membership is as it should be. Before 16, a person can have
// one membership only in a role; if others gave it, that one counts.
func (j *job) stands(v *view, r *role, l *login) bool {
	s := v.members[membership{r.id, l.id}]
	return s.ours && s.right || s.others() && !v.server.SetsOptions()
}

// owned reports whether a role has the comment that we wrote on it.
func (j *job) owned(r *role) bool { return r.comment == j.place.Comment(r.privilege, r.object) }

// equip lists the statements that bring the role to the rights of its privilege. Where rights on single things
// below a container cannot be given, denied says which and why.
func (j *job) equip(v *view, r *role) (acts []act, denied reach.Denials, err error) {
	var more []change
	denied = make(reach.Denials)
	for _, n := range j.needs(v, r.privilege) {
		missing := slices.DeleteFunc(slices.Clone(n.rights), func(name string) bool { return r.holdsOnColumn(right{n.thing, name}) })
		at := slices.IndexFunc(missing, func(name string) bool { return n.deny != "" || !v.rights.has(right{n.thing, columns.OnWhole(name)}) })
		switch {
		case at >= 0 && (!j.container() || n.class == "database"):
			return nil, nil, j.refused("cannot be granted: %q may not pass on %s on %s %s; run what Setup lists", v.server.SelfName, columns.OnWhole(missing[at]), n.class, n.name)
		case at >= 0:
			denied.Deny(n.class, n.plain, missing, fmt.Sprintf("which %q may not pass on%s: run what Setup lists", v.server.SelfName, n.deny))
		case len(missing) > 0:
			more = append(more, change{n.class, n.name, v.written(n.thing, missing), j.key(n)})
		}
	}
	return append(inSets("revoke %s on %s %s from "+naming.Quote(r.name), j.surplus(v, r)), inSets("grant %s on %s %s to "+naming.Quote(r.name), more)...), denied, nil
}

// pure refuses a role that is not ours, or that others have made more than a group role.
// Rights on other things that others gave it are none of ours: whoever may give them may
// give them to anybody, and could keep everybody from the asset by them. They are named,
// see besides.
func (j *job) pure(r *role) error {
	refused := func(format string, args ...any) error {
		return &provision.RefusedError{What: fmt.Sprintf("role %q", r.name), Reason: fmt.Sprintf(format, args...)}
	}
	if !j.owned(r) {
		return refused("stands already, and has not the comment of ours")
	}
	if r.unsafe != "" {
		return refused("%s, so that members would get more than the asset", r.unsafe)
	}
	return nil
}

// besides says what a person gets through our roles because others have added it there.
func (j *job) besides(v *view, i int) []provision.Path {
	var paths []provision.Path
	for _, r := range v.roles {
		if r.object != j.object || !slices.Contains(j.people[i].want, r.privilege) {
			continue
		}
		if r.unsafe != "" {
			paths = append(paths, provision.Path("more than the asset, by others: role "+r.name+" "+r.unsafe))
		}
		if things := foreign(v, r); len(things) > 0 {
			paths = append(paths, provision.Path("more than the asset, by others, who opened to role "+r.name+": "+naming.Few(things)))
		}
	}
	return paths
}

// foreign lists the things that others opened to a role.
func foreign(v *view, r *role) (things []string) {
	for _, h := range v.strays {
		if h.role == r.name && h.class == "" && !h.owned {
			things = append(things, h.what)
		}
	}
	return things
}

// need lists the rights that a group role has to hold on one thing.
type need struct {
	thing
	name   string // quoted
	plain  string // as the platform writes it
	rights []string
	deny   string // why it cannot be given, if that is known
	closed bool   // we can neither give nor take anything of it
	shown  bool   // the thing is a masked view, or the schema of the masked views
}

// needs lists the needs of a privilege. The order is the same for all jobs, so that two
// processes change the same things one after the other.
func (j *job) needs(v *view, privilege request.Privilege) []need {
	if naming.Unmasks(privilege) {
		return nil // the masked view itself asks who is a member of the role
	}
	needs := []need{{thing: thing{"database", v.server.DatabaseID}, name: naming.Quote(v.server.Database), rights: []string{"CONNECT"}}}
	schemas := v.schemas()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		needs = append(needs, need{thing: thing{"schema", schemas[name]}, name: naming.Quote(name), plain: naming.Identify(name), rights: []string{"USAGE"}, shown: name == j.place.MaskSchema()})
	}
	var sequences []need
	counted := map[uint32]bool{} // one sequence may serve several tables
	for _, r := range v.covered {
		n := need{thing: thing{"table", r.id}, name: naming.Quote(r.schema, r.name), plain: naming.Identify(r.schema, r.name), rights: rightsOf[request.Read], shown: r.base != 0}
		switch {
		case naming.ReadsColumns(privilege):
			n.rights = columns.Rights(v.columnsOf(privilege, r))
		case r.updatable:
			n.rights = rightsOf[privilege]
		}
		if r.ownerIsUs {
			n.deny = " in its own name, because it is a member of the owner"
		}
		if n.closed = r.closed != ""; n.closed {
			n.deny = ", because it has not " + visible.Text(r.closed)
		}
		needs = append(needs, n)
		for _, q := range r.sequences {
			if !r.updatable || counted[q.id] {
				continue
			}
			counted[q.id] = true
			sequences = append(sequences, need{thing: thing{"sequence", q.id}, name: naming.Quote(q.schema, q.name), plain: naming.Identify(q.schema, q.name), rights: []string{"USAGE"}})
		}
	}
	if privilege == request.ReadWrite {
		needs = append(needs, sequences...)
	}
	return needs
}

// key names the thing where other assets share it; empty where no other does.
func (j *job) key(n need) string {
	switch {
	case n.class == "database" || n.class == "schema":
		return fmt.Sprint(n.class, " ", n.id)
	case j.container():
		return fmt.Sprint("below ", j.place.DatabaseID)
	}
	return ""
}

// surplus lists the rights that the role holds from us on the asset, its schema and its
// database, beyond its privilege.
func (j *job) surplus(v *view, r *role) []change {
	needed := make(rights)
	for _, n := range j.needs(v, r.privilege) {
		for _, name := range n.rights {
			needed[right{n.thing, name}] = struct{}{}
		}
	}
	return j.beyond(v, r, needed)
}

// beyond lists the rights that the role holds from us on the asset, its schema and its
// database, without those that are needed.
func (j *job) beyond(v *view, r *role, needed rights) []change {
	extra := make(map[thing][]string)
	for x := range r.holds {
		if !needed.has(x) {
			extra[x.thing] = append(extra[x.thing], x.name)
		}
	}
	var changes []change
	for _, n := range j.needs(v, request.ReadWrite) {
		if names := extra[n.thing]; len(names) > 0 && !n.closed {
			slices.Sort(names)
			changes = append(changes, change{n.class, n.name, v.written(n.thing, names), j.key(n)})
		}
	}
	return changes
}

// makeRole lists the statements that make a role of ours. On 16 and later whoever
// made a role may administer it; before, Setup's function makes it for us.
func (j *job) makeRole(v *view, name, comment string) []string {
	if !v.server.SetsOptions() {
		return []string{fmt.Sprintf("select %s.make_role(%s, %s)", naming.Quote(j.place.Maker()), naming.Literal(name), naming.Literal(comment))}
	}
	return []string{
		"create role " + naming.Quote(name) + " nologin",
		"comment on role " + naming.Quote(name) + " is " + naming.Literal(comment),
	}
}
