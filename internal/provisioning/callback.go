package provisioning

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// tokenTries bounds the wrong tokens for one call. After that none is right.
const tokenTries = 10

// outcomeDigest is equal for equal answers.
func outcomeDigest(o provision.Outcome) (string, error) {
	why := ""
	if o.Err != nil {
		why = o.Err.Error()
	}
	text, err := json.Marshal([]any{why, o.Taken, o.Ran, o.Remaining, o.Withdrawn})
	return store.Digest(string(text)), err
}

// findCall finds the call whose id a token begins with.
func (pr *Provisioning) findCall(ctx context.Context, token string) (store.Stored[provision.Call], error) {
	id, _, _ := strings.Cut(token, ".")
	found, err := records.Calls.Some(ctx, pr.Store, provision.CallID(id))
	if err != nil || len(found) == 0 {
		return store.Stored[provision.Call]{}, errors.Join(err, provision.ErrToken)
	}
	return found[0], nil
}

// matchesToken compares in constant time.
func matchesToken(call provision.Call, token string) bool {
	_, secret, _ := strings.Cut(token, ".")
	return subtle.ConstantTimeCompare([]byte(store.Digest(secret)), []byte(call.Token)) == 1
}

// recordAnswer adds to a change the effects of an answer, and says why the answer
// does not count if it does not.
func (pr *Provisioning) recordAnswer(ctx context.Context, c *store.Change, call provision.Call, o provision.Outcome) (string, error) {
	late, same, err := pr.overtaken(ctx, call)
	if err != nil {
		return "", err
	}
	all, err := pr.grantsOf(ctx, call)
	if err != nil {
		return "", err
	}
	o.Err = pr.Platforms.Hide(call.Asset.Connection(), o.Err)
	h := answerRecord{provisioning: pr, change: c, call: call, outcome: o, late: late}
	if late == "" {
		for _, g := range all {
			h.follow(g, all)
		}
		if len(h.followed) == 0 && len(call.Of) > 0 {
			h.late = "what it was about has been decided otherwise since"
		}
	}
	if o.Err == nil && !same && (h.late != "" || len(h.missed) > 0) {
		h.mend(all)
	}
	return h.late, h.record(ctx, all)
}

// Answer records the outcome of a call that a service answers later, and why it is not
// followed if it comes too late. A wrong token counts as a try.
func (pr *Provisioning) Answer(ctx context.Context, token string, o provision.Outcome) (late string, err error) {
	said, err := outcomeDigest(o)
	if err != nil {
		return "", err
	}
	wrong, call := false, provision.Call{}
	err = pr.Change(ctx, func(c *store.Change) error {
		read, err := pr.findCall(ctx, token)
		if err != nil {
			return err
		}
		call, wrong = read.Value, !matchesToken(read.Value, token)
		switch {
		case call.Tries >= tokenTries:
			return provision.ErrToken
		case wrong:
			call.Tries++
		case !call.Answered.IsZero() && call.Answer != said:
			return fmt.Errorf("%w: the call was answered already, otherwise", store.ErrState)
		case !call.Answered.IsZero():
			return nil
		default:
			call.Answered, call.Answer = pr.Now(), said
			if call.Late, err = pr.recordAnswer(ctx, c, call, o); err != nil {
				return err
			}
		}
		records.Calls.Update(c, read, call)
		return nil
	})
	if err == nil && wrong {
		err = provision.ErrToken
	}
	if err != nil {
		return "", err
	}
	pr.WorkOn(ctx, call.Asset)
	return call.Late, nil
}

// Awaits checks that a token is that of a call, and counts a wrong one as a try.
func (pr *Provisioning) Awaits(ctx context.Context, token string) error {
	wrong := false
	err := pr.Commit(ctx, func(c *store.Change) error {
		read, err := pr.findCall(ctx, token)
		if err != nil {
			return err
		}
		call := read.Value
		switch wrong = !matchesToken(call, token); {
		case call.Tries >= tokenTries:
			return provision.ErrToken
		case wrong:
			call.Tries++
			records.Calls.Update(c, read, call)
		}
		return nil
	})
	if err == nil && wrong {
		err = provision.ErrToken
	}
	return err
}

