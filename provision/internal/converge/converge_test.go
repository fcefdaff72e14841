package converge_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

func TestRunsSoManyJobsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		release := make(chan struct{})
		p := &platform{apply: func(_ context.Context, j *job) ([]provision.Outcome, error) {
			most.Store(max(most.Load(), running.Add(1)))
			<-release
			running.Add(-1)
			return taken(j), nil
		}}
		var want []provision.Standing
		for i := range 10 {
			want = append(want, standing(t, fmt.Sprint("table", i), "1", "eve"))
		}
		done := make(chan []provision.Outcome)
		go func() { done <- p.loop().Apply(t.Context(), want) }()
		for left := len(want); left > 0; left-- {
			synctest.Wait()
			if got, expected := running.Load(), int64(min(3, left)); got != expected {
				t.Errorf("%d jobs run with %d left, want %d", got, left, expected)
			}
			release <- struct{}{}
		}
		for i, o := range <-done {
			if o.Err != nil || !o.Taken {
				t.Errorf("outcome %d is %+v", i, o)
			}
		}
		if most.Load() > 3 {
			t.Errorf("%d jobs ran at once, want 3", most.Load())
		}
	})
}

// A statement that names the analyst fails.
func TestTriesPeopleApart(t *testing.T) {
	t.Parallel()
	p := &platform{
		apply: func(_ context.Context, j *job) ([]provision.Outcome, error) {
			if slices.Contains(j.names, "analyst") {
				return nil, errBroken
			}
			return taken(j), nil
		},
		apart: func(j *job, _ error) []*job {
			if len(j.people) < 2 {
				return nil
			}
			half := len(j.people) / 2
			return []*job{{j.asset, j.people[:half], j.names[:half]}, {j.asset, j.people[half:], j.names[half:]}}
		},
	}
	var want []provision.Standing
	for _, who := range []string{"eve", "analyst", "auditor", "clerk"} {
		want = append(want, standing(t, "orders", "1", who))
	}
	for i, o := range p.loop().Apply(t.Context(), want) {
		if broken := want[i].Principal.Name == "analyst"; errors.Is(o.Err, errBroken) != broken || o.Taken == broken {
			t.Errorf("the outcome of %s is %+v", want[i].Principal.Name, o)
		}
	}
	if got, want := p.log, []string{"orders#1 [eve analyst auditor clerk]", "orders#1 [eve analyst]", "orders#1 [eve]", "orders#1 [analyst]", "orders#1 [auditor clerk]"}; !slices.Equal(got, want) {
		t.Errorf("the jobs are %q, want %q", got, want)
	}
}

func TestTriesNobodyApartWhenTheTimeIsOver(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p := &platform{
		apply: func(context.Context, *job) ([]provision.Outcome, error) { cancel(); return nil, errBroken },
		apart: func(*job, error) []*job { t.Error("people are tried apart"); return nil },
	}
	if err := p.loop().Apply(ctx, []provision.Standing{standing(t, "orders", "1", "eve")})[0].Err; !errors.Is(err, errBroken) {
		t.Errorf("the error is %v", err)
	}
}

// In Apply and in Plan what fails, a job or one of its people, fails for itself only.
func TestOneThatFailsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	p := &platform{apply: func(_ context.Context, j *job) ([]provision.Outcome, error) {
		if j.asset.Ref.Name() == "broken" {
			return nil, errBroken
		}
		outcomes := taken(j)
		if i := slices.Index(j.names, "analyst"); i >= 0 {
			outcomes[i].Err = errBroken
		}
		return outcomes, nil
	}}
	want := []provision.Standing{
		standing(t, "orders", "1", "eve"), standing(t, "broken", "2", "eve"), standing(t, "orders", "1", "analyst"), standing(t, "broken", "2", "auditor"), standing(t, "parts", "3", "analyst"),
	}
	fails := []bool{false, true, true, true, true}
	outcomes, plans := p.loop().Apply(t.Context(), want), p.loop().Plan(t.Context(), want)
	for i, fails := range fails {
		for which, err := range map[string]error{"Apply": outcomes[i].Err, "Plan": plans[i].Err} {
			const says = "connection warehouse: explained: broken"
			if (err != nil) != fails || err != nil && err.Error() != says {
				t.Errorf("%s of %d: %v, want %q: %v", which, i, err, says, fails)
			}
		}
		if jobFailed := want[i].Asset.Ref.Name() == "broken"; outcomes[i].Taken == jobFailed {
			t.Errorf("outcome %d is %+v", i, outcomes[i])
		} else if who := want[i].Principal.Name; !jobFailed && (outcomes[i].Query != who || plans[i].Query != who) {
			t.Errorf("outcome %d is that of %q, and its plan that of %q, want %q", i, outcomes[i].Query, plans[i].Query, who)
		}
	}
}

func TestChecksWithAFreshJobEachTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		p := &platform{apply: func(context.Context, *job) ([]provision.Outcome, error) {
			if attempts++; attempts < 3 {
				return nil, errAccident
			}
			return nil, nil
		}}
		checked, err := p.loop().Check(t.Context(), standing(t, "orders", "", "eve"))
		if err != nil || checked.Asset.ID != "1" {
			t.Errorf("Check: %+v, %v", checked, err)
		}
		if want := []string{"orders# [eve]", "orders# [eve]", "orders# [eve]"}; !slices.Equal(p.log, want) {
			t.Errorf("the jobs are %q, want %q", p.log, want)
		}
	})
}

func TestFailedCheckReturnsTheStandingAsItWas(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		p    *platform
	}{
		{"on the platform", &platform{apply: func(context.Context, *job) ([]provision.Outcome, error) { return nil, errBroken }}},
		{"by its name", &platform{newJob: func(catalog.Asset) error { return errBroken }}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checked, err := tt.p.loop().Check(t.Context(), standing(t, "orders", "", "eve"))
			if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "explained") || checked.Asset.ID != "" {
				t.Errorf("Check: %+v, %v", checked, err)
			}
		})
	}
}
