package decisions

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// remarked are the events of remarks.
var remarked = map[request.RemarkKind]event.Type[event.Remark]{request.Comment: event.RequestCommented, request.Inquiry: event.RequestQuestioned, request.Response: event.RequestAnswered}

// Remark adds a comment, a question or an answer to a request, if may allows it.
func (ds *Decisions) Remark(ctx context.Context, by request.Identity, id request.ID, kind request.RemarkKind, text string, may func(u *Refresh) error) (request.Remark, error) {
	if err := errors.Join(by.CheckActs("say something about a request"), checkRemark(text)); err != nil {
		return request.Remark{}, err
	}
	var made request.Remark
	err := ds.Change(ctx, func(c *store.Change) error {
		u, err := ds.newRefresh(ctx, c, id)
		if err != nil {
			return err
		}
		if err := may(u); err != nil {
			return err
		}
		if u.Req.Remarks >= request.MaxRemarks {
			return fmt.Errorf("%w: a request has at most %d remarks", store.ErrTooMany, request.MaxRemarks)
		}
		made = u.Req.Remark(kind, by.Person(), ds.Now(), text)
		records.Remarks.Insert(c, made)
		ds.Emit(c, remarked[kind].With(event.Remark{Text: text}), by.Person(), &u.Req, records.Remarks.Subject(made.ID))
		records.Requests.Update(c, u.read, u.Req)
		return ds.People.Remember(ctx, c, by)
	})
	return made, err
}

func checkRemark(text string) error {
	if strings.TrimSpace(text) == "" {
		return &request.InvalidError{What: "remark", Faults: []request.Fault{{Field: "text", Reason: "is missing"}}}
	}
	if err := review.CheckReason(text); err != nil {
		return &request.InvalidError{What: "remark", Faults: []request.Fault{{Field: "text", Reason: request.FaultsOf(err)[0].Reason}}}
	}
	return nil
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
