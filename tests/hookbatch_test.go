package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// watchedStore is a store that shows each commit to a test, which may refuse it.
type watchedStore struct {
	store.Store
	commits atomic.Int64
	before  atomic.Pointer[func(store.Commit) error]
}

func (s *watchedStore) Write(ctx context.Context, c store.Commit) error {
	if before := s.before.Load(); before != nil && *before != nil {
		if err := (*before)(c); err != nil {
			return err
		}
	}
	s.commits.Add(1)
	return s.Store.Write(ctx, c)
}

// watching makes an engine of a watched store, which calls receivers.
func watching(t *testing.T, change ...func(*grantwright.Config)) (*world, *watchedStore) {
	t.Helper()
	s := &watchedStore{}
	w := newWorld(t, append([]func(*grantwright.Config){calling, func(c *grantwright.Config) {
		s.Store = c.Store
		c.Store = s
	}}, change...)...)
	w.work(t)
	return w, s
}

// emit commits some events of ten requests, from a number on.
func emit(t testing.TB, s store.Store, of string, from, count int) {
	t.Helper()
	for i := from; i < from+count; i += 100 {
		var c store.Change
		for n := i; n < min(i+100, from+count); n++ {
			c.Emit(store.Event{ID: fmt.Sprint("event-", n), Type: event.Name(of), At: time.Now(), By: admin.Person(), Request: request.ID(fmt.Sprint("r", n%10)), Seq: n/10 + 1})
		}
		must(t, c.Commit(t.Context(), s))
	}
}

// numbers are those of the events that a receiver has taken.
func (r *receiver) numbers(t testing.TB) (all []int) {
	t.Helper()
	for _, m := range r.got() {
		var n int
		_, err := fmt.Sscanf(m.ID, "event-%d", &n)
		must(t, err)
		all = append(all, n)
	}
	return all
}

// inOrder wants each of some events once, and those of a request in order.
func inOrder(t testing.TB, got []int, from, count int) {
	t.Helper()
	last := map[int]int{}
	for _, n := range got {
		if before, is := last[n%10]; is && n <= before {
			t.Fatalf("event %d came after %d", n, before)
		}
		last[n%10] = n
	}
	if len(got) != count || count > 0 && (slices.Min(got) != from || slices.Max(got) != from+count-1) {
		t.Errorf("%d events came, want %d from %d on", len(got), count, from)
	}
}

// allDelivered wants so many deliveries to be recorded, each of them as delivered.
func (w *world) allDelivered(t *testing.T, id notify.WebhookID, count int) {
	t.Helper()
	all := w.deliveries(t, id)
	left := slices.DeleteFunc(slices.Clone(all), func(d notify.Delivery) bool { return d.State == notify.DeliveryDelivered })
	if len(all) != count || len(left) > 0 {
		t.Errorf("%d deliveries are recorded, want %d; %d are not delivered", len(all), count, len(left))
	}
}

// TestCommitsOfDeliveries counts the commits of many deliveries, one webhook being dead.
func TestCommitsOfDeliveries(t *testing.T) {
	t.Parallel()
	const hooks, events = 5, 1000
	w, s := watching(t)
	receivers := make([]*receiver, hooks+1)
	for i := range receivers {
		receivers[i] = newReceiver(t)
		w.hook(t, receivers[i], "trial.*")
	}
	receivers[hooks].answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	w.work(t)
	emit(t, s, "trial.done", 0, events)
	before := s.commits.Load()
	w.work(t)
	for _, r := range receivers[:hooks] {
		inOrder(t, r.numbers(t), 0, events)
	}
	if commits := s.commits.Load() - before; commits*50 > hooks*events {
		t.Errorf("%d commits of %d deliveries; 1 of 50 is allowed", commits, hooks*events)
	} else {
		t.Logf("%d commits of %d deliveries", commits, hooks*events)
	}
}

// What happens while a dead webhook is left alone costs no commit of its own.
func TestADeadWebhookCostsNothing(t *testing.T) {
	t.Parallel()
	w, s := watching(t)
	r := newReceiver(t)
	w.hook(t, r, "trial.*")
	r.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	emit(t, s, "trial.done", 0, 1)
	w.work(t)
	calls := r.called()
	var commits atomic.Int64
	before := func(c store.Commit) error {
		if slices.ContainsFunc(c.Writes, func(w store.Write) bool { return w.Kind == "deliveries" || strings.HasPrefix(w.ID, "hook/") }) {
			commits.Add(1)
		}
		return nil
	}
	s.before.Store(&before)
	for i := range 20 {
		emit(t, s, "trial.done", 1+i, 1)
		w.work(t)
	}
	if commits.Load() > 0 || r.called() != calls {
		t.Errorf("20 events cost %d commits and %d calls", commits.Load(), r.called()-calls)
	}
	r.answers(nil)
	w.clock.Move(time.Minute)
	w.work(t)
	inOrder(t, r.numbers(t), 0, 21)
}

