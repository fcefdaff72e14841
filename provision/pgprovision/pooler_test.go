package pgprovision_test

import (
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgbouncer"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
)

// Access is given and taken through a pooler as it comes, also after a restart: what the
// process before has prepared stands on the server still.
func TestBehindAPooler(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"transaction", "session"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			pooler, err := pgbouncer.Start(t.Context(), platform.SuperURL("postgres"), map[string]string{w.provisioner: password}, "pool_mode = "+mode)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(pooler.Stop)
			to := w.target()
			if to.Connection.URL, err = pooler.URL(to.Connection.URL); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				w.givesAndTakes(t, to)
			}
		})
	}
}

// givesAndTakes is the work of one process.
func (w *world) givesAndTakes(t *testing.T, to provision.Target) {
	t.Helper()
	p, err := pgprovision.Open(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if left, err := p.SetupStatements(t.Context(), w.database); err != nil || len(left) > 0 {
		t.Errorf("still to run: %q, %v", left, err)
	}
	mark, err := p.Marked(t.Context())
	if err == nil {
		err = p.Mark(t.Context(), mark, provision.Mark{Store: "s", Generation: mark.Generation + 1})
	}
	if err != nil {
		t.Error(err)
	}
	for range 3 {
		eve, orders := w.person(t), w.table(t)
		if plan := p.Plan(t.Context(), []provision.Standing{want(eve, orders, request.Read)})[0]; plan.Err != nil || len(plan.Statements) == 0 {
			t.Errorf("the plan is %+v", plan)
		}
		mustApply(t, p, want(eve, orders, request.ReadWrite))
		w.mustAllow(t, eve, orders, true, true)
		m := hide(w.customers(t), by("email", catalog.MaskHash))
		mustMask(t, p, m)
		mustApply(t, p, wantMasked(eve, m, read))
		for s, err := range p.List(t.Context(), catalog.Ref("wh:"+w.database)) {
			if err != nil {
				t.Errorf("%+v, %v", s, err)
			}
		}
		mustApply(t, p, want(eve, orders))
		w.mustAllow(t, eve, orders, false, false)
	}
}
