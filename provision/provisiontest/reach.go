package provisiontest

import (
	"errors"
	"slices"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Reads is an asset, and another one that is read through it.
type Reads struct{ Asset, Read catalog.Asset }

// reachChecks hold a provisioner to what it must tell of what is read through an asset.
var reachChecks = []check{
	{name: "tells what is read through an asset, whoever may not read that", run: reaches, can: canReach},
	{name: "gives nothing where more is read through it than was known", run: reachGrows, can: canGrow},
}

func canReach(h Harness, _ provision.Provisioner) bool { return h.Reads != nil }
func canGrow(h Harness, _ provision.Provisioner) bool  { return h.Grows != nil }

// opens reports whether an asset is among those that are opened with another.
func opens(r provision.Reach, ref catalog.Ref) bool {
	return slices.ContainsFunc(r.Opened(), func(t catalog.Through) bool { return t.Ref == ref })
}

func reaches(t testing.TB, h Harness) {
	p := h.Open(t)
	for _, of := range h.Reads(t) {
		who, s := h.Person(t), Want(h.Person(t), of.Asset, request.Read)
		told := map[string]provision.Reach{}
		if checker, can := p.(provision.Checker); can {
			checked, err := checker.Check(t.Context(), s)
			if err != nil {
				t.Fatalf("Check of %s: %v", of.Asset.Ref, err)
			}
			told["Check"] = checked.Asset.Through
		}
		if planner, can := p.(provision.Planner); can {
			told["Plan"] = planner.Plan(t.Context(), []provision.Standing{s})[0].Reach
		}
		told["Apply"] = settle(t, p, s)[0].Reach
		for by, r := range told {
			if !opens(r, of.Read.Ref) {
				t.Errorf("%s says that %+v is read through %s, and not %s", by, r, of.Asset.Ref, of.Read.Ref)
			}
			if r.Digest() != told["Apply"].Digest() {
				t.Errorf("%s says that %+v is read through %s, and Apply %+v", by, r, of.Asset.Ref, told["Apply"])
			}
		}
		look(t, h, s.Principal, of.Asset, true, false)
		look(t, h, s.Principal, of.Read, false, false)
		look(t, h, who, of.Asset, false, false)
		settle(t, p, Want(s.Principal, of.Asset))
		look(t, h, s.Principal, of.Asset, false, false)
	}
}

func reachGrows(t testing.TB, h Harness) {
	p, who, other := h.Open(t), h.Person(t), h.Person(t)
	a, grow := h.Grows(t)
	known := settle(t, p, Want(other, a, request.Read))[0].Reach
	s := Want(who, a, request.Read)
	s.Reached = []string{known.Digest()}
	settle(t, p, s)
	look(t, h, who, a, true, false)
	settle(t, p, Want(who, a))
	read := grow()
	o := apply(t, h.Open(t), s)[0]
	var more *provision.ReachedError
	if !errors.As(o.Err, &more) || !errors.Is(o.Err, provision.ErrPermanent) {
		t.Fatalf("giving where more is read than was known ended in %v, must be a *ReachedError", o.Err)
	}
	if !opens(more.Reach, read.Ref) {
		t.Errorf("%+v is said to be read, and not %s", more.Reach, read.Ref)
	}
	look(t, h, who, a, false, false)
	look(t, h, other, a, true, false)
	s.Reached = []string{known.Digest(), more.Reach.Digest()}
	settle(t, p, s)
	look(t, h, who, a, true, false)
}
