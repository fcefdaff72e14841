package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// agreement is what comparing records and platforms has found.
type agreement struct {
	disagreements []string
	states        map[provision.State]int
	compared      int // columns of relations, each for each login
	shades        map[shade]int
}

func newAgreement() agreement {
	return agreement{states: map[provision.State]int{}, shades: map[shade]int{}}
}

func (a *agreement) disagree(format string, args ...any) {
	a.disagreements = append(a.disagreements, fmt.Sprintf(format, args...))
}

// compare holds every record against what logins see and what roles hold.
func compare(ctx context.Context, w *world, r *readings) (agreement, error) {
	a := newAgreement()
	a.disagreements = slices.Concat(r.checkLog(), r.checkGrants())
	for _, p := range w.platforms {
		g, err := p.survey(ctx)
		if err != nil {
			return a, err
		}
		a.disagreements = append(a.disagreements, g.odd...)
		a.comparePlatform(p, g, r)
	}
	return a, nil
}

func (a *agreement) comparePlatform(p *platform, g *ground, r *readings) {
	s := r.promises(p, g)
	want, may := map[member]bool{}, map[member]bool{}
	for _, grant := range r.grants {
		if grant.Asset.Ref.Connection() == p.name {
			a.weigh(grant, s, r, want, may)
		}
	}
	for _, person := range p.people {
		for _, relation := range g.relations {
			a.compareSights(pair{login(person), relation}, s, r)
		}
	}
	for relation, m := range s.hidden {
		if p.masks && (m.Error != "" || m.Query == "") {
			a.disagree("nothing shows %s of %s masked: %s", relation, p.name, m.Error)
		}
	}
	a.compareMembers(g, want, may)
}

// compareSights compares what a login sees and does with what the records say.
func (a *agreement) compareSights(at pair, s *promises, r *readings) {
	g := s.ground
	tell := func(what string, says, is any) {
		a.disagree("%s on %s of %s, %s: the records say %q, the login has %q\n%s%s", at.login, at.relation, s.platform.name, what, says, is, r.stories(s, at), g.describe(s.holders(at.login), at.relation))
	}
	for _, column := range s.platform.columns(at.relation) {
		spot := spot{at.login, at.relation, column}
		a.compared++
		a.shades[g.seen[spot]]++
		if says := s.shade(spot); says != g.seen[spot] {
			tell("column "+column, says, g.seen[spot])
		}
	}
	if says := s.writes(at); says != g.writes[at] {
		tell("writing", fmt.Sprint(says), fmt.Sprint(g.writes[at]))
	}
}

// weigh holds one grant against its object, its principal and itself. Nothing may be left to
// do once there is no fault any more: what cannot be ACTIVE is SUSPENDED, because its object
// or its principal is another, or because someone took it away; or it is FAILED, because
// something that it needs is gone.
func (a *agreement) weigh(grant provision.Grant, s *promises, r *readings, want, may map[member]bool) {
	a.states[grant.State]++
	g := s.ground
	relation := bareOf(s, grant)
	principal, there := g.principals[grant.Principal.Name]
	gone := relation == "" || !there
	id, known := g.ids[relation]
	replaced := gone || known && id != grant.Asset.ID || principal != grant.Principal.ID
	switch {
	case grant.State == provision.Failed && !gone && !s.excused(grant):
		a.disagree("grant %s is FAILED (%s), and nothing is in its way any more\n%s", grant.ID, grant.Error, r.storiesOf(s, []string{grant.Principal.Name}, relation))
	case grant.State == provision.Failed:
		may[memberOf(grant)] = true // what is of no use without another may stand beside it
	case grant.State == provision.Active && replaced:
		a.disagree("grant %s is ACTIVE for object %s and principal %s; the object is %q and the principal %q\n%s",
			grant.ID, grant.Asset.ID, grant.Principal.ID, id, principal, r.story(grant.Request))
	case grant.State == provision.Active && grant.Gaps.Count > 0:
		a.disagree("grant %s has gaps, and nothing is in their way: %+v\n%s", grant.ID, grant.Gaps, r.story(grant.Request))
	case grant.State == provision.Active && s.platform.relation(relation).guarded && r.kept[grant.Beneficiary]:
		a.disagree("grant %s is ACTIVE, and a guardrail keeps %s out\n%s", grant.ID, grant.Beneficiary, r.story(grant.Request))
	case grant.State == provision.Active:
		want[memberOf(grant)] = true
	}
}

// bareOf is the relation or the schema of a grant; empty where nothing stands under its name.
func bareOf(s *promises, g provision.Grant) string {
	for _, relation := range append([]string{container}, s.ground.relations...) {
		if s.platform.ref(relation) == g.Asset.Ref {
			return relation
		}
	}
	return ""
}

// memberOf is the membership by which a grant works.
func memberOf(g provision.Grant) member {
	m := member{g.Asset.ID, string(g.Access.Privilege), g.Principal.ID}
	switch {
	case len(g.Access.Unmasked) > 0:
		m.privilege = "UNMASK"
	case len(g.Access.Columns) > 0:
		m.privilege = "COLUMNS"
	}
	if m.principal == "" {
		m.principal = g.Principal.Name
	}
	return m
}

// compareMembers finds memberships without a grant and grants without theirs. Some may stand
// that nobody has anything by.
func (a *agreement) compareMembers(g *ground, want, may map[member]bool) {
	for m := range want {
		if !g.members[m] {
			a.disagree("a grant is ACTIVE, and on the platform there is no membership %+v", m)
		}
	}
	for m := range g.members {
		if !want[m] && !may[m] {
			a.disagree("no grant lives for the membership %+v", m)
		}
	}
	for _, who := range g.ending {
		a.disagree("the sessions of %s are still to be ended", who)
	}
}

// stories is what the records tell of all grants that concern a login and a relation.
func (r *readings) stories(s *promises, at pair) string {
	relation := at.relation
	if of, shown := s.shown[relation]; shown {
		relation = of
	}
	return r.storiesOf(s, s.holders(at.login), relation)
}

// storiesOf is what the records tell of all grants of some principals on a relation.
func (r *readings) storiesOf(s *promises, holders []string, relation string) string {
	var b strings.Builder
	for _, g := range r.grants {
		if g.Asset.Ref.Connection() == s.platform.name && slices.Contains(holders, g.Principal.Name) && s.covers(g, relation) {
			b.WriteString(r.story(g.Request))
		}
	}
	for _, m := range s.hidden {
		if m.Ref == s.platform.ref(relation) {
			fmt.Fprintf(&b, "    masked %+v\n", m)
		}
	}
	return b.String()
}

// interns are kept out by guardrails.
func interns(people []request.Identity) map[request.PersonID]bool {
	all := map[request.PersonID]bool{}
	for _, p := range people {
		all[p.Person()] = slices.Contains(p.Groups, "interns")
	}
	return all
}
