package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// can is what somebody can do with a table.
type can struct{ Read, Write bool }

// pair is a person, by login, and a table, by name.
type pair struct{ login, table string }

// agreement is what comparing records and platforms has found.
type agreement struct {
	disagreements []string
	states        map[provision.State]int
}

func (a *agreement) disagree(format string, args ...any) {
	a.disagreements = append(a.disagreements, fmt.Sprintf(format, args...))
}

// compare holds every record against what logins can do and what roles hold.
func compare(ctx context.Context, w *world, r *readings) (agreement, error) {
	a := agreement{disagreements: slices.Concat(r.checkLog(), r.checkGrants()), states: map[provision.State]int{}}
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
	says, members := map[pair]can{}, map[member]bool{}
	for _, grant := range r.grants {
		if grant.Asset.Ref.Connection() == p.name {
			a.weigh(grant, g, r, says, members)
		}
	}
	for _, person := range p.people {
		for table := range g.tables {
			at := pair{login(person), table}
			if says[at] != g.access[at] {
				a.disagree("%s on %s of %s: the records say %+v, the login can %+v\n%s%s", at.login, at.table, p.name, says[at], g.access[at], r.stories(p, at), g.describe(at))
			}
		}
	}
	a.compareMembers(g, members)
}

// weigh adds to what the records say what one grant says. Nothing may be left to
// do once there is no fault any more: what cannot be ACTIVE is SUSPENDED, because
// its object or its principal is another, or because someone took it away; or it
// is FAILED, because its object or its principal is gone.
func (a *agreement) weigh(grant provision.Grant, g *ground, r *readings, says map[pair]can, members map[member]bool) {
	a.states[grant.State]++
	at := pair{grant.Principal.Name, grant.Asset.Ref.Name()}
	gone := g.tables[at.table] == "" || g.logins[at.login] == ""
	replaced := g.tables[at.table] != grant.Asset.ID || g.logins[at.login] != grant.Principal.ID
	switch {
	case grant.State == provision.Failed && !gone:
		a.disagree("grant %s is FAILED (%s), and nothing is in its way any more\n%s", grant.ID, grant.Error, r.story(grant.Request))
	case grant.State == provision.Active && replaced:
		a.disagree("grant %s is ACTIVE for object %s and principal %s; the object is %q and the principal %q\n%s",
			grant.ID, grant.Asset.ID, grant.Principal.ID, g.tables[at.table], g.logins[at.login], r.story(grant.Request))
	case grant.State == provision.Active:
		members[member{grant.Asset.ID, grant.Access.Privilege, grant.Principal.ID}] = true
		can := says[at]
		can.Read, can.Write = true, can.Write || grant.Access.Privilege == request.ReadWrite
		says[at] = can
	}
}

// compareMembers finds memberships without a grant and grants without theirs.
func (a *agreement) compareMembers(g *ground, want map[member]bool) {
	for m := range want {
		if !g.members[m] {
			a.disagree("a grant is ACTIVE, and on the platform there is no membership %+v", m)
		}
	}
	for m := range g.members {
		if !want[m] {
			a.disagree("no grant lives for the membership %+v", m)
		}
	}
	for _, who := range g.ending {
		a.disagree("the sessions of %s are still to be ended", who)
	}
}

// stories is what the records tell of all grants of a pair.
func (r *readings) stories(p *platform, at pair) string {
	var b strings.Builder
	for _, g := range r.grants {
		if g.Principal.Name == at.login && g.Asset.Ref == p.ref(at.table) {
			b.WriteString(r.story(g.Request))
		}
	}
	return b.String()
}
