package main

import (
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// A judge that finds nothing must be one that could have.
func TestComparisonFindsWhatDisagrees(t *testing.T) {
	t.Parallel()
	eve := request.Identity{ID: "eve@example.com", Attributes: map[string][]string{"login": {"eve"}}}
	server := &postgres{name: "pg"}
	p := &platform{product: server, name: "pg", masks: true, people: []request.Identity{eve}, relations: furniture([]string{"sales.orders"}, true)}
	const orders, shown = "sales.orders", "gw_chaos_masked.sales__customers"
	membership := member{"7/1/2", "READ", "3"}
	tests := []struct {
		name   string
		state  provision.State
		change func(*ground, *provision.Grant)
		says   string // empty: all agrees
	}{
		{"works", provision.Active, func(*ground, *provision.Grant) {}, ""},
		{"cannot read", provision.Active, func(g *ground, _ *provision.Grant) { g.see(orders, dark, dark) }, `column note: the records say "clear", the login has ""`},
		{"cannot read a column", provision.Active, func(g *ground, _ *provision.Grant) { g.see(orders, bright, dark) }, `column address: the records say "clear"`},
		{"some columns", provision.Active, func(g *ground, a *provision.Grant) {
			a.Access.Columns = []string{note}
			g.see(orders, bright, dark)
			g.members = map[member]bool{{"7/1/2", "COLUMNS", "3"}: true}
		}, ""},
		{"a column more", provision.Active, func(g *ground, a *provision.Grant) { a.Access.Columns = []string{note} }, `column address: the records say "", the login has "clear"`},
		{"can write too", provision.Active, func(g *ground, _ *provision.Grant) { g.writes[pair{"eve", orders}] = true }, `writing: the records say "false", the login has "true"`},
		{"reads otherwise", provision.Active, func(g *ground, _ *provision.Grant) { delete(g.members, membership) }, "there is no membership"},
		{"object replaced", provision.Active, func(g *ground, _ *provision.Grant) { g.ids[orders] = "7/1/9" }, "is ACTIVE for object 7/1/2"},
		{"principal replaced", provision.Active, func(g *ground, _ *provision.Grant) { g.principals["eve"] = "9" }, "is ACTIVE for object 7/1/2"},
		{"still failed", provision.Failed, func(g *ground, _ *provision.Grant) { g.see(orders, dark, dark); g.members = nil }, "nothing is in its way"},
		{"failed for want of the table", provision.Failed, func(g *ground, _ *provision.Grant) { g.members, g.relations = nil, nil }, ""},
		{"revoked and stands", provision.Revoked, func(*ground, *provision.Grant) {}, `the login has "clear"`},
		{"revoked and a member", provision.Revoked, func(g *ground, _ *provision.Grant) { g.see(orders, dark, dark) }, "no grant lives for the membership"},
		{"suspended and gone", provision.Suspended, func(g *ground, _ *provision.Grant) { g.see(orders, dark, dark); g.members = nil }, ""},
		{"sessions left", provision.Active, func(g *ground, _ *provision.Grant) { g.ending = []string{"eve"} }, "still to be ended"},
		{"gaps", provision.Active, func(_ *ground, a *provision.Grant) { a.Gaps.Count = 1 }, "has gaps"},
		{"masked data read past the masks", provision.Active, func(g *ground, _ *provision.Grant) {
			g.stands(customers, "7/1/3")
			g.see(customers, bright, bright)
		}, `sales.customers of pg, column email: the records say "", the login has "clear"`},
		{"a masked view of nothing that is granted", provision.Active, func(g *ground, _ *provision.Grant) {
			g.stands(customers, "7/1/3")
			g.stands(shown, "7/1/4")
			g.see(shown, bright, masked)
		}, `gw_chaos_masked.sales__customers of pg, column email: the records say "", the login has "masked"`},
		{"masked, and clear", provision.Active, func(g *ground, a *provision.Grant) {
			g.onCustomers(a, shown)
			g.see(shown, bright, bright)
		}, `column email: the records say "masked", the login has "clear"`},
		{"masked", provision.Active, func(g *ground, a *provision.Grant) {
			g.onCustomers(a, shown)
			g.see(shown, bright, masked)
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := newGround()
			g.stands(orders, "7/1/2")
			g.principals["eve"], g.members = "3", map[member]bool{membership: true}
			g.see(orders, bright, bright)
			grant := provision.Grant{ID: "a", State: tt.state, Principal: request.Principal{Name: "eve", ID: "3"},
				Asset: catalog.Asset{Ref: p.ref(orders), ID: "7/1/2"}, Access: provision.Access{Privilege: request.Read}}
			tt.change(g, &grant)
			r := &readings{grants: []provision.Grant{grant}, masked: []records.MaskedAsset{{Ref: p.ref(customers), Query: shown}}}
			a := newAgreement()
			a.comparePlatform(p, g, r)
			found := strings.Join(a.disagreements, "\n")
			if (found == "") != (tt.says == "") || !strings.Contains(found, tt.says) {
				t.Errorf("it finds %q, want something that says %q", found, tt.says)
			}
		})
	}
}

// see says how eve sees the columns of a relation.
func (g *ground) see(at string, shades ...shade) {
	of := relation{name: at, masked: strings.Contains(at, "customers")}.columns()
	for i, s := range shades {
		g.seen[spot{"eve", at, of[i]}] = s
	}
}

// onCustomers makes the grant one on what is masked.
func (g *ground) onCustomers(a *provision.Grant, shown string) {
	*g = *newGround()
	g.stands(customers, "7/1/3")
	g.stands(shown, "7/1/4")
	g.principals["eve"], g.members = "3", map[member]bool{{"7/1/3", "READ", "3"}: true}
	a.Asset = catalog.Asset{Ref: catalog.Ref("pg:warehouse." + customers), ID: "7/1/3"}
}

func TestTableThatHeldUpOthersIsFound(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	here, elsewhere := &platform{product: &postgres{}, name: "here"}, &platform{product: &postgres{}, name: "elsewhere"}
	lock := lockedTable{here.ref("sales.orders"), begin, begin.Add(time.Minute)}
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
		{"others waited", began(20, elsewhere.ref("sales.sales.orders"), within), true},
		{"another went on", append(began(20, elsewhere.ref("sales.sales.orders"), within), began(1, here.ref("sales.customers"), within)...), false},
		{"only the locked one", append(began(20, elsewhere.ref("sales.sales.orders"), within), began(1, here.ref("sales.orders"), within)...), true},
		{"only afterwards", append(began(20, elsewhere.ref("sales.sales.orders"), within), began(1, here.ref("sales.customers"), begin.Add(time.Hour))...), true},
		{"nothing went on anywhere", began(2, elsewhere.ref("sales.sales.orders"), within), false},
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

// An exception that is of no use to a group by itself shows its members clear what they read
// by grants of their own.
func TestExceptionsThatFailAreInForce(t *testing.T) {
	t.Parallel()
	exception := provision.Access{Privilege: request.Read, Unmasked: []string{mailbox}}
	for _, tt := range []struct {
		grant provision.Grant
		want  bool
	}{
		{provision.Grant{State: provision.Active, Access: exception}, true},
		{provision.Grant{State: provision.Failed, Access: exception, Error: `"analysts" is granted the access but cannot use it: no SELECT`}, true},
		{provision.Grant{State: provision.Failed, Access: exception, Error: "connection refused"}, false},
		{provision.Grant{State: provision.Revoked, Access: exception}, false},
		{provision.Grant{State: provision.Failed, Access: provision.Access{Privilege: request.Read}, Error: `"analysts" is granted the access but cannot use it: no SELECT`}, false},
	} {
		if got := inForce(tt.grant); got != tt.want {
			t.Errorf("%s, %q: in force %v", tt.grant.State, tt.grant.Error, got)
		}
	}
}

// A view with the reader's own rights that is granted to a group, and of no use to it, is read
// by the member who has the table beneath.
func TestMembersCompleteWhatTheirGroupLacks(t *testing.T) {
	t.Parallel()
	p := &platform{product: &postgres{}, name: "pg", relations: furniture(nil, false)}
	grant := func(who, relation string, state provision.State, fault string) provision.Grant {
		return provision.Grant{State: state, Error: fault, Principal: request.Principal{Name: who}, Asset: catalog.Asset{Ref: p.ref(relation)}, Access: provision.Access{Privilege: request.Read}}
	}
	const fault = `"analysts" is granted the access but cannot use it: no SELECT on shop.items`
	idle, own := grant("analysts", "shop.borrowed", provision.Failed, fault), grant("eve", "shop.items", provision.Active, "")
	within := grant("analysts", container, provision.Active, "")
	within.Gaps = provision.GapsOf([]provision.Gap{{Part: `"shop"."borrowed"`}}, 0)
	for name, tt := range map[string]struct {
		grants []provision.Grant
		want   shade
	}{
		"the group alone":              {[]provision.Grant{idle}, dark},
		"a member with the table":      {[]provision.Grant{idle, own}, bright},
		"the table alone":              {[]provision.Grant{own}, dark},
		"a gap, and the table":         {[]provision.Grant{within, own}, bright},
		"failed for another reason":    {[]provision.Grant{grant("analysts", "shop.borrowed", provision.Failed, "connection refused"), own}, dark},
		"the group of somebody else's": {[]provision.Grant{grant("interns", "shop.borrowed", provision.Failed, fault), own}, dark},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGround()
			g.groups["eve"] = []string{"analysts"}
			g.stands("shop.borrowed", "7/1/5")
			s := (&readings{grants: tt.grants}).promises(p, g)
			if got := s.shade(spot{"eve", "shop.borrowed", note}); got != tt.want {
				t.Errorf("the records say %q, want %q", got, tt.want)
			}
		})
	}
}
