package tests

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// together runs some functions at once and waits for them.
func together(fs ...func()) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for _, f := range fs {
		all.Go(func() {
			<-start
			f()
		})
	}
	close(start)
	all.Wait()
}

// The two decide through engines of their own, as through two processes.
func TestApproveRacingDenyIsOneOfThem(t *testing.T) {
	t.Parallel()
	const trials = 1000
	w := newWorld(t)
	other, err := grantwright.New(w.Config)
	must(t, err)
	t.Cleanup(func() { _ = other.Close() })
	granted := 0
	for range trials {
		req := w.submit(t, eve, "47 HOURS")
		var approved, denied error
		together(
			func() {
				_, approved = w.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve})
			},
			func() {
				_, denied = other.Determine(t.Context(), privacy, req.ID, review.Determination{Act: review.Deny})
			},
		)
		if (approved == nil) == (denied == nil) {
			t.Fatalf("approve: %v, deny: %v", approved, denied)
		}
		g, status := w.settle(t, req), w.caseOf(t, req).Request.Status
		if access := w.platform.Allows("eve", orders); access != (status == request.Approved) || access != (denied != nil) {
			t.Fatalf("the request is %s, the grant %s, access %v", status, g.State, access)
		}
		if status == request.Approved {
			granted++
			_, err := w.Revoke(t.Context(), eve, req.ID, "")
			must(t, err)
			w.settle(t, req)
		}
	}
	if granted == 0 || granted == trials {
		t.Errorf("of %d races the approval won %d: nothing raced", trials, granted)
	}
}

func TestApproveRacingApproveIsOneGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 50 {
		req := w.submit(t, eve, "47 HOURS")
		var first, second error
		together(
			func() { _, first = w.Determine(t.Context(), owner, req.ID, review.Determination{Act: review.Approve}) },
			func() {
				_, second = w.Determine(t.Context(), privacy, req.ID, review.Determination{Act: review.Approve})
			},
		)
		if (first == nil) == (second == nil) {
			t.Fatalf("first: %v, second: %v", first, second)
		}
		w.settle(t, req)
	}
	grants, _, err := w.Grants().On(t.Context(), gov, orders, store.Position{}, store.MaxPage)
	if must(t, err); len(grants) != 50 {
		t.Errorf("50 requests have %d grants", len(grants))
	}
}

func TestOneOpenRequestUnderRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := make([]request.ID, 20)
	var submissions []func()
	for i := range ids {
		submissions = append(submissions, func() {
			req, err := w.Submit(t.Context(), eve, asking("30 DAYS"))
			if err != nil {
				t.Error(err)
			}
			ids[i] = req.ID
		})
	}
	together(submissions...)
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("eve has two open requests for the same: %s and %s", ids[0], id)
		}
	}
}

func TestIdempotencyKeyMakesOneRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := asking("1 HOURS") // approved at once, so that the next one would be another
	s.Key = "key of the first"
	first, err := w.Submit(t.Context(), eve, s)
	must(t, err)
	again, err := w.Submit(t.Context(), eve, s)
	if err != nil || again.ID != first.ID {
		t.Errorf("the same again: %s, %v, want %s", again.ID, err, first.ID)
	}
	s.Answers = request.Answers{"purpose": {"something else"}, "duration": {"1 HOURS"}}
	if _, err := w.Submit(t.Context(), eve, s); !errors.As(err, new(*request.KeyError)) {
		t.Errorf("the key with another body: %v", err)
	}
	if others, err := w.Submit(t.Context(), frank, s); err != nil || others.ID == first.ID {
		t.Errorf("the key of another person: %s, %v", others.ID, err)
	}
	if batch, err := w.SubmitBatch(t.Context(), eve, s.Key, []request.Submission{asking("1 HOURS")}); err != nil || batch[0].ID == first.ID {
		t.Errorf("the key of another operation: %v, %v", batch, err)
	}
	s.Key = "key of the second"
	if second, err := w.Submit(t.Context(), eve, s); err != nil || second.ID == first.ID {
		t.Errorf("another key: %s, %v", second.ID, err)
	}
}

func TestLogHasNoHolesWhileManyCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	done := make(chan struct{})
	var seen []store.Event
	var reading sync.WaitGroup
	reading.Go(func() {
		for last := false; !last; {
			select {
			case <-done:
				last = true
			default:
			}
			events, err := w.Log().Events(t.Context(), auditor, int64(len(seen)), store.MaxPage)
			if err != nil {
				t.Error(err)
				return
			}
			seen = append(seen, events...)
		}
	})
	var flows []func()
	for i := range 16 {
		person := request.Identity{ID: fmt.Sprintf("p%d@example.com", i), Attributes: map[string][]string{"login": {fmt.Sprint("p", i)}}}
		flows = append(flows, func() { w.submitAndCancel(t, person) })
	}
	together(flows...)
	close(done)
	reading.Wait()
	within := map[request.ID]int{}
	for i, e := range seen {
		if e.Number != int64(i)+1 {
			t.Fatalf("event %d of the log has number %d", i+1, e.Number)
		}
		if e.Request != "" {
			if within[e.Request]++; e.Seq != within[e.Request] {
				t.Fatalf("request %s: event %d comes as number %d", e.Request, e.Seq, within[e.Request])
			}
		}
	}
	if len(within) != 16*5 {
		t.Errorf("the log tells of %d requests, want %d", len(within), 16*5)
	}
}

func (w *world) submitAndCancel(t *testing.T, by request.Identity) {
	for range 5 {
		req, err := w.Submit(t.Context(), by, asking("30 DAYS"))
		if err == nil {
			_, err = w.Cancel(t.Context(), by, req.ID)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// beside makes a second engine on the same store and platform.
func (w *world) second(t *testing.T, platform provision.Provisioner, lease time.Duration) *grantwright.Engine {
	t.Helper()
	e, err := grantwright.New(grantwright.Config{
		Store: w.store, Inventory: new(catalog.Memory), Directory: everybody, Now: w.clock.Now, Lease: lease,
		Platforms: map[string]provision.Platform{"fake": {
			Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) { return platform, nil },
		}},
	})
	must(t, err)
	return e
}

// paused is a provisioner that stops until it is released, whatever its context
// says: a process that hangs.
type paused struct {
	provision.Provisioner
	reached, released chan struct{}
	ctx               context.Context // that it was given
}

func (p *paused) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	p.ctx = ctx
	close(p.reached)
	<-p.released
	return p.Provisioner.Apply(ctx, want)
}

func TestPausedWorkerIsTakenOverAndFencedOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.refusing(t)

	// The first process takes the task and hangs.
	hanging := &paused{Provisioner: w.platform, reached: make(chan struct{}), released: make(chan struct{})}
	first := w.second(t, hanging, 100*time.Millisecond)
	var working sync.WaitGroup
	working.Go(func() {
		for {
			_ = first.Work(t.Context())
			select {
			case <-hanging.reached:
				return
			default: // on a busy machine the lease may run out before that
				w.clock.Move(store.MaxBackoff)
			}
		}
	})
	<-hanging.reached

	// Its lease runs out, and the request is revoked: the second process, this
	// world's, takes over and takes the access away.
	w.clock.Move(time.Second)
	_, err := w.Revoke(t.Context(), gov, req.ID, "")
	must(t, err)
	if g := w.settle(t, req); g.State != provision.Revoked {
		t.Fatalf("the second process left the grant %s", g.State)
	}

	// The first one goes on: its context has ended, and the record is not its own.
	<-hanging.ctx.Done()
	close(hanging.released)
	working.Wait()
	must(t, first.Close())
	if g := w.caseOf(t, req).Grant; g.State != provision.Revoked || w.platform.Allows("eve", orders) {
		t.Errorf("after the paused worker went on the grant is %s, access %v", g.State, w.platform.Allows("eve", orders))
	}
}

func TestDeadWorkersTaskIsTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.refusing(t)

	// A worker takes the task and is never heard of again.
	hanging := &paused{Provisioner: w.platform, reached: make(chan struct{}), released: make(chan struct{})}
	dead := w.second(t, hanging, time.Minute)
	var working sync.WaitGroup
	ctx, kill := context.WithCancel(t.Context())
	working.Go(func() { _ = dead.Work(ctx) })
	<-hanging.reached

	must(t, w.Work(t.Context()))
	if g := w.caseOf(t, req).Grant; g.State != provision.Provisioning {
		t.Errorf("somebody worked on a leased task: %s", g.State)
	}
	w.clock.Move(time.Minute)
	w.work(t)
	if g := w.caseOf(t, req).Grant; g.State != provision.Active {
		t.Errorf("nobody took over: %s", g.State)
	}
	kill()
	close(hanging.released)
	working.Wait()
	must(t, dead.Close())
}

func TestNothingIsDoneBeforeItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fail(errPlatform)
	req := w.approved(t, eve, "30 DAYS")
	w.platform.Fail(nil)
	must(t, w.Work(t.Context()))
	if g := w.caseOf(t, req).Grant; g.State != provision.Failed || g.Attempts != 1 {
		t.Errorf("tried again at once: %s after %d attempts", g.State, g.Attempts)
	}
}
