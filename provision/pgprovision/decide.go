package pgprovision

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// course is what has to be done after one look. It is pure: the look alone
// decides it, and a look that leads to no acts is the proof that all is done.
type course struct {
	acts  []act
	errs  []error // by position in job.people: why this one cannot be given anything
	found error   // what keeps even a removal from being called done
}

// act is one statement.
type act struct {
	sql    string
	people []int  // for whom, by position in job.people; nil for all
	named  bool   // it names those people, and may fail because of one of them
	shared string // what else than the asset it changes; two of these never run at once
}

// rightsOf are what a privilege needs on the table.
var rightsOf = map[request.Privilege][]string{
	request.Read:      {"SELECT"},
	request.ReadWrite: {"SELECT", "INSERT", "UPDATE", "DELETE"},
}

func (j *job) decide(v *view) course {
	c := course{errs: make([]error, len(j.people))}
	asset := j.mismatch(v)
	for i, p := range j.people {
		switch {
		case p.err != nil:
			c.errs[i] = p.err
		case len(p.want) == 0:
		case asset != nil:
			c.errs[i] = asset
		default:
			c.errs[i] = j.refusal(v, i)
		}
	}
	j.take(v, &c)
	j.clean(v, &c)
	for _, privilege := range privileges {
		j.give(v, &c, privilege)
	}
	return c
}

// mismatch says why nothing can be given on the asset: it is another one by now,
// or one that we cannot grant.
func (j *job) mismatch(v *view) error {
	refused := func(format string, args ...any) error {
		return &provision.RefusedError{What: fmt.Sprintf("asset %q", j.asset.Ref), Reason: fmt.Sprintf(format, args...)}
	}
	o := v.object
	switch {
	case j.object == 0:
		return refused("has no id; check what stands there first")
	case j.asset.Kind == "":
		return refused("has no kind; say what was approved")
	case v.server.database != j.database:
		return refused("stands no longer: there is no database %q", j.database)
	case !v.here && v.usurper != nil:
		return j.replaced(v, v.usurper, "was approved in database %d, but %q is database %d now", j.place.databaseID, v.server.database, v.server.databaseID)
	case !v.here:
		return refused("stands no longer: it was approved in database %d, and %q is database %d now", j.place.databaseID, v.server.database, v.server.databaseID)
	case o == nil:
		return refused("stands no longer under its name")
	case o.id != j.object:
		return j.replaced(v, o, "is another object now: %d, but %d was approved", o.id, j.object)
	case o.kind != relkinds[j.asset.Kind]:
		return j.replaced(v, o, "is no %s any more", j.asset.Kind)
	case o.owner != j.asset.Source.Owner:
		return j.replaced(v, o, "is owned by %q now, it was approved as owned by %q", o.owner, j.asset.Source.Owner)
	case o.ownerIsUs:
		return refused("is owned by a role that %q is a member of, so that grants would be made in the owner's name; end that membership", v.server.selfName)
	}
	return nil
}

// refusal says why the person can be given nothing.
func (j *job) refusal(v *view, i int) error {
	p, l := j.people[i], v.people[i]
	switch {
	case l == nil && v.holders[i] != nil:
		return replacedPrincipal(p.principal, "with id %q does not exist; another role stands under that name, with id %d", p.principal.ID, v.holders[i].id)
	case l == nil:
		return refusePrincipal(p.principal, "does not exist")
	case l.name != p.principal.Name:
		return replacedPrincipal(p.principal, "is called %q now; another role stands under that name, or none", l.name)
	case l.refused != "":
		return refusePrincipal(p.principal, l.refused)
	case l.id == v.object.ownerID:
		return refusePrincipal(p.principal, "owns the asset, and has access anyhow")
	case !l.canLogin:
		return refusePrincipal(p.principal, "cannot log in (NOLOGIN); only people can be granted access, not groups")
	case l.expired:
		return refusePrincipal(p.principal, "is no longer valid (VALID UNTIL is over)")
	case !l.inherits && !v.server.setsOptions():
		return refusePrincipal(p.principal, "does not inherit what its roles may do (NOINHERIT)")
	case slices.Contains(p.want, request.ReadWrite) && !v.object.updatable:
		return &provision.RefusedError{What: fmt.Sprintf("asset %q", j.asset.Ref), Reason: "cannot be written to on the platform; only READ can be granted"}
	}
	return nil
}

// take ends the memberships that nobody wants, also of those to whom what is
// wanted cannot be given. What others gave stays, and so does what belongs to
// another object that stands or stood under the name: its own grants speak for it.
func (j *job) take(v *view, c *course) {
	var lost []int
	for _, r := range v.roles {
		who := j.who(v, func(i int, l *login) bool {
			s := v.members[membership{r.id, l.id}]
			return s.ours && j.unwanted(r, j.people[i])
		})
		if len(who) > 0 && !j.owned(r) {
			c.find("role %s has not the comment of ours, so that we end no membership in it", r.name)
			continue
		}
		c.byGroup(who, v, "revoke "+quote(r.name)+" from %s")
		lost = append(lost, who...)
	}
	slices.Sort(lost)
	if lost = slices.Compact(lost); len(lost) > 0 && !v.server.setsOptions() {
		j.mark(v, c, lost)
	}
}

// unwanted reports whether a person should not be in a role. Where it is not
// known which object was approved, nothing can stand but that nothing is wanted.
func (j *job) unwanted(r *role, p person) bool {
	if j.object == 0 {
		return len(p.want) == 0
	}
	return r.object == j.object && !slices.Contains(p.want, r.privilege)
}

