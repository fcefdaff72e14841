package tests

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// A group of the platform is asked for as a group, and whoever is in it there reads.
func TestAGroupOnARealPlatform(t *testing.T) {
	t.Parallel()
	p := newRealPlatform(t)
	eve, bob := p.login(t, "eve"), p.login(t, "bob")
	team := "analysts_" + p.Installation
	analysts := request.Identity{ID: "analysts", Kind: request.Group, Attributes: map[string][]string{"login": {team}}}
	alone := request.Identity{ID: "alone", Kind: request.Group, Attributes: bob.Attributes}
	nobody := request.Identity{ID: "nobody@example.com", Attributes: analysts.Attributes}
	eve.Groups = []string{"analysts"}
	superuser(t, p.Database, "create role "+team+"; grant "+team+" to "+eve.Attributes["login"][0])
	e := p.engine(t, func(c *grantwright.Config) {
		c.Directory = request.Roster{eve, bob, analysts, alone, nobody, owner, privacy}
	})
	p.furnish(t, e)
	c := p.connection()
	c.Principals.Kinds = []string{"PERSON", "GROUP"}
	if err := e.Connections().Register(t.Context(), admin, c); err != nil {
		t.Fatal(err)
	}
	ask := func(beneficiary request.Identity) (request.Request, error) {
		s := p.asking("30 DAYS")
		s.Beneficiary = beneficiary.Person()
		return e.Submit(t.Context(), bob, s)
	}
	for refused, says := range map[*request.Identity]string{&alone: "it is a person, not a group", &nobody: "ask for it as a group"} {
		if _, err := ask(*refused); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", refused.ID, err, says)
		}
	}
	req, err := ask(analysts)
	if err != nil {
		t.Fatal(err)
	}
	g := p.approve(t, e, req)
	if g.State != provision.Active || !g.Principal.Group || !p.reads(t, eve) || p.reads(t, bob) {
		t.Fatalf("the grant is %s (%s) for %+v; eve reads: %v, bob: %v", g.State, g.Error, g.Principal, p.reads(t, eve), p.reads(t, bob))
	}
	if kinds := p.compared(t, e); len(kinds) > 0 {
		t.Errorf("reconciling finds %v", kinds)
	}
	superuser(t, p.Database, "revoke "+team+" from "+eve.Attributes["login"][0])
	if p.reads(t, eve) {
		t.Error("eve has left the team, and reads")
	}
	p.revoked(t, e, g)
}
