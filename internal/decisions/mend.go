package decisions

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// Mend makes the rechecks due that a clock which ran ahead has put off.
func (ds *Decisions) Mend(ctx context.Context) error {
	for {
		page, err := records.RechecksDue.Newest(ctx, ds.Store, "all", store.Position{}, store.MaxPage)
		if err != nil {
			return err
		}
		var c store.Change
		late, now := 0, ds.Now()
		for _, read := range page {
			if !read.Value.Due.After(now.Add(2 * recheckEvery)) {
				break
			}
			late++
			next := read.Value
			next.Due = now
			records.Rechecks.Update(&c, read, next)
		}
		if late == 0 {
			return nil
		}
		if err := ds.CommitOnce(ctx, &c); errors.Is(err, store.ErrConflict) {
			return nil // others look at them
		} else if err != nil {
			return err
		}
	}
}
