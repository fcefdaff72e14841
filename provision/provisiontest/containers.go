package provisiontest

import (
	"errors"
	"slices"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// containerChecks hold a provisioner to what it must do where access is to more
// than one asset, or for more than one login.
var containerChecks = []check{
	{name: "a container gives what it covers and no more", run: covers, can: canContain},
	{name: "a container follows what it covers, for all its people", run: follows, can: canContain},
	{name: "a container and an asset in it end each by itself", run: overlapInside, can: canContain},
	{name: "a group gives to whoever is in it", run: gathers, can: canGather},
	{name: "takes no group for a person, and no person for a group", run: mistakes, can: canGather},
}

func canContain(h Harness, _ provision.Provisioner) bool {
	return h.Container != nil && h.Inside != nil
}
func canGather(h Harness, _ provision.Provisioner) bool { return h.Group != nil }

// over says what a container covers.
func over(s provision.Standing, below ...catalog.Asset) provision.Standing {
	s.Below = slices.SortedFunc(slices.Values(below), func(a, b catalog.Asset) int {
		if a.Ref < b.Ref {
			return -1
		}
		return 1
	})
	return s
}

func covers(t testing.TB, h Harness) {
	p, who, all := h.Open(t), h.Person(t), h.Container(t)
	one, two, stricter := h.Inside(t, all), h.Inside(t, all), h.Inside(t, all)
	settle(t, p, over(Want(who, all, request.Read)))
	look(t, h, who, one, false, false)
	for _, privilege := range []request.Privilege{request.ReadWrite, request.Read} {
		settle(t, p, over(Want(who, all, privilege), one, two))
		look(t, h, who, one, true, privilege == request.ReadWrite)
		look(t, h, who, two, true, privilege == request.ReadWrite)
		look(t, h, who, stricter, false, false)
	}
	if o := settle(t, h.Open(t), over(Want(who, all, request.Read), one, two))[0]; len(o.Ran) > 0 {
		t.Errorf("all was as wanted, yet this ran: %q", o.Ran)
	}
	settle(t, p, Want(who, all))
	look(t, h, who, one, false, false)
}

func follows(t testing.TB, h Harness) {
	p, who, other, all := h.Open(t), h.Person(t), h.Person(t), h.Container(t)
	one, two := h.Inside(t, all), h.Inside(t, all)
	settle(t, p, over(Want(who, all, request.Read), one), over(Want(other, all, request.Read), one))
	later := h.Inside(t, all)
	settle(t, p, over(given(Want(who, all, request.Read), request.Read), two, later))
	for _, person := range []request.Principal{who, other} {
		look(t, h, person, one, false, false)
		look(t, h, person, two, true, false)
		look(t, h, person, later, true, false)
	}
	settle(t, p, Want(other, all))
	look(t, h, other, two, false, false)
	look(t, h, who, two, true, false)
}

func overlapInside(t testing.TB, h Harness) {
	p, who, all := h.Open(t), h.Person(t), h.Container(t)
	one, two := h.Inside(t, all), h.Inside(t, all)
	both := []provision.Standing{over(Want(who, all, request.Read), one, two), Want(who, one, request.ReadWrite)}
	settle(t, p, both...)
	look(t, h, who, one, true, true)
	settle(t, p, Want(who, one))
	look(t, h, who, one, true, false)
	settle(t, p, both...)
	settle(t, p, Want(who, all))
	look(t, h, who, one, true, true)
	look(t, h, who, two, false, false)
}

func gathers(t testing.TB, h Harness) {
	p, one, two, stranger, a := h.Open(t), h.Person(t), h.Person(t), h.Person(t), h.Asset(t)
	group := h.Group(t, one, two)
	settle(t, p, Want(group, a, request.ReadWrite), Want(two, a, request.Read))
	look(t, h, one, a, true, true)
	look(t, h, two, a, true, true)
	look(t, h, stranger, a, false, false)
	settle(t, p, Want(group, a))
	look(t, h, one, a, false, false)
	look(t, h, two, a, true, false)
}

func mistakes(t testing.TB, h Harness) {
	p, one, a := h.Open(t), h.Person(t), h.Asset(t)
	group := h.Group(t, one)
	one.Group, group.Group = true, false
	for i, o := range apply(t, p, Want(one, a, request.Read), Want(group, a, request.Read)) {
		if !errors.Is(o.Err, provision.ErrPermanent) {
			t.Errorf("giving to number %d, which is not what it is said to be, ended in %v, which must wrap ErrPermanent", i, o.Err)
		}
	}
	look(t, h, one, a, false, false)
}
