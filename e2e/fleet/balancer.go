package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// balancer spreads calls over the replicas that are ready, in turns. What a replica did not
// answer it sends to another one, but only what may be sent twice: reading, what has an
// Idempotency-Key, and what never left.
type balancer struct {
	mu       sync.Mutex
	backends []*backend
	turn     int

	repeated atomic.Int64 // calls that a second replica got
}

// backend is a replica as the balancer sees it.
type backend struct {
	url   *url.URL
	ready atomic.Bool
	end   context.CancelFunc
}

const (
	looks     = 25 * time.Millisecond // between two looks at /readyz of a replica
	lookLimit = 2 * time.Second
	bodyLimit = 1 << 20
	tries     = 6
)

// add has a replica get calls as soon as it is ready.
func (b *balancer) add(ctx context.Context, address string) (*backend, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	one := &backend{url: u}
	ctx, one.end = context.WithCancel(ctx)
	b.mu.Lock()
	b.backends = append(b.backends, one)
	b.mu.Unlock()
	go one.watch(ctx)
	return one, nil
}

// remove forgets a replica that has ended.
func (b *balancer) remove(gone *backend) {
	gone.end()
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, one := range b.backends {
		if one == gone {
			b.backends = append(b.backends[:i:i], b.backends[i+1:]...)
			return
		}
	}
}

// watch looks at whether a replica is ready, until ctx ends.
func (b *backend) watch(ctx context.Context) {
	tick := time.NewTicker(looks)
	defer tick.Stop()
	for {
		b.ready.Store(b.look(ctx))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (b *backend) look(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url.JoinPath("readyz").String(), nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, bodyLimit))
	return answer.StatusCode == http.StatusOK
}

// next is the replica whose turn it is; nil where none is ready.
func (b *balancer) next() *backend {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range b.backends {
		b.turn++
		if one := b.backends[b.turn%len(b.backends)]; one.ready.Load() {
			return one
		}
	}
	return nil
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit))
	if err != nil {
		http.Error(w, "the body broke off", http.StatusBadRequest)
		return
	}
	for try := 1; ; try++ {
		one := b.next()
		if one == nil {
			http.Error(w, "no replica is ready", http.StatusServiceUnavailable)
			return
		}
		failed := one.pass(w, r, body)
		switch {
		case failed == nil:
			return
		case try == tries || !mayRepeat(r, failed):
			http.Error(w, failed.Error(), http.StatusBadGateway)
			return
		}
		one.ready.Store(false) // until a look says otherwise
		b.repeated.Add(1)
	}
}

// errAway is the answer of a proxy, or of a server that cannot reach its store.
var errAway = errors.New("the replica is away")

// pass sends a call to a replica, and its answer back. Where it returns an error, nothing was
// written.
func (b *backend) pass(w http.ResponseWriter, r *http.Request, body []byte) (failed error) {
	sent := r.Clone(r.Context())
	sent.Body = io.NopCloser(bytes.NewReader(body))
	sent.ContentLength = int64(len(body))
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(b.url); p.Out.Host = b.url.Host },
		ModifyResponse: func(answer *http.Response) error {
			if answer.StatusCode == http.StatusServiceUnavailable {
				return errAway
			}
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { failed = err },
	}
	defer func() {
		if recover() != nil { // the answer broke off in its middle: the client sees that
			panic(http.ErrAbortHandler)
		}
	}()
	proxy.ServeHTTP(w, sent)
	return failed
}

// mayRepeat reports whether a call that failed may be sent again.
func mayRepeat(r *http.Request, err error) bool {
	op := (*net.OpError)(nil)
	return r.Method == http.MethodGet || r.Header.Get("Idempotency-Key") != "" || errors.As(err, &op) && op.Op == "dial"
}
