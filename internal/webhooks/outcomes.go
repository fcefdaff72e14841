package webhooks

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/store"
)

// outcome is what is to be saved of an attempt.
type outcome struct {
	*attempt
	try *notify.Try // nil if it was not sent so far
}

// outcomes are all that are not saved so far.
func (b *batch) outcomes() (all []outcome) {
	for _, a := range b.attempts {
		if try := a.try.Load(); !a.known || try != nil && !a.saved {
			all = append(all, outcome{a, try})
		}
	}
	return all
}

// save commits the outcomes that were not saved so far, with the place of the webhook in
// the log. The last of a batch says too when to call a webhook again that answers nothing
// well.
func (b *batch) save(ctx context.Context, last bool) (retry time.Time, err error) {
	all := b.outcomes()
	if len(all) == 0 && b.moved(b.cursor.Value, last) == b.cursor.Value {
		return time.Time{}, nil
	}
	err = b.Commit(ctx, func(c *store.Change) error {
		cursor, err := b.Cursor(ctx, journal.HookCursor(b.hook.ID))
		if err != nil || cursor.Version == 0 && b.cursor.Version > 0 { // the webhook was removed meanwhile
			return err
		}
		if err := b.write(ctx, c, all, cursor.Value.After); err != nil {
			return err
		}
		next := b.moved(cursor.Value, last)
		if retry = next.Retry; next != cursor.Value {
			b.SaveCursor(c, cursor, next)
		}
		return nil
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.unsaved = err != nil; b.unsaved {
		return time.Time{}, err
	}
	for _, o := range all {
		o.known, o.saved = true, o.try != nil
	}
	return retry, nil
}

// goesOn reports whether everything was delivered, and the log has more.
func (b *batch) goesOn() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.more && b.suspend == "" && b.delivered > 0 && b.delivered == len(b.attempts)
}

// saveBeside saves the outcomes beside the next batch. Until they are saved only that one
// is sent, and after a crash no more than the two are sent again.
func (b *batch) saveBeside(ctx context.Context) {
	b.before, b.beside = nil, make(chan struct{})
	go func() {
		defer close(b.beside)
		ctx, cancel := context.WithTimeout(ctx, b.Client.Timeout())
		defer cancel()
		_, b.err = b.save(ctx, true)
	}()
}

// unfinished is the batch if its outcomes are saved beside the next one, and otherwise nil.
func (b *batch) unfinished() *batch {
	if b == nil || b.beside == nil {
		return nil
	}
	return b
}

// saved waits until nothing is being saved beside the next batch, and returns why that
// could not be saved.
func (b *batch) saved() error {
	if b == nil || b.beside == nil {
		return nil
	}
	<-b.beside
	return b.err
}

// write adds some outcomes to a change. A delivery that does not exist any more stays
// away, and so does one of an event that the webhook has come past: another process has
// read the log on.
func (b *batch) write(ctx context.Context, c *store.Change, all []outcome, after int64) error {
	ids := make([]string, len(all))
	for i, o := range all {
		ids[i] = o.ID
	}
	read, err := records.Deliveries.Some(ctx, b.Store, ids...)
	if err != nil {
		return err
	}
	there := make(map[string]store.Stored[notify.Delivery], len(read))
	for _, d := range read {
		there[d.Value.ID] = d
	}
	for _, o := range all {
		switch d, is := there[o.ID]; {
		case is && o.try != nil:
			records.Deliveries.Update(c, d, d.Value.Tried(*o.try))
		case is || o.known || o.Number <= after:
		case o.try == nil:
			records.Deliveries.Insert(c, o.Delivery)
		default:
			records.Deliveries.Insert(c, o.Tried(*o.try))
		}
	}
	return nil
}

// moved is the cursor of the webhook after the batch, or as far as that has come. One
// that answers nothing well is called less and less often.
func (b *batch) moved(c records.Cursor, last bool) records.Cursor {
	c.After = max(c.After, b.after)
	b.mu.Lock()
	defer b.mu.Unlock()
	if !last || b.suspend != "" || b.delivered+b.failed == 0 {
		return c
	}
	failures := c.Failures
	c.Failures, c.Retry = 0, time.Time{}
	if b.delivered == 0 {
		c.Failures, c.Retry = failures+1, b.Now().Add(min(notify.WebhookBackoff(failures), longestPause))
	}
	return c
}
