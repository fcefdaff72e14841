package evidence

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/store"
)

// Teach keeps a final determination by a person as a lesson, in its own change: with the
// features of the request as they were then.
func Teach(c *store.Change, req request.Request, rev review.Review, f review.Facts) {
	outcome := rev.Outcome()
	records.Lessons.Insert(c, assist.Lesson{Request: req.ID, Features: assist.FeaturesOf(req, f), Approved: outcome.Status == request.Approved,
		Granted: outcome.Granted.Duration, At: rev.Decided, Flow: rev.Flow.Name})
}

// EraseLesson takes facts out of the lesson of a request, if it has one, and adds their names
// to those that were erased.
func EraseLesson(ctx context.Context, s store.Store, c *store.Change, id request.ID, names, erased []string) ([]string, error) {
	read, err := records.Lessons.Some(ctx, s, id)
	if err != nil || len(read) == 0 {
		return erased, err
	}
	next, also := read[0].Value.Erase(names)
	if len(also) > 0 {
		records.Lessons.Update(c, read[0], next)
	}
	erased = append(erased, also...)
	slices.Sort(erased)
	return slices.Compact(erased), nil
}