// mark keeps on the platform that the sessions of these people have to end: they
// may have taken on the role (SET ROLE), and keep it until they end.
func (j *job) mark(v *view, c *course, who []int) {
	name := j.place.ending()
	if v.ending == nil {
		c.acts = append(c.acts, act{sql: j.makeRole(v, name, j.place.endingComment())[0], people: who, shared: name})
	}
	first := len(c.acts)
	c.byGroup(who, v, "grant "+quote(name)+" to %s")
	for i := range c.acts[first:] {
		c.acts[first+i].shared = name
	}
}

// clean takes from our roles what they hold in the wrong place.
func (j *job) clean(v *view, c *course) {
	for _, h := range v.strays {
		switch {
		case h.revoke != "":
			c.acts = append(c.acts, act{sql: h.revoke, shared: "strays"})
		case h.owned:
			c.find("role %s owns %s: someone made it as that role, and it outlives the access; drop it or give it to another owner", h.role, h.what)
		}
	}
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
	acts, err := j.equip(v, r)
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
// refuses a role that is more than that.
func (j *job) equip(v *view, r *role) ([]act, error) {
	refused := func(format string, args ...any) error {
		return &provision.RefusedError{What: fmt.Sprintf("role %q", r.name), Reason: fmt.Sprintf(format, args...)}
	}
	if !j.owned(r) {
		return nil, refused("stands already, and has not the comment of ours")
	}
	if r.unsafe != "" {
		return nil, refused("%s, so that members would get more than the asset", r.unsafe)
	}
	for _, h := range v.strays {
		if h.role == r.name && h.revoke == "" {
			return nil, refused("has something to do with %s, so that members would get more than the asset", h.what)
		}
	}
	var acts []act
	for _, n := range j.needs(v, r.privilege) {
		missing := slices.DeleteFunc(slices.Clone(n.rights), func(name string) bool { return r.holds.has(right{n.class, n.id, name}) })
		for _, name := range missing {
			if !v.rights.has(right{n.class, n.id, name}) {
				return nil, &provision.RefusedError{What: fmt.Sprintf("asset %q", j.asset.Ref), Reason: fmt.Sprintf("cannot be granted: %q may not pass on %s on %s; run what Setup lists", v.server.selfName, name, n.on)}
			}
		}
		if len(missing) > 0 {
			a := act{sql: "grant " + strings.ToLower(strings.Join(missing, ", ")) + " on " + n.on + " to " + quote(r.name)}
			if n.class != "table" {
				a.shared = fmt.Sprint(n.class, " ", n.id)
			}
			acts = append(acts, a)
		}
	}
	return append(j.surplus(v, r), acts...), nil
}

// need is what a group role has to hold on one thing.
type need struct {
	class  string
	id     uint32
	on     string // such as schema "public"
	rights []string
}

func (j *job) needs(v *view, privilege request.Privilege) []need {
	needs := []need{
		{"database", v.server.databaseID, "database " + quote(j.database), []string{"CONNECT"}},
		{"schema", v.object.schemaID, "schema " + quote(j.schema), []string{"USAGE"}},
		{"table", j.object, "table " + quote(j.schema, j.name), rightsOf[privilege]},
	}
	if privilege == request.ReadWrite {
		for _, q := range v.object.sequences {
			needs = append(needs, need{"sequence", q.id, "sequence " + quote(q.schema, q.name), []string{"USAGE"}})
		}
	}
	return needs
}

// surplus takes back what the role holds beyond its privilege from us.
func (j *job) surplus(v *view, r *role) []act {
	needs := j.needs(v, r.privilege)
	var acts []act
	for _, n := range j.needs(v, request.ReadWrite) {
		var names []string
		for x := range r.holds {
			needed := slices.ContainsFunc(needs, func(m need) bool { return m.class == x.class && m.id == x.id && slices.Contains(m.rights, x.name) })
			if x.class == n.class && x.id == n.id && !needed {
				names = append(names, strings.ToLower(x.name))
			}
		}
		if slices.Sort(names); len(names) > 0 {
			acts = append(acts, act{sql: "revoke " + strings.Join(names, ", ") + " on " + n.on + " from " + quote(r.name), shared: fmt.Sprint(n.class, " ", n.id)})
		}
	}
	return acts
}

// makeRole lists the statements that make a role of ours. On 16 and later whoever
// made a role may administer it; before, Setup's function makes it for us.
func (j *job) makeRole(v *view, name, comment string) []string {
	if !v.server.setsOptions() {
		return []string{fmt.Sprintf("select %s.make_role(%s, %s)", quote(ourPrefix+j.place.installation), pq.QuoteLiteral(name), pq.QuoteLiteral(comment))}
	}
	return []string{
		"create role " + quote(name) + " nologin",
		"comment on role " + quote(name) + " is " + pq.QuoteLiteral(comment),
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

func (c *course) find(format string, args ...any) {
	if c.found == nil {
		c.found = fmt.Errorf("%w: %s", provision.ErrPermanent, fmt.Sprintf(format, args...))
	}
}

func (c *course) refuse(who []int, err error) {
	for _, i := range who {
		c.errs[i] = err
	}
}

// byGroup adds a statement about people, so many at a time.
func (c *course) byGroup(who []int, v *view, format string) {
	for group := range slices.Chunk(who, maxGroup) {
		names := make([]string, len(group))
		for k, i := range group {
			names[k] = quote(v.people[i].name)
		}
		c.acts = append(c.acts, act{sql: fmt.Sprintf(format, strings.Join(names, ", ")), people: group, named: true})
	}
}
