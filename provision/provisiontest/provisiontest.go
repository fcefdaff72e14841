// Package provisiontest proves that a provision.Provisioner keeps its contract.
//
// A Harness makes assets and people on a real platform, or on something as good,
// and looks at it past the provisioner: by logging in as the person and trying.
// Run holds the provisioner to what it says.
package provisiontest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Harness is the platform as the suite needs it. Its functions are called from
// many tests at once, and fail t where they cannot do their part.
type Harness struct {
	// Open returns a provisioner on the platform. The suite opens several.
	Open func(t testing.TB) provision.Provisioner

	// Asset makes a new asset that nobody in the suite has access to, and that
	// can be read and written to.
	Asset func(t testing.TB) catalog.Asset

	// Person makes a new principal who can log in and has access to nothing.
	Person func(t testing.TB) request.Principal

	// Allowed logs in as the person and really reads, or really writes. A refusal
	// by the platform is false; an error means that it could not be tried.
	Allowed func(ctx context.Context, who request.Principal, asset catalog.Asset, p request.Privilege) (bool, error)

	// Container makes a new container, and Inside a new asset in one, like those of
	// Asset. Nil where access is never to a container; their tests are then left out.
	Container func(t testing.TB) catalog.Asset
	Inside    func(t testing.TB, container catalog.Asset) catalog.Asset

	// Gap makes, in a container, an asset that nobody can read although access to it is
	// given, such as a view whose owner may not read, with a function by which somebody
	// mends it. Nil where there are none; their tests are then left out.
	Gap func(t testing.TB, container catalog.Asset) (asset catalog.Asset, mend func())

	// Group makes a new principal that is a group, with these people in it. Nil where
	// a group can have no access; its tests are then left out.
	Group func(t testing.TB, members ...request.Principal) request.Principal

	// Give lets the person read the asset as someone else would, not through us.
	// Nil where a platform has nobody else; its tests are then left out.
	Give func(t testing.TB, who request.Principal, asset catalog.Asset)

	// Replace puts another object under the name of the asset, which nobody may
	// read. Nil where names are never used again; its tests are then left out.
	Replace func(t testing.TB, asset catalog.Asset)

	// Withdraw takes away, as somebody else would, all that the provisioners of Open
	// gave the person on the asset. Nil where nobody else can; its tests are then
	// left out.
	Withdraw func(t testing.TB, who request.Principal, asset catalog.Asset)

	// Masking is how an asset of Asset is to be masked: a column of it, the first in
	// Show.Columns. Nil where nothing is masked; its tests are then left out.
	Masking func(asset catalog.Asset) provision.Masking

	// Sees logs in as the person and really reads that column of what is queried. A
	// refusal by the platform is false, and so is a column that is not there; an error
	// means that it could not be tried.
	Sees func(ctx context.Context, who request.Principal, query string) (reads, clear bool, err error)

	// Rename gives the column of Masking another name, as the owner of the asset would, and
	// returns that name. Nil where columns have none; their tests are then left out.
	Rename func(t testing.TB, asset catalog.Asset) string

	// Unshowable makes an asset with masks that the platform cannot show, such as a
	// constant that is no value of its column. Nil where there are none; their tests are
	// then left out.
	Unshowable func(t testing.TB) provision.Masking

	// MaskedBy makes an asset that a view of governance's masks, with a function by which
	// the view shows the column of Sees as it is. Nil where there are none; their tests are
	// then left out.
	MaskedBy func(t testing.TB) (m provision.Masking, replace func())

	// Reads makes assets through which others are read with no right of the reader's own:
	// of each kind that the platform has, such as a view over a table, and a table with a
	// part. Nil where there are none; their tests are then left out.
	Reads func(t testing.TB) []Reads

	// Grows makes a new asset, with a function by which another is read through it from
	// then on, which it returns: a part, or something that a view beneath it reads. The
	// asset stays the same object. Nil where there are none; their tests are then left out.
	Grows func(t testing.TB) (asset catalog.Asset, grow func() catalog.Asset)

	// Hostile is how names that do harm are tried. Nil where people choose no names; their
	// tests are then left out.
	Hostile *Hostile

	// Columns are two columns of each asset of Asset, which can be read and may be given
	// each by itself, and ReadsColumn logs in as the person and really reads one. A refusal by the
	// platform is false; an error means that it could not be tried. Nil where access is
	// never to columns; their tests are then left out.
	Columns     []string
	ReadsColumn func(ctx context.Context, who request.Principal, asset catalog.Asset, column string) (bool, error)

	// View makes a new view that nobody in the suite has access to, and that can be read,
	// with a function by which it shows something else under its name. Nil where there are
	// none; their tests are then left out.
	View func(t testing.TB) (view catalog.Asset, redefine func())

	// Secured makes a new asset of whose rows a policy shows some, which nobody in the suite
	// has access to, with a function by which the policy shows others. Nil where there are
	// none; their tests are then left out.
	Secured func(t testing.TB) (asset catalog.Asset, loosen func())

	// Lend lets the person read the asset with the rights of somebody else and by none on the
	// asset, such as by a function that has those of its owner. The function that it returns
	// logs in as the person and really reads so. Nil where nobody can; its tests are then left
	// out.
	Lend func(t testing.TB, who request.Principal, asset catalog.Asset) (reads func(ctx context.Context) error)

	// Move gives the asset another name, under which it keeps the rights that stand on it. The
	// function that it returns logs in as the person and reports whether they read it there.
	// Nil where rights do not go with an asset; its tests are then left out.
	Move func(t testing.TB, asset catalog.Asset) (reads func(ctx context.Context, who request.Principal) (bool, error))

	// Break makes every act of p fail until heal is called. Nil where
	// that cannot be brought about; its tests are then left out.
	Break func(t testing.TB, p provision.Provisioner) (heal func())
}