// TestTheOutcomesAreLost has the commit of the outcomes fail, as if the process had died
// before it: everything is sent again, with the same ids, and recorded once.
func TestTheOutcomesAreLost(t *testing.T) {
	t.Parallel()
	w, s := watching(t)
	r := newReceiver(t)
	hook := w.hook(t, r, "trial.*")
	before := func(c store.Commit) error {
		if slices.ContainsFunc(c.Writes, func(w store.Write) bool { return w.Kind == "deliveries" }) {
			return errors.New("the process is gone")
		}
		return nil
	}
	s.before.Store(&before)
	emit(t, s, "trial.done", 0, 50)
	w.work(t)
	if all := w.deliveries(t, hook.ID); len(all) > 0 {
		t.Fatalf("%d deliveries are recorded", len(all))
	}
	inOrder(t, r.numbers(t), 0, 50)
	s.before.Store(nil)
	w.restart(t)
	w.clock.Move(time.Minute)
	w.work(t)
	if again := r.numbers(t); len(again) > 50 {
		inOrder(t, again[50:], 0, 50)
	} else {
		t.Error("nothing was sent again")
	}
	w.allDelivered(t, hook.ID, 50)
}

// While the outcomes of a batch are saved the next one is sent, and no more than that. What
// cannot be saved is sent again.
func TestOutcomesAreSavedBesideTheNextBatch(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		w, s := watching(t)
		r := newReceiver(t)
		hook := w.hook(t, r, "trial.*")
		var saves atomic.Int64
		before := func(c store.Commit) error {
			if !slices.ContainsFunc(c.Writes, func(w store.Write) bool { return w.Kind == "deliveries" }) || saves.Add(1) > 1 {
				return nil
			}
			if err := grantwrighttest.Until(t.Context(), func() bool { return len(r.got()) > 200 }); err != nil {
				t.Errorf("the next batch waits for the outcomes of the first: %v", err)
			}
			if lost {
				return errors.New("the process is gone")
			}
			return nil
		}
		s.before.Store(&before)
		emit(t, s, "trial.done", 0, 450)
		w.work(t)
		if !lost {
			inOrder(t, r.numbers(t), 0, 450)
			w.allDelivered(t, hook.ID, 450)
			continue
		}
		sent := len(r.got())
		if sent > 400 {
			t.Errorf("%d came, although the outcomes of the first 200 are lost", sent)
		}
		w.clock.Move(time.Minute)
		w.work(t)
		if again := r.numbers(t); len(again) > sent {
			inOrder(t, again[sent:], 0, 450)
		} else {
			t.Error("nothing was sent again")
		}
		w.allDelivered(t, hook.ID, 450)
	}
}

// A webhook with a full window, which answers well again, gets all that waits in the log.
func TestADeadWebhookComesBack(t *testing.T) {
	t.Parallel()
	w, s := watching(t)
	r := newReceiver(t)
	hook := w.hook(t, r, "trial.*")
	r.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	emit(t, s, "trial.done", 0, 450)
	w.work(t)
	if waiting := len(w.deliveries(t, hook.ID)); waiting < 190 || waiting > 200 {
		t.Errorf("%d deliveries wait, want a window of 200 events", waiting)
	}
	r.answers(nil)
	for range 2 {
		w.clock.Move(time.Minute)
		w.work(t)
	}
	inOrder(t, r.numbers(t), 0, 450)
	w.allDelivered(t, hook.ID, 450)
	n, err := w.Webhooks().RedeliverSince(t.Context(), admin, hook.ID, time.Time{}.AddDate(1, 0, 0), w.clock.Now().Add(time.Hour))
	must(t, err)
	w.work(t)
	if got := r.numbers(t); n != 450 || len(got) != 900 {
		t.Errorf("of %d that are sent again %d came", n, len(got)-450)
	}
	w.allDelivered(t, hook.ID, 450)
}

