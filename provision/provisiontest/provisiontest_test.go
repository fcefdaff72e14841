package provisiontest

import (
	"context"
	"runtime"
	"slices"
	"testing"

	"github.com/grantwright/grantwright/provision"
)

func TestReferenceKeepsTheContract(t *testing.T) {
	t.Parallel()
	Run(t, newMemory(none).harness())
}

// Platforms that go one at a time keep it too, through Each.
func TestEachKeepsTheContract(t *testing.T) {
	t.Parallel()
	h := newMemory(none).harness()
	open := h.Open
	h.Open = func(t testing.TB) provision.Provisioner {
		d := open(t)
		return &one{Each: func(ctx context.Context, w provision.Standing) provision.Outcome {
			return d.Apply(ctx, []provision.Standing{w})[0]
		}, door: d}
	}
	breakDoor := h.Break
	h.Break = func(t testing.TB, p provision.Provisioner) func() { return breakDoor(t, p.(*one).door) }
	Run(t, h)
}

// one gives a func an identity, which the suite needs to tell two apart.
type one struct {
	provision.Each
	door provision.Provisioner
}

// A suite that nothing can fail proves nothing: every flaw is found.
func TestFindsEveryFlaw(t *testing.T) {
	t.Parallel()
	for _, f := range slices.Concat(flaws, gapFlaws, wayFlaws) {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			h := newMemory(f).harness()
			if !slices.ContainsFunc(everyCheck(), func(c check) bool { return fails(t, c, h) }) {
				t.Errorf("no check found that the provisioner %s", f)
			}
		})
	}
}

// Every check is able to fail: some flaw makes it.
func TestEveryCheckCanFail(t *testing.T) {
	t.Parallel()
	for _, c := range everyCheck() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, f := range slices.Concat(flaws, gapFlaws, wayFlaws) {
				if fails(t, c, newMemory(f).harness()) {
					return
				}
			}
			t.Error("no flaw makes it fail")
		})
	}
}

// recorder is a test that keeps its failure to itself.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Error(...any)          { r.failed = true }
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Fatal(...any)          { r.failed = true; runtime.Goexit() }
func (r *recorder) Fatalf(string, ...any) { r.failed = true; runtime.Goexit() }

// fails reports whether the check fails on the harness.
func fails(t *testing.T, c check, h Harness) bool {
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.run(r, h)
	}()
	<-done
	return r.failed
}
