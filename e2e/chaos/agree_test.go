package main

import (
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// A judge that finds nothing must be one that could have.
func TestComparisonFindsWhatDisagrees(t *testing.T) {
	t.Parallel()
	eve := request.Identity{ID: "eve@example.com", Attributes: map[string][]string{"login": {"eve"}}}
	p := &platform{name: "pg", people: []request.Identity{eve}, tables: []string{"orders"}}
	both := pair{"eve", "orders"}
	membership := member{"7/1/2", request.Read, "3"}
	tests := []struct {
		name   string
		state  provision.State
		change func(*ground)
		says   string // empty: all agrees
	}{
		{"works", provision.Active, func(*ground) {}, ""},
		{"cannot read", provision.Active, func(g *ground) { delete(g.access, both) }, "the records say {Read:true Write:false}, the login can {Read:false"},
		{"can write too", provision.Active, func(g *ground) { g.access[both] = can{true, true} }, "the login can {Read:true Write:true}"},
		{"reads otherwise", provision.Active, func(g *ground) { delete(g.members, membership) }, "there is no membership"},
		{"object replaced", provision.Active, func(g *ground) { g.tables["orders"] = "7/1/9" }, "is ACTIVE for object 7/1/2"},
		{"principal replaced", provision.Active, func(g *ground) { g.logins["eve"] = "9" }, "is ACTIVE for object 7/1/2"},
		{"still failed", provision.Failed, func(g *ground) { g.access, g.members = nil, nil }, "nothing is in its way"},
		{"failed for want of the table", provision.Failed, func(g *ground) { g.access, g.members, g.tables = nil, nil, nil }, ""},
		{"revoked and stands", provision.Revoked, func(*ground) {}, "the login can {Read:true"},
		{"revoked and a member", provision.Revoked, func(g *ground) { delete(g.access, both) }, "no grant lives for the membership"},
		{"suspended and gone", provision.Suspended, func(g *ground) { g.access, g.members = nil, nil }, ""},
		{"sessions left", provision.Active, func(g *ground) { g.ending = []string{"eve"} }, "still to be ended"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := &ground{tables: map[string]string{"orders": "7/1/2"}, logins: map[string]string{"eve": "3"},
				access: map[pair]can{both: {Read: true}}, members: map[member]bool{membership: true}}
			tt.change(g)
			r := &readings{grants: []provision.Grant{{ID: "a", State: tt.state, Principal: request.Principal{Name: "eve", ID: "3"},
				Asset: catalog.Asset{Ref: p.ref("orders"), ID: "7/1/2"}, Access: provision.Access{Privilege: request.Read}}}}
			a := agreement{states: map[provision.State]int{}}
			a.comparePlatform(p, g, r)
			found := strings.Join(a.disagreements, "\n")
			if (found == "") != (tt.says == "") || !strings.Contains(found, tt.says) {
				t.Errorf("it finds %q, want something that says %q", found, tt.says)
			}
		})
	}
}

func TestTableThatHeldUpOthersIsFound(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	here, elsewhere := &platform{name: "here"}, &platform{name: "elsewhere"}
	lock := lockedTable{here.ref("orders"), begin, begin.Add(time.Minute)}
	began := func(times int, ref catalog.Ref, at time.Time) []provision.Grant {
		grants := make([]provision.Grant, times)
		for i := range grants {
			grants[i] = provision.Grant{Asset: catalog.Asset{Ref: ref}, Started: at}
		}
		return grants
	}
	within := begin.Add(time.Second)
	tests := []struct {
		name   string
		grants []provision.Grant
		found  bool
	}{
		{"others waited", began(20, elsewhere.ref("orders"), within), true},
		{"another went on", append(began(20, elsewhere.ref("orders"), within), began(1, here.ref("customers"), within)...), false},
		{"only the locked one", append(began(20, elsewhere.ref("orders"), within), began(1, here.ref("orders"), within)...), true},
		{"only afterwards", append(began(20, elsewhere.ref("orders"), within), began(1, here.ref("customers"), begin.Add(time.Hour))...), true},
		{"nothing went on anywhere", began(2, elsewhere.ref("orders"), within), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if found := heldUp([]lockedTable{lock}, &readings{grants: tt.grants}); (len(found) > 0) != tt.found {
				t.Errorf("found %q, want something: %v", found, tt.found)
			}
		})
	}
}