// A receiver that hangs holds up no other webhook, and gets everything in the end.
func TestASlowReceiverHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w, s := watching(t, func(c *grantwright.Config) {
		c.Now, c.Poll = time.Now, 20*time.Millisecond
		c.Webhooks = hooknotify.New(hooknotify.Options{Allow: loopback, Timeout: 2 * time.Second})
	})
	slow, quick := newReceiver(t), newReceiver(t)
	w.hook(t, slow, "trial.*")
	w.hook(t, quick, "trial.*")
	ctx, stop := context.WithCancel(t.Context())
	slow.answers(func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() })
	emit(t, s, "trial.done", 0, 300)
	var running sync.WaitGroup
	running.Go(func() { _ = w.Run(ctx) })
	defer func() { stop(); running.Wait() }()
	must(t, grantwrighttest.Until(ctx, func() bool { return quick.distinct() == 300 }))
	if n := len(slow.got()); n != 0 {
		t.Errorf("the slow one has taken %d", n)
	}
	slow.answers(nil)
	must(t, grantwrighttest.Until(ctx, func() bool { return slow.distinct() == 300 }))
}

// What comes while a batch is sent is sent under the same lease.
func TestALeaseIsKeptForWhatComesSoon(t *testing.T) {
	t.Parallel()
	w, s := watching(t, func(c *grantwright.Config) {
		c.Webhooks = hooknotify.New(hooknotify.Options{Allow: loopback, Timeout: 30 * time.Second, Now: c.Now})
	})
	r := newReceiver(t)
	w.hook(t, r, "request.*")
	var mu sync.Mutex
	holders := map[string]bool{}
	before := func(c store.Commit) error {
		for _, write := range c.Writes {
			var task store.Task
			if write.Kind == "tasks" && strings.HasPrefix(write.ID, "hook/") && json.Unmarshal(write.Body, &task) == nil && task.Holder != "" {
				mu.Lock()
				holders[task.Holder] = true
				mu.Unlock()
			}
		}
		return nil
	}
	s.before.Store(&before)
	leases := make(chan int, 1)
	var calls atomic.Int64
	r.answers(func(rw http.ResponseWriter, _ *http.Request) {
		if n := calls.Add(1); n < 4 {
			req, err := w.Submit(context.Background(), eve, asking(fmt.Sprint(n, " DAYS")))
			if err == nil && n%2 == 1 {
				_, err = w.Cancel(context.Background(), eve, req.ID)
			}
			if err != nil {
				t.Error(err)
			}
		} else if n == 4 {
			mu.Lock()
			leases <- len(holders)
			mu.Unlock()
		}
		rw.WriteHeader(http.StatusNoContent)
	})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = w.Run(ctx) })
	defer func() { stop(); running.Wait() }()
	w.submit(t, eve, "30 DAYS")
	if n := <-leases; n != 1 {
		t.Errorf("four events took %d leases", n)
	}
}

