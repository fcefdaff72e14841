package provisiontest

import (
	"context"
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
}

func canMask(h Harness, p provision.Provisioner) bool {
	_, can := p.(provision.Masker)
	return can && h.Masking != nil && h.Sees != nil
}

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
