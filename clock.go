package grantwright

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
func (e *Engine) mend(ctx context.Context) error {
	e.mending.Lock()
	defer e.mending.Unlock()
	if now := e.journal.Now(); now.Before(e.mended) || now.Sub(e.mended) >= mendEvery {
		if err := errors.Join(e.journal.MendTasks(ctx, e.putOff), e.decisions.Mend(ctx), e.provisioning.Mend(ctx), e.webhooks.Mend(ctx), e.notices.Mend(ctx), e.journal.ForgetKeys(ctx)); err != nil {
			return err
		}
		e.mended = now
	}
	return nil
}

// putOff is for how long a task is put off at most that has not failed; zero for those whose
// records say when they are due.
func (e *Engine) putOff(ctx context.Context, id store.TaskID) (time.Duration, error) {
	name, is := strings.CutPrefix(string(id), journal.SyncTasks)
	switch {
	case is:
		read, err := records.Connections.Some(ctx, e.journal.Store, name)
		if err != nil || len(read) == 0 {
			return 0, err
		}
		return read[0].Value.SyncEvery + mendEvery, nil
	case strings.HasPrefix(string(id), journal.ReconcileTasks):
		return e.config.Reconcile + mendEvery, nil
	case strings.HasPrefix(string(id), journal.MaskTasks):
		return e.config.Remask + mendEvery, nil
	case strings.HasPrefix(string(id), journal.GrantTasks):
		return 0, nil
	}
	return 25 * time.Hour, nil // the digest is daily, all others come sooner
}
