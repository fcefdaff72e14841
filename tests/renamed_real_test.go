//go:build unix

package tests

import (
	"fmt"
	"slices"
	"testing"

	"github.com/grantwright/grantwright/provision"
)

// A schema that is renamed takes the access to all that lies in it. Many grants at once are
// only reported, and read on, until governance names a number; few are taken at once.
func TestARenamedSchemaTakesManyGrantsOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	const tables = 5
	made := "create schema shop; create schema few;"
	for i := range tables {
		made += fmt.Sprintf("create table shop.t%d (id int);", i)
	}
	p, e := reached(t, made+"create table few.t0 (id int)")
	eve := p.login(t, "eve")
	var names []string
	for i := range tables {
		names = append(names, fmt.Sprintf("shop.t%d", i))
		p.gets(t, e, eve, names[i])
	}
	p.gets(t, e, eve, "few.t0")
	reconcile := func(how provision.Reconcile) provision.Reconciliation {
		t.Helper()
		r, err := e.Reconcile(t.Context(), gov, "warehouse", how)
		must(t, err)
		return r
	}
	superuser(t, p.Database, "alter schema shop rename to shop_old")
	for _, how := range []provision.Reconcile{{DryRun: true}, {}, {}} {
		r := reconcile(how)
		if !r.Stopped || r.Suspensions != tables || len(r.Findings) != tables || slices.ContainsFunc(r.Findings, func(f provision.Finding) bool { return f.Mended }) {
			t.Errorf("%+v: stopped %v, %d counted, found %+v", how, r.Stopped, r.Suspensions, r.Findings)
		}
		p.mustShow(t, eve, "count(*)", "shop_old.t0", "0")
	}
	superuser(t, p.Database, "alter schema shop_old rename to shop")
	if r := reconcile(provision.Reconcile{}); r.Stopped || len(r.Findings) > 0 {
		t.Errorf("back under its name: stopped %v, found %+v", r.Stopped, r.Findings)
	}
	p.mustShow(t, eve, "count(*)", "shop.t4", "0")

	superuser(t, p.Database, "alter schema shop rename to shop_old")
	if r := reconcile(provision.Reconcile{MaxRemovals: tables}); r.Stopped || len(r.Findings) != tables {
		t.Errorf("with a number: stopped %v, found %+v", r.Stopped, r.Findings)
	}
	p.mustShow(t, eve, "count(*)", "shop_old.t0", "permission denied")

	superuser(t, p.Database, "alter schema few rename to few_old")
	if r := reconcile(provision.Reconcile{}); r.Stopped || r.Suspensions != 1 || len(r.Findings) != 1 {
		t.Errorf("one alone: stopped %v, %d counted, found %+v", r.Stopped, r.Suspensions, r.Findings)
	}
	p.mustShow(t, eve, "count(*)", "few_old.t0", "permission denied")
}
