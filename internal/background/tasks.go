package background

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/notices"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

func leases(id store.TaskID) time.Duration {
	if strings.HasPrefix(string(id), journal.SyncTasks) || strings.HasPrefix(string(id), journal.ReconcileTasks) {
		return journal.LongLease
	}
	return 0
}

// carries reports whether a task carries something to a receiver. Those have a
// worker of their own: receivers that do not answer hold up no grant.
func carries(id store.TaskID) bool {
	return id == journal.NoticeTask || id == journal.DigestTask || strings.HasPrefix(string(id), journal.HookTasks) || strings.HasPrefix(string(id), journal.PostTasks)
}

// carrierLeases leave time for some calls after each other.
func (b *Background) carrierLeases(id store.TaskID) time.Duration {
	switch {
	case strings.HasPrefix(string(id), journal.HookTasks):
		return 4 * b.Webhooks.Client.Timeout()
	case strings.HasPrefix(string(id), journal.PostTasks):
		return 4 * notices.PostTimeout
	case id == journal.DigestTask:
		return journal.DigestLease
	}
	return 0
}

// handle does a task: whatever the records call for when it is done.
func (b *Background) handle(ctx context.Context, t store.Task) (c store.Change, next time.Time, err error) {
	if kind, _, _ := strings.Cut(string(t.ID), "/"); kind+"/" != journal.GrantTasks { // which begin their own
		within, end := b.Journal.Metrics.Follow(ctx, nil, "task "+kind)
		defer func() { end(err) }()
		ctx = within
	}
	if ref, is := strings.CutPrefix(string(t.ID), journal.GrantTasks); is {
		return b.Provisioning.ApplyRung(ctx, catalog.Ref(ref))
	}
	if name, is := strings.CutPrefix(string(t.ID), journal.SyncTasks); is {
		return b.Drift.Periodically(ctx, name, b.Inventory.SyncPeriodically)
	}
	if name, is := strings.CutPrefix(string(t.ID), journal.ReconcileTasks); is {
		return b.Drift.Periodically(ctx, name, b.Drift.ReconcilePeriodically)
	}
	if name, is := strings.CutPrefix(string(t.ID), journal.MaskTasks); is {
		return b.Masking.Enforce(ctx, name)
	}
	if id, is := strings.CutPrefix(string(t.ID), journal.StopTasks); is {
		return b.Switches.Sweep(ctx, provision.StopID(id))
	}
	if group, is := strings.CutPrefix(string(t.ID), journal.MemberTasks); is {
		return b.Enrollment.CarryOut(ctx, request.PersonID(group))
	}
	if id, is := strings.CutPrefix(string(t.ID), journal.HookTasks); is {
		return b.Webhooks.Call(ctx, notify.WebhookID(id))
	}
	if channel, is := strings.CutPrefix(string(t.ID), journal.PostTasks); is {
		return b.Notices.SendPosts(ctx, channel)
	}
	switch t.ID {
	case journal.NoticeTask:
		return b.Notices.NotifyPeople(ctx, t.Attempts)
	case journal.DigestTask:
		return b.Notices.SendDigest(ctx)
	}
	return store.Change{}, time.Time{}, fmt.Errorf("grantwright: task %s is of no kind that this engine knows", t.ID)
}

// Employ sets the workers to their tasks: a lease is for how long one holds a task at most;
// zero is the usual one.
func (b *Background) Employ(now func() time.Time, lease time.Duration) {
	b.Journal.Worker = store.Worker{
		Store:  b.Journal.Store,
		Handle: b.handle,
		Takes:  func(id store.TaskID) bool { return !carries(id) },
		Now:    now,
		Lease:  lease,
		Leases: leases,
		Poll:   b.Poll,
	}
	b.Journal.Carrier = store.Worker{
		Store:    b.Journal.Store,
		Handle:   b.handle,
		Takes:    carries,
		Now:      now,
		Lease:    lease,
		Leases:   b.carrierLeases,
		Poll:     b.Poll,
		Parallel: notify.MaxWebhooks + notify.MaxChannels, // a webhook that waits for its receiver costs next to nothing
	}
}