// overtaken says why an answer to a call comes too late, if it does. Same says that
// a later call wants the same: whichever was done last, nothing has to be mended.
func (pr *Provisioning) overtaken(ctx context.Context, call provision.Call) (late string, same bool, err error) {
	calls, err := pr.callsAbout(ctx, records.ObjectKey(call.Asset, call.Principal, call.Object.ID))
	if err != nil || len(calls) == 0 {
		return "", false, err
	}
	if last := calls[0].Value; last.ID != call.ID {
		same = slices.EqualFunc(last.Want, call.Want, provision.Access.Equal)
		return fmt.Sprintf("call %d about the same was made since; this was call %d", last.Number, call.Number), same, nil
	}
	if pr.Now().After(call.Until) {
		late = "it was waited for until " + call.Until.Format(time.RFC3339)
	}
	return late, false, nil
}

// grantsOf reads all grants of the principal of a call on its asset, also those that
// are gone, in the order in which they were approved.
func (pr *Provisioning) grantsOf(ctx context.Context, call provision.Call) ([]store.Stored[provision.Grant], error) {
	var all []store.Stored[provision.Grant]
	err := records.GrantsOf.Each(ctx, pr.Store, records.PairKey(call.Asset, call.Principal), func(g store.Stored[provision.Grant]) error {
		all = append(all, g)
		return nil
	})
	slices.SortStableFunc(all, func(a, b store.Stored[provision.Grant]) int { return a.Value.Approved.Compare(b.Value.Approved) })
	return all, err
}

// answerRecord is an answer that is being recorded.
type answerRecord struct {
	provisioning *Provisioning
	change       *store.Change
	call         provision.Call
	outcome      provision.Outcome
	late         string

	followed []Progress                            // to which the answer applies
	missed   []provision.GrantID                   // that waited for it, and have been decided otherwise since
	mended   map[provision.GrantID]provision.Grant // that have to be applied again
}

// follow applies the answer to one grant.
func (h *answerRecord) follow(g store.Stored[provision.Grant], all []store.Stored[provision.Grant]) {
	said := answers{PairOf(provision.Standing{Principal: g.Value.Principal, Asset: g.Value.Asset}): h.outcome}
	switch {
	case h.call.For(g.Value):
		next := []Progress{{Was: g, Next: h.provisioning.withAnswer(g.Value, said)}}
		ApplyRenewals(next, ValuesOf(all))
		h.followed = append(h.followed, next...)
	case h.call.Names(g.Value):
		h.missed = append(h.missed, g.Value.ID)
	case g.Value.State == provision.Active && h.call.About(g.Value) && len(h.outcome.Withdrawn) > 0:
		if next := h.provisioning.withAnswer(g.Value, said); next.State == provision.Suspended {
			h.followed = append(h.followed, Progress{Was: g, Next: next})
		}
	}
}

// mend collects the grants that the answer may have undone, to be applied again.
func (h *answerRecord) mend(all []store.Stored[provision.Grant]) {
	now := make([]provision.Grant, len(all))
	for i, g := range all {
		if now[i] = g.Value; h.late == "" {
			for _, p := range h.followed {
				if p.Next.ID == g.Value.ID {
					now[i] = p.Next
				}
			}
		}
	}
	h.mended = map[provision.GrantID]provision.Grant{}
	for _, g := range h.call.Overtaken(now, h.provisioning.Now()) {
		if !slices.ContainsFunc(h.followed, func(p Progress) bool { return p.Next.ID == g.ID }) && len(h.mended) < GrantBatch/2 {
			h.mended[g.ID] = g
		}
	}
}

