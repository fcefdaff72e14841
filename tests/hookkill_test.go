//go:build unix

package tests

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlitestore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// webhookChild makes the test binary a process that calls webhooks, over the
// SQLite file that it names, until it is killed.
const webhookChild = "GRANTWRIGHT_TEST_WEBHOOK_CHILD"

func beWebhookChild(path string) int {
	e, _, err := openCaller(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	_ = e.Run(context.Background())
	return 0
}

// openCaller opens an engine over a SQLite file that calls receivers on this
// machine. Its lease is short, so that a test need not wait long for a takeover.
func openCaller(path string) (*grantwright.Engine, *sqlstore.Store, error) {
	kept, err := sqlitestore.Open(path)
	if err != nil {
		return nil, nil, err
	}
	if err := kept.Migrate(context.Background()); err != nil {
		return nil, nil, err
	}
	e, err := grantwright.New(grantwright.Config{Store: kept, Inventory: kept.Inventory(), Key: testKey, Poll: 20 * time.Millisecond,
		Webhooks: hooknotify.New(hooknotify.Options{Allow: loopback, Timeout: time.Second})})
	return e, kept, err
}

// TestKilledBetweenTheSendAndTheRecord kills the sender when the receiver has the
// first message, and lets another process go on.
func TestKilledBetweenTheSendAndTheRecord(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "kept.db")
	e, kept, err := openCaller(path)
	must(t, err)
	defer func() { _ = kept.Close() }()
	r := newReceiver(t)
	_, secret, err := e.Webhooks().Register(t.Context(), admin, notify.WebhookSettings{Name: "catalog", URL: r.URL, Events: []string{"webhook.changed"}}, "")
	must(t, err)
	r.secret = secret
	var child atomic.Pointer[os.Process]
	var once sync.Once
	killed := make(chan struct{})
	r.answers(func(_ http.ResponseWriter, q *http.Request) {
		once.Do(func() {
			r.answers(nil)
			_ = syscall.Kill(child.Load().Pid, syscall.SIGKILL)
			close(killed)
		})
		<-q.Context().Done()
	})
	hooks, err := e.Webhooks().All(t.Context(), admin, "", 10)
	must(t, err)
	for i := range 3 {
		_, err := e.Webhooks().Set(t.Context(), admin, hooks[0].ID, notify.WebhookSettings{Name: fmt.Sprint("catalog ", i), URL: r.URL, Events: hooks[0].Events})
		must(t, err)
	}
	sender := exec.CommandContext(t.Context(), os.Args[0])
	sender.Env = append(os.Environ(), webhookChild+"="+path)
	sender.Stderr = os.Stderr
	must(t, sender.Start())
	child.Store(sender.Process)
	<-killed
	_ = sender.Wait()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	ended := make(chan struct{})
	go func() { defer close(ended); _ = e.Run(ctx) }()
	defer func() { stop(); <-ended }()
	delivered := deliveriesOf(t, e, hooks[0].ID)
	events, err := store.EventsAbout.Find(t.Context(), kept, records.Webhooks.Subject(hooks[0].ID), store.Position{}, 10)
	must(t, err)
	var want, got []string
	for _, e := range events[1:] { // the first registered it
		want = append(want, e.Value.ID)
	}
	for _, m := range r.got() {
		got = append(got, m.ID)
	}
	slices.Sort(want)
	slices.Sort(got)
	// What was under way when the sender died comes again, with the same id.
	if !slices.Equal(want, slices.Compact(got)) || r.called() <= len(want) {
		t.Errorf("after the kill it has taken %v in %d calls, want %v, one of them again", got, r.called(), want)
	}
	if len(delivered) != len(want) {
		t.Errorf("%d deliveries are recorded, want %d", len(delivered), len(want))
	}
}

func deliveriesOf(t *testing.T, e *grantwright.Engine, id notify.WebhookID) (all []notify.Delivery) {
	t.Helper()
	enginetest.Until(t, "what was delivered is recorded", func() bool {
		var err error
		all, _, err = e.Webhooks().Deliveries(t.Context(), auditor, id, store.Position{}, 100)
		must(t, err)
		return len(all) > 0 && !slices.ContainsFunc(all, func(d notify.Delivery) bool { return d.State == notify.DeliveryPending })
	})
	return all
}
