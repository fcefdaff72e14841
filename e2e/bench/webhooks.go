package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// So many webhooks are called, of which the first are dead.
const (
	hookCount = 20
	deadHooks = 5
)

// receivers are services that take events.
type receivers struct {
	server   http.Server
	address  string
	mu       sync.Mutex
	seen     []map[string]bool // of each, by the id of the message
	all      chan struct{}     // closed when each that lives has all
	events   int
	complete int
}

func startReceivers(events int) (*receivers, error) {
	r := &receivers{events: events, all: make(chan struct{})}
	for range hookCount {
		r.seen = append(r.seen, map[string]bool{})
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r.address = "http://" + listener.Addr().String()
	mux := http.NewServeMux()
	for i := range hookCount {
		mux.HandleFunc(fmt.Sprintf("/%d", i), func(w http.ResponseWriter, in *http.Request) { r.take(w, in, i) })
	}
	r.server = http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = r.server.Serve(listener) }()
	return r, nil
}

// take counts a message; those that are dead say that they are broken.
func (r *receivers) take(w http.ResponseWriter, in *http.Request, hook int) {
	_, _ = io.Copy(io.Discard, in.Body)
	if hook < deadHooks {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[hook][in.Header.Get("webhook-id")] = true
	if len(r.seen[hook]) == r.events {
		r.seen[hook]["complete"] = true // counts once
		if r.complete++; r.complete == hookCount-deadHooks {
			close(r.all)
		}
	}
}

// measureWebhooks has many events delivered to webhooks of which some are dead. The
// floor is the time of as many bare calls.
func (b *bench) measureWebhooks(ctx context.Context) ([]row, error) {
	w, err := b.place.newWorld(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.remove() }()
	r, err := startReceivers(b.size.Events)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.server.Close() }()
	floor, err := r.alone(ctx)
	if err != nil {
		return nil, err
	}
	took, commits, err := w.deliver(ctx, r)
	if err != nil {
		return nil, err
	}
	many := fmt.Sprintf("%s events to %d webhooks, %d dead", grouped(float64(r.events)), hookCount, deadHooks)
	deliveries := float64(r.events * (hookCount - deadHooks))
	return []row{
		row{Figure: "telling", Case: many, Unit: "s", Target: atMost("ratio", 3), Note: "the floor is the bare calls"}.fill([]pair{{took.Seconds(), floor.Seconds()}}),
		{Figure: "telling", Case: "commits of 50 deliveries", Ours: 50 * float64(commits) / deliveries, Target: atMost("ours", 1)},
	}, nil
}

// alone makes as many calls as there are deliveries, as many at a time as there are
// webhooks that live.
func (r *receivers) alone(ctx context.Context) (time.Duration, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: hookCount}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	body := bytes.Repeat([]byte("x"), 1000)
	t, err := times(ctx, hookCount-deadHooks, r.events*(hookCount-deadHooks), func(ctx context.Context, n int) error {
		in, err := http.NewRequestWithContext(ctx, http.MethodPost, r.address+fmt.Sprintf("/%d", deadHooks+n%(hookCount-deadHooks)), bytes.NewReader(body))
		if err != nil {
			return err
		}
		answer, err := client.Do(in)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		return answer.Body.Close()
	})
	for i := range r.seen {
		r.seen[i] = map[string]bool{}
	}
	return t.took, err
}

// deliver has the events delivered, and returns how many transactions wrote meanwhile.
func (w *world) deliver(ctx context.Context, r *receivers) (time.Duration, int64, error) {
	c := w.config(w.store)
	c.Key = bytes.Repeat([]byte("k"), notify.KeyBytes)
	c.Webhooks = hooknotify.New(hooknotify.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: 5 * time.Second})
	e, err := grantwright.New(c)
	if err != nil {
		return 0, 0, err
	}
	if err := w.engine.Close(); err != nil {
		return 0, 0, err
	}
	w.engine = e
	for i := range hookCount {
		_, _, err := e.Webhooks().Register(ctx, admin, notify.WebhookSettings{Name: fmt.Sprint("hook", i), URL: r.address + fmt.Sprintf("/%d", i), Events: []string{"trial.*"}}, "")
		if err != nil {
			return 0, 0, err
		}
	}
	if err := emitMany(ctx, w.store, r.events); err != nil {
		return 0, 0, err
	}
	before, err := w.place.transactions(ctx)
	if err != nil {
		return 0, 0, err
	}
	begin := time.Now()
	w.start()
	late, cancel := context.WithTimeout(ctx, 30*time.Minute)
	defer cancel()
	select {
	case <-r.all:
	case <-late.Done():
		return 0, 0, fmt.Errorf("the webhooks do not get all events: %w", late.Err())
	}
	took := time.Since(begin)
	after, err := w.place.transactions(ctx)
	return took, after - before, err
}

// transactions is how many have written on the server.
func (p *place) transactions(ctx context.Context) (n int64, err error) {
	err = p.server.DB.QueryRowContext(ctx, "select pg_snapshot_xmax(pg_current_snapshot())::text::bigint").Scan(&n)
	return n, err
}

// emitMany commits events of a hundred requests that nobody knows.
func emitMany(ctx context.Context, s store.Store, events int) error {
	for i := 0; i < events; i += 100 {
		var c store.Change
		for j := range min(100, events-i) {
			c.Emit(store.Event{ID: fmt.Sprint("event-", i+j), Type: "trial.done", At: time.Now(), By: admin.Person(), Request: request.ID(fmt.Sprint("r", j)), Seq: i/100 + 1})
		}
		if err := c.Commit(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
