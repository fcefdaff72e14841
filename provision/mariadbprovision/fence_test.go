package mariadbprovision_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/convergetest"
	"github.com/grantwright/grantwright/request"
)

// A process that is paused before it acts, and does not notice, acts too late: the
// platform refuses it.
func TestPausedProcessChangesNothingAfterItsDeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	p.PassDeadlines()
	convergetest.Allowed(w.allowed).LateChangesNothing(t, p, w.open(t), eve, orders)
}

// Somebody holds the tables of rights: what waits for them has ended by the deadline,
// and does not happen when they are free again.
func TestWaitingOutlastsNoDeadline(t *testing.T) {
	w := newWorld(t) // not beside others: they would wait as well
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	mustApply(t, p, want(eve, orders))
	holder, err := platform.DB.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Close() }()
	if _, err := holder.ExecContext(t.Context(), "lock tables mysql.roles_mapping read, mysql.tables_priv read, mysql.global_priv read"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	began := time.Now()
	if err := p.Apply(ctx, []provision.Standing{want(eve, orders, request.Read)})[0].Err; err == nil {
		t.Error("Apply says that it is done, though the tables of rights are locked")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("Apply went on for %s, it had 1s", took)
	}
	if _, err := holder.ExecContext(t.Context(), "unlock tables"); err != nil {
		t.Fatal(err)
	}
	w.mustAllow(t, eve, orders, false, false)
	mustApply(t, p, want(eve, orders, request.Read))
	w.mustAllow(t, eve, orders, true, false)
}

// The connection is lost before each act in turn, as if the process had been killed
// there. What stands then is never more than wanted, and the next call goes on.
func TestIsKilledBetweenAnyTwoActs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for after := range 6 {
		eve, orders := w.person(t), w.table(t)
		for _, s := range []provision.Standing{want(eve, orders, request.Read), want(eve, orders)} {
			killed := w.open(t)
			acts := 0
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			killed.BeforeAct(func(context.Context) {
				if acts++; acts > after {
					cancel()
				}
			})
			killed.Apply(ctx, []provision.Standing{s})
			cancel()
			if len(s.Want) > 0 {
				w.mustAllow(t, eve, orders, acts <= after, false)
			}
			mustApply(t, w.open(t), s)
			w.mustAllow(t, eve, orders, len(s.Want) > 0, false)
		}
		if role := w.personRole(t, eve); role != "" {
			t.Errorf("killed after %d acts: the role %s of somebody who has nothing is left", after, role)
		}
	}
}

func TestSurvivesLosingItsConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	var acts atomic.Int64
	p.BeforeAct(func(context.Context) {
		if acts.Add(1)%3 == 0 {
			w.run(t, "kill user "+w.login)
		}
	})
	for range 2 {
		mustApply(t, p, want(eve, orders, request.Read))
		w.mustAllow(t, eve, orders, true, false)
		w.run(t, "kill user "+w.login)
		mustApply(t, p, want(eve, orders))
		w.mustAllow(t, eve, orders, false, false)
	}
}

