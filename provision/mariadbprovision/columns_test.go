package mariadbprovision_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
	"github.com/grantwright/grantwright/request"
)

// readsColumn logs in as the person and really reads one column.
func (w *world) readsColumn(ctx context.Context, who request.Principal, a catalog.Asset, column string) (bool, error) {
	conn, end, err := w.as(ctx, who)
	if err != nil {
		return false, err
	}
	defer end()
	if _, err := conn.ExecContext(ctx, "select "+quote(column)+" from "+quote(a.Ref.Path()...)); err != nil {
		return false, unlessDenied(err)
	}
	return true, nil
}

// mustRead fails the test unless the person reads just these of some columns.
func (w *world) mustRead(t testing.TB, who request.Principal, a catalog.Asset, all []string, columns ...string) {
	t.Helper()
	for _, column := range all {
		got, err := w.readsColumn(t.Context(), who, a, column)
		if want := slices.Contains(columns, column); err != nil || got != want {
			t.Errorf("%s reads column %q: %v (%v), want %v", who.Name, column, got, err, want)
		}
	}
}

func some(columns ...string) provision.Access {
	return provision.Access{Privilege: request.Read, Columns: slices.Sorted(slices.Values(columns))}
}

func wantOf(who request.Principal, a catalog.Asset, access ...provision.Access) provision.Standing {
	return provision.Standing{Principal: who, Asset: a, Want: access}
}

// mustStand applies a Standing, and fails the test if another look would do more.
func mustStand(t testing.TB, p *mariadbprovision.Provisioner, s provision.Standing) provision.Outcome {
	t.Helper()
	o := mustApply(t, p, s)
	if again := mustApply(t, p, s); len(again.Ran) > 0 {
		t.Errorf("applied again, it runs %q", again.Ran)
	}
	return o
}

// wide makes a table with more columns.
func (w *world) wide(t testing.TB) (catalog.Asset, string) {
	t.Helper()
	a := w.table(t)
	table := quote(a.Ref.Path()...)
	w.run(t, "alter table "+table+" add email text default 'e', add iban text default 'i'")
	return w.asset(t, a.Ref.Path()...), table
}

func TestSomeColumnsAreReadAndNoOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve := w.open(t), w.person(t)
	a, table := w.wide(t)
	all := []string{"id", "note", "email", "iban"}
	plan := p.Plan(t.Context(), []provision.Standing{wantOf(eve, a, some("id", "email"))})[0]
	o := mustStand(t, p, wantOf(eve, a, some("id", "email")))
	if diff := cmp.Diff(plan.Statements, o.Ran); plan.Err != nil || diff != "" {
		t.Errorf("the plan says %v, and was not what ran (-plan +ran):\n%s", plan.Err, diff)
	}
	if !slices.ContainsFunc(o.Ran, func(s provision.Statement) bool {
		return strings.HasPrefix(string(s), "grant select (`email`, `id`) on "+table)
	}) {
		t.Errorf("it ran %q", o.Ran)
	}
	if remark := "only these columns are read, and a query has to name them, instead of *: `email`, `id`"; !slices.Contains(o.Remarks, remark) || !slices.Contains(plan.Remarks, remark) {
		t.Errorf("the remarks are %q, of the plan %q", o.Remarks, plan.Remarks)
	}
	w.mustRead(t, eve, a, all, "id", "email")
	mustStand(t, p, wantOf(eve, a, some("id", "email"), some("iban")))
	w.mustRead(t, eve, a, all, "id", "email", "iban")
	mustStand(t, p, wantOf(eve, a, some("iban"), provision.Access{Privilege: request.ReadWrite}))
	w.mustRead(t, eve, a, all, all...)
	mustStand(t, p, wantOf(eve, a, some("iban")))
	w.mustRead(t, eve, a, all, "iban")
	w.mustAllow(t, eve, a, false, false)

	// A column that comes is not among them, nor is one that takes a name while we look away.
	w.run(t, "alter table "+table+" add more text default 'm'")
	w.mustRead(t, eve, a, append(all, "more"), "iban")
	mustStand(t, p, wantOf(eve, a))
	w.mustRead(t, eve, a, all)
}

