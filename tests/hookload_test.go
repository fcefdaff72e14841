package tests

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// TestDeadWebhooksHoldUpNoOther sends more events than wait at a time to 20
// webhooks, of which 5 are dead, from two engines that share a store. However long
// it takes, those that live get everything, in order.
func TestDeadWebhooksHoldUpNoOther(t *testing.T) {
	t.Parallel()
	callMany(t, 500)
}

// BenchmarkDeadWebhooks takes the time of ten times as many.
func BenchmarkDeadWebhooks(b *testing.B) {
	for range b.N {
		took := callMany(b, 5000)
		b.ReportMetric(5000/took.Seconds(), "events/s")
	}
}

func callMany(t testing.TB, events int) (took time.Duration) {
	const hooks, dead = 20, 5
	patient := func(c *grantwright.Config) {
		calling(c)
		c.Now, c.Poll = nil, 20*time.Millisecond
		c.Webhooks = hooknotify.New(hooknotify.Options{Allow: loopback, Timeout: 5 * time.Second})
	}
	w := newWorld(t, patient)
	receivers := make([]*receiver, hooks)
	for i := range receivers {
		receivers[i] = newReceiver(t)
		w.hook(t, receivers[i], "trial.*")
		if i < dead {
			receivers[i].answers(deadAnswers[i])
		}
	}
	other, err := grantwright.New(w.Config)
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = w.Run(ctx) })
	running.Go(func() { _ = other.Run(ctx) })
	defer func() { stop(); running.Wait(); _ = other.Close() }()
	want := emitMany(ctx, t, w.store, events)
	began, again := time.Now(), 0
	for i, r := range receivers[dead:] {
		must(t, grantwrighttest.Until(t.Context(), func() bool { return r.distinct() >= events }))
		again += checkOrder(t, i, r.got(), want)
	}
	took = time.Since(began)
	t.Logf("%d webhooks that live have taken %d events each, all requests in order, %d deliveries a second time; it took %s", hooks-dead, events, again, took.Round(time.Second))
	for i, r := range receivers[:dead] {
		if len(r.got()) != 0 {
			t.Errorf("dead webhook %d has taken %d events", i, len(r.got()))
		}
		t.Logf("dead webhook %d was called %d times", i, r.called())
	}
	if gone := receivers[dead-1]; gone.called() > 8 {
		t.Errorf("the webhook that is gone was called %d times", gone.called())
	}
	return took
}

// deadAnswers are those of webhooks that take nothing; the last one is gone.
var deadAnswers = []http.HandlerFunc{
	func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
	func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, drip,
	func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) },
}

// emitMany commits events of a hundred requests, and returns their ids.
func emitMany(ctx context.Context, t testing.TB, s store.Store, events int) map[string]bool {
	t.Helper()
	want := map[string]bool{}
	for i := 0; i < events; i += 100 {
		var c store.Change
		for j := range 100 {
			e := store.Event{ID: fmt.Sprint("event-", i+j), Type: "trial.done", At: time.Now(), By: admin.Person(), Request: request.ID(fmt.Sprint("r", j)), Seq: i/100 + 1}
			want[e.ID] = true
			c.Emit(e)
		}
		must(t, c.Commit(ctx, s))
	}
	return want
}

// distinct counts the messages that a receiver has taken, each once.
func (r *receiver) distinct() int {
	ids := map[string]bool{}
	for _, m := range r.got() {
		ids[m.ID] = true
	}
	return len(ids)
}

// checkOrder wants every event to have come, and those of each request in order;
// a second time is no fault, and it returns how many did.
func checkOrder(t testing.TB, hook int, got []received, want map[string]bool) (again int) {
	t.Helper()
	last, seen := map[string]int{}, map[string]bool{}
	for _, m := range got {
		if seen[m.ID] {
			again++
			continue
		}
		var n int
		if _, err := fmt.Sscanf(m.ID, "event-%d", &n); err != nil {
			t.Fatalf("webhook %d: the id %q: %v", hook, m.ID, err)
		}
		key := fmt.Sprint(n % 100)
		if m.Payload.Sequence != last[key]+1 {
			t.Fatalf("webhook %d: sequence %d of request %s after %d", hook, m.Payload.Sequence, key, last[key])
		}
		seen[m.ID], last[key] = true, m.Payload.Sequence
	}
	if len(seen) != len(want) || again > len(want)/100 {
		t.Errorf("webhook %d: %d of %d events came, %d again", hook, len(seen), len(want), again)
	}
	return again
}
