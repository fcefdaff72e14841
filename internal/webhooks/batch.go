package webhooks

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	// saveEvery is how often outcomes are saved while a batch takes long. After a crash
	// that much is sent again, and the batch before where its outcomes were being saved.
	saveEvery = 3 * time.Second

	// maxDetails bounds the bytes of the events of one batch, so that a commit holds them.
	maxDetails = 4 << 20
)

// batch is the deliveries of a webhook that wait, and those of the next events of the
// log. The latter are not stored before they are sent, but with their outcomes: the cursor
// of the webhook moves on in the same commit. After a crash the log has them still.
type batch struct {
	*Webhooks
	hook     notify.Webhook
	cursor   store.Stored[records.Cursor] // as it was at first
	after    int64                        // the number of the last event that was read
	more     bool                         // the log may have more, and there is room
	attempts []*attempt                   // in the order of the log

	before *batch        // the one before, whose outcomes may still be being saved; nil if there is none
	beside chan struct{} // closed when the outcomes are saved, or cannot be; nil if that is not done beside the next batch
	err    error         // of that

	mu                sync.Mutex
	delivered, failed int
	suspend           string // why to; empty if not
	unsaved           bool   // outcomes could not be saved
}

// attempt is what a batch does about one delivery: it sends it once at most.
type attempt struct {
	notify.Delivery
	try   atomic.Pointer[notify.Try] // nil until it was sent
	known bool                       // the delivery is stored
	saved bool                       // with the outcome
}

// nextBatch reads the deliveries that wait, and the log as far as there is room. While a
// webhook that answers nothing well is left alone, the batch is empty. Before is the batch
// before, if its outcomes are being saved.
func (w *Webhooks) nextBatch(ctx context.Context, hook notify.Webhook, before *batch) (*batch, error) {
	b := &batch{Webhooks: w, hook: hook, before: before}
	var err error
	if before != nil {
		b.cursor = store.Stored[records.Cursor]{Value: before.moved(before.cursor.Value, true), Version: before.cursor.Version + 1}
	} else if b.cursor, err = w.Cursor(ctx, journal.HookCursor(hook.ID)); err != nil {
		return nil, err
	}
	b.after = b.cursor.Value.After
	if w.Now().Before(b.cursor.Value.Retry) {
		return b, nil
	}
	waiting, err := records.DeliveriesPending.Find(ctx, w.Store, hook.ID, store.Position{}, window)
	if err != nil {
		return nil, err
	}
	delivered := before.ids()
	for _, d := range waiting {
		if !delivered[d.Value.ID] {
			b.attempts = append(b.attempts, &attempt{Delivery: d.Value, known: true})
		}
	}
	if room := window - len(b.attempts); room > 0 {
		err = b.readLog(ctx, room)
	}
	return b, err
}

// ids are those of the deliveries of a batch.
func (b *batch) ids() map[string]bool {
	ids := map[string]bool{}
	if b != nil {
		for _, a := range b.attempts {
			ids[a.ID] = true
		}
	}
	return ids
}

// full reports whether there was no room for anything else in the batch.
func (b *batch) full() bool { return len(b.attempts) >= window }

// readLog makes deliveries of the next events.
func (b *batch) readLog(ctx context.Context, room int) error {
	events, err := b.EventsAfter(ctx, b.after, room)
	if err != nil || len(events) == 0 {
		return err
	}
	b.more = len(events) == room
	var wanted []store.Event
	details := 0
	for _, ev := range events {
		if details += len(ev.Data); details > maxDetails && len(wanted) > 0 {
			b.more = true
			break
		}
		if b.after = ev.Number; b.hook.Wants(notify.Topic(ev.Type)) {
			wanted = append(wanted, ev)
		}
	}
	payloads, err := b.Payloads(ctx, wanted)
	if err != nil {
		return err
	}
	now := b.Now()
	for i, p := range payloads {
		b.attempts = append(b.attempts, &attempt{Delivery: notify.Delivery{ID: notify.DeliveryID(b.hook.ID, p.ID), Webhook: b.hook.ID,
			Number: wanted[i].Number, Request: wanted[i].Request, Payload: p, State: notify.DeliveryPending, Made: now, Next: now}})
	}
	return nil
}

