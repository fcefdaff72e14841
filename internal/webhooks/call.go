package webhooks

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	window     = 200 // deliveries of a webhook that wait at a time; the rest waits in the log
	parallel   = 8   // chains that are sent to a webhook at once
	pruneBatch = 100 // old deliveries that are deleted in one commit

	// longestPause is the longest time without a call of a webhook that answers nothing
	// well: a new event must not wait for an old one that may never be accepted.
	longestPause = time.Minute
)

// Call brings a webhook up to date with the log, under the lease of its task: it
// turns new events into deliveries, and sends those that are due.
func (w *Webhooks) Call(ctx context.Context, id notify.WebhookID) (store.Change, time.Time, error) {
	if err := w.pruneDeliveries(ctx, id); err != nil {
		return store.Change{}, time.Time{}, err
	}
	for {
		hook, err := records.Webhooks.Some(ctx, w.Store, id)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		if len(hook) == 0 {
			return w.forgetWebhook(ctx, id)
		}
		if hook[0].Value.State != notify.WebhookActive {
			return store.Change{}, time.Time{}, nil
		}
		waiting, more, err := w.fillWindow(ctx, hook[0].Value)
		if err != nil {
			return store.Change{}, time.Time{}, err
		}
		sent, next, err := w.callDue(ctx, hook[0].Value, waiting)
		if err != nil || !sent && !more {
			return store.Change{}, next, err
		}
		if w.shortOfTime(ctx) {
			return store.Change{}, w.Now(), nil
		}
	}
}

// shortOfTime reports whether the lease would not last for another call.
func (w *Webhooks) shortOfTime(ctx context.Context) bool {
	deadline, limited := ctx.Deadline()
	return ctx.Err() != nil || limited && time.Until(deadline) < w.Client.Timeout()*5/4
}

// fillWindow turns new events into deliveries, as many as may wait, and returns all
// that wait, in the order of the log. More says that the log may have more, and that
// there is room.
func (w *Webhooks) fillWindow(ctx context.Context, hook notify.Webhook) (waiting []store.Stored[notify.Delivery], more bool, err error) {
	read := func() error {
		waiting, err = records.DeliveriesPending.Find(ctx, w.Store, hook.ID, store.Position{}, window)
		return err
	}
	if err := read(); err != nil || len(waiting) == window {
		return waiting, false, err
	}
	cursor, err := w.Cursor(ctx, journal.HookCursor(hook.ID))
	if err != nil {
		return nil, false, err
	}
	room := window - len(waiting)
	events, err := w.EventsAfter(ctx, cursor.Value.After, room)
	if err != nil || len(events) == 0 {
		return waiting, false, err
	}
	if err := w.makeDeliveries(ctx, hook, cursor, events); err != nil {
		return nil, false, err
	}
	return waiting, len(events) == room, read()
}

func (w *Webhooks) makeDeliveries(ctx context.Context, hook notify.Webhook, cursor store.Stored[records.Cursor], events []store.Event) error {
	next := cursor.Value
	next.After = events[len(events)-1].Number
	var wanted []store.Event
	for _, ev := range events {
		if hook.Wants(notify.Topic(ev.Type)) {
			wanted = append(wanted, ev)
		}
	}
	payloads, err := w.Payloads(ctx, wanted)
	if err != nil {
		return err
	}
	var c store.Change
	for i, p := range payloads {
		records.Deliveries.Insert(&c, notify.Delivery{ID: notify.DeliveryID(hook.ID, p.ID), Webhook: hook.ID, Number: wanted[i].Number, Request: wanted[i].Request,
			Payload: p, State: notify.DeliveryPending, Made: w.Now(), Next: w.Now()})
	}
	w.SaveCursor(&c, cursor, next)
	return w.CommitOnce(ctx, &c)
}

// chain is the deliveries of one request, in order.
type chain []notify.Delivery

// chainsOf groups deliveries by request; an event without a request is a chain of
// its own.
func chainsOf(waiting []store.Stored[notify.Delivery]) []chain {
	var chains []chain
	place := map[request.ID]int{}
	for _, d := range waiting {
		i, known := place[d.Value.Request]
		if !known || d.Value.Request == "" {
			i = len(chains)
			chains, place[d.Value.Request] = append(chains, nil), i
		}
		chains[i] = append(chains[i], d.Value)
	}
	return chains
}