// record adds the new states of grants to the change, and an event for each that
// the answer did not count for.
func (h *answerRecord) record(ctx context.Context, all []store.Stored[provision.Grant]) error {
	if err := h.provisioning.Record(ctx, h.change, request.SystemID, h.followed...); err != nil {
		return err
	}
	for _, g := range all {
		next, mended := h.mended[g.Value.ID]
		if !mended && !slices.Contains(h.missed, g.Value.ID) && (h.late == "" || !h.call.Names(g.Value)) {
			continue
		}
		req, err := records.Requests.Get(ctx, h.provisioning.Store, g.Value.Request)
		if err != nil {
			return err
		}
		if !mended {
			next = g.Value
		}
		h.provisioning.Emit(h.change, event.GrantAnsweredLate.With(h.payload(next)), request.SystemID, &req.Value, records.Grants.Subject(next.ID))
		if mended {
			records.Grants.Update(h.change, g, next)
		}
		records.Requests.Update(h.change, req, req.Value)
	}
	return nil
}

// payload is the payload of the event about an answer that does not count.
func (h *answerRecord) payload(g provision.Grant) event.LateAnswer {
	a := event.LateAnswer{Why: h.late, Call: string(h.call.ID), Number: h.call.Number, Outcome: "DONE", State: string(g.State)}
	if a.Why == "" {
		a.Why = "it has been decided otherwise since"
	}
	if h.outcome.Err != nil {
		a.Outcome, a.Error = "FAILED", h.outcome.Err.Error()
	}
	return a
}

// waitsUntil is the time until which a platform has asked to be waited for; zero if
// it has not.
func waitsUntil(o provision.Outcome) time.Time {
	waiting := (*provision.WaitingError)(nil)
	if errors.As(o.Err, &waiting) {
		return waiting.Until.UTC()
	}
	return time.Time{}
}

// Link is the address of a page; empty where the address of the pages is not
// configured.
func (pr *Provisioning) Link(path string) string {
	if pr.Address == "" {
		return ""
	}
	return strings.TrimSuffix(pr.Address, "/") + path
}

// maxCalls bounds the calls that are remembered for one principal on one object.
const maxCalls = 20

// openCalls records calls of a platform about some Standings, under the lease of
// their asset, and returns how the platform may answer them later. Live are the
// grants of their principals.
func (pr *Provisioning) openCalls(ctx context.Context, want []provision.Standing, live []provision.Grant) ([]provision.Callback, error) {
	back := make([]provision.Callback, len(want))
	var c store.Change
	for i, w := range want {
		last, err := pr.callsAbout(ctx, records.ObjectKey(w.Asset.Ref, w.Principal.Name, w.Asset.ID))
		if err != nil {
			return nil, err
		}
		number := int64(1)
		if len(last) > 0 {
			number = last[0].Value.Number + 1
		}
		for _, old := range last[min(len(last), maxCalls-1):] {
			records.Calls.Delete(&c, old)
		}
		secret := rand.Text() + rand.Text()
		call := provision.NewCall(provision.CallID(pr.NewID()), number, w, live, pr.Now(), pr.Now().Add(provision.DefaultAnswerWithin))
		call.Token = store.Digest(secret)
		records.Calls.Insert(&c, call)
		back[i] = provision.Callback{Call: call, URL: pr.Link(provision.CallbackPath), Token: string(call.ID) + "." + secret}
	}
	return back, pr.CommitOnce(ctx, &c)
}

// callsAbout reads the calls about one principal on one object, the latest first.
func (pr *Provisioning) callsAbout(ctx context.Context, key string) ([]store.Stored[provision.Call], error) {
	return records.CallsAbout.Newest(ctx, pr.Store, key, store.Position{}, maxCalls+1)
}

// saveDeadlines records how long to wait for the answers that come later.
func (pr *Provisioning) saveDeadlines(ctx context.Context, back []provision.Callback, outcomes []provision.Outcome) error {
	return pr.Commit(ctx, func(c *store.Change) error {
		for i, b := range back {
			until := waitsUntil(outcomes[i])
			if until.IsZero() || until.Equal(b.Call.Until) {
				continue
			}
			read, err := records.Calls.Get(ctx, pr.Store, b.Call.ID)
			if err != nil {
				return err
			}
			next := read.Value
			next.Until = until
			records.Calls.Update(c, read, next)
		}
		return nil
	})
}
