package tests

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/store"
)

// loopback is what the operator of the tests allows to be called.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// testKey seals the secrets of the tests.
var testKey = []byte(strings.Repeat("k", notify.KeyBytes))

// calling makes an engine call receivers on this machine, with little patience.
func calling(c *grantwright.Config) {
	c.Key = testKey
	c.Webhooks = hooknotify.New(hooknotify.Options{Allow: loopback, Timeout: 2 * time.Second, Now: c.Now})
	c.Address = "https://access.example.com"
}

// received is one message that a receiver has taken.
type received struct {
	ID      string
	Payload notify.Payload
	Body    string
}

// receiver is a service that is told of events. It verifies every signature with
// the library of Standard Webhooks.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	secret string
	answer http.HandlerFunc // in the place of 204, if set
	taken  []received
	calls  int
	faults []error
}

func newReceiver(t testing.TB) *receiver {
	t.Helper()
	r := new(receiver)
	r.Server = httptest.NewServer(r)
	t.Cleanup(func() {
		r.Close()
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, err := range r.faults {
			t.Errorf("a signature or a payload was not valid: %v", err)
		}
	})
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	answer := r.answer
	r.calls++
	if err := r.verify(body, q.Header); err != nil {
		r.faults = append(r.faults, err)
	}
	r.mu.Unlock()
	if answer != nil {
		answer(w, q)
		return
	}
	var p notify.Payload
	err := json.Unmarshal(body, &p)
	r.mu.Lock()
	if err != nil {
		r.faults = append(r.faults, err)
	}
	r.taken = append(r.taken, received{q.Header.Get("webhook-id"), p, string(body)})
	r.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

// verify checks the signature as every receiver should; the clock of the tests is
// not that of the library.
func (r *receiver) verify(body []byte, h http.Header) error {
	hook, err := standardwebhooks.NewWebhook(r.secret)
	if err == nil {
		err = hook.VerifyIgnoringTimestamp(body, h)
	}
	return err
}

func (r *receiver) answers(h http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = h
}

func (r *receiver) got() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.taken)
}

func (r *receiver) called() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls
}

// types lists the types of what was taken.
func (r *receiver) types() []notify.Topic {
	var all []notify.Topic
	for _, m := range r.got() {
		all = append(all, m.Payload.Type)
	}
	return all
}

// hook registers a receiver for some events.
func (w *world) hook(t testing.TB, r *receiver, events ...string) notify.Webhook {
	t.Helper()
	hook, secret, err := w.Webhooks().Register(t.Context(), admin, notify.WebhookSettings{Name: "catalog", URL: r.URL, Events: events}, "")
	must(t, err)
	r.mu.Lock()
	r.secret = secret
	r.mu.Unlock()
	return hook
}

func (w *world) webhook(t *testing.T, id notify.WebhookID) notify.Webhook {
	t.Helper()
	hook, err := w.Webhooks().Webhook(t.Context(), admin, id)
	must(t, err)
	return hook
}

func (w *world) deliveries(t *testing.T, id notify.WebhookID) []notify.Delivery {
	t.Helper()
	all, _, err := w.Webhooks().Deliveries(t.Context(), auditor, id, store.Position{}, store.MaxPage)
	must(t, err)
	return all
}
