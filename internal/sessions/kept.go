package sessions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// Keep keeps a value for a while under a secret, until it is taken.
func (s *Sessions) Keep(ctx context.Context, secret string, value json.RawMessage, during time.Duration) error {
	return s.Commit(ctx, func(c *store.Change) error {
		records.KeptOnce.Insert(c, records.Kept{ID: store.Digest(secret), Value: value, Expires: s.Now().Add(during)})
		return nil
	})
}

// Take returns the value under a secret, once: of two who take it, the other one gets
// store.ErrNotFound, as does whoever comes too late.
func (s *Sessions) Take(ctx context.Context, secret string) (json.RawMessage, error) {
	var value json.RawMessage
	err := s.Commit(ctx, func(c *store.Change) error {
		read, err := records.KeptOnce.Get(ctx, s.Store, store.Digest(secret))
		if err != nil {
			return err
		}
		if !s.Now().Before(read.Value.Expires) {
			return records.KeptOnce.Missing(read.Value.ID)
		}
		value = read.Value.Value
		records.KeptOnce.Delete(c, read)
		return nil
	})
	return value, err
}

// spend adds to a change that something is used, for a while. If it was used before, the
// error wraps store.ErrState.
func (s *Sessions) spend(ctx context.Context, c *store.Change, what string, during time.Duration) error {
	id := store.Digest("spent\n" + what)
	read, err := records.KeptOnce.Get(ctx, s.Store, id)
	kept := records.Kept{ID: id, Expires: s.Now().Add(during)}
	switch {
	case errors.Is(err, store.ErrNotFound):
		records.KeptOnce.Insert(c, kept)
	case err != nil:
		return err
	case s.Now().Before(read.Value.Expires):
		return fmt.Errorf("%w: it was used before", store.ErrState)
	default:
		records.KeptOnce.Update(c, read, kept)
	}
	return nil
}

// SweepKept deletes what nobody has taken in time.
func (s *Sessions) SweepKept(ctx context.Context) error {
	for {
		some := 0
		err := s.Commit(ctx, func(c *store.Change) error {
			page, err := due[records.Kept](ctx, s, records.KeptEnding.Query("all"))
			for _, read := range page {
				records.KeptOnce.Delete(c, read)
			}
			some = len(page)
			return err
		})
		if err != nil || some == 0 {
			return err
		}
	}
}
