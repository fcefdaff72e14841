package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestOnlyWhatMayBeSentTwiceIsSentTwice has one of two replicas break every call off.
func TestOnlyWhatMayBeSentTwiceIsSentTwice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method, key string
		want        int
	}{
		{http.MethodGet, "", http.StatusOK},
		{http.MethodPost, "a key", http.StatusOK},
		{http.MethodPost, "", http.StatusBadGateway},
		{http.MethodDelete, "", http.StatusBadGateway},
	} {
		var got atomic.Int64
		broken := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/readyz" {
				got.Add(1)
				panic(http.ErrAbortHandler)
			}
		}))
		defer broken.Close()
		whole := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer whole.Close()
		b := &balancer{turn: 1} // the broken one is next
		for _, s := range []*httptest.Server{broken, whole} {
			one, err := b.add(t.Context(), s.URL)
			if err != nil {
				t.Fatal(err)
			}
			if err := until(t.Context(), "ready", func() (bool, error) { return one.ready.Load(), nil }); err != nil {
				t.Fatal(err)
			}
		}
		r := httptest.NewRequestWithContext(t.Context(), tt.method, "/x", strings.NewReader("{}"))
		if tt.key != "" {
			r.Header.Set("Idempotency-Key", tt.key)
		}
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		if w.Code != tt.want || got.Load() == 0 {
			t.Errorf("%s with the key %q: %d, and the broken replica got %d, want %d", tt.method, tt.key, w.Code, got.Load(), tt.want)
		}
	}
}

// TestNoReplicaIsSaid has none that is ready.
func TestNoReplicaIsSaid(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	(&balancer{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("without a replica the answer is %d", w.Code)
	}
}
