package grantwright_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// TestDeadWebhooksHoldUpNoOther sends 5,000 events to 20 webhooks, of which 5
// are dead, from two engines that share a store.
func TestDeadWebhooksHoldUpNoOther(t *testing.T) {
	t.Parallel()
	const events, hooks, dead = 5000, 20, 5
	patient := func(c *grantwright.Config) {
		calling(c)
		c.Now, c.Poll = nil, 20*time.Millisecond
		c.Webhooks = hooknotify.New(hooknotify.Options{Allow: loopback, Timeout: 2 * time.Second})
	}
	w := newWorld(t, patient)
	receivers := make([]*receiver, hooks)
	for i := range receivers {
		receivers[i] = newReceiver(t)
		w.hook(t, receivers[i], "trial.*")
		if i < dead {
			receivers[i].answers([]http.HandlerFunc{
				func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
				func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
				func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, drip,
				func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) },
			}[i])
		}
	}
	other, err := grantwright.New(w.config)
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.Run(ctx) })
	running.Go(func() { other.Run(ctx) })
	defer func() { stop(); running.Wait(); other.Close() }()
	want := map[string]bool{}
	for i := 0; i < events; i += 100 {
		var c store.Change
		for j := range 100 {
			e := store.Event{ID: fmt.Sprint("event-", i+j), Type: "trial.done", At: time.Now(), By: admin.Person(), Request: request.ID(fmt.Sprint("r", j)), Seq: i/100 + 1}
			want[e.ID] = true
			c.Emit(e)
		}
		must(t, c.Commit(ctx, w.store))
	}
	began, again := time.Now(), 0
	for i, r := range receivers[dead:] {
		for len(r.got()) < events && time.Since(began) < 8*time.Minute {
			time.Sleep(20 * time.Millisecond)
		}
		again += checkOrder(t, i, r.got(), want)
	}
	t.Logf("%d webhooks that live have taken %d events each, all requests in order, %d deliveries a second time; it took %s", hooks-dead, events, again, time.Since(began).Round(time.Second))
	for i, r := range receivers[:dead] {
		if len(r.got()) != 0 {
			t.Errorf("dead webhook %d has taken %d events", i, len(r.got()))
		}
		t.Logf("dead webhook %d was called %d times", i, r.called())
	}
	if gone := receivers[dead-1]; gone.called() > 8 {
		t.Errorf("the webhook that is gone was called %d times", gone.called())
	}
}

// checkOrder wants every event to have come, and those of each request in order;
// a second time is no fault, and it returns how many did.
func checkOrder(t *testing.T, hook int, got []received, want map[string]bool) (again int) {
	t.Helper()
	last, seen := map[string]int{}, map[string]bool{}
	for _, m := range got {
		if seen[m.ID] {
			again++
			continue
		}
		var n int
		fmt.Sscanf(m.ID, "event-%d", &n)
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
