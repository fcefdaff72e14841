package pgprovision

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// rightsOf are what a privilege needs on a table.
var rightsOf = map[request.Privilege][]string{
	request.Read:      {"SELECT"},
	request.ReadWrite: {"SELECT", "INSERT", "UPDATE", "DELETE"},
}

// clean takes from our roles what they hold in the wrong place.
func (j *job) clean(v *view, c *course) {
	for _, r := range v.roles {
		if j.cleans(v) {
			c.acts = append(c.acts, inSets("revoke %s on %s %s from "+quote(r.name), slices.DeleteFunc(j.strayed(v, r), j.aside))...)
		}
	}
	for _, h := range v.strays {
		if h.owned {
			c.find("role %s owns %s: someone made it as that role, and it outlives the access; drop it or give it to another owner", h.role, h.what)
		}
	}
}

// strayed is what a role holds from us beside what it should.
func (j *job) strayed(v *view, r *role) []change {
	var strayed []change
	for _, h := range v.strays {
		if h.role == r.name && h.class != "" {
			strayed = append(strayed, change{h.class, h.thing, h.rights, "strays"})
		}
	}
	return strayed
}

// give brings the group role of one privilege to what it should hold, and the
// people who want it into it. Where nobody wants it nothing is made.
func (j *job) give(v *view, c *course, privilege request.Privilege) {
	wants := j.who(v, func(i int, _ *login) bool {
		return c.errs[i] == nil && slices.Contains(j.people[i].want, privilege)
	})
	if len(wants) == 0 {
		return
	}
	name := j.place.role(privilege, j.object)
	at := slices.IndexFunc(v.roles, func(r *role) bool { return r.name == name })
	r := &role{name: name, object: j.object, privilege: privilege, comment: j.place.comment(privilege, j.object)}
	if at >= 0 {
		r = v.roles[at]
	}
	acts, short, err := j.equip(v, r)
	if err != nil {
		c.refuse(wants, err)
		return
	}
	if at < 0 {
		for _, sql := range j.makeRole(v, name, r.comment) {
			c.acts = append(c.acts, act{sql: sql, people: wants})
		}
	}
	for _, a := range acts {
		a.people = wants
		c.acts = append(c.acts, a)
	}
	for _, i := range wants {
		if c.short[i] == nil {
			c.short[i] = short
		}
	}
	options := ""
	if v.server.setsOptions() {
		options = " with admin false, inherit true, set false"
	}
	c.byGroup(slices.DeleteFunc(slices.Clone(wants), func(i int) bool { return j.stands(v, r, v.people[i]) }), v, "grant "+quote(name)+" to %s"+options)
}

// stands reports whether a membership is as it should be. Before 16 there can be
// only one for each pair, and if others gave it, theirs has to do.
func (j *job) stands(v *view, r *role, l *login) bool {
	s := v.members[membership{r.id, l.id}]
	return s.ours && s.right || s.others && !v.server.setsOptions()
}

// owned reports whether a role of our name is ours.
func (j *job) owned(r *role) bool { return r.comment == j.place.comment(r.privilege, r.object) }

// equip lists the statements that give the role what the privilege needs, and
// refuses a role that is more than that. Where single things below a container
// cannot be given, short says which and why.
func (j *job) equip(v *view, r *role) (acts []act, short, err error) {
	if err := j.pure(v, r); err != nil {
		return nil, nil, err
	}
	var more []change
	var denied []string
	for _, n := range j.needs(v, r.privilege) {
		missing := slices.DeleteFunc(slices.Clone(n.rights), func(name string) bool { return r.holds.has(right{n.thing, name}) })
		at := slices.IndexFunc(missing, func(name string) bool { return n.deny != "" || !v.rights.has(right{n.thing, name}) })
		switch {
		case at >= 0 && (!j.container() || n.class == "database"):
			return nil, nil, j.refused("cannot be granted: %q may not pass on %s on %s %s; run what Setup lists", v.server.selfName, missing[at], n.class, n.name)
		case at >= 0:
			denied = append(denied, missing[at]+" on "+n.class+" "+n.name+n.deny)
		case len(missing) > 0:
			more = append(more, change{n.class, n.name, strings.ToLower(strings.Join(missing, ", ")), j.key(n)})
		}
	}
	if len(denied) > 0 {
		short = j.refused("is granted but for a part: %q may not pass on %s; run what Setup lists", v.server.selfName, few(denied))
	}
	return append(inSets("revoke %s on %s %s from "+quote(r.name), j.surplus(v, r)), inSets("grant %s on %s %s to "+quote(r.name), more)...), short, nil
}