// callDue sends the deliveries that are due. A webhook that answers nothing well
// gets one delivery at a time, less and less often. Sent says that something was
// delivered; next is when something is due.
func (w *Webhooks) callDue(ctx context.Context, hook notify.Webhook, waiting []store.Stored[notify.Delivery]) (sent bool, next time.Time, err error) {
	cursor, err := w.Cursor(ctx, journal.HookCursor(hook.ID))
	if err != nil {
		return false, time.Time{}, err
	}
	now := w.Now()
	if now.Before(cursor.Value.Retry) {
		return false, cursor.Value.Retry, nil
	}
	var due []chain
	for _, ch := range chainsOf(waiting) {
		if ch[0].Next.After(now) {
			next = store.Earliest(next, ch[0].Next)
		} else {
			due = append(due, ch)
		}
	}
	if len(due) == 0 {
		return false, next, nil
	}
	if cursor.Value.Failures > 0 {
		due = []chain{due[0][:1]}
	}
	tally, err := w.callChains(ctx, hook, due)
	if err != nil {
		return false, time.Time{}, err
	}
	if tally.suspend != "" {
		return false, time.Time{}, w.suspend(ctx, hook.ID, tally.suspend)
	}
	retry, err := w.saveHealth(ctx, hook.ID, tally)
	if retry.IsZero() {
		retry = w.Now() // others may be due, and what has failed says when it is
	}
	return tally.delivered > 0, retry, err
}

// tally counts the outcomes of calls.
type tally struct {
	mu                sync.Mutex
	delivered, failed int
	suspend           string // why to; empty if not
	err               error  // of the store
}

func (t *tally) count(d notify.Delivery, try notify.Try, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err != nil:
		t.err = cmp.Or(t.err, err)
	case try.Delivered():
		t.delivered++
	default:
		t.failed++
		if try.Gone() {
			t.suspend = "the receiver says that it is gone (410)"
		} else if d.GivenUp(try.At) && t.suspend == "" {
			t.suspend = fmt.Sprintf("event %s has failed since %s: %s", d.Payload.ID, d.Failing.Format(time.RFC3339), try.Error)
		}
	}
}

// over reports whether nothing more is to be sent now: the receiver is gone, or has
// answered nothing well so far.
func (t *tally) over() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.suspend != "" || t.err != nil || t.delivered == 0 && t.failed >= parallel
}

// callChains sends some chains in parallel.
func (w *Webhooks) callChains(ctx context.Context, hook notify.Webhook, chains []chain) (*tally, error) {
	t := new(tally)
	slots := make(chan struct{}, parallel)
	var calling sync.WaitGroup
	for _, ch := range chains {
		slots <- struct{}{}
		if t.over() {
			break
		}
		calling.Go(func() {
			defer func() { <-slots }()
			w.callChain(ctx, hook, ch, t)
		})
	}
	calling.Wait()
	return t, t.err
}

// callChain sends the deliveries of one request, one after the other, until one
// fails or time is short.
func (w *Webhooks) callChain(ctx context.Context, hook notify.Webhook, ch chain, t *tally) {
	for _, d := range ch {
		if w.shortOfTime(ctx) || t.over() {
			return
		}
		try := w.Post(ctx, hook, d)
		if ctx.Err() != nil {
			return // it may have arrived; whoever comes next sends it again, with the same id
		}
		kept, err := w.saveDelivery(ctx, d.ID, try)
		t.count(kept, try, err)
		if err != nil || !try.Delivered() {
			return
		}
	}
}

// saveHealth records whether a webhook answers anything well, and returns when to
// call it again if it does not.
func (w *Webhooks) saveHealth(ctx context.Context, id notify.WebhookID, t *tally) (time.Time, error) {
	var retry time.Time
	err := w.Commit(ctx, func(c *store.Change) error {
		cursor, err := w.Cursor(ctx, journal.HookCursor(id))
		if err != nil {
			return err
		}
		next := cursor.Value
		next.Failures, next.Retry = 0, time.Time{}
		if t.delivered == 0 && t.failed > 0 {
			next.Failures, next.Retry = cursor.Value.Failures+1, w.Now().Add(min(notify.WebhookBackoff(cursor.Value.Failures), longestPause))
		}
		if retry = next.Retry; next != cursor.Value {
			w.SaveCursor(c, cursor, next)
		}
		return nil
	})
	return retry, err
}

// pruneDeliveries deletes deliveries that arrived long ago, some at a time.
func (w *Webhooks) pruneDeliveries(ctx context.Context, id notify.WebhookID) error {
	oldest, err := records.DeliveriesTo.Find(ctx, w.Store, id, store.Position{}, pruneBatch)
	if err != nil {
		return err
	}
	var c store.Change
	for _, d := range oldest {
		if d.Value.State != notify.DeliveryPending && w.Now().Sub(d.Value.Made) > notify.KeptFor {
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
