package advice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/desk"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/store"
)

// Show advises somebody who may decide on a request now, and keeps what they were shown. The
// time at which they were first shown a version of the review stays.
func (ad *Advice) Show(ctx context.Context, by request.Identity, id request.ID) (assist.Advice, error) {
	ctx = ad.Act(ctx, records.Requests.Key(id), records.Reviews.Key(id), store.People.Key(by.Person()), records.Shown.Key(records.ShownKey(id, by.Person())))
	req, rev, err := ad.UnderReview(ctx, id)
	if err != nil {
		return assist.Advice{}, err
	}
	if err := ad.mayDecide(ctx, by, req.Value, rev.Value); err != nil {
		return assist.Advice{}, journal.Hidden(records.Requests, id, err)
	}
	mode, err := ad.mode(ctx, req.Value.Asset.Connection())
	if err != nil {
		return assist.Advice{}, err
	}
	if mode == catalog.AssistOff {
		return assist.Advice{}, fmt.Errorf("%w: administrators have switched review assist off on connection %s", store.ErrState, req.Value.Asset.Connection())
	}
	if before, is, err := ad.fresh(ctx, by.Person(), rev.Value); err != nil || is {
		return before, err
	}
	facts, err := ad.Decisions.FactsOf(ctx, by, req.Value, rev.Value)
	if err != nil {
		return assist.Advice{}, err
	}
	c, err := ad.caseOf(ctx, by, req.Value, facts)
	if err != nil {
		return assist.Advice{}, err
	}
	advice, err := ad.assistant(mode).Advise(ctx, c)
	if err == nil {
		err = ad.closeCited(ctx, by, &advice)
	}
	if err != nil {
		return assist.Advice{}, err
	}
	return advice, ad.keep(ctx, by.Person(), rev.Value, advice)
}

// modelEvery is how long what a model has said of a review stands: a page that is read again
// does not ask it again.
const modelEvery = 10 * time.Minute

// fresh is the advice that somebody was shown on this version of a review a short time ago, where
// a model took part in it.
func (ad *Advice) fresh(ctx context.Context, to request.PersonID, rev review.Review) (assist.Advice, bool, error) {
	read, err := records.Shown.Some(ctx, ad.Store, records.ShownKey(rev.Request, to))
	if err != nil || len(read) == 0 {
		return assist.Advice{}, false, err
	}
	was := read[0].Value
	is := was.Version == rev.Version && was.Advice.By != assist.ByPrecedent && ad.Now().Sub(was.Advice.At) < modelEvery
	return was.Advice, is, nil
}

// mayDecide refuses whoever may neither approve nor deny a request now.
func (ad *Advice) mayDecide(ctx context.Context, by request.Identity, req request.Request, rev review.Review) error {
	if err := ad.Decisions.MayRead(ctx, by, req); err != nil {
		return err
	}
	may, err := ad.Decisions.Rights(ctx, by, req, rev)
	if err == nil && !may.Approve && !may.Deny {
		err = &request.ForbiddenError{Person: by.Person(), Act: "be advised on this request", Needs: "somebody who may decide on it now"}
	}
	return err
}

// mode is whether and how a connection is advised on.
func (ad *Advice) mode(ctx context.Context, connection string) (catalog.Assist, error) {
	read, err := records.Connections.Some(ctx, ad.Store, connection)
	if err != nil || len(read) == 0 {
		return catalog.AssistOff, err
	}
	return read[0].Value.Assist, nil
}

// caseOf gathers a request before its determination: who holds access already, in one page.
func (ad *Advice) caseOf(ctx context.Context, by request.Identity, req request.Request, facts review.Facts) (assist.Case, error) {
	prevented, err := ad.prevented(ctx, by, req)
	if err != nil {
		return assist.Case{}, err
	}
	c := assist.Case{Request: req, Facts: facts, Standing: assist.Standing{Prevented: prevented}, Now: ad.Now()}
	masking, err := ad.Decisions.Rules.MaskingOf(ctx, req.Asset)
	if err != nil {
		return c, err
	}
	for _, column := range req.Columns {
		if masking.Show.Masks(column) {
			c.Standing.Masked = append(c.Standing.Masked, column)
		}
	}
	held, err := records.LiveGrants.Find(ctx, ad.Store, req.Asset, store.Position{}, assist.MaxHolders)
	for _, g := range held {
		if g.Value.Beneficiary == req.Beneficiary {
			continue
		}
		c.Standing.Holders = append(c.Standing.Holders, g.Value.Request)
		if g.Value.Renews != "" {
			c.Standing.Renewed = append(c.Standing.Renewed, g.Value.Request)
		}
	}
	return c, err
}