// chain is the deliveries of one request, in order.
type chain []*attempt

// chains groups deliveries by request; an event without a request is a chain of its own.
func (b *batch) chains() []chain {
	var chains []chain
	place := map[request.ID]int{}
	for _, a := range b.attempts {
		i, known := place[a.Request]
		if !known || a.Request == "" {
			i = len(chains)
			chains, place[a.Request] = append(chains, nil), i
		}
		chains[i] = append(chains[i], a)
	}
	return chains
}

// due are the chains that are to be sent now. A webhook that answers nothing well gets
// one delivery at a time. Next is when another one is due; zero if none waits.
func (b *batch) due() (due []chain, next time.Time) {
	now := b.Now()
	if now.Before(b.cursor.Value.Retry) {
		return nil, b.cursor.Value.Retry
	}
	for _, ch := range b.chains() {
		if ch[0].Next.After(now) {
			next = store.Earliest(next, ch[0].Next)
		} else {
			due = append(due, ch)
		}
	}
	if len(due) > 0 && b.cursor.Value.Failures > 0 {
		due = []chain{due[0][:1]}
	}
	return due, next
}

// deliver sends what is due, saves the outcomes, and returns when something is due again.
// Where all was delivered and the log has more, they are saved while the next batch is sent.
func (b *batch) deliver(ctx context.Context) (time.Time, error) {
	due, next := b.due()
	// Outcomes are saved after the end of ctx too: the lease lasts for longer.
	saving := context.WithoutCancel(ctx)
	var retry time.Time
	err := journal.InSets(saveEvery, func() { b.send(ctx, due) }, func(last bool) (err error) {
		if err := b.before.saved(); err != nil {
			return err
		}
		if last && b.goesOn() && !b.shortOfTime(ctx) {
			b.saveBeside(saving)
			return nil
		}
		ctx, cancel := context.WithTimeout(saving, b.Client.Timeout())
		defer cancel()
		retry, err = b.save(ctx, last)
		return err
	})
	switch {
	case err != nil:
		return time.Time{}, err
	case b.suspend != "":
		return time.Time{}, b.Webhooks.suspend(ctx, b.hook.ID, b.suspend)
	case retry.After(b.Now()):
		return retry, nil
	case len(due) > 0 && b.delivered < len(b.attempts): // what has failed says when it is due
		return b.Now(), nil
	}
	return next, nil
}

// send sends some chains beside each other.
func (b *batch) send(ctx context.Context, chains []chain) {
	slots := make(chan struct{}, parallel)
	var sending sync.WaitGroup
	for _, ch := range chains {
		slots <- struct{}{}
		if b.over() {
			break
		}
		sending.Go(func() {
			defer func() { <-slots }()
			b.sendChain(ctx, ch)
		})
	}
	sending.Wait()
}

// sendChain sends the deliveries of one request, one after the other, until one fails or
// time is short.
func (b *batch) sendChain(ctx context.Context, ch chain) {
	for _, a := range ch {
		if b.shortOfTime(ctx) || b.over() {
			return
		}
		try := b.Post(ctx, b.hook, a.Delivery)
		if !try.Delivered() && ctx.Err() != nil {
			return // it may have arrived; whoever comes next sends it again, with the same id
		}
		if b.count(a, try); !try.Delivered() {
			return
		}
	}
}

func (b *batch) count(a *attempt, try notify.Try) {
	a.try.Store(&try)
	b.mu.Lock()
	defer b.mu.Unlock()
	if try.Delivered() {
		b.delivered++
		return
	}
	b.failed++
	if d := a.Tried(try); try.Gone() {
		b.suspend = "the receiver says that it is gone (410)"
	} else if d.GivenUp(try.At) && b.suspend == "" {
		b.suspend = fmt.Sprintf("event %s has failed since %s: %s", d.Payload.ID, d.Failing.Format(time.RFC3339), try.Error)
	}
}

// over reports whether nothing more is to be sent now: the receiver is gone, or has
// answered nothing well so far, or the outcomes cannot be saved.
func (b *batch) over() bool {
	if b.before != nil && b.before.isUnsaved() {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.suspend != "" || b.unsaved || b.delivered == 0 && b.failed >= parallel
}

func (b *batch) isUnsaved() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.unsaved
}
