package emergency

import (
	"cmp"
	"context"
	"fmt"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Review says of access that was had at once whether it was justified. Whom the flow names may,
// and GOVERNANCE, but nobody whose own request it is.
func (em *Emergencies) Review(ctx context.Context, by request.Identity, id request.ID, v request.Verdict, note string) (req request.Request, err error) {
	err = em.Change(ctx, func(c *store.Change) error {
		read, rev, err := em.UnderReview(ctx, id)
		if err != nil {
			return err
		}
		if err := em.MayReview(ctx, by, read.Value, rev.Value); err != nil {
			return err
		}
		switch e := read.Value.Emergency; {
		case e == nil || e.Due.IsZero():
			return fmt.Errorf("%w: this is no emergency access", store.ErrState)
		case !e.Waits():
			return fmt.Errorf("%w: it was reviewed by %s", store.ErrState, e.By)
		}
		req = read.Value
		if req.Emergency, err = req.Emergency.Review(v, note, by.Person(), em.Now()); err != nil {
			return err
		}
		em.Emit(c, event.EmergencyReviewed.With(event.Emergency{Verdict: v, Note: note}), by.Person(), &req, records.Reviews.Subject(id))
		records.Requests.Update(c, read, req)
		return em.People.Remember(ctx, c, by)
	})
	return req, err
}

// MayReview refuses whoever may not review the access of a request afterwards.
func (em *Emergencies) MayReview(ctx context.Context, by request.Identity, req request.Request, rev review.Review) error {
	const act = "review emergency access"
	if err := by.CheckActs(act); err != nil {
		return err
	}
	if req.Concerns(by.Person()) || rev.Bars(by) {
		return fmt.Errorf("%w, nor reviews it", review.ErrOwnRequest)
	}
	e, err := em.of(ctx, rev)
	if err != nil || by.Has(request.Governance) || Names(e.Review, by) {
		return err
	}
	return &request.ForbiddenError{Person: by.Person(), Act: act, Needs: "GOVERNANCE, or to be named by the review flow"}
}

// Rights adds to what somebody may do with a request whether they may review its access now.
func (em *Emergencies) Rights(ctx context.Context, by request.Identity, req request.Request, rev review.Review, may review.Rights) (review.Rights, error) {
	if !req.Emergency.Waits() || !by.Acts() {
		return may, nil
	}
	yes, err := may.Emergency, error(nil)
	if !req.Concerns(by.Person()) && !rev.Bars(by) {
		yes, err = journal.Allowed(em.MayReview(ctx, by, req, rev))
	}
	may.Emergency = yes
	return may, err
}

// List finds the requests that were approved at once, the newest first: those of every verdict
// under records.AnyVerdict, those that wait under request.Unreviewed. Whoever does not oversee
// sees those that their flows have them watch over: a page may be short.
func (em *Emergencies) List(ctx context.Context, by request.Identity, v request.Verdict, after store.Position, limit int) (all []request.Request, next store.Position, err error) {
	limit = journal.PageLimit(limit, store.MaxPage)
	found, err := records.RequestsInEmergency.Newest(ctx, em.Store, v, after, limit)
	if err != nil {
		return nil, next, err
	}
	ids := make([]request.ID, len(found))
	for i, r := range found {
		ids[i] = r.Value.ID
	}
	reviews := map[request.ID]review.Review{}
	if oversees := by.Has(request.Governance) || by.Has(request.Audit); !oversees && len(ids) > 0 {
		read, err := journal.Values(records.Reviews.Some(ctx, em.Store, ids...))
		if err != nil {
			return nil, next, err
		}
		for _, rev := range read {
			reviews[rev.Request] = rev
		}
	}
	for _, r := range found {
		sees := by.Has(request.Governance) || by.Has(request.Audit) || r.Value.Concerns(by.Person())
		if rev, is := reviews[r.Value.ID]; is && !sees {
			if sees, err = em.Watches(ctx, by, rev); err != nil {
				return nil, next, err
			}
		}
		if sees {
			all = append(all, r.Value)
		}
	}
	if len(found) == limit {
		next = found[limit-1].At
	}
	return all, next, nil
}

// atOnce is how many reviews are looked through in one step for those that are overdue.
const atOnce = 100

// Elapse tells of the reviews that are overdue, and once a day again. One that fails holds up
// no other; the first error is returned.
func (em *Emergencies) Elapse(ctx context.Context) error {
	var fault error
	for after := (store.Position{}); ; {
		waiting, err := records.EmergenciesWaiting.Find(ctx, em.Store, "all", after, atOnce)
		if err != nil {
			return cmp.Or(fault, err)
		}
		for _, req := range waiting {
			if req.Value.Emergency.Next().After(em.Now()) {
				return fault
			}
			fault, after = cmp.Or(fault, em.remind(ctx, req.Value.ID)), req.At
		}
		if len(waiting) < atOnce {
			return fault
		}
	}
}

// remind tells that the review of one request is overdue.
func (em *Emergencies) remind(ctx context.Context, id request.ID) error {
	return em.Change(ctx, func(c *store.Change) error {
		read, err := records.Requests.Get(ctx, em.Store, id)
		if err != nil || !read.Value.Emergency.Waits() || read.Value.Emergency.Next().After(em.Now()) {
			return err
		}
		req := read.Value
		req.Emergency = req.Emergency.Remind(em.Now())
		em.Emit(c, event.EmergencyOverdue.With(event.Emergency{Reason: req.Emergency.Reason, Due: req.Emergency.Due, Reminded: req.Emergency.Reminded}), request.SystemID, &req, records.Reviews.Subject(id))
		records.Requests.Update(c, read, req)
		return nil
	})
}
