package pgprovision_test

import (
	"testing"

	"github.com/grantwright/grantwright/request"
)

func TestGivesAndTakesWhatALoginCanUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	w.mustAllow(t, eve, orders, false, false)
	o := mustApply(t, p, want(eve, orders, request.Read))
	t.Log(o.Ran)
	w.mustAllow(t, eve, orders, true, false)
	if o := mustApply(t, p, want(eve, orders, request.Read)); len(o.Ran) > 0 {
		t.Errorf("ran again: %v", o.Ran)
	}
	mustApply(t, p, want(eve, orders, request.ReadWrite))
	w.mustAllow(t, eve, orders, true, true)
	o = mustApply(t, p, want(eve, orders))
	t.Log(o.Ran, o.Remaining)
	w.mustAllow(t, eve, orders, false, false)
}
