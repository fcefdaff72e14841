package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/request"
)

// receiver is a service of somebody's that is told what happens, such as a ticket
// system. It takes nothing that is not signed.
type receiver struct {
	server http.Server
	url    string

	mu      sync.Mutex
	hook    *standardwebhooks.Webhook // verifies; nil until the secret is known
	taken   []notify.Payload
	refused int
	arrived chan struct{} // closed when one more was taken
}

func newReceiver() (*receiver, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{url: "http://" + listener.Addr().String() + "/access", arrived: make(chan struct{})}
	r.server = http.Server{Handler: http.HandlerFunc(r.take), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = r.server.Serve(listener) }()
	return r, nil
}

// take answers one delivery.
func (r *receiver) take(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, 1<<20))
	r.mu.Lock()
	defer r.mu.Unlock()
	var p notify.Payload
	if err == nil {
		err = r.hook.Verify(body, q.Header)
	}
	if err == nil {
		err = json.Unmarshal(body, &p)
	}
	if err != nil {
		r.refused++
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.taken = append(r.taken, p)
	close(r.arrived)
	r.arrived = make(chan struct{})
	w.WriteHeader(http.StatusNoContent)
}

// all is what was taken, and how many deliveries were refused.
func (r *receiver) all() ([]notify.Payload, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.taken), r.refused
}

// await waits until something of a type has come about a request, which has brought
// it into some status.
func (r *receiver) await(ctx context.Context, id request.ID, t notify.Topic, status request.Status) (notify.Payload, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		r.mu.Lock()
		taken, arrived := slices.Clone(r.taken), r.arrived
		r.mu.Unlock()
		for _, p := range taken {
			if p.Type == t && p.Data.Request.ID == id && statusOf(p) == status {
				return p, nil
			}
		}
		select {
		case <-ctx.Done():
			return notify.Payload{}, fmt.Errorf("no webhook tells of %s of request %s: %w", t, id, ctx.Err())
		case <-arrived:
		}
	}
}

// statusOf is what has become of the request: by the determination that is told, or
// by now.
func statusOf(p notify.Payload) request.Status {
	if p.Data.Determination != nil {
		return p.Data.Determination.Status
	}
	return p.Data.Request.Status
}

// telling lets the engine call receivers on this machine: by itself it calls none
// that is not on the public internet. The key seals the secrets of webhooks.
func telling(c *grantwright.Config) {
	c.Key = make([]byte, notify.KeyBytes)
	rand.Read(c.Key) // never fails
	c.Webhooks = hooknotify.New(hooknotify.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
}

// subscribe registers the receiver as a webhook.
func (s *stage) subscribe(ctx context.Context) error {
	s.receiver.mu.Lock()
	defer s.receiver.mu.Unlock()
	_, secret, err := s.engine.Webhooks().Register(ctx, admin, notify.WebhookSettings{Name: "tickets", URL: s.receiver.url, Events: []string{"request.*", "grant.*"}}, "")
	if err != nil {
		return err
	}
	say("a webhook tells %s of all requests and grants", s.receiver.url)
	s.receiver.hook, err = standardwebhooks.NewWebhook(secret)
	return err
}

// told waits for the webhook of an event, and shows it.
func (s *stage) told(ctx context.Context, req request.Request, t notify.Topic) error {
	p, err := s.receiver.await(ctx, req.ID, t, req.Status)
	if err != nil {
		return err
	}
	checked("webhook: %s, number %d of the request, %s, %d ms after it happened, its signature verified", p.Type, p.Sequence, statusOf(p), time.Since(p.Timestamp).Milliseconds())
	return nil
}

// deliveries shows all that the webhook has told, in the order in which it came.
func (s *stage) deliveries(ctx context.Context, last request.Request) error {
	heading("The webhook", "what the service was told, each signed, in order for each request")
	if _, err := s.receiver.await(ctx, last.ID, "grant.revoked", last.Status); err != nil {
		return err
	}
	taken, refused := s.receiver.all()
	numbers := map[request.ID]int{}
	for _, p := range taken {
		id := p.Data.Request.ID
		if p.Sequence != numbers[id]+1 {
			return fmt.Errorf("the webhook tells number %d of request %s after number %d", p.Sequence, id, numbers[id])
		}
		numbers[id] = p.Sequence
		state := ""
		if p.Data.Grant != nil {
			state = "grant " + p.Data.Grant.State
		}
		say("%s  %2d  %-20s %-9s %-19s by %s", id, p.Sequence, p.Type, statusOf(p), state, p.Data.By)
	}
	if refused > 0 {
		return fmt.Errorf("the receiver has refused %d deliveries", refused)
	}
	checked("%d deliveries of %d requests were received, all signatures verified, none out of order", len(taken), len(numbers))
	return nil
}
