// Package limit counts how often each of many clients does something, and says how long
// whoever does it too often has to wait.
package limit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxKeys bounds how many clients are remembered. Whoever is forgotten begins anew.
const maxKeys = 10_000

// Rate is how often something may happen: so often at once, and then so often a second.
// The zero Rate sets no bound.
type Rate struct {
	PerSecond float64
	AtOnce    int
}

// Set reports whether the Rate bounds anything.
func (r Rate) Set() bool { return r.PerSecond > 0 && r.AtOnce > 0 }

// Limiter holds each client to a Rate. Any number of goroutines may use it.
type Limiter struct {
	rate Rate
	now  func() time.Time

	mu  sync.Mutex
	all map[string]*rate.Limiter
}

// New is a Limiter that has counted nothing yet.
func New(r Rate, now func() time.Time) *Limiter {
	return &Limiter{rate: r, now: now, all: map[string]*rate.Limiter{}}
}

// Take counts one for a client. It returns how long the client has to wait where that is too
// much, and counts nothing then; zero where it may go on.
func (l *Limiter) Take(client string) (wait time.Duration) {
	if !l.rate.Set() {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	r := l.of(client, now).ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

func (l *Limiter) of(client string, now time.Time) *rate.Limiter {
	if known := l.all[client]; known != nil {
		return known
	}
	if len(l.all) >= maxKeys {
		l.forget(now)
	}
	fresh := rate.NewLimiter(rate.Limit(l.rate.PerSecond), l.rate.AtOnce)
	l.all[client] = fresh
	return fresh
}

// forget drops the clients that are at rest, and then others until half are left: what is
// remembered is bounded, and so is the work for each client that comes.
func (l *Limiter) forget(now time.Time) {
	for client, r := range l.all {
		if r.TokensAt(now) >= float64(l.rate.AtOnce) {
			delete(l.all, client)
		}
	}
	for client := range l.all {
		if len(l.all) <= maxKeys/2 {
			return
		}
		delete(l.all, client)
	}
}