// What becomes of columns that others drop and rename, and of what others add and take.
func TestColumnsThatOthersChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := []string{"id", "note", "iban"}
	for _, tt := range []struct {
		name, act string // on table %t, about role %r
		reads     []string
		remark    string
		withdrawn bool
	}{
		{"dropped", "alter table %t drop email", []string{"id"}, "column `email` stands no longer", false},
		{"renamed", "alter table %t rename column email to mail", []string{"id"}, "column `email` stands no longer", false},
		{"another case", "alter table %t rename column email to EMAIL", []string{"id"}, "", false},
		{"another column", "grant select (iban) on %t to %r", []string{"id"}, "", false},
		{"the whole", "grant select on %t to %r", []string{"id"}, "", false},
		{"writing", "grant insert, update on %t to %r", []string{"id"}, "", false},
		{"writing a column", "grant update (id), insert (iban) on %t to %r", []string{"id"}, "", false},
		{"a column less", "revoke select (id) on %t from %r", nil, "", true},
		{"no column", "revoke select on %t from %r", nil, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, eve := w.open(t), w.person(t)
			a, table := w.wide(t)
			mustStand(t, p, wantOf(eve, a, some("id", "email")))
			w.run(t, strings.NewReplacer("%t", table, "%r", w.assetRole(t, a, `COLUMNS ["email","id"]`)).Replace(tt.act))
			s := wantOf(eve, a, some("id", "email"))
			s.Given = s.Want
			o := mustStand(t, p, s)
			if gone := len(o.Withdrawn) > 0; gone != tt.withdrawn {
				t.Errorf("withdrawn is %v", o.Withdrawn)
			}
			if tt.remark != "" && !slices.Contains(o.Remarks, tt.remark) {
				t.Errorf("the remarks are %q", o.Remarks)
			}
			w.mustRead(t, eve, a, all, tt.reads...)
			if tt.remark != "" { // whoever takes the name gets nothing with it
				w.run(t, "alter table "+table+" add email text default 'x'")
				w.mustRead(t, eve, a, []string{"email"})
			}
			mustStand(t, p, wantOf(eve, a))
			w.mustRead(t, eve, a, all)
		})
	}
}

func TestColumnsThatCannotBeGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve := w.open(t), w.person(t)
	a, table := w.wide(t)
	for _, tt := range []struct {
		asset catalog.Asset
		want  provision.Access
		says  string
	}{
		{a, provision.Access{Privilege: request.ReadWrite, Columns: []string{"id"}}, "by column for READ only"},
		{w.container(t), some("id"), "has no columns of its own"},
		{a, some("id", "nothing"), "column `nothing` stands no longer"},
		{a, some("id", strings.Repeat("x", 65)), "longer than 64"},
	} {
		_, err := p.Check(t.Context(), wantOf(eve, tt.asset, tt.want))
		mustSay(t, err, true, tt.says)
	}
	mustStand(t, p, wantOf(eve, a, some("email")))
	w.run(t, "alter table "+table+" drop email")
	whole := provision.Access{Privilege: request.Read}
	for _, all := range [][]provision.Access{{some("email")}, {some("email"), whole}} {
		err := apply(t, p, wantOf(eve, a, all...)).Err
		mustSay(t, err, true, "has none of the columns: column `email` stands no longer")
		if refused := (*provision.RefusedError)(nil); !errors.As(err, &refused) || refused.Of == nil || !refused.Of(some("email")) || refused.Of(whole) {
			t.Errorf("of %v, %v is refused otherwise than as the columns alone", all, err)
		}
	}
	w.run(t, "alter table "+table+" add email text")
	w.mustRead(t, eve, a, []string{"id", "email"})
}

// Names of columns are data: nothing that they hold becomes a statement.
func TestColumnsOfHostileNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, name := w.open(t), w.person(t), w.name("names")
	hostile := []string{"a`b", "x) on *.* to public;--", "line\nbreak", `back\slash`, `"quoted"`, "'single'", "select", "ümlaut", "<&>", "$1"}
	var columns []string
	for _, column := range hostile {
		columns = append(columns, quote(column)+" text")
	}
	w.run(t, "create table "+quote(w.database, name)+" (secret text, "+strings.Join(columns, ", ")+")")
	a := w.asset(t, w.database, name)
	o := mustStand(t, p, wantOf(eve, a, some(hostile...)))
	for _, s := range o.Ran {
		if strings.Contains(string(s), "\n") {
			t.Errorf("the statement %q stands on more than a line", s)
		}
	}
	w.mustRead(t, eve, a, append(hostile, "secret"), hostile...)
	var listed []provision.Access
	for s, err := range p.List(t.Context(), a.Ref) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, s.Want...)
	}
	if diff := cmp.Diff([]provision.Access{some(hostile...)}, listed); diff != "" {
		t.Errorf("what stands (-want +got):\n%s", diff)
	}
	mustStand(t, p, wantOf(eve, a))
	w.mustRead(t, eve, a, []string{"a`b"})
}

func TestColumnsOfAView(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, name := w.open(t), w.person(t), w.name("shown")
	base, _ := w.wide(t)
	w.run(t, "create view "+quote(w.database, name)+" as select * from "+quote(base.Ref.Path()...))
	a := w.asset(t, w.database, name)
	mustStand(t, p, wantOf(eve, a, some("id", "email")))
	w.mustRead(t, eve, a, []string{"id", "note", "email", "iban"}, "id", "email")
	w.mustRead(t, eve, base, []string{"id", "email"})
	mustStand(t, p, wantOf(eve, a))
	w.mustRead(t, eve, a, []string{"id"})
}

// A table may have very many columns.
func TestColumnsOfAWideTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, name := w.open(t), w.person(t), w.name("wide")
	var columns, defined []string
	for i := range 900 {
		columns = append(columns, fmt.Sprint("a_column_of_some_length_", i))
		defined = append(defined, quote(columns[i])+" int")
	}
	w.run(t, "create table "+quote(w.database, name)+" ("+strings.Join(defined, ", ")+")")
	a := w.asset(t, w.database, name)
	mustStand(t, p, wantOf(eve, a, some(columns[1:]...)))
	w.mustRead(t, eve, a, []string{columns[0], columns[899]}, columns[899])
	mustStand(t, p, wantOf(eve, a))
}
