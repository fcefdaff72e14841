// Package convergetest is for the tests of provisioners on real platforms: it writes
// Standings, applies one, and looks at errors and at what people may really do.
package convergetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Want is a Standing that wants some privileges on the whole asset.
func Want(who request.Principal, a catalog.Asset, privileges ...request.Privilege) provision.Standing {
	s := provision.Standing{Principal: who, Asset: a}
	for _, p := range privileges {
		s.Want = append(s.Want, provision.Access{Privilege: p})
	}
	return s
}

// Apply applies one Standing and returns its Outcome.
func Apply(t testing.TB, p provision.Provisioner, s provision.Standing) provision.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return p.Apply(ctx, []provision.Standing{s})[0]
}

// MustApply is Apply of what has to succeed.
func MustApply(t testing.TB, p provision.Provisioner, s provision.Standing) provision.Outcome {
	t.Helper()
	o := Apply(t, p, s)
	if o.Err != nil {
		t.Fatalf("%s on %s: %v", s.Principal.Name, s.Asset.Ref, o.Err)
	}
	return o
}

// MustSay fails the test unless an error says all of these words, and needs a person
// or not.
func MustSay(t testing.TB, err error, permanent bool, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %q", err, word)
		}
	}
	if got := errors.Is(err, provision.ErrPermanent); got != permanent {
		t.Errorf("error %q: permanent is %v, want %v", err, got, permanent)
	}
}

// Allowed logs in as a person, and reports whether they can really read, or write.
type Allowed func(ctx context.Context, who request.Principal, a catalog.Asset, p request.Privilege) (bool, error)

// Must fails the test unless the person may read and write just so.
func (allowed Allowed) Must(t testing.TB, who request.Principal, a catalog.Asset, read, write bool) {
	t.Helper()
	for privilege, want := range map[request.Privilege]bool{request.Read: read, request.ReadWrite: write} {
		got, err := allowed(t.Context(), who, a, privilege)
		if err != nil || got != want {
			t.Errorf("%s on %s for %s: allowed is %v (%v), want %v", privilege, a.Ref, who.Name, got, err, want)
		}
	}
}

// LateChangesNothing has a provisioner that passes deadlines over act too late, by the
// clock of the platform, for somebody who has nothing and for what another then gives.
func (allowed Allowed) LateChangesNothing(t *testing.T, late, punctual provision.Provisioner, who request.Principal, a catalog.Asset) {
	t.Helper()
	err := Apply(t, late, Want(who, a, request.Read)).Err
	MustSay(t, err, false, "the time for this was over")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is not a deadline that was exceeded", err)
	}
	allowed.Must(t, who, a, false, false)
	MustApply(t, punctual, Want(who, a, request.Read))
	MustSay(t, Apply(t, late, Want(who, a)).Err, false, "the time for this was over")
	allowed.Must(t, who, a, true, false)
}
