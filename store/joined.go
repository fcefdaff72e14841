package store

import (
	"context"
	"sync"
)

// joined is a transaction of the host's that commits are part of.
type joined struct {
	mu    sync.Mutex
	over  bool     // it is committed
	after []func() // what waits for that
}

type joinedKey struct{}

// Join returns a context for commits that are part of a transaction of the host's, and a
// function that the host calls when it has committed the transaction. It is for a Store
// that can take part in one: all that follows from those commits, such as work on a
// platform, begins with the call. Without it the work is found by those who look for
// what is due.
func Join(ctx context.Context) (within context.Context, committed func()) {
	j := new(joined)
	return context.WithValue(ctx, joinedKey{}, j), j.commit
}

func (j *joined) commit() {
	j.mu.Lock()
	after := j.after
	j.over, j.after = true, nil
	j.mu.Unlock()
	for _, f := range after {
		f()
	}
}

// Joined reports whether commits of a context are part of a transaction that others do
// not see yet.
func Joined(ctx context.Context) bool {
	j, is := ctx.Value(joinedKey{}).(*joined)
	if !is {
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return !j.over
}

// AfterCommit calls f when all can see the commits of a context: at once, or after the
// transaction of the host's that they are part of. If that is rolled back, f is never called.
func AfterCommit(ctx context.Context, f func()) {
	if j, is := ctx.Value(joinedKey{}).(*joined); is && j.wait(f) {
		return
	}
	f()
}

// wait keeps f for later, unless the transaction is committed.
func (j *joined) wait(f func()) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.over {
		j.after = append(j.after, f)
	}
	return !j.over
}
