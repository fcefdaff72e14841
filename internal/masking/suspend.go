package masking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// WaitInForce waits until each masked view below a place is in force, or has an error.
func (mk *Masking) WaitInForce(ctx context.Context, by request.Identity, s request.Suspension) (request.Suspended, error) {
	within, cancel := context.WithTimeout(ctx, mk.Timeout)
	defer cancel()
	for {
		changed := mk.Changes.Next()
		if err := mk.Worker.Do(within, journal.MaskTask(s.At.Connection())); err != nil && !errors.Is(err, store.ErrConflict) {
			return request.Suspended{Suspension: s}, err
		}
		assets, err := mk.Rules.Masked(ctx, by, s.At, "", store.MaxPage)
		if err != nil {
			return request.Suspended{Suspension: s}, err
		}
		waits := false
		for _, a := range assets {
			waits = waits || a.Changes && a.Error == ""
		}
		if !waits {
			return request.Suspended{Suspension: s, Assets: assets}, nil
		}
		select {
		case <-within.Done():
			return request.Suspended{Suspension: s, Assets: assets}, fmt.Errorf("%w: connection %s: it has not answered yet how its assets are shown", provision.ErrPlatform, s.At.Connection())
		case <-changed:
		case <-time.After(poll): // another process may enforce them
		}
	}
}

// EnforceAtOnce returns when a look that began after the call has brought the masks of a
// connection into force, or has failed. Where others look just now, or work on its grants,
// it tries again, for as long as one call may take.
func (mk *Masking) EnforceAtOnce(ctx context.Context, connection string) error {
	within, cancel := context.WithTimeout(ctx, mk.Timeout)
	defer cancel()
	id := journal.MaskTask(connection)
	for {
		changed := mk.Changes.Next()
		err := mk.Commit(ctx, func(c *store.Change) error { return mk.EnforceSoon(ctx, c, connection) })
		if err == nil {
			err = mk.Worker.Do(within, id)
		}
		if err != nil && (!errors.Is(err, store.ErrConflict) || store.Joined(ctx)) {
			return err
		}
		if err == nil {
			task, err := store.Tasks.Get(ctx, mk.Store, id)
			if err != nil || task.Value.Holder == "" {
				return err
			}
		}
		select {
		case <-within.Done():
			return errors.Join(ctx.Err(), fmt.Errorf("%w: others look at the masked views of connection %s", store.ErrConflict, connection))
		case <-changed:
		case <-time.After(poll): // another process may look
		}
	}
}

// poll is how often we look whether another process is done.
const poll = 100 * time.Millisecond

// lapseSuspensions ends the suspensions whose time is over.
func (mk *Masking) lapseSuspensions(ctx context.Context, connection string) error {
	return records.SuspensionsOn.Each(ctx, mk.Store, connection, func(s store.Stored[request.Suspension]) error {
		if mk.Now().Before(s.Value.Until) {
			return nil
		}
		err := mk.Change(ctx, func(c *store.Change) error {
			now, err := records.Suspensions.Get(ctx, mk.Store, s.Value.At)
			if err != nil || mk.Now().Before(now.Value.Until) {
				return journal.UnlessMissing(err)
			}
			records.Suspensions.Delete(c, now)
			mk.Emit(c, event.MasksResumed.With(event.Suspension(now.Value)), request.SystemID, nil, records.Suspensions.Subject(now.Value.At))
			return nil
		})
		return err
	})
}

// CheckPlace refuses text that is no Ref in its one spelling.
func CheckPlace(at catalog.Ref) error {
	same, err := catalog.ParseRef(string(at))
	if err == nil && same != at {
		err = fmt.Errorf("%w: must be spelled %s", catalog.ErrRef, same)
	}
	return err
}

// CheckSuspension refuses a duration of zero or less, or beyond request.MaxSuspension.
func CheckSuspension(d time.Duration) error {
	if d > 0 && d <= request.MaxSuspension {
		return nil
	}
	return &request.InvalidError{What: "suspension", Faults: []request.Fault{{Field: "for", Reason: fmt.Sprintf("is %s, must be more than 0 and at most %s", d, request.MaxSuspension)}}}
}
