package background

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// mendEvery is how often it is looked for work that a clock which ran ahead has put off.
const mendEvery = time.Hour

// mend forgets old idempotency keys, and makes the work due that a clock which ran ahead for a while has put off: when the engine
// begins, every hour, and once the clock is back. What is put off by the records themselves,
// such as the end of a grant, stays.
func (b *Background) mend(ctx context.Context) error {
	b.mending.Lock()
	defer b.mending.Unlock()
	if now := b.Journal.Now(); now.Before(b.mended) || now.Sub(b.mended) >= mendEvery {
		if err := errors.Join(b.Journal.MendTasks(ctx, b.putOff), b.Decisions.Mend(ctx), b.Provisioning.Mend(ctx), b.Webhooks.Mend(ctx), b.Notices.Mend(ctx), b.Journal.ForgetKeys(ctx)); err != nil {
			return err
		}
		b.mended = now
	}
	return nil
}

// putOff is for how long a task is put off at most that has not failed; zero for those whose
// records say when they are due.
func (b *Background) putOff(ctx context.Context, id store.TaskID) (time.Duration, error) {
	name, is := strings.CutPrefix(string(id), journal.SyncTasks)
	switch {
	case is:
		read, err := records.Connections.Some(ctx, b.Journal.Store, name)
		if err != nil || len(read) == 0 {
			return 0, err
		}
		return read[0].Value.SyncEvery + mendEvery, nil
	case strings.HasPrefix(string(id), journal.ReconcileTasks):
		return b.Drift.Every + mendEvery, nil
	case strings.HasPrefix(string(id), journal.MaskTasks):
		return b.Masking.Every + mendEvery, nil
	case strings.HasPrefix(string(id), journal.GrantTasks):
		return 0, nil
	}
	return 25 * time.Hour, nil // the digest is daily, all others come sooner
}
