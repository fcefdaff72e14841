package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Reviews is for people who take part in the review of a request: its questions,
// answers and comments, and decisions on several requests.
type Reviews struct{ e *Engine }

// Reviews returns the remarks and decisions on requests.
func (e *Engine) Reviews() Reviews { return Reviews{e} }

// Determine counts several determinations, one after the other, each by itself as
// Engine.Determine does. The results are in their order. The error is about the call
// as a whole; nothing counts then.
func (r Reviews) Determine(ctx context.Context, by request.Identity, all []review.Decision) ([]review.Decided, error) {
	if err := by.CheckActs("decide on requests"); err != nil {
		return nil, err
	}
	if n := len(all); n < 1 || n > review.MaxDecisions {
		return nil, &request.InvalidError{What: "determinations", Faults: []request.Fault{{Field: "items", Reason: fmt.Sprintf("are %d, must be 1 to %d", n, review.MaxDecisions)}}}
	}
	results := make([]review.Decided, len(all))
	for i, d := range all {
		results[i].Request, results[i].Err = r.e.Determine(ctx, by, d.Request, d.Determination)
	}
	return results, nil
}

// TakeBack makes void what somebody has approved, while the request is pending.
// Version is that of the review that they saw; 0 leaves that open.
func (r Reviews) TakeBack(ctx context.Context, by request.Identity, id request.ID, version int, reason string) (request.Request, error) {
	if err := errors.Join(by.CheckActs("take back an approval"), review.CheckReason(reason)); err != nil {
		return request.Request{}, r.e.decisions.Alike(ctx, by, id, err)
	}
	return r.e.decisions.Update(ctx, id, func(u *decisions.Refresh) error {
		if err := u.CheckReader(ctx, by); err != nil {
			return err
		}
		if version != 0 && version != u.Rev.Version {
			return fmt.Errorf("%w: version %d was shown, it is version %d now", review.ErrStale, version, u.Rev.Version)
		}
		next, err := u.Rev.TakeBack(by.Person(), r.e.journal.Now())
		if err != nil {
			return err
		}
		u.Replace(next)
		u.Emit(event.RequestTakenBack.With(event.Withdrawn{Reason: reason}), by.Person())
		return r.e.people.Remember(ctx, u.C, by)
	})
}

// Remarks lists what was said about a request, the oldest first, after a position:
// zero for the first page. Whoever may read the request may read it.
func (r Reviews) Remarks(ctx context.Context, by request.Identity, id request.ID, after store.Position, limit int) ([]request.Remark, store.Position, error) {
	req, err := records.Requests.Get(ctx, r.e.journal.Store, id)
	if err != nil {
		return nil, after, err
	}
	if err := r.e.decisions.MayRead(ctx, by, req.Value); err != nil {
		return nil, after, err
	}
	read, err := records.RemarksOn.Find(ctx, r.e.journal.Store, id, after, limit)
	return journal.PageOf(read, after, err)
}

// Comment says something about a request, whatever its state: its requester, its
// beneficiary, its data stewards and GOVERNANCE may.
func (r Reviews) Comment(ctx context.Context, by request.Identity, id request.ID, text string) (request.Remark, error) {
	return r.remark(ctx, by, id, request.Comment, text, func(u *decisions.Refresh) error {
		if by.Has(request.Governance) || u.Req.Concerns(by.Person()) {
			return nil
		}
		return u.CheckSteward(ctx, by, "comment on this request")
	})
}

// Ask wants to know more of the requester before deciding. A data steward may, while
// the request is pending.
func (r Reviews) Ask(ctx context.Context, by request.Identity, id request.ID, text string) (request.Remark, error) {
	return r.remark(ctx, by, id, request.Inquiry, text, func(u *decisions.Refresh) error {
		if by.Person() == u.Req.Requester {
			return &request.ForbiddenError{Person: by.Person(), Act: "ask about this request", Needs: "a data steward of it who has not made it"}
		}
		return errors.Join(u.CheckSteward(ctx, by, "ask about this request"), u.CheckPending())
	})
}

// Answer answers what a steward has asked, in words. The requester may, while the
// request is pending. Edit changes the answers of the form.
func (r Reviews) Answer(ctx context.Context, by request.Identity, id request.ID, text string) (request.Remark, error) {
	return r.remark(ctx, by, id, request.Response, text, func(u *decisions.Refresh) error {
		return errors.Join(u.CheckRequester(by, "answer for this request"), u.CheckPending())
	})
}

// remark adds a remark, if may allows it.
func (r Reviews) remark(ctx context.Context, by request.Identity, id request.ID, kind request.RemarkKind, text string, may func(u *decisions.Refresh) error) (request.Remark, error) {
	made, err := r.e.decisions.Remark(ctx, by, id, kind, text, may)
	return made, r.e.decisions.Alike(ctx, by, id, err)
}

// Edit changes the answers of a pending request: of its form, in the version that it
// was made with. All approvals so far are void, and its flow is opened again, which
// may decide at once. Only its requester may.
func (r Reviews) Edit(ctx context.Context, by request.Identity, id request.ID, answers request.Answers) (request.Request, error) {
	if err := by.CheckActs("edit a request"); err != nil {
		return request.Request{}, err
	}
	req, err := r.e.decisions.Update(ctx, id, func(u *decisions.Refresh) error {
		if err := errors.Join(u.CheckRequester(by, "edit this request"), u.CheckPending()); err != nil {
			return err
		}
		return u.Edit(ctx, by, answers)
	})
	if err == nil {
		r.e.provisioning.ApplySoon(ctx, req)
	}
	return req, r.e.decisions.Alike(ctx, by, id, err)
}

// Asked lists the ids of the questions that Edit wants answered with some answers: to those
// who may see the request.
func (r Reviews) Asked(ctx context.Context, by request.Identity, id request.ID, answers request.Answers) ([]string, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	return r.e.decisions.AskedOf(ctx, by, id, answers)
}
