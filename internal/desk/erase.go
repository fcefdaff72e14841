package desk

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/evidence"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// EraseEvidence takes the values of some facts out of the evidence of a decided request.
// Their names stay, and the log says who has erased them.
func (d *Desk) EraseEvidence(ctx context.Context, by request.Identity, id request.ID, names []string, reason string) (erased []string, err error) {
	if len(names) < 1 || len(names) > request.MaxEvidenceFacts {
		return nil, &request.InvalidError{What: "facts", Faults: []request.Fault{{Field: "facts", Reason: fmt.Sprintf("are %d, must be 1 to %d", len(names), request.MaxEvidenceFacts)}}}
	}
	err = d.Change(ctx, func(c *store.Change) error {
		req, rev, err := d.UnderReview(ctx, id)
		if err != nil {
			return err
		}
		if rev.Value.Status == request.Pending {
			return fmt.Errorf("%w: the request is not decided yet", store.ErrState)
		}
		next := rev.Value
		next.Evidence, erased = request.Erase(next.Evidence, names)
		if erased, err = evidence.EraseLesson(ctx, d.Store, c, id, names, erased); err != nil || len(erased) == 0 {
			return err
		}
		records.Reviews.Update(c, rev, next)
		d.Emit(c, event.EvidenceErased.With(event.Erased{Facts: erased, Reason: reason}), by.Person(), &req.Value, records.Reviews.Subject(id))
		return d.People.Remember(ctx, c, by)
	})
	return erased, err
}
