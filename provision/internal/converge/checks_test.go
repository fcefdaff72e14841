package converge_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/grantwright/grantwright/provision"
)

// Whoever comes while the platform is asked about an asset is checked with the others who
// have come meanwhile.
func TestChecksTogetherWhoeverComesMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		p := &platform{apply: func(_ context.Context, j *job) ([]provision.Outcome, error) {
			<-release
			outcomes := taken(j)
			if i := slices.Index(j.names, "analyst"); i >= 0 {
				outcomes[i].Err = errBroken
			}
			return outcomes, nil
		}}
		loop := p.loop()
		var callers sync.WaitGroup
		check := func(asset, who string, want error) {
			callers.Go(func() {
				s := standing(t, asset, "", who)
				checked, err := loop.Check(t.Context(), s)
				if !errors.Is(err, want) || err == nil && (checked.Asset.ID != "1" || checked.Principal.Name != who) || err != nil && checked.Asset.ID != "" {
					t.Errorf("Check of %s: %+v, %v", who, checked, err)
				}
			})
			synctest.Wait()
		}
		check("orders", "eve", nil)
		check("parts", "eve", nil) // another asset waits for nobody
		for _, who := range []string{"auditor", "analyst", "auditor", "clerk"} {
			check("orders", who, map[string]error{"analyst": errBroken}[who])
		}
		close(release)
		callers.Wait()
		synctest.Wait()
		if got, want := p.log, []string{"orders# [eve]", "parts# [eve]", "orders# [auditor analyst clerk]", "orders# [auditor]"}; !slices.Equal(got, want) {
			t.Errorf("the jobs are %q, want %q", got, want)
		}
	})
}

// A failure that one of them brings about is that one's alone.
func TestOneWhoCannotBeCheckedHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		p := &platform{apply: func(_ context.Context, j *job) ([]provision.Outcome, error) {
			<-release
			if slices.Contains(j.names, "analyst") {
				return nil, errBroken
			}
			return taken(j), nil
		}}
		loop := p.loop()
		errs := make([]error, 4)
		var callers sync.WaitGroup
		for i, who := range []string{"eve", "auditor", "analyst", "clerk"} {
			callers.Go(func() { _, errs[i] = loop.Check(t.Context(), standing(t, "orders", "", who)) })
			synctest.Wait()
		}
		close(release)
		callers.Wait()
		for i, err := range errs {
			if broken := i == 2; errors.Is(err, errBroken) != broken || !broken && err != nil {
				t.Errorf("the error of %d is %v", i, err)
			}
		}
	})
}

// A caller that waits no more is not checked, and holds up nobody.
func TestWaitsForACheckNoLongerThanItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		p := &platform{apply: func(_ context.Context, j *job) ([]provision.Outcome, error) {
			<-release
			return taken(j), nil
		}}
		loop := p.loop()
		var callers sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		call := func(ctx context.Context, who string, want error) {
			callers.Go(func() {
				if _, err := loop.Check(ctx, standing(t, "orders", "", who)); !errors.Is(err, want) {
					t.Errorf("Check of %s: %v, want %v", who, err, want)
				}
			})
			synctest.Wait()
		}
		call(t.Context(), "eve", nil)
		call(ctx, "auditor", context.Canceled)
		call(t.Context(), "clerk", nil)
		cancel()
		synctest.Wait()
		close(release)
		callers.Wait()
		synctest.Wait()
		if got, want := p.log, []string{"orders# [eve]", "orders# [clerk]"}; !slices.Equal(got, want) {
			t.Errorf("the jobs are %q, want %q", got, want)
		}
	})
}
