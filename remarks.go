package grantwright

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Remarks lists what was said about a request, the oldest first, after a position:
// zero for the first page. Whoever may read the request may read it.
func (r Reviews) Remarks(ctx context.Context, by request.Identity, id request.ID, after store.Position, limit int) ([]request.Remark, store.Position, error) {
	req, err := store.Requests.Get(ctx, r.e.config.Store, id)
	if err != nil {
		return nil, after, err
	}
	if err := r.e.mayRead(ctx, by, req.Value); err != nil {
		return nil, after, err
	}
	read, err := store.RemarksOn.Find(ctx, r.e.config.Store, id, after, limit)
	return pageOf(read, after, err)
}

// Comment says something about a request, whatever its state: its requester, its
// beneficiary, its data stewards and GOVERNANCE may.
func (r Reviews) Comment(ctx context.Context, by request.Identity, id request.ID, text string) (request.Remark, error) {
	return r.remark(ctx, by, id, request.Comment, text, func(u *upkeep) error {
		if by.Has(request.Governance) || u.req.Concerns(by.Person()) {
			return nil
		}
		return u.steward(ctx, by, "comment on this request")
	})
}

// Ask wants to know more of the requester before deciding. A data steward may, while
// the request is pending.
func (r Reviews) Ask(ctx context.Context, by request.Identity, id request.ID, text string) (request.Remark, error) {
	return r.remark(ctx, by, id, request.Inquiry, text, func(u *upkeep) error {
		if by.Person() == u.req.Requester {
			return &ForbiddenError{Person: by.Person(), Act: "ask about this request", Needs: "a data steward of it who has not made it"}
		}
		return errors.Join(u.steward(ctx, by, "ask about this request"), u.pending())
	})
}

// Answer answers what a steward has asked, in words. The requester may, while the
// request is pending. Edit changes the answers of the form.
func (r Reviews) Answer(ctx context.Context, by request.Identity, id request.ID, text string) (request.Remark, error) {
	return r.remark(ctx, by, id, request.Response, text, func(u *upkeep) error {
		return errors.Join(u.requester(by, "answer for this request"), u.pending())
	})
}

// remarked are the events of remarks.
var remarked = map[request.RemarkKind]event.Type[event.Remark]{request.Comment: event.RequestCommented, request.Inquiry: event.RequestQuestioned, request.Response: event.RequestAnswered}

func (r Reviews) remark(ctx context.Context, by request.Identity, id request.ID, kind request.RemarkKind, text string, may func(u *upkeep) error) (request.Remark, error) {
	if err := errors.Join(by.Check(), checkRemark(text)); err != nil {
		return request.Remark{}, err
	}
	var made request.Remark
	err := r.e.change(ctx, func(c *store.Change) error {
		u, err := r.e.keeping(ctx, c, id)
		if err != nil {
			return err
		}
		if err := may(u); err != nil {
			return err
		}
		if u.req.Remarks >= request.MaxRemarks {
			return fmt.Errorf("%w: a request has at most %d remarks", ErrTooMany, request.MaxRemarks)
		}
		made = u.req.Remark(kind, by.Person(), r.e.now(), text)
		store.Remarks.Insert(c, made)
		r.e.tell(c, remarked[kind].With(event.Remark{Text: text}), by.Person(), &u.req, store.Remarks.Subject(made.ID))
		store.Requests.Update(c, u.read, u.req)
		return r.e.remember(ctx, c, by)
	})
	return made, err
}

func checkRemark(text string) error {
	if strings.TrimSpace(text) == "" {
		return &request.InvalidError{What: "remark", Faults: []request.Fault{{Field: "text", Reason: "is missing"}}}
	}
	if err := checkReason(text); err != nil {
		return &request.InvalidError{What: "remark", Faults: []request.Fault{{Field: "text", Reason: faultsOf(err)[0].Reason}}}
	}
	return nil
}

// steward refuses whoever is no data steward of the request.
func (u *upkeep) steward(ctx context.Context, by request.Identity, act string) error {
	is, err := u.e.isSteward(ctx, by, u.req, u.rev)
	if err == nil && !is {
		err = &ForbiddenError{Person: by.Person(), Act: act, Needs: "a data steward of it"}
	}
	return err
}

// requester refuses everybody else.
func (u *upkeep) requester(by request.Identity, act string) error {
	if u.req.Requester != by.Person() {
		return &ForbiddenError{Person: by.Person(), Act: act, Needs: "its requester"}
	}
	return nil
}

// Edit changes the answers of a pending request: of its form, in the version that it
// was made with. All approvals so far are void, and its flow is opened again, which
// may decide at once. Only its requester may.
func (r Reviews) Edit(ctx context.Context, by request.Identity, id request.ID, answers request.Answers) (request.Request, error) {
	if err := by.Check(); err != nil {
		return request.Request{}, err
	}
	req, err := r.e.keep(ctx, id, func(u *upkeep) error {
		if err := errors.Join(u.requester(by, "edit this request"), u.pending()); err != nil {
			return err
		}
		return u.edit(ctx, by, answers)
	})
	if err == nil {
		r.e.provisionSoon(req)
	}
	return req, err
}

func (u *upkeep) edit(ctx context.Context, by request.Identity, answers request.Answers) error {
	form, err := u.e.formVersion(ctx, u.req.Form)
	if err != nil {
		return err
	}
	before := u.req.Answers
	u.req.Answers, u.req.Duration, u.req.Questioned = answers, form.Duration(answers), time.Time{}
	facts, err := u.e.facts(ctx, by, u.req, u.rev)
	if err != nil {
		return err
	}
	renewal, err := u.e.renewalFaults(ctx, by, u.req)
	if err := errors.Join(err, u.e.checkAnswers(ctx, form, answers, facts), renewal); err != nil {
		return err
	}
	pinned, err := u.e.pinned(ctx, u.rev)
	if err != nil {
		return err
	}
	next, err := u.rev.Edit(ctx, facts, u.e.now(), pinned...)
	if err != nil {
		return err
	}
	u.becomes(next)
	u.tell(event.RequestEdited.With(event.Edited{Answers: changedAnswers(before, answers), Duration: u.req.Duration}), by.Person())
	return errors.Join(u.ended(ctx, next.Comment), u.e.remember(ctx, u.c, by))
}

// changedAnswers lists the questions whose answers differ.
func changedAnswers(before, after request.Answers) []string {
	ids := []string{}
	all := maps.Clone(before)
	if all == nil {
		all = request.Answers{}
	}
	maps.Copy(all, after)
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if !slices.Equal(before[id], after[id]) {
			ids = append(ids, id)
		}
	}
	return ids
}
