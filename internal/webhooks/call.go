package webhooks

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/store"
)

const (
	window     = 200 // deliveries of a webhook that wait at a time; the rest waits in the log
	parallel   = 8   // chains that are sent to a webhook at once
	pruneBatch = 100 // old deliveries that are deleted in one commit

	// longestPause is the longest time without a call of a webhook that answers nothing
	// well: a new event must not wait for an old one that may never be accepted.
	longestPause = time.Minute

	lingers  = 500 * time.Millisecond // that the lease is kept for what comes soon
	batchGap = 200 * time.Millisecond // between two batches, while less comes than fits into one
)

// Call brings a webhook up to date with the log, under the lease of its task: it sends
// what is due in batches, and commits the outcomes of a batch at once.
func (w *Webhooks) Call(ctx context.Context, id notify.WebhookID) (c store.Change, next time.Time, err error) {
	if err := w.pruneDeliveries(ctx, id); err != nil {
		return store.Change{}, time.Time{}, err
	}
	var last *batch // the one that was sent last
	defer func() { err = errors.Join(err, last.saved()) }()
	var served time.Time // when it has last taken something
	for {
		begun, changed := time.Now(), w.Changes.Next()
		hook, err := records.Webhooks.Some(ctx, w.Store, id)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		if len(hook) == 0 {
			if err := last.saved(); err != nil {
				return store.Change{}, time.Time{}, err
			}
			return w.forgetWebhook(ctx, id)
		}
		if hook[0].Value.State != notify.WebhookActive {
			return store.Change{}, time.Time{}, nil
		}
		b, err := w.nextBatch(ctx, hook[0].Value, last.unfinished())
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		last = b
		next, err := b.deliver(ctx)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		if b.delivered > 0 {
			served = time.Now()
		}
		again := b.more || b.delivered > 0 && (b.delivered < len(b.attempts) || b.full())
		switch {
		case again && w.shortOfTime(ctx):
			return store.Change{}, w.Now(), nil
		case !again && (!next.IsZero() || !w.linger(ctx, begun.Add(batchGap), served.Add(lingers), changed)):
			return store.Change{}, next, nil
		}
	}
}

// linger waits until something has changed, but not before the time of from, and reports
// whether it has before the time of until. In a process that works only when it is told
// to, and when the lease is nearly over, it does not wait.
func (w *Webhooks) linger(ctx context.Context, from, until time.Time, changed <-chan struct{}) bool {
	if w.Running.Load() == 0 || w.shortOfTime(ctx) {
		return false
	}
	for _, wait := range []struct {
		until   time.Time
		changed <-chan struct{}
		goesOn  bool
	}{{until, changed, false}, {from, nil, true}} {
		timer := time.NewTimer(time.Until(wait.until))
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			if !wait.goesOn {
				return false
			}
		case <-wait.changed:
		}
	}
	return true
}

// shortOfTime reports whether the lease would not last for another call.
func (w *Webhooks) shortOfTime(ctx context.Context) bool {
	deadline, limited := ctx.Deadline()
	return ctx.Err() != nil || limited && time.Until(deadline) < w.Client.Timeout()*5/4
}

// pruneDeliveries deletes deliveries that arrived long ago, some at a time.
func (w *Webhooks) pruneDeliveries(ctx context.Context, id notify.WebhookID) error {
	query := records.DeliveriesTo.Query(id)
	query.Until, query.Limit = store.OrderTime(w.Now().Add(-notify.KeptFor)), pruneBatch
	old, err := store.Pages[notify.Delivery](ctx, w.Store, query)
	if err != nil {
		return err
	}
	var c store.Change
	for _, d := range old[0] {
		if d.Value.State != notify.DeliveryPending {
			records.Deliveries.Delete(&c, d)
		}
	}
	return w.CommitOnce(ctx, &c)
}

// forgetWebhook deletes the deliveries and the cursor of a webhook that was removed.
func (w *Webhooks) forgetWebhook(ctx context.Context, id notify.WebhookID) (store.Change, time.Time, error) {
	var c store.Change
	left, err := records.DeliveriesTo.Find(ctx, w.Store, id, store.Position{}, pruneBatch)
	if err != nil {
		return c, time.Time{}, err
	}
	for _, d := range left {
		records.Deliveries.Delete(&c, d)
	}
	if len(left) == pruneBatch {
		return c, w.Now(), nil
	}
	cursor, err := w.Cursor(ctx, journal.HookCursor(id))
	if err == nil && cursor.Version > 0 {
		records.Cursors.Delete(&c, cursor)
	}
	return c, time.Time{}, err
}
