package shelfhook_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright/examples/provisioner/shelf"
	"github.com/grantwright/grantwright/examples/provisioner/shelfhook"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/hookprovision"
	"github.com/grantwright/grantwright/provision/provisiontest"
)

// caller calls services on this machine.
var caller = hooknotify.New(hooknotify.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: 20 * time.Second})

// TestAtOnce holds the webhook provisioner, with a service behind it that answers at
// once, to what every provisioner is held to.
func TestAtOnce(t *testing.T) {
	run(t, func(p *hookprovision.Provisioner, _ *shelfhook.Service) provision.Provisioner { return p })
}

// TestLater is TestAtOnce with a service that answers by its callback.
func TestLater(t *testing.T) {
	run(t, func(p *hookprovision.Provisioner, s *shelfhook.Service) provision.Provisioner {
		s.Later = true
		w := &waiting{Provisioner: p, said: map[string]chan provision.Outcome{}}
		server := httptest.NewServer(w)
		t.Cleanup(server.Close)
		w.url = server.URL
		return w
	})
}

func run(t *testing.T, with func(*hookprovision.Provisioner, *shelfhook.Service) provision.Provisioner) {
	var h *shelf.Harness
	h = shelf.Start(t, func(_, key string) provision.Provisioner {
		service := &shelfhook.Service{Secret: hooknotify.NewSecret(), Shelf: h.Shelf, Key: key}
		p := &hookprovision.Provisioner{Connection: "shelf", Secrets: service.Secret, Caller: caller}
		opened := with(p, service)
		server := httptest.NewServer(service)
		t.Cleanup(server.Close)
		p.URL = server.URL
		return opened
	})
	provisiontest.Run(t, provisiontest.Harness{Open: h.Open, Asset: h.Asset, Person: h.Person, Allowed: h.Allowed, Give: h.Give, Break: h.Break})
}

// waiting waits for the answers of the callbacks, as the engine does.
type waiting struct {
	*hookprovision.Provisioner
	url  string
	mu   sync.Mutex
	said map[string]chan provision.Outcome // by token
}

func (w *waiting) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	back := make([]provision.Callback, len(want))
	answers := make([]chan provision.Outcome, len(want))
	w.mu.Lock()
	for i, s := range want {
		call := provision.NewCall(provision.CallID(rand.Text()), 1, s, nil, time.Now(), time.Now().Add(time.Minute))
		back[i] = provision.Callback{Call: call, URL: w.url, Token: rand.Text()}
		answers[i] = make(chan provision.Outcome, 1)
		w.said[back[i].Token] = answers[i]
	}
	w.mu.Unlock()
	outcomes := w.ApplyLater(ctx, want, back)
	for i, o := range outcomes {
		if _, waits := o.Err.(*provision.WaitingError); !waits {
			continue
		}
		select {
		case outcomes[i] = <-answers[i]:
		case <-time.After(20 * time.Second):
		}
	}
	return outcomes
}

func (w *waiting) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	var text json.RawMessage
	var a hookprovision.Answer
	if json.NewDecoder(r.Body).Decode(&text) != nil || json.Unmarshal(text, &a) != nil {
		return
	}
	o, err := hookprovision.ParseAnswer(text)
	if err != nil {
		o.Err = err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said[a.Token] <- o
}
