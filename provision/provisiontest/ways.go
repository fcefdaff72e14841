package provisiontest

import (
	"errors"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// wayChecks hold a provisioner to what it must tell of ways that no right on the asset says,
// and to what it must do where an asset has another name.
var wayChecks = []check{
	{name: "gives what policies restrict as it was approved", run: secured, can: func(h Harness, _ provision.Provisioner) bool { return h.Secured != nil }},
	{name: "names a way in by the rights of somebody else", run: lent, can: func(h Harness, _ provision.Provisioner) bool { return h.Lend != nil }},
	{name: "takes what has another name", run: moved, can: canMove},
	{name: "holds back what has another name", run: movedAndHeld, can: canMove},
}

func canMove(h Harness, _ provision.Provisioner) bool { return h.Move != nil }

// secured is what was approved of a view: which rows policies show is a part of it.
func secured(t testing.TB, h Harness) {
	h.View = h.Secured
	for _, c := range definitionChecks {
		c.run(t, h)
	}
}

func lent(t testing.TB, h Harness) {
	p, who, other, a := h.Open(t), h.Person(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(who, a, request.Read), Want(other, a, request.Read))
	before := settle(t, p, Want(other, a))[0]
	reads := h.Lend(t, who, a)
	settle(t, p, given(Want(who, a, request.Read), request.Read))
	o := settle(t, p, Want(who, a))[0]
	look(t, h, who, a, false, false)
	if err := reads(t.Context()); err != nil {
		t.Fatalf("Lend lets nobody read: %v", err)
	}
	if len(o.Remaining) <= len(before.Remaining) && len(o.Remarks) <= len(before.Remarks) {
		t.Errorf("the end names %q and %q, and the person reads on", o.Remaining, o.Remarks)
	}
}

func moved(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(who, a, request.Read))
	reads := h.Move(t, a)
	o := apply(t, p, given(Want(who, a, request.Read), request.Read))[0]
	if !errors.As(o.Err, new(*provision.MovedError)) || !errors.Is(o.Err, provision.ErrPermanent) || !o.Taken {
		t.Errorf("under another name: %v, taken %v; must be a *MovedError that wraps ErrPermanent, and taken", o.Err, o.Taken)
	}
	if still, err := reads(t.Context(), who); err != nil || still {
		t.Errorf("it is read under its new name: %v, %v", still, err)
	}
}

func movedAndHeld(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	settle(t, p, Want(who, a, request.Read))
	reads := h.Move(t, a)
	s := given(Want(who, a, request.Read), request.Read)
	s.Hold = true
	o := apply(t, p, s)[0]
	if !errors.As(o.Err, new(*provision.MovedError)) || o.Taken || len(o.Ran) > 0 {
		t.Errorf("held back: %v, taken %v, ran %q; must be a *MovedError, and nothing done", o.Err, o.Taken, o.Ran)
	}
	if still, err := reads(t.Context(), who); err != nil || !still {
		t.Errorf("held back, it is not read under its new name: %v, %v", still, err)
	}
}