// A process that stops for good in the middle holds up nobody for longer than its time.
func TestStoppedProcessHoldsUpNobodyAfterItsDeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	stopped, over := make(chan struct{}), make(chan struct{})
	p.BeforeAct(func(context.Context) {
		select {
		case stopped <- struct{}{}:
			<-over
		case <-over:
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	done := make(chan error)
	go func() { done <- p.Apply(ctx, []provision.Standing{want(eve, orders, request.Read)})[0].Err }()
	<-stopped
	mustApply(t, w.open(t), want(bob, orders, request.Read))
	close(over)
	if err := <-done; err == nil {
		t.Error("the stopped process went on after its deadline")
	}
	w.mustAllow(t, eve, orders, false, false)
	w.mustAllow(t, bob, orders, true, false)
}

// What an Apply is about is locked; two of different assets for one person at once
// leave the person what both gave.
func TestManyAssetsAtOnceForOnePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve := w.open(t), w.person(t)
	var give, take []provision.Standing
	for range 8 {
		s := want(eve, w.table(t), request.Read)
		give, take = append(give, s), append(take, want(eve, s.Asset))
	}
	for _, all := range [][]provision.Standing{give, append(give[:4:4], take[4:]...), take} {
		for i, o := range p.Apply(t.Context(), all) {
			if o.Err != nil {
				t.Errorf("asset %d: %v", i, o.Err)
			}
			w.mustAllow(t, eve, all[i].Asset, len(all[i].Want) > 0, false)
		}
	}
	if role := w.personRole(t, eve); role != "" {
		t.Errorf("the role %s of somebody who has nothing is left", role)
	}
}

func TestListsByPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	expected := map[string]int{}
	for range 3 {
		a := w.table(t)
		for range 2 {
			s := want(w.person(t), a, request.Read, request.ReadWrite)
			mustApply(t, p, s)
			expected[fmt.Sprint(s.Principal.Name, a.Ref, a.ID)] = 2
		}
	}
	for _, size := range []int{1, 2, 3, 5, 12, 100} {
		p.ListBy(size)
		got := map[string]int{}
		for s, err := range p.List(t.Context(), "shop") {
			if err != nil {
				t.Fatal(err)
			}
			got[fmt.Sprint(s.Principal.Name, s.Asset.Ref, s.Asset.ID)] += len(s.Want)
		}
		if fmt.Sprint(got) != fmt.Sprint(expected) {
			t.Errorf("by pages of %d: %v, want %v", size, got, expected)
		}
	}
}

// Several processes give and take at random, while somebody kills their connections in
// the middle of what they do. When all is quiet, one more call makes it right.
func TestEndsAsWantedWhateverBreaks(t *testing.T) {
	t.Parallel()
	const rounds, processes = 4, 4
	w := newWorld(t)
	people := []request.Principal{w.person(t), w.person(t), w.person(t)}
	assets := []catalog.Asset{w.table(t), w.table(t)}
	random := func(r *rand.Rand) (all []provision.Standing) {
		for _, a := range assets {
			for _, who := range people {
				all = append(all, [][]provision.Standing{{want(who, a)}, {want(who, a, request.Read)}, {want(who, a, request.ReadWrite)}}[r.IntN(3)]...)
			}
		}
		return all
	}
	var provisioners []provision.Provisioner
	for range processes {
		provisioners = append(provisioners, w.open(t))
	}
	quiet := make(chan struct{})
	var killer, workers sync.WaitGroup
	killer.Go(func() {
		for {
			select {
			case <-quiet:
				return
			case <-time.After(20 * time.Millisecond):
				_, _ = platform.DB.Exec("kill user " + w.login)
			}
		}
	})
	for i, p := range provisioners {
		workers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 7))
			for range rounds {
				ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
				p.Apply(ctx, random(r))
				cancel()
			}
		})
	}
	workers.Wait()
	close(quiet)
	killer.Wait()
	last := random(rand.New(rand.NewPCG(99, 7)))
	for i, o := range w.open(t).Apply(t.Context(), last) {
		if o.Err != nil || len(o.Remaining) > 0 {
			t.Errorf("%s on %s: %v, remaining %q", last[i].Principal.Name, last[i].Asset.Ref, o.Err, o.Remaining)
		}
		reads, writes := len(last[i].Want) > 0, len(last[i].Want) > 0 && last[i].Want[0].Privilege == request.ReadWrite
		w.mustAllow(t, last[i].Principal, last[i].Asset, reads, writes)
	}
	listed := 0
	for s, err := range w.open(t).List(t.Context(), "shop") {
		if listed++; err != nil || len(s.Want) != 1 {
			t.Errorf("listed: %+v, %v", s, err)
		}
	}
	wanted := slices.DeleteFunc(slices.Clone(last), func(s provision.Standing) bool { return len(s.Want) == 0 })
	if listed != len(wanted) {
		t.Errorf("%d stand, %d are wanted", listed, len(wanted))
	}
}
