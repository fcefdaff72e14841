package provisiontest

import (
	"context"
	"errors"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// maskChecks hold a provision.Masker to what it must show, and to whom.
var maskChecks = []check{
	{name: "gives what shows an asset masked, and not the asset", run: showsMasked, can: canMask},
	{name: "shows a column clear to one, and masked to others", run: unmasks, can: canMask},
	{name: "gives nothing while nothing shows an asset masked", run: unshown, can: canMask},
	{name: "never shows a masked column clear, whatever it is called later", run: renamed, can: canRename},
	{name: "never shows clear what took the name of a masked asset", run: swapped, can: canSwap},
	{name: "tries masks before anybody is given what they show", run: tries, can: canTry},
}

func canMask(h Harness, p provision.Provisioner) bool {
	_, can := p.(provision.Masker)
	return can && h.Masking != nil && h.Sees != nil
}

func canRename(h Harness, p provision.Provisioner) bool { return canMask(h, p) && h.Rename != nil }
func canSwap(h Harness, p provision.Provisioner) bool   { return canMask(h, p) && h.Replace != nil }
func canTry(h Harness, p provision.Provisioner) bool    { return canMask(h, p) && h.Unshowable != nil }

// maskOne masks one asset, which must not fail, and returns what to query.
func maskOne(t testing.TB, p provision.Provisioner, m provision.Masking) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	masked := p.(provision.Masker).Mask(ctx, []provision.Masking{m})
	if len(masked) != 1 || masked[0].Err != nil {
		t.Fatalf("Mask answered %+v, must be one without an error", masked)
	}
	return masked[0].Name
}

// through is a Standing on an asset that is masked.
func through(m provision.Masking, who request.Principal, access ...provision.Access) provision.Standing {
	return provision.Standing{Principal: who, Asset: m.Asset, Masked: []provision.Masking{m}, Want: access}
}

// lookAt fails the test unless the person reads just so much of what is queried.
func lookAt(t testing.TB, h Harness, who request.Principal, a catalog.Asset, query string, reads, clear bool) {
	t.Helper()
	gotReads, gotClear, err := h.Sees(t.Context(), who, query)
	if err != nil {
		t.Fatalf("reading %s as %s: %v", query, who.Name, err)
	}
	if gotReads != reads || gotClear != clear {
		t.Errorf("%s reads %s: %v, clear: %v; should be %v and %v", who.Name, query, gotReads, gotClear, reads, clear)
	}
	look(t, h, who, a, false, false)
}

func showsMasked(t testing.TB, h Harness) {
	p, who, stranger, a := h.Open(t), h.Person(t), h.Person(t), h.Asset(t)
	m := h.Masking(a)
	query := maskOne(t, p, m)
	settle(t, p, Want(who, a)) // nothing is left of what never was
	o := settle(t, p, through(m, who, provision.Access{Privilege: request.Read}))[0]
	if o.Query != query || query == "" {
		t.Errorf("Query is %q, and Mask said %q", o.Query, query)
	}
	lookAt(t, h, who, a, query, true, false)
	lookAt(t, h, stranger, a, query, false, false)
	if maskOne(t, h.Open(t), m) != query {
		t.Error("masked again, it is shown under another name")
	}
	settle(t, p, through(m, who))
	lookAt(t, h, who, a, query, false, false)
}

func unmasks(t testing.TB, h Harness) {
	p, one, two, a := h.Open(t), h.Person(t), h.Person(t), h.Asset(t)
	m := h.Masking(a)
	query := maskOne(t, p, m)
	reads, clear := provision.Access{Privilege: request.Read}, provision.Access{Privilege: request.Read, Unmasked: []string{m.Show.Columns[0].Name}}
	settle(t, p, through(m, one, reads, clear), through(m, two, reads))
	lookAt(t, h, one, a, query, true, true)
	lookAt(t, h, two, a, query, true, false)
	settle(t, p, through(m, two))
	lookAt(t, h, one, a, query, true, true)
	settle(t, p, through(m, one, reads))
	lookAt(t, h, one, a, query, true, false)
}

func unshown(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	m := h.Masking(a)
	if o := apply(t, p, through(m, who, provision.Access{Privilege: request.Read}))[0]; o.Err == nil {
		t.Error("nothing shows the asset masked, yet access to it was given")
	}
	look(t, h, who, a, false, false)
}

// never fails the test if the person reads a masked column clear, or the asset itself.
func never(t testing.TB, h Harness, who request.Principal, a catalog.Asset, query string) {
	t.Helper()
	if _, clear, err := h.Sees(t.Context(), who, query); err != nil || clear {
		t.Errorf("%s reads %s, clear: %v (%v)", who.Name, query, clear, err)
	}
	if reads, err := h.Allowed(t.Context(), who, a, request.Read); err != nil || reads {
		t.Errorf("%s reads %s itself: %v (%v)", who.Name, a.Ref, reads, err)
	}
}

// renamed has the column of a mask called otherwise. The masks that are put into force after
// that are those of before, which name it as it was called, and then those that know its
// name.
func renamed(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	m := h.Masking(a)
	query, reads := maskOne(t, p, m), provision.Access{Privilege: request.Read}
	settle(t, p, through(m, who, reads))
	m.Show.Columns[0].Name = h.Rename(t, a)
	before := h.Masking(a)
	never(t, h, who, a, query)
	query = maskOne(t, p, before)
	apply(t, p, through(before, who, reads))
	never(t, h, who, a, query)
	query = maskOne(t, p, m)
	settle(t, p, through(m, who, reads))
	never(t, h, who, a, query)
}

// swapped has another object take the name of a masked asset, and its masks hold for that.
func swapped(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	m, reads := h.Masking(a), provision.Access{Privilege: request.Read}
	query := maskOne(t, p, m)
	settle(t, p, through(m, who, reads))
	h.Replace(t, a)
	never(t, h, who, a, query)
	o := apply(t, p, given(through(m, who, reads), request.Read))[0]
	var now *provision.ReplacedError
	if !errors.As(o.Err, &now) {
		t.Fatalf("giving a masked asset that was replaced ended in %v, must be a *ReplacedError", o.Err)
	}
	never(t, h, who, a, query)
	query = maskOne(t, p, m)
	m.Asset.ID = now.Now.ID
	settle(t, p, through(m, who, reads))
	never(t, h, who, a, query)
}

// tries has masks that cannot be shown: they come into force for nobody.
func tries(t testing.TB, h Harness) {
	p, who := h.Open(t), h.Person(t)
	m := h.Unshowable(t)
	if masked := p.(provision.Masker).Mask(t.Context(), []provision.Masking{m}); len(masked) != 1 || masked[0].Err == nil {
		t.Errorf("Mask answered %+v, and these masks cannot be shown", masked)
	}
	if o := apply(t, p, through(m, who, provision.Access{Privilege: request.Read}))[0]; o.Err == nil {
		t.Error("the masks cannot be shown, yet access was given")
	}
	look(t, h, who, m.Asset, false, false)
}
