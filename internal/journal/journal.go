// Package journal reads, decides, commits and emits, and runs work in the background.
//
// A change is read, decided and committed in one go, and repeated where somebody else
// was faster. Its events have their place in the log at once; readers of the log keep
// cursors. Only this package commits a change.
package journal

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grantwright/grantwright/internal/metrics"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Journal holds the store, the clock and the workers. Every room embeds it.
type Journal struct {
	Store   store.Store
	Logger  *slog.Logger
	NewID   func() string    // ids that never repeat
	Clock   func() time.Time // the host's
	Timeout time.Duration    // of calls that someone waits for
	Metrics *metrics.Metrics // nil measures nothing

	Worker  store.Worker // of work on platforms
	Carrier store.Worker // of messages to others
	Changes Signal       // sent after each commit

	// May refuses a change if one of these people may not act.
	May func(ctx context.Context, by []request.PersonID) error

	// Emitted is called after each commit that may hold events.
	Emitted func()

	// Announce rings, within a change, the tasks of those whom some events concern.
	Announce func(ctx context.Context, c *store.Change, events []store.Event) error

	announcing chan struct{} // holds a token while nobody announces events
	announced  atomic.Int64  // the last event that this process has announced

	Running atomic.Int32  // how many run the work in the background until they are stopped
	losers  chan struct{} // holds a token while none of those who have lost a change several times is at it
	lanes   Lanes
	closing chan struct{} // closed when no work in the background is to linger

	mu      sync.Mutex
	closed  bool
	pending sync.WaitGroup // work in the background
}

// New returns a journal that may be filled in before its first use.
func New(s store.Store) *Journal {
	j := &Journal{Store: s, closing: make(chan struct{}), announcing: make(chan struct{}, 1)}
	j.losers = make(chan struct{}, 1)
	j.losers <- struct{}{}
	j.announcing <- struct{}{}
	return j
}

// Close waits for all work in the background. No other work starts afterwards.
func (j *Journal) Close() {
	j.mu.Lock()
	if !j.closed {
		j.closed = true
		close(j.closing)
	}
	j.mu.Unlock()
	j.pending.Wait()
}

// Background runs f in a goroutine of its own, detached from the context of the
// caller. Close waits for it.
func (j *Journal) Background(f func(ctx context.Context)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.closed {
		j.pending.Go(func() { f(context.Background()) })
	}
}

// Now is the time in UTC, to the microsecond, as every store can keep it.
func (j *Journal) Now() time.Time { return j.Clock().UTC().Truncate(time.Microsecond) }
