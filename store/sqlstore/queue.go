package sqlstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/grantwright/grantwright/store"
)

// queue lets commits that come while another is under way go together in the next
// one: the database then makes all of them durable at once.
type queue struct {
	mu      sync.Mutex
	waiting []*pending
	busy    bool
}

// groupTimeout is how long the database may take for commits that go together.
const groupTimeout = 30 * time.Second

// pending is a commit that waits.
type pending struct {
	ctx   context.Context
	c     store.Commit
	bytes int
	turn  chan struct{} // it is its turn to commit what waits
	done  chan error
}

// together commits c with others that wait. Each caller whose turn it is commits once
// for all, and hands the turn on.
func (q *queue) together(ctx context.Context, c store.Commit, commit func(context.Context, []*pending)) error {
	p := &pending{ctx: ctx, c: c, bytes: c.Bytes(), turn: make(chan struct{}, 1), done: make(chan error, 1)}
	q.mu.Lock()
	q.waiting = append(q.waiting, p)
	if !q.busy {
		q.busy = true
		p.turn <- struct{}{}
	}
	q.mu.Unlock()
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
		q.leave(p)
		return ctx.Err()
	case <-p.turn:
	}
	group := q.next()
	within, cancel := inGroup(ctx, group)
	defer cancel()
	commit(within, group)
	q.handOn()
	return <-p.done
}

// inGroup is the context of a commit: the caller's own, or, where others depend on
// it, one that does not end with the caller.
func inGroup(ctx context.Context, group []*pending) (context.Context, context.CancelFunc) {
	if len(group) == 1 {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), groupTimeout)
}

// leave takes a commit out whose caller waits no more. One that is under way may
// still be done.
func (q *queue) leave(p *pending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = slices.DeleteFunc(q.waiting, func(w *pending) bool { return w == p })
	select {
	case <-p.turn:
		q.handOnLocked()
	default:
	}
}

func (q *queue) handOn() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.handOnLocked()
}

func (q *queue) handOnLocked() {
	if len(q.waiting) == 0 {
		q.busy = false
		return
	}
	q.waiting[0].turn <- struct{}{}
}

// next takes what goes together: the first that waits, and those behind it that
// touch nothing which one before them writes or claims.
func (q *queue) next() []*pending {
	q.mu.Lock()
	defer q.mu.Unlock()
	var group []*pending
	touched := touching{}
	writes, bytes := 0, 0
	for _, p := range q.waiting {
		writes, bytes = writes+len(p.c.Writes)+len(p.c.Holds), bytes+p.bytes
		if len(group) > 0 && (writes > store.MaxWrites || bytes > store.MaxCommitBytes || touched.meets(p.c)) {
			break
		}
		touched.add(p.c)
		group = append(group, p)
	}
	q.waiting = slices.Clone(q.waiting[len(group):])
	return group
}

// touching is what some commits write and claim.
type touching map[any]bool

type claim struct {
	kind string
	store.Unique
}

func (t touching) add(c store.Commit) {
	for _, w := range c.Writes {
		t[w.Key()] = true
		for _, u := range w.Unique {
			t[claim{w.Kind, u}] = true
		}
	}
}

func (t touching) meets(c store.Commit) bool {
	for _, h := range c.Holds {
		if t[h.Key] {
			return true
		}
	}
	for _, w := range c.Writes {
		if w.ID != "" && t[w.Key()] || slices.ContainsFunc(w.Unique, func(u store.Unique) bool { return t[claim{w.Kind, u}] }) {
			return true
		}
	}
	return false
}
