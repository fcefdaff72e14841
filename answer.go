package grantwright

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// ErrToken is wrapped when an answer comes with a token that is none, or of which
// too many were wrong before.
var ErrToken = errors.New("grantwright: the token is not that of a call that waits for an answer")

// tokenTries bounds the wrong tokens for one call. After that none is right.
const tokenTries = 10

// Answer records what a service says of a call that it was to answer later. The
// token proves who answers, and is good once: the same answer may come again, and
// another is ErrState. Where the answer comes too late, or a later call or another
// decision has overtaken it, it is recorded and not followed: late says why. Is the
// platform not as it should be by then, because access was given that has ended
// since, it is called again.
func (g Grants) Answer(ctx context.Context, token string, o provision.Outcome) (late string, err error) {
	said, err := digestOf(o)
	if err != nil {
		return "", err
	}
	wrong, call := false, provision.Call{}
	err = g.e.change(ctx, func(c *store.Change) error {
		read, err := g.e.callOf(ctx, token)
		if err != nil {
			return err
		}
		call, wrong = read.Value, !holdsToken(read.Value, token)
		switch {
		case call.Tries >= tokenTries:
			return ErrToken
		case wrong:
			call.Tries++
		case !call.Answered.IsZero() && call.Answer != said:
			return fmt.Errorf("%w: the call was answered already, otherwise", ErrState)
		case !call.Answered.IsZero():
			return nil
		default:
			call.Answered, call.Answer = g.e.now(), said
			if call.Late, err = g.e.heed(ctx, c, call, o); err != nil {
				return err
			}
		}
		store.Calls.Update(c, read, call)
		return nil
	})
	if err == nil && wrong {
		err = ErrToken
	}
	if err != nil {
		return "", err
	}
	g.e.workOn(call.Asset)
	return call.Late, nil
}

// Awaits says whether a token is that of a call that waits for an answer: with
// ErrToken that it is none, which counts as a try.
func (g Grants) Awaits(ctx context.Context, token string) error {
	wrong := false
	err := g.e.commit(ctx, func(c *store.Change) error {
		read, err := g.e.callOf(ctx, token)
		if err != nil {
			return err
		}
		call := read.Value
		switch wrong = !holdsToken(call, token); {
		case call.Tries >= tokenTries:
			return ErrToken
		case wrong:
			call.Tries++
			store.Calls.Update(c, read, call)
		}
		return nil
	})
	if err == nil && wrong {
		err = ErrToken
	}
	return err
}

// digestOf tells one answer from another.
func digestOf(o provision.Outcome) (string, error) {
	why := ""
	if o.Err != nil {
		why = o.Err.Error()
	}
	text, err := json.Marshal([]any{why, o.Taken, o.Ran, o.Remaining, o.Withdrawn})
	return store.Digest(string(text)), err
}

// callOf finds the call whose id a token begins with.
func (e *Engine) callOf(ctx context.Context, token string) (store.Stored[provision.Call], error) {
	id, _, _ := strings.Cut(token, ".")
	found, err := store.Calls.Some(ctx, e.config.Store, provision.CallID(id))
	if err != nil || len(found) == 0 {
		return store.Stored[provision.Call]{}, errors.Join(err, ErrToken)
	}
	return found[0], nil
}

// holdsToken compares in constant time.
func holdsToken(call provision.Call, token string) bool {
	_, secret, _ := strings.Cut(token, ".")
	return subtle.ConstantTimeCompare([]byte(store.Digest(secret)), []byte(call.Token)) == 1
}

// heed adds to a change what follows from an answer, and says why it does not count
// if it does not.
func (e *Engine) heed(ctx context.Context, c *store.Change, call provision.Call, o provision.Outcome) (string, error) {
	late, same, err := e.overtaken(ctx, call)
	if err != nil {
		return "", err
	}
	all, err := e.grantsOf(ctx, call)
	if err != nil {
		return "", err
	}
	h := heeding{e: e, change: c, call: call, outcome: o, late: late}
	if late == "" {
		for _, g := range all {
			h.hear(g, all)
		}
		if len(h.heard) == 0 && len(call.Of) > 0 {
			h.late = "what it was about has been decided otherwise since"
		}
	}
	if o.Err == nil && !same && (h.late != "" || len(h.missed) > 0) {
		h.mend(all)
	}
	if err := h.record(ctx, all); err != nil {
		return "", err
	}
	return h.late, store.Ring(ctx, e.config.Store, c, grantTask(call.Asset), e.now())
}

