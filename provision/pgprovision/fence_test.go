package pgprovision_test

import (
	"context"
	"testing"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/convergetest"
	"github.com/grantwright/grantwright/request"
)

// A process that is paused after it has read back, and does not notice, sends
// its commit too late: the platform refuses it.
func TestPausedProcessCommitsNothingAfterItsDeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	p.PassDeadlines()
	convergetest.Allowed(w.allowed).LateChangesNothing(t, p, w.open(t), eve, orders)
}

// A commit that the network holds back until a newer revoke is through grants
// nothing when it arrives.
func TestCommitThatArrivesLateGrantsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, x := w.openThrough(t)
	eve, orders := w.person(t), w.table(t)
	arrived, release, sent := make(chan struct{}), make(chan struct{}), make(chan struct{})
	x.onCommit(func() {
		close(arrived)
		<-release
		close(sent)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	done := make(chan error)
	go func() { done <- p.Apply(ctx, []provision.Standing{want(eve, orders, request.Read)})[0].Err }()
	<-arrived
	if err := <-done; err == nil {
		t.Error("Apply says that it is done, though its commit is still under way")
	}
	mustApply(t, w.open(t), want(eve, orders)) // the newer revoke
	close(release)
	<-sent
	mustApply(t, w.open(t), want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
}

// A process that stops for good in the middle holds its locks no longer than its
// deadline.
func TestPausedProcessHoldsUpNobodyAfterItsDeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	paused, over := make(chan struct{}), make(chan struct{})
	p.BeforeCommit(func(context.Context) { close(paused); <-over })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	done := make(chan error)
	go func() { done <- p.Apply(ctx, []provision.Standing{want(eve, orders, request.Read)})[0].Err }()
	<-paused
	mustApply(t, w.open(t), want(bob, orders, request.Read))
	close(over)
	if err := <-done; err == nil {
		t.Error("the paused process committed after its deadline")
	}
	w.mustAllow(t, eve, orders, false, false)
	w.mustAllow(t, bob, orders, true, false)
}

func TestCancelDuringTheCommitWaitsForItsAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	p.BeforeCommit(func(context.Context) { cancel() })
	p.Apply(ctx, []provision.Standing{want(eve, orders, request.Read)})
	before, err := w.allowed(t.Context(), eve, orders, request.Read)
	if err != nil {
		t.Fatal(err)
	}
	p.BeforeCommit(func(context.Context) {})
	if o := mustApply(t, p, want(eve, orders, request.Read)); before != (len(o.Ran) == 0) {
		t.Errorf("access was %v when Apply returned, and afterwards it ran %q", before, o.Ran)
	}
}

func TestSurvivesLosingItsConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	for range 3 {
		mustApply(t, p, want(eve, orders, request.Read))
		w.run(t, "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '"+w.provisioner+"'")
		mustApply(t, p, want(eve, orders))
		w.run(t, "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '"+w.provisioner+"'")
	}
	cut := false
	p.BeforeCommit(func(context.Context) {
		if !cut {
			cut = true
			w.run(t, "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '"+w.provisioner+"'")
		}
	})
	mustApply(t, p, want(eve, orders, request.Read))
	w.mustAllow(t, eve, orders, true, false)
}

// Where the network loses every answer and says nothing, Apply gives up by
// itself: it would hold its caller, and those behind it, for ever.
func TestGivesUpWhenThePlatformFallsSilent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, x := w.openThrough(t)
	eve, orders := w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	x.silence()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- p.Apply(ctx, []provision.Standing{want(eve, orders)})[0].Err }()
	select {
	case err := <-done:
		if err == nil {
			t.Error("Apply says that it is done, though nothing came back")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Apply never returns")
	}
	mustApply(t, w.open(t), want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
}
