package enrollment

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// notice has the pending requests of some people checked again soon, and those for them, if
// there are any.
func (en *Enrollment) notice(people ...request.PersonID) {
	if len(people) == 0 {
		return
	}
	en.Background(func(ctx context.Context) {
		for some := range slices.Chunk(people, store.MaxQueries) {
			queries := make([]store.Query, len(some))
			for i, p := range some {
				queries[i] = records.RechecksFor.Query(p)
				queries[i].Limit = 1
			}
			pages, err := en.Store.Find(ctx, queries...)
			if err != nil {
				en.Logger.WarnContext(ctx, "reviews are looked at later", "error", err)
			}
			for i, page := range pages {
				if len(page) > 0 {
					en.People.Changed(ctx, some[i])
				}
			}
		}
	})
}

// noticed has others look again once it is committed who came into a group, and who left it.
func (en *Enrollment) noticed(ctx context.Context, g request.EnrolledGroup, s said) {
	if len(s.changed) > 0 {
		store.AfterCommit(ctx, func() { en.notice(s.changed...); en.noticeGroup(g) })
	}
}

// noticeGroup has the pending reviews checked again soon that ask a group: somebody may be
// there now who can decide, or nobody any more.
func (en *Enrollment) noticeGroup(g request.EnrolledGroup) {
	key := g.Person()
	value := review.Selector{Group: string(key)}.String()
	en.Background(func(ctx context.Context) {
		err := records.ReviewsAsking.Each(ctx, en.Store, value, func(r store.Stored[review.Review]) error { return en.recheckSoon(ctx, r.Value.Request) })
		if err != nil {
			en.Logger.WarnContext(ctx, "reviews are looked at later", "of", key, "error", err)
		}
	})
}

// recheckSoon makes the recheck of a request due.
func (en *Enrollment) recheckSoon(ctx context.Context, id request.ID) error {
	return en.Commit(ctx, func(c *store.Change) error {
		read, err := records.Rechecks.Some(ctx, en.Store, id)
		for _, r := range read {
			if next := r.Value; next.Due.After(en.Now()) {
				next.Due = en.Now()
				records.Rechecks.Update(c, r, next)
			}
		}
		return err
	})
}