// pure refuses a role that is not ours, or through which members would get more
// than the asset.
func (j *job) pure(v *view, r *role) error {
	refused := func(format string, args ...any) error {
		return &provision.RefusedError{What: fmt.Sprintf("role %q", r.name), Reason: fmt.Sprintf(format, args...)}
	}
	if !j.owned(r) {
		return refused("stands already, and has not the comment of ours")
	}
	if r.unsafe != "" {
		return refused("%s, so that members would get more than the asset", r.unsafe)
	}
	for _, h := range v.strays {
		if h.role == r.name && h.class == "" {
			return refused("has something to do with %s, so that members would get more than the asset", h.what)
		}
	}
	return nil
}

// need is what a group role has to hold on one thing.
type need struct {
	thing
	name   string // quoted
	rights []string
	deny   string // why it cannot be given, if that is known
	shown  bool   // it is about what shows an asset masked
}

// needs lists what a privilege needs, in the same order for all, so that two of
// us change the same things one after the other.
func (j *job) needs(v *view, privilege request.Privilege) []need {
	if unmasks(privilege) {
		return nil // whoever is in the role is asked for by the view itself
	}
	needs := []need{{thing: thing{"database", v.server.databaseID}, name: quote(v.server.database), rights: []string{"CONNECT"}}}
	schemas := v.schemas()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		needs = append(needs, need{thing: thing{"schema", schemas[name]}, name: quote(name), rights: []string{"USAGE"}, shown: name == j.place.maskSchema()})
	}
	var sequences []need
	for _, r := range v.covered {
		n := need{thing: thing{"table", r.id}, name: quote(r.schema, r.name), rights: rightsOf[request.Read], shown: r.base != 0}
		if r.updatable {
			n.rights = rightsOf[privilege]
		}
		if r.ownerIsUs {
			n.deny = " in its own name, because it is a member of the owner"
		}
		needs = append(needs, n)
		for _, q := range r.sequences {
			sequences = append(sequences, need{thing: thing{"sequence", q.id}, name: quote(q.schema, q.name), rights: []string{"USAGE"}})
		}
	}
	if privilege == request.ReadWrite {
		needs = append(needs, sequences...)
	}
	return needs
}

// key names what of others the change of a thing touches beside the asset.
func (j *job) key(n need) string {
	switch {
	case n.class == "database" || n.class == "schema":
		return fmt.Sprint(n.class, " ", n.id)
	case j.container():
		return fmt.Sprint("below ", j.place.databaseID)
	}
	return ""
}

// surplus is what the role holds from us, on what is covered and around it,
// beyond its privilege.
func (j *job) surplus(v *view, r *role) []change {
	needed := make(rights)
	for _, n := range j.needs(v, r.privilege) {
		for _, name := range n.rights {
			needed[right{n.thing, name}] = struct{}{}
		}
	}
	return j.beyond(v, r, needed)
}

// beyond is what the role holds from us, on what is covered and around it, and
// should not.
func (j *job) beyond(v *view, r *role, needed rights) []change {
	extra := make(map[thing][]string)
	for x := range r.holds {
		if !needed.has(x) {
			extra[x.thing] = append(extra[x.thing], strings.ToLower(x.name))
		}
	}
	var changes []change
	for _, n := range j.needs(v, request.ReadWrite) {
		if names := extra[n.thing]; len(names) > 0 {
			slices.Sort(names)
			changes = append(changes, change{n.class, n.name, strings.Join(names, ", "), j.key(n)})
		}
	}
	return changes
}

// makeRole lists the statements that make a role of ours. On 16 and later whoever
// made a role may administer it; before, Setup's function makes it for us.
func (j *job) makeRole(v *view, name, comment string) []string {
	if !v.server.setsOptions() {
		return []string{fmt.Sprintf("select %s.make_role(%s, %s)", quote(j.place.maker()), pq.QuoteLiteral(name), pq.QuoteLiteral(comment))}
	}
	return []string{
		"create role " + quote(name) + " nologin",
		"comment on role " + quote(name) + " is " + pq.QuoteLiteral(comment),
	}
}
