package review_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

var now = time.Date(2031, 1, 31, 9, 0, 0, 0, time.UTC)

var (
	eve   = request.Identity{ID: "eve@example.com", Groups: []string{"analysts"}, Attributes: map[string][]string{"country": {"DE", "FR"}}}
	frank = request.Identity{ID: "frank@example.com"}
)

var form = request.Form{Name: "f", Questions: []request.Question{
	{ID: "purpose", Type: request.ShortAnswer},
	{ID: "region", Type: request.Dropdown, Options: []string{"EU"}},
	{ID: "agree", Type: request.Checkboxes, Options: []string{"a", "b"}},
	{ID: "none", Type: request.Checkboxes, Options: []string{"a"}},
	{ID: "time", Type: request.AccessDuration},
	{ID: "blank", Type: request.ShortAnswer},
}}

var orders = catalog.Asset{Ref: "warehouse:sales.public.orders", Kind: catalog.Table, Technology: "postgres",
	Columns: []catalog.Column{{Name: "id"}, {Name: "total"}}, Source: catalog.Claims{Owner: "dba", Comment: "request.privilege == 'READ'", Tags: []string{"gold"}}}

// factsOf are those of a request of eve's for frank, for some time.
func factsOf(d request.Duration) review.Facts {
	req := request.Request{Type: request.DataAccess, Asset: orders.Ref, Requester: eve.Person(), Beneficiary: frank.Person(), Privilege: request.Read, Columns: []string{"id"}, Duration: d,
		Answers: request.Answers{"purpose": {`") || true || ("`}, "region": {"EU"}, "agree": {"b", "a"}, "time": {d.String()}, "blank": {" "}}}
	return review.NewFacts(req, form, orders, eve, frank, now)
}

func group(name string) review.Selector { return review.Selector{Group: name} }

func stage(mode review.Mode, groups ...string) review.Stage {
	s := review.Stage{Name: "s", Mode: mode}
	for _, g := range groups {
		s.Selectors = append(s.Selectors, group(g))
	}
	return s
}

func asking(stages ...review.Stage) review.Flow {
	return review.Flow{Name: "flow", Version: 3, Default: review.Action{Act: review.Ask, Stages: stages}}
}

func compile(t testing.TB, f review.Flow) *review.Policy {
	t.Helper()
	p, err := review.Compile(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t testing.TB, f review.Facts, flows ...review.Flow) review.Review {
	t.Helper()
	var ps []*review.Policy
	for _, flow := range flows {
		ps = append(ps, compile(t, flow))
	}
	r, err := review.Open(t.Context(), f, ps...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// steward is somebody in some groups.
func steward(id string, groups ...string) request.Identity {
	return request.Identity{ID: id, Groups: groups}
}

func matching(t testing.TB, p *review.Policy, r review.Review, who request.Identity) []review.Match {
	t.Helper()
	m, err := p.Matches(t.Context(), r, factsOf(request.For(30, request.Days)), who)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func same(t testing.TB, name string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", name, diff)
	}
}
