package notices

import (
	"cmp"
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Of lists the notices of somebody, the newest first, after a position; unread leaves out
// those that they have seen.
func (no *Notices) Of(ctx context.Context, who request.PersonID, unread bool, after store.Position, limit int) ([]notify.Notice, store.Position, error) {
	queries := []store.Query{records.NoticesUnread.Query(who)}
	if !unread {
		queries = append(queries, records.NoticesRead.Query(who))
	}
	limit = journal.PageLimit(limit, store.MaxPage)
	for j := range queries {
		queries[j].After, queries[j].Limit, queries[j].Descending = after, limit, true
	}
	pages, err := store.Pages[notify.Notice](ctx, no.Store, queries...)
	if err != nil {
		return nil, after, err
	}
	all := slices.Concat(pages...)
	slices.SortFunc(all, func(a, b store.Stored[notify.Notice]) int {
		return cmp.Or(cmp.Compare(b.At.Order, a.At.Order), cmp.Compare(b.At.ID, a.At.ID))
	})
	return journal.PageOf(all[:min(limit, len(all))], after, nil)
}

// See marks a notice as read by the person whom it tells. To all others it is not there.
func (no *Notices) See(ctx context.Context, who request.PersonID, id string) error {
	return no.Change(ctx, func(c *store.Change) error {
		read, err := records.Notices.Get(ctx, no.Store, id)
		if err != nil {
			return err
		}
		if read.Value.To != who {
			return journal.Hidden(records.Notices, id, &request.ForbiddenError{Person: who, Act: "see this notice", Needs: "the person whom it tells"})
		}
		records.Notices.Update(c, read, read.Value.Seen(no.Now()))
		return nil
	})
}

// Prefer stores how somebody wishes to be told from now on.
func (no *Notices) Prefer(ctx context.Context, by request.Identity, p notify.Preferences) error {
	return no.Commit(ctx, func(c *store.Change) error {
		read, err := records.Preferences.Some(ctx, no.Store, p.Person)
		if err != nil {
			return err
		}
		if len(read) == 0 {
			records.Preferences.Insert(c, p)
		} else {
			records.Preferences.Update(c, read[0], p)
		}
		return no.People.Remember(ctx, c, by)
	})
}