// inTheMiddle has a receiver do something once, when it has taken some messages.
func (r *receiver) inTheMiddle(after int, act func(w http.ResponseWriter)) {
	var calls atomic.Int64
	r.answers(func(w http.ResponseWriter, q *http.Request) {
		if calls.Add(1) == int64(after) {
			act(w)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

func TestAWebhookIsRemovedInTheMiddleOfABatch(t *testing.T) {
	t.Parallel()
	w, s := watching(t)
	r := newReceiver(t)
	hook := w.hook(t, r, "trial.*")
	r.inTheMiddle(20, func(http.ResponseWriter) {
		if err := w.Webhooks().Remove(context.Background(), admin, hook.ID, 0); err != nil {
			t.Error(err)
		}
	})
	emit(t, s, "trial.done", 0, 300)
	w.work(t)
	if r.called() < 20 || r.called() >= 300 {
		t.Errorf("it was called %d times", r.called())
	}
	for _, kind := range []string{"webhooks", "deliveries"} {
		if left, err := w.store.Find(t.Context(), store.Query{Kind: kind}); err != nil || len(left[0]) != 0 {
			t.Errorf("%d of %s are left: %v", len(left[0]), kind, err)
		}
	}
	if left, err := w.store.Get(t.Context(), store.Key{Kind: "lanes", ID: "hook/" + string(hook.ID)}); err != nil || len(left) > 0 {
		t.Errorf("its cursor is left: %v", err)
	}
}

func TestAWebhookIsSuspendedInTheMiddleOfABatch(t *testing.T) {
	t.Parallel()
	w, s := watching(t)
	r := newReceiver(t)
	hook := w.hook(t, r, "trial.*")
	r.inTheMiddle(20, func(w http.ResponseWriter) { w.WriteHeader(http.StatusGone) })
	emit(t, s, "trial.done", 0, 300)
	w.work(t)
	if now := w.webhook(t, hook.ID); now.State != notify.WebhookSuspended || r.called() > 200 {
		t.Errorf("after %d calls it is %s", r.called(), now.State)
	}
	taken := r.called() - 1
	r.answers(nil)
	_, err := w.Webhooks().Resume(t.Context(), admin, hook.ID)
	must(t, err)
	w.work(t)
	if n := len(r.got()); n != 300-taken {
		t.Errorf("after it was resumed it has taken %d, want the other %d", n, 300-taken)
	}
	w.allDelivered(t, hook.ID, 300)
}

// What is under way is sent as it was decided; what is still in the log is not.
func TestAWebhookIsChangedInTheMiddleOfABatch(t *testing.T) {
	t.Parallel()
	w, s := watching(t)
	r := newReceiver(t)
	hook := w.hook(t, r, "trial.*")
	var secret string
	r.inTheMiddle(20, func(rw http.ResponseWriter) {
		_, err := w.Webhooks().Set(context.Background(), admin, hook.ID, notify.WebhookSettings{Name: "catalog", URL: r.URL, Events: []string{"other.*"}})
		if err == nil {
			_, secret, err = w.Webhooks().Rotate(context.Background(), admin, hook.ID, "", time.Hour)
		}
		if err != nil {
			t.Error(err)
		}
		rw.WriteHeader(http.StatusNoContent)
	})
	emit(t, s, "trial.done", 0, 300)
	w.work(t)
	if r.called() < 190 || r.called() > 200 {
		t.Errorf("it was called %d times, want a window of 200 events", r.called())
	}
	w.allDelivered(t, hook.ID, r.called())
	r.answers(nil)
	r.mu.Lock()
	r.secret = secret
	r.mu.Unlock()
	emit(t, s, "other.done", 300, 10)
	w.work(t)
	inOrder(t, r.numbers(t), 300, 10)
}

// Somebody has something sent again, which was delivered, and something that is sent just
// now.
func TestRedeliveryInTheMiddleOfABatch(t *testing.T) {
	t.Parallel()
	w, s := watching(t)
	r := newReceiver(t)
	hook := w.hook(t, r, "trial.*")
	emit(t, s, "trial.done", 0, 1)
	w.work(t)
	r.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	emit(t, s, "trial.done", 1, 1)
	w.work(t)
	r.inTheMiddle(1, func(rw http.ResponseWriter) {
		for _, id := range []string{"event-0", "event-1"} {
			if err := w.Webhooks().Redeliver(context.Background(), admin, hook.ID, id); err != nil {
				t.Error(err)
			}
		}
		r.answers(nil)
		rw.WriteHeader(http.StatusNoContent)
	})
	w.clock.Move(time.Minute)
	w.work(t)
	w.work(t)
	if got := r.numbers(t); !slices.Equal(got, []int{0, 0}) {
		t.Errorf("it has taken %v", got)
	}
	w.allDelivered(t, hook.ID, 2)
	for _, d := range w.deliveries(t, hook.ID) {
		if len(d.Tries) != 2 {
			t.Errorf("event %s was tried %d times, want 2", d.Payload.ID, len(d.Tries))
		}
	}
}

// TestCommitsOfPosts counts the commits of many notices by one channel.
func TestCommitsOfPosts(t *testing.T) {
	t.Parallel()
	const rounds = 60
	room := new(postbox)
	w, s := watching(t, func(c *grantwright.Config) {
		c.Rooms = map[string]notify.Room{"room": {Channel: room, Topics: []notify.Topic{"request.created"}}}
	})
	for range rounds {
		req := w.submit(t, eve, "30 DAYS")
		_, err := w.Cancel(t.Context(), eve, req.ID)
		must(t, err)
	}
	var commits atomic.Int64
	before := func(c store.Commit) error {
		if slices.ContainsFunc(c.Writes, func(w store.Write) bool { return w.Kind == "posts" }) {
			commits.Add(1)
		}
		return nil
	}
	s.before.Store(&before)
	w.work(t)
	w.work(t)
	if n := len(room.got()); n != rounds || commits.Load() > rounds/5 {
		t.Errorf("%d commits of %d posts", commits.Load(), n)
	}
}
