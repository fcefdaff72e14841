package provisioning

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/metrics"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/telemetry"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// waiting are those who wait for grants that this process works on.
type waiting struct {
	mu     sync.Mutex
	of     map[provision.GrantID][]chan provision.Grant
	behind store.Position // the last grant to be given that was found, where there are too many

	decided map[provision.GrantID]decision // that this process is about to apply
}

// decision is a request whose grant is about to be applied.
type decision struct {
	request.Request
	sought bool           // a lane has looked for its grant
	within telemetry.Link // the trace of whoever decided
}

// maxDecided bounds the decisions that are remembered. They only spare readings.
const maxDecided = 1_000

// lingerOn is how long the lease of an asset is kept for what is decided soon.
const lingerOn = 100 * time.Millisecond

// ApplySoon begins in the background to apply a decision that was committed under ctx. If
// this process ends before, another one finds the grant due.
func (pr *Provisioning) ApplySoon(ctx context.Context, req request.Request) {
	if req.Status == request.Pending || req.Status == request.Denied {
		return
	}
	store.AfterCommit(ctx, func() {
		pr.expect(req, telemetry.Here(ctx))
		pr.Rouse(pr.lane(req.Asset))
	})
}

// expect remembers a decision until its outcome is committed.
func (pr *Provisioning) expect(req request.Request, within telemetry.Link) {
	if req.Principal.Name == "" {
		return // somebody who knows the asset only
	}
	pr.waiting.mu.Lock()
	defer pr.waiting.mu.Unlock()
	if pr.waiting.decided == nil || len(pr.waiting.decided) >= maxDecided {
		pr.waiting.decided = map[provision.GrantID]decision{}
	}
	pr.waiting.decided[journal.GrantID(req.ID)] = decision{Request: req, within: within}
}

// follow begins a span for some grants of an asset: it goes on in the traces of those who have
// decided on them in this process.
func (pr *Provisioning) follow(ctx context.Context, ref catalog.Ref, due []store.Stored[provision.Grant]) (context.Context, telemetry.End) {
	if !pr.Metrics.Traces() || len(due) == 0 {
		return ctx, func(error) {}
	}
	var from []telemetry.Link
	var ids []string
	pr.waiting.mu.Lock()
	for _, g := range due {
		if d, is := pr.waiting.decided[g.Value.ID]; is && d.within.IsValid() {
			from = append(from, d.within)
		}
		ids = append(ids, string(g.Value.Request))
	}
	pr.waiting.mu.Unlock()
	return pr.Metrics.Follow(ctx, from, "provision", metrics.Connection, ref.Connection(), "grantwright.request", strings.Join(ids, ","))
}

// expectedOn finds all grants of the principals who are about to get access to an asset.
func (pr *Provisioning) expectedOn(ref catalog.Ref) (queries []store.Query) {
	pr.waiting.mu.Lock()
	defer pr.waiting.mu.Unlock()
	for id, d := range pr.waiting.decided {
		if d.Asset == ref && !d.sought && len(queries) < GrantBatch {
			d.sought = true
			pr.waiting.decided[id] = d
			queries = append(queries, records.LiveGrantsOf(records.PairKey(ref, d.Principal.Name)))
		}
	}
	return queries
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
		delete(pr.waiting.decided, p.Next.ID)
		for _, waits := range pr.waiting.of[p.Next.ID] {
			select {
			case waits <- p.Next:
			default: // it has not read the one before, and reads the record then
			}
		}
	}
	pr.Committed()
}

// isDecidedFor reports whether this process is about to apply a grant, on which asset, and
// whether the request concerns somebody.
func (pr *Provisioning) isDecidedFor(who request.PersonID, id provision.GrantID) (catalog.Ref, bool) {
	pr.waiting.mu.Lock()
	defer pr.waiting.mu.Unlock()
	d, is := pr.waiting.decided[id]
	return d.Asset, is && d.Concerns(who)
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
