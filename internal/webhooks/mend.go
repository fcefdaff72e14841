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

// maxPutOff is longer than any delivery, and any pause of a webhook, is put off.
const maxPutOff = 2 * time.Hour

// Mend makes the deliveries due that a clock which ran ahead has put off, and ends the pauses
// of webhooks that it has set.
func (w *Webhooks) Mend(ctx context.Context) error {
	for after := notify.WebhookID(""); ; {
		page, err := records.Webhooks.All(ctx, w.Store, after, store.MaxPage)
		if err != nil {
			return err
		}
		for _, hook := range page {
			after = hook.Value.ID
			if err := w.mend(ctx, after); err != nil && !errors.Is(err, store.ErrConflict) {
				return err
			}
		}
		if len(page) < store.MaxPage {
			return nil
		}
	}
}

func (w *Webhooks) mend(ctx context.Context, id notify.WebhookID) error {
	var c store.Change
	late := w.Now().Add(maxPutOff)
	pause, err := records.Cursors.Some(ctx, w.Store, journal.HookCursor(id))
	if err != nil {
		return err
	}
	mended := false
	for _, read := range pause {
		if next := read.Value; next.Retry.After(late) {
			mended, next.Retry = true, time.Time{}
			records.Cursors.Update(&c, read, next)
		}
	}
	waiting, err := records.DeliveriesPending.Find(ctx, w.Store, id, store.Position{}, store.MaxPage/2)
	if err != nil {
		return err
	}
	for _, read := range waiting {
		if next := read.Value; next.Next.After(late) {
			mended, next.Next = true, w.Now()
			records.Deliveries.Update(&c, read, next)
		}
	}
	if !mended {
		return nil
	}
	if err := store.Ring(ctx, w.Store, &c, journal.HookTask(id), w.Now()); err != nil {
		return err
	}
	return w.CommitOnce(ctx, &c)
}
