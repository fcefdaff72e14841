package provisioning

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// waiting are those who wait for grants that this process works on.
type waiting struct {
	mu     sync.Mutex
	of     map[provision.GrantID][]chan provision.Grant
	behind store.Position // the last grant to be given that was found, where there are too many
}

// lingerOn is how long the lease of an asset is kept for what is decided soon.
const lingerOn = 100 * time.Millisecond

// ApplySoon begins in the background to apply a decision that was committed under ctx. If
// this process ends before, another one finds the grant due.
func (pr *Provisioning) ApplySoon(ctx context.Context, req request.Request) {
	if req.Status == request.Pending || req.Status == request.Denied {
		return
	}
	pr.WorkOn(ctx, req.Asset)
}

// WorkOn applies in the background the grants of an asset that are due.
func (pr *Provisioning) WorkOn(ctx context.Context, ref catalog.Ref) {
	store.AfterCommit(ctx, func() { pr.Rouse(pr.lane(ref)) })
}

// Apply applies the grants of an asset that are due, or waits until whoever is at it in
// this process has done so. Where another process works on the asset the error wraps
// store.ErrConflict.
func (pr *Provisioning) Apply(ctx context.Context, ref catalog.Ref) error {
	return pr.CatchUp(ctx, pr.lane(ref))
}

func (pr *Provisioning) lane(ref catalog.Ref) journal.Work {
	return journal.Work{Task: journal.GrantTask(ref), Worker: &pr.Worker, Linger: lingerOn,
		Step: func(ctx context.Context, _ store.Task) (store.Step, error) {
			done, more, err := pr.ApplyGrants(ctx, ref)
			return store.Step{Change: done.Change, More: more, Done: func() { pr.publish(done.Progress) }}, err
		}}
}

// ApplyRung applies the grants of an asset whose task was rung, or was left by a process
// that has ended.
func (pr *Provisioning) ApplyRung(ctx context.Context, ref catalog.Ref) (store.Change, time.Time, error) {
	done, more, err := pr.ApplyGrants(ctx, ref)
	if more {
		return done.Change, pr.Now(), err
	}
	return done.Change, time.Time{}, err
}

// publish hands the grants whose outcome was committed to those who wait for them, and
// announces the events.
func (pr *Provisioning) publish(applied []Progress) {
	if len(applied) == 0 {
		return
	}
	pr.waiting.mu.Lock()
	defer pr.waiting.mu.Unlock()
	for _, p := range applied {
		for _, waits := range pr.waiting.of[p.Next.ID] {
			select {
			case waits <- p.Next:
			default: // it has not read the one before, and reads the record then
			}
		}
	}
	pr.Committed()
}

// await returns a channel for the outcomes of a grant in this process, and how to leave.
func (pr *Provisioning) await(id provision.GrantID) (outcomes chan provision.Grant, leave func()) {
	pr.waiting.mu.Lock()
	defer pr.waiting.mu.Unlock()
	if pr.waiting.of == nil {
		pr.waiting.of = map[provision.GrantID][]chan provision.Grant{}
	}
	outcomes = make(chan provision.Grant, 1)
	pr.waiting.of[id] = append(pr.waiting.of[id], outcomes)
	return outcomes, func() {
		pr.waiting.mu.Lock()
		defer pr.waiting.mu.Unlock()
		left := slices.DeleteFunc(pr.waiting.of[id], func(c chan provision.Grant) bool { return c == outcomes })
		if pr.waiting.of[id] = left; len(left) == 0 {
			delete(pr.waiting.of, id)
		}
	}
}
