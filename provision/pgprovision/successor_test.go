package pgprovision_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
)

// mustReplace fails the test unless Apply, Check and Plan all say what took the
// name of the asset; nil stands for a principal, or for nothing that took it.
func mustReplace(t testing.TB, p *pgprovision.Provisioner, s provision.Standing, now *catalog.Object) {
	t.Helper()
	_, checked := p.Check(t.Context(), s)
	for who, err := range map[string]error{"Apply": apply(t, p, s).Err, "Check": checked, "Plan": p.Plan(t.Context(), []provision.Standing{s})[0].Err} {
		var replaced *provision.ReplacedError
		if !errors.As(err, &replaced) || !errors.Is(err, provision.ErrPermanent) {
			t.Errorf("%s says %v, must be a permanent ReplacedError", who, err)
			continue
		}
		want := catalog.Object{}
		if now != nil {
			want = *now
		}
		if diff := cmp.Diff(want, replaced.Now); diff != "" {
			t.Errorf("%s: Now (-want +got):\n%s", who, diff)
		}
	}
}

// mustRefuse fails the test unless Apply, Check and Plan all say that something is
// missing.
func mustRefuse(t testing.TB, p *pgprovision.Provisioner, s provision.Standing) {
	t.Helper()
	_, checked := p.Check(t.Context(), s)
	for who, err := range map[string]error{"Apply": apply(t, p, s).Err, "Check": checked, "Plan": p.Plan(t.Context(), []provision.Standing{s})[0].Err} {
		if !errors.As(err, new(*provision.RefusedError)) {
			t.Errorf("%s says %v, must be a RefusedError", who, err)
		}
	}
}

func TestTellsWhatTookTheNameOfATable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, heir := w.open(t), w.name("heir")
	w.run(t, "create role "+heir)
	for name, change := range map[string]string{
		"dropped and made anew":   "drop table {orders}; create table {orders} (id int, note text)",
		"swapped":                 "alter table {orders} rename to {orders}_old; create table {orders} (id int, note text)",
		"a view":                  "alter table {orders} rename to {orders}_base; create view {orders} as select * from {orders}_base",
		"another owner's":         "alter table {orders} owner to " + heir,
		"something that is none":  "drop table {orders}; create sequence {orders}",
		"made anew by another":    "drop table {orders}; create table {orders} (note text); alter table {orders} owner to " + heir,
		"turned into a partition": "drop table {orders}; create table {orders} (id int, note text) partition by range (id)",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, orders := w.person(t), w.table(t)
			mustApply(t, p, want(eve, orders, request.Read))
			w.run(t, w.names(eve, orders, "").Replace(change))
			now := w.asset(t, "public", orders.Ref.Name()).Object()
			mustReplace(t, p, given(want(eve, orders, request.Read)), &now)
			if o := apply(t, p, given(want(eve, orders, request.Read))); len(o.Withdrawn) > 0 {
				t.Errorf("Withdrawn is %v, though nobody took anything away", o.Withdrawn)
			}
			mustApply(t, p, want(eve, catalog.Asset{Ref: orders.Ref, ID: orders.ID}))
			if o := mustApply(t, p, want(eve, orders)); len(o.Ran) > 0 {
				t.Errorf("by its id alone it was not all taken; this was left: %q", o.Ran)
			}
		})
	}
}

func TestMissingTableIsNotAReplacedOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	w.run(t, "create schema attic authorization "+w.owner)
	for name, change := range map[string]string{
		"dropped": "drop table {orders}",
		"renamed": "alter table {orders} rename to {orders}_old",
		"moved":   "alter table {orders} set schema attic",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, orders := w.person(t), w.table(t)
			mustApply(t, p, want(eve, orders, request.Read))
			w.run(t, w.names(eve, orders, "").Replace(change))
			mustRefuse(t, p, given(want(eve, orders, request.Read)))
		})
	}
}

func TestTellsWhatTookTheNameOfADatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, there := w.open(t), w.person(t), w.annex(t)
	bills := there.table(t)
	mustApply(t, p, want(eve, bills, request.Read))
	_ = there.db.Close()
	w.run(t, "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '"+there.database+"'")
	w.run(t, "alter database "+there.database+" rename to "+there.database+"_old")
	again := w.anew(t, there.database)
	mustRefuse(t, p, want(eve, bills, request.Read))
	again.asOwner(t, "create table "+bills.Ref.Name()+" (id serial primary key, note text)")
	now := again.asset(t, "public", bills.Ref.Name()).Object()
	mustReplace(t, p, want(eve, bills, request.Read), &now)
	mustApply(t, p, want(eve, bills))
	old := *w
	old.database = there.database + "_old"
	old.mustAllow(t, eve, bills, false, false)
}

func TestTellsThatAPrincipalWasReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for name, tt := range map[string]struct {
		change  string
		missing bool
	}{
		"renamed":               {"alter role {eve} rename to {eve}_married", false},
		"dropped and made anew": {"drop role {eve}; create role {eve} login", false},
		"dropped":               {"drop role {eve}", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, orders := w.person(t), w.table(t)
			mustApply(t, p, want(eve, orders, request.Read))
			w.run(t, w.names(eve, orders, "").Replace(tt.change))
			s := given(want(eve, orders, request.Read))
			if tt.missing {
				mustRefuse(t, p, s)
			} else {
				mustReplace(t, p, s, nil)
			}
			if o := apply(t, p, s); len(o.Withdrawn) > 0 {
				t.Errorf("Withdrawn is %v, though nobody took anything away", o.Withdrawn)
			}
			mustApply(t, p, want(eve, orders))
		})
	}
}