// keep keeps what somebody was shown, unless they were shown the same version before.
func (ad *Advice) keep(ctx context.Context, to request.PersonID, rev review.Review, advice assist.Advice) error {
	return ad.Commit(ctx, func(c *store.Change) error {
		now := assist.Shown{Request: rev.Request, To: to, Version: rev.Version, Opened: ad.Now(), Advice: advice}
		read, err := records.Shown.Some(ctx, ad.Store, records.ShownKey(rev.Request, to))
		switch {
		case err != nil:
			return err
		case len(read) == 0:
			records.Shown.Insert(c, now)
		case read[0].Value.Act == "" && read[0].Value.Version != rev.Version:
			records.Shown.Update(c, read[0], now)
		}
		return nil
	})
}

// Kept lists what was shown of a request, and what those did to whom it was, the first shown
// first, to whoever may learn why it went the way that it went.
func (ad *Advice) Kept(ctx context.Context, by request.Identity, id request.ID) ([]assist.Shown, error) {
	req, rev, err := ad.UnderReview(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := ad.Decisions.MayRead(ctx, by, req.Value); err != nil {
		return nil, err
	}
	if err := ad.Decisions.MayExplain(ctx, by, req.Value, rev.Value); err != nil {
		return nil, err
	}
	return journal.Values(records.ShownOf.Find(ctx, ad.Store, id, store.Position{}, store.MaxPage))
}

// Briefs are the advice in short on those of some requests that somebody may decide on now, by
// request. What it costs does not depend on how many they are.
func (ad *Advice) Briefs(ctx context.Context, by request.Identity, ids []request.ID) (map[request.ID]assist.Brief, error) {
	found := map[request.ID]assist.Brief{}
	if len(ids) == 0 {
		return found, nil
	}
	if len(ids) > store.MaxPage/3 {
		return nil, &request.InvalidError{What: "briefs", Faults: []request.Fault{{Field: "requests", Reason: fmt.Sprintf("are %d, must be at most %d", len(ids), store.MaxPage/3)}}}
	}
	var keys []store.Key
	for _, id := range ids {
		keys = append(keys, records.Requests.Key(id), records.Reviews.Key(id), records.Briefs.Key(id))
	}
	ctx = ad.Act(ctx, keys...)
	standsFor, err := ad.Decisions.People.StandsFor(ctx, by)
	if err != nil {
		return nil, err
	}
	read, err := records.Briefs.Some(ctx, ad.Store, ids...)
	for _, b := range read {
		rev, fault := records.Reviews.Get(ctx, ad.Store, b.Value.Request)
		if fault != nil {
			return nil, fault
		}
		var req store.Stored[request.Request]
		if desk.ByCondition(rev.Value) {
			if req, fault = records.Requests.Get(ctx, ad.Store, b.Value.Request); fault != nil {
				return nil, fault
			}
		}
		s, fault := ad.Decisions.StewardshipOf(ctx, by, standsFor, req.Value, rev.Value)
		if fault != nil {
			return nil, fault
		}
		if approve, deny := s.MayDecide(by.Person(), rev.Value); approve || deny {
			found[b.Value.Request] = b.Value
		}
	}
	return found, err
}

// prevented are the guardrails that prevent an approval of a request now, for somebody or, for
// the zero Identity, for nobody.
func (ad *Advice) prevented(ctx context.Context, by request.Identity, req request.Request) ([]review.Prevention, error) {
	_, err := ad.Decisions.Rules.UnlessPrevented(ctx, by, req)
	if prevented := (*review.PreventedError)(nil); errors.As(err, &prevented) {
		return prevented.Preventions, nil
	}
	return nil, err
}
