package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// The survey of real servers finds what is planted on them, behind the back of the engine.
func TestSurveyFindsWhatIsPlanted(t *testing.T) {
	t.Parallel()
	w, err := newWorld(t.Context(), []string{"18"}, 2*teamSize, 2, func() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.stop)
	engine, err := w.spec().calm().engine(w.records)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	pg, maria := w.platforms[0], w.platforms[1]
	eve, bob := w.people[teamSize-1], w.people[teamSize] // in the team, and in nothing
	ended := w.given(t, engine, eve, request.Submission{Asset: maria.ref("sales.orders0")})
	for _, give := range []request.Submission{{Asset: pg.ref(container)}, {Asset: pg.ref("sales.orders0"), Columns: []string{note}}, {Asset: pg.ref(customers)},
		{Asset: maria.ref(container)}, {Asset: pg.ref("sales.orders1"), Beneficiary: analysts.Person()}} {
		w.given(t, engine, eve, give)
	}
	left, gone := maria.left(t)
	if _, err := engine.Revoke(t.Context(), governance, ended, "enough"); err != nil {
		t.Fatal(err)
	}
	if err := engine.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.mustFind(t, "")

	const view = "gw_chaos_masked.sales__customers"
	person := login(eve)
	var definition string
	if err := pg.super.QueryRow("select pg_get_viewdef($1::regclass)", view).Scan(&definition); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		on    *platform
		plant []string
		back  []string
		finds string
	}{
		{"a column by hand", pg, []string{"grant select (address) on sales.orders0 to " + person}, []string{"revoke select (address) on sales.orders0 from " + person},
			person + ` on sales.orders0 of pg18, column address: the records say "", the login has "clear"`},
		{"what a guardrail takes out of a schema", pg, []string{"grant select on shop.wages to " + person}, []string{"revoke select on shop.wages from " + person},
			person + ` on shop.wages of pg18, column note: the records say "", the login has "clear"`},
		{"what is masked", pg, []string{"grant usage on schema sales to public; grant select on " + customers + " to " + person}, []string{"revoke usage on schema sales from public; revoke select on " + customers + " from " + person},
			person + ` on sales.customers of pg18, column email: the records say "", the login has "clear"`},
		{"writing", pg, []string{"grant usage on sequence shop.items_id_seq to " + person, "grant insert on shop.items to " + person}, []string{"revoke insert on shop.items from " + person},
			person + ` on shop.items of pg18, writing: the records say "false", the login has "true"`},
		{"a mask's view replaced", pg, []string{"create or replace view " + view + " as select id, note, email from " + customers}, []string{"create or replace view " + view + " with (security_barrier) as " + definition},
			person + ` on ` + view + ` of pg18, column email: the records say "masked", the login has "clear"`},
		{"what the team has", pg, []string{"revoke " + team + " from " + person, "grant " + team + " to " + login(bob) + " with inherit false"}, []string{"grant " + team + " to " + person, "revoke " + team + " from " + login(bob)},
			login(bob) + ` on sales.orders1 of pg18, column note: the records say "clear", the login has ""`},
		{"a membership left behind", maria, left, gone, person + ` on sales.orders0 of maria, column note: the records say "", the login has "clear"`},
	}
	for _, tt := range tests {
		if err := tt.on.run(t.Context(), tt.plant); err != nil {
			t.Fatal(tt.name, err)
		}
		w.mustFind(t, tt.finds)
		if err := tt.on.run(t.Context(), tt.back); err != nil {
			t.Fatal(tt.name, err)
		}
		w.mustFind(t, "")
	}
}

// given has somebody ask, and a steward approve. It is ACTIVE when it returns.
func (w *world) given(t *testing.T, e *grantwright.Engine, by request.Identity, ask request.Submission) request.ID {
	t.Helper()
	ask.Answers = request.Answers{"purpose": {"to see what is found"}, "duration": {"30 DAYS"}}
	req, err := e.Submit(t.Context(), by, ask)
	if err != nil {
		t.Fatal(ask.Asset, err)
	}
	_, err = e.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve})
	if err := errors.Join(err, e.Work(t.Context())); err != nil {
		t.Fatal(ask.Asset, err)
	}
	if c, err := e.Request(t.Context(), governance, req.ID); err != nil || c.Grant.State != provision.Active {
		t.Fatalf("the grant on %s is %s (%s), %v", ask.Asset, c.Grant.State, c.Grant.Error, err)
	}
	return req.ID
}

// left are the statements by which the membership that stands for orders0 is there again once
// it was taken, and those that take it.
func (p *platform) left(t *testing.T) (plant, back []string) {
	t.Helper()
	err := each(t.Context(), p.super, func(f ...string) {
		plant = append(plant, "create role "+f[0], "grant select on sales.orders0 to "+f[0], "grant "+f[0]+" to "+f[1],
			fmt.Sprintf("insert into gw_%s.asset_roles values ('%s', 'sales.orders0', '%s', 'READ')", installation, f[0], f[2]))
		back = append(back, "drop role "+f[0], "delete from gw_"+installation+".asset_roles where role = '"+f[0]+"'")
	}, 3, `select a.role, m.user, a.object from gw_`+installation+`.asset_roles a join mysql.roles_mapping m on m.role = a.role and m.host = '' and m.user like 'gw\_%\_p\_%' where a.path = 'sales.orders0'`)
	if err != nil || len(plant) != 4 {
		t.Fatalf("%q, %v", plant, err)
	}
	return plant, back
}

// mustFind surveys everything. Nothing is found where it is to say nothing.
func (w *world) mustFind(t *testing.T, says string) {
	t.Helper()
	r, err := readRecords(t.Context(), w.records)
	if err != nil {
		t.Fatal(err)
	}
	r.kept = interns(w.people)
	a, err := compare(t.Context(), w, r)
	if err != nil {
		t.Fatal(err)
	}
	if found := strings.Join(a.disagreements, "\n"); !strings.Contains(found, says) || says == "" && found != "" {
		t.Errorf("it finds %q, want something that says %q", found, says)
	}
}