// overtaken says why an answer to a call comes too late, if it does. Same says that
// a later call wants the same: whichever was done last, nothing has to be mended.
func (e *Engine) overtaken(ctx context.Context, call provision.Call) (late string, same bool, err error) {
	calls, err := e.callsAbout(ctx, store.ObjectKey(call.Asset, call.Principal, call.Object.ID))
	if err != nil || len(calls) == 0 {
		return "", false, err
	}
	if last := calls[0].Value; last.ID != call.ID {
		same = slices.EqualFunc(last.Want, call.Want, provision.Access.Equal)
		return fmt.Sprintf("call %d about the same was made since; this was call %d", last.Number, call.Number), same, nil
	}
	if e.now().After(call.Until) {
		late = "it was waited for until " + call.Until.Format(time.RFC3339)
	}
	return late, false, nil
}

// grantsOf reads all grants of the principal of a call on its asset, also those that
// are gone.
func (e *Engine) grantsOf(ctx context.Context, call provision.Call) ([]store.Stored[provision.Grant], error) {
	var all []store.Stored[provision.Grant]
	err := store.GrantsOf.Each(ctx, e.config.Store, store.PairKey(call.Asset, call.Principal), func(g store.Stored[provision.Grant]) error {
		all = append(all, g)
		return nil
	})
	return all, err
}

// heeding is an answer that is being recorded.
type heeding struct {
	e       *Engine
	change  *store.Change
	call    provision.Call
	outcome provision.Outcome
	late    string

	heard  []progress                            // that follow the answer
	missed []provision.GrantID                   // that waited for it, and have been decided otherwise since
	mended map[provision.GrantID]provision.Grant // that have to be brought about again
}

// hear has one grant follow the answer.
func (h *heeding) hear(g store.Stored[provision.Grant], all []store.Stored[provision.Grant]) {
	said := answers{[]provision.Standing{{Principal: g.Value.Principal, Asset: g.Value.Asset}}, []provision.Outcome{h.outcome}}
	switch {
	case h.call.For(g.Value):
		next := []progress{{was: g, next: h.e.heard(g.Value, said)}}
		renewed(next, valuesOf(all))
		h.heard = append(h.heard, next...)
	case h.call.Names(g.Value):
		h.missed = append(h.missed, g.Value.ID)
	case g.Value.State == provision.Active && h.call.About(g.Value) && len(h.outcome.Withdrawn) > 0:
		if next := h.e.heard(g.Value, said); next.State == provision.Suspended {
			h.heard = append(h.heard, progress{was: g, next: next})
		}
	}
}

// mend has everything brought about again that the answer may have undone.
func (h *heeding) mend(all []store.Stored[provision.Grant]) {
	now := make([]provision.Grant, len(all))
	for i, g := range all {
		if now[i] = g.Value; h.late == "" {
			for _, p := range h.heard {
				if p.next.ID == g.Value.ID {
					now[i] = p.next
				}
			}
		}
	}
	h.mended = map[provision.GrantID]provision.Grant{}
	for _, g := range h.call.Overtaken(now, h.e.now()) {
		if !slices.ContainsFunc(h.heard, func(p progress) bool { return p.next.ID == g.ID }) && len(h.mended) < provisionBatch/2 {
			h.mended[g.ID] = g
		}
	}
}

// record adds the new states of grants to the change, and an event for each that
// the answer did not count for.
func (h *heeding) record(ctx context.Context, all []store.Stored[provision.Grant]) error {
	if err := h.e.record(ctx, h.change, request.SystemID, h.heard...); err != nil {
		return err
	}
	for _, g := range all {
		next, mended := h.mended[g.Value.ID]
		if !mended && !slices.Contains(h.missed, g.Value.ID) && (h.late == "" || !h.call.Names(g.Value)) {
			continue
		}
		req, err := store.Requests.Get(ctx, h.e.config.Store, g.Value.Request)
		if err != nil {
			return err
		}
		if !mended {
			next = g.Value
		}
		h.e.tell(h.change, event.GrantAnsweredLate.With(h.told(next)), request.SystemID, &req.Value, store.Grants.Subject(next.ID))
		if mended {
			store.Grants.Update(h.change, g, next)
		}
		store.Requests.Update(h.change, req, req.Value)
	}
	return nil
}

// told is the payload of an answer that does not count.
func (h *heeding) told(g provision.Grant) event.LateAnswer {
	a := event.LateAnswer{Why: h.late, Call: string(h.call.ID), Number: h.call.Number, Outcome: "DONE", State: string(g.State)}
	if a.Why == "" {
		a.Why = "it has been decided otherwise since"
	}
	if h.outcome.Err != nil {
		a.Outcome, a.Error = "FAILED", h.outcome.Err.Error()
	}
	return a
}

// waitsUntil is until when a platform has asked to be waited for; zero if it has not.
func waitsUntil(o provision.Outcome) time.Time {
	waiting := (*provision.WaitingError)(nil)
	if errors.As(o.Err, &waiting) {
		return waiting.Until.UTC()
	}
	return time.Time{}
}
