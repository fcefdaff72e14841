package converge

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

// Checked is a Standing with the platform's own ids, or why no access can be given.
type Checked struct {
	Standing provision.Standing
	Err      error
}

// checksTogether bounds how many people are checked at once.
const checksTogether = 100

// checks has the people of one asset checked together who come while it is being asked
// about others: what the platform says of the asset is read once for all of them.
type checks struct {
	mu      sync.Mutex
	busy    map[catalog.Ref]bool
	waiting []*check
}

// check is a Standing that waits.
type check struct {
	ctx  context.Context
	want provision.Standing
	done chan Checked // with room for one
}

// Check does what provision.Checker promises.
func (l *Loop[J]) Check(ctx context.Context, want provision.Standing) (provision.Standing, error) {
	c := &check{ctx, want, make(chan Checked, 1)}
	if l.checks.enter(c) {
		l.check([]*check{c})
		l.handOn(want.Asset.Ref)
	}
	select {
	case checked := <-c.done:
		if checked.Err != nil {
			return want, checked.Err
		}
		return checked.Standing, nil
	case <-ctx.Done():
		l.checks.leave(c)
		return want, l.Wrap(ctx.Err())
	}
}

// handOn has those checked who have come meanwhile.
func (l *Loop[J]) handOn(ref catalog.Ref) {
	if next := l.checks.next(ref); len(next) > 0 {
		go func() {
			l.check(next)
			l.handOn(ref)
		}()
	}
}

// check asks the platform about some people of one asset. Where that fails, it asks about
// each apart: it may have failed because of one of them.
func (l *Loop[J]) check(some []*check) {
	ctx, cancel := together(some)
	defer cancel()
	want := make([]provision.Standing, len(some))
	for i, c := range some {
		want[i] = c.want
	}
	checked, err := l.ask(ctx, want)
	if err != nil && len(some) > 1 {
		for i := range some {
			l.check(some[i : i+1])
		}
		return
	}
	for i, c := range some {
		if err != nil {
			c.done <- Checked{Err: err}
			continue
		}
		c.done <- checked[i]
	}
}

// ask has one Checked for each of some Standings of one asset.
func (l *Loop[J]) ask(ctx context.Context, want []provision.Standing) (checked []Checked, err error) {
	err = l.Ask(ctx, func(ctx context.Context) error {
		j, err := l.Platform.NewJob(want[0].Asset)
		if err != nil {
			return err
		}
		if checked, err = l.Platform.Check(ctx, j, want); err == nil && len(checked) == 1 {
			err = checked[0].Err // which may be an accident
		}
		return err
	})
	for i := range checked {
		if len(checked) > 1 && checked[i].Err != nil {
			checked[i].Err = l.Explain(checked[i].Err)
		}
	}
	return checked, err
}

// together is the context of a check: the caller's own, or, where others depend on it, one
// that does not end with the caller.
func together(some []*check) (context.Context, context.CancelFunc) {
	if len(some) == 1 {
		return some[0].ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(some[0].ctx), DefaultTime)
}

// enter reports whether it is the turn of c; otherwise c waits.
func (cs *checks) enter(c *check) bool {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.busy[c.want.Asset.Ref] {
		cs.waiting = append(cs.waiting, c)
		return false
	}
	if cs.busy == nil {
		cs.busy = map[catalog.Ref]bool{}
	}
	cs.busy[c.want.Asset.Ref] = true
	return true
}

// leave takes out one whose caller waits no more.
func (cs *checks) leave(c *check) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.waiting = slices.DeleteFunc(cs.waiting, func(w *check) bool { return w == c })
}

// next takes those who go together: the first of an asset that waits, and others who are
// asked about the same way. No principal is among them twice.
func (cs *checks) next(ref catalog.Ref) (some []*check) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	names := map[string]bool{}
	cs.waiting = slices.DeleteFunc(cs.waiting, func(c *check) bool {
		name := c.want.Principal.Name
		if c.want.Asset.Ref != ref || names[name] || len(some) == checksTogether || len(some) > 0 && !alike(some[0].want, c.want) {
			return false
		}
		names[name], some = true, append(some, c)
		return true
	})
	if len(some) == 0 {
		delete(cs.busy, ref)
	}
	return some
}

// alike reports whether two Standings differ in their people only. Those of containers
// are long to compare, and never are.
func alike(a, b provision.Standing) bool {
	return len(a.Below) == 0 && len(b.Below) == 0 && reflect.DeepEqual(a.Asset, b.Asset) && reflect.DeepEqual(a.Masked, b.Masked)
}
