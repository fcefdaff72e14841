package enrollment

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// notice has the pending requests of a person checked again soon, and those for them, if
// there are any.
func (en *Enrollment) notice(person request.PersonID) {
	en.Background(func(ctx context.Context) {
		some, err := records.RechecksFor.Find(ctx, en.Store, person, store.Position{}, 1)
		if err != nil {
			en.Logger.Warn("reviews are looked at later", "of", person, "error", err)
		}
		if len(some) > 0 {
			en.People.Changed(ctx, person)
		}
	})
}

// noticeGroup has the pending reviews checked again soon that ask a group: somebody may be
// there now who can decide, or nobody any more.
func (en *Enrollment) noticeGroup(key string) {
	asked := records.AskedOf(request.Identity{Groups: []string{key}})
	asked = slices.DeleteFunc(asked, func(v string) bool { return v != (review.Selector{Group: key}).String() })
	en.Background(func(ctx context.Context) {
		for _, value := range asked {
			err := records.ReviewsAsking.Each(ctx, en.Store, value, func(r store.Stored[review.Review]) error { return en.recheckSoon(ctx, r.Value.Request) })
			if err != nil {
				en.Logger.Warn("reviews are looked at later", "of", key, "error", err)
			}
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
