package journal

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/store"
)

// Work that was put off by a clock that ran ahead would wait until then. It is due at once
// where it is put off for longer than it ever is.
const (
	maxHeld  = 2 * LongLease        // that a task is held
	maxTried = 2 * store.MaxBackoff // between two attempts that fail
)

// MendTasks makes the tasks due that are put off for too long. Every says how long a task of
// some id is put off at most that nobody works on, and that has not failed; zero is for as long
// as its records say.
func (j *Journal) MendTasks(ctx context.Context, every func(ctx context.Context, id store.TaskID) (time.Duration, error)) error {
	for after := (store.Position{}); ; {
		page, err := store.TasksDue.Newest(ctx, j.Store, "all", after, store.MaxPage)
		if err != nil {
			return err
		}
		for _, read := range page {
			after = read.At
			if !read.Value.Due.After(j.Now().Add(maxTried)) {
				return nil // nor do those after it
			}
			if err := j.mendTask(ctx, read, every); err != nil {
				return err
			}
		}
		if len(page) < store.MaxPage {
			return nil
		}
	}
}

func (j *Journal) mendTask(ctx context.Context, read store.Stored[store.Task], every func(ctx context.Context, id store.TaskID) (time.Duration, error)) error {
	t, most := read.Value, time.Duration(0)
	var err error
	switch {
	case t.Holder != "":
		most = maxHeld
	case t.Attempts > 0:
		most = maxTried
	default:
		most, err = every(ctx, t.ID)
	}
	if err != nil || most == 0 || !t.Due.After(j.Now().Add(most)) {
		return err
	}
	t.Holder, t.Due = "", j.Now()
	var c store.Change
	store.Tasks.Update(&c, read, t)
	if err := j.CommitOnce(ctx, &c); !errors.Is(err, store.ErrConflict) {
		return err
	}
	return nil // others have just done it, or have mended it
}