// timeout bounds one call of Apply in the suite.
const timeout = 30 * time.Second

// check is one rule of the contract.
type check struct {
	name string
	run  func(t testing.TB, h Harness)
	can  func(h Harness, p provision.Provisioner) bool // nil: always
}

// Run holds the provisioner of a Harness to the contract, each rule as a test of
// its own, in parallel. What it may do beside, such as provision.Lister, is held to
// its contract where it does it.
func Run(t *testing.T, h Harness) {
	p := h.Open(t)
	for _, c := range everyCheck() {
		if c.can != nil && !c.can(h, p) {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, h)
		})
	}
}

func everyCheck() []check {
	return slices.Concat(checks, driftChecks, containerChecks, definitionChecks, reachChecks, maskChecks, nameChecks, columnChecks, gapChecks, pinChecks, wayChecks)
}

// Want is what a principal should have on an asset.
func Want(who request.Principal, a catalog.Asset, privileges ...request.Privilege) provision.Standing {
	s := provision.Standing{Principal: who, Asset: a}
	for _, p := range privileges {
		s.Want = append(s.Want, provision.Access{Privilege: p})
	}
	return s
}

// apply calls Apply, which must answer for every Standing.
func apply(t testing.TB, p provision.Provisioner, want ...provision.Standing) []provision.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	outcomes := p.Apply(ctx, want)
	if len(outcomes) != len(want) {
		t.Fatalf("Apply answered %d outcomes for %d standings, it must answer one for each", len(outcomes), len(want))
	}
	return outcomes
}

// settle is apply where nothing may fail.
func settle(t testing.TB, p provision.Provisioner, want ...provision.Standing) []provision.Outcome {
	t.Helper()
	outcomes := apply(t, p, want...)
	for i, o := range outcomes {
		if o.Err != nil {
			t.Fatalf("Apply for %s, who should have %v: %v", want[i].Principal.Name, want[i].Want, o.Err)
		}
	}
	return outcomes
}

// look logs in as the person, and fails the test unless they may do just so much.
func look(t testing.TB, h Harness, who request.Principal, a catalog.Asset, read, write bool) {
	t.Helper()
	for _, tt := range []struct {
		privilege request.Privilege
		want      bool
	}{{request.Read, read}, {request.ReadWrite, write}} {
		got, err := h.Allowed(t.Context(), who, a, tt.privilege)
		if err != nil {
			t.Fatalf("trying %s as %s: %v", tt.privilege, who.Name, err)
		}
		if got != tt.want {
			t.Errorf("%s for %s is %v on the platform, should be %v", tt.privilege, who.Name, got, tt.want)
		}
	}
}
