//go:build unix

package tests

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
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

// dying is a provisioner whose process is killed right after it has acted.
type dying struct {
	*pgprovision.Provisioner
	killed func(all []provision.Outcome)
}

func (d dying) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	all := d.Provisioner.Apply(ctx, want)
	d.killed(all)
	return all
}

// A process that is killed after it has taken access from what was renamed, and before it
// could record that, leaves nothing behind that looks as if somebody else had taken it: under
// its old name the access works again.
func TestKilledAfterTakingFromWhatWasRenamed(t *testing.T) {
	t.Parallel()
	p := newRealPlatform(t)
	kill := func() {}
	e := p.engine(t, func(c *grantwright.Config) {
		c.Platforms["postgres"] = provision.Platform{Source: pgprovision.Platform.Source, Fold: pgprovision.Platform.Fold,
			Provisioner: func(ctx context.Context, to provision.Target) (provision.Provisioner, error) {
				inner, err := pgprovision.Open(ctx, to)
				return dying{inner, func(all []provision.Outcome) {
					if slices.ContainsFunc(all, func(o provision.Outcome) bool { return o.Err != nil && o.Taken }) {
						kill()
					}
				}}, err
			}}
	})
	p.furnish(t, e)
	eve := p.login(t, "eve")
	g := p.gets(t, e, eve, "public.orders")
	superuser(t, p.Database, "alter table public.orders rename to orders_old")
	ctx, cancel := context.WithCancel(t.Context())
	kill = cancel
	if _, err := e.Reconcile(ctx, gov, "warehouse", provision.Reconcile{}); ctx.Err() == nil {
		t.Fatalf("nothing was taken: %v", err)
	}
	kill = func() {}
	p.mustShow(t, eve, "count(*)", "public.orders_old", "permission denied")
	superuser(t, p.Database, "alter table public.orders_old rename to orders")
	_, err := e.Reconcile(t.Context(), gov, "warehouse", provision.Reconcile{})
	must(t, err)
	must(t, e.Work(t.Context()))
	if c, told := p.events(t, e, g.Request); c.Grant.State != provision.Active || slices.Contains(told, "grant.suspended") {
		t.Errorf("the grant is %s (%s %s), told %q", c.Grant.State, c.Grant.Withheld, c.Grant.Error, told)
	}
	p.mustShow(t, eve, "count(*)", "public.orders", "10")
}
