package grantwright

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// DefaultAnswerWithin is how long the answer of a service may take that has said it
// comes later, unless it says how long.
const DefaultAnswerWithin = time.Hour

// callsKept bounds the calls that are kept of one principal on one object.
const callsKept = 20

// CallbackPath is where services answer, below Config.Address.
const CallbackPath = "/provisioning/answers"

// openCalls keeps that a platform is called about some Standings, under the lease of
// their asset, and returns by what it may answer later. Live are the grants of their
// principals.
func (e *Engine) openCalls(ctx context.Context, want []provision.Standing, live []provision.Grant) ([]provision.Callback, error) {
	back := make([]provision.Callback, len(want))
	var c store.Change
	for i, w := range want {
		last, err := e.callsAbout(ctx, store.ObjectKey(w.Asset.Ref, w.Principal.Name, w.Asset.ID))
		if err != nil {
			return nil, err
		}
		number := int64(1)
		if len(last) > 0 {
			number = last[0].Value.Number + 1
		}
		for _, old := range last[min(len(last), callsKept-1):] {
			store.Calls.Delete(&c, old)
		}
		secret := rand.Text() + rand.Text()
		call := provision.NewCall(provision.CallID(e.config.NewID()), number, w, live, e.now(), e.now().Add(DefaultAnswerWithin))
		call.Token = store.Digest(secret)
		store.Calls.Insert(&c, call)
		back[i] = provision.Callback{Call: call, URL: e.link(CallbackPath), Token: string(call.ID) + "." + secret}
	}
	return back, c.Commit(ctx, e.config.Store)
}

// callsAbout reads the calls about one principal on one object, the latest first.
func (e *Engine) callsAbout(ctx context.Context, key string) ([]store.Stored[provision.Call], error) {
	return store.CallsAbout.Newest(ctx, e.config.Store, key, store.Position{}, callsKept+1)
}

// keepDeadlines keeps until when the answers are waited for that a platform has said
// come later.
func (e *Engine) keepDeadlines(ctx context.Context, back []provision.Callback, outcomes []provision.Outcome) error {
	return e.commit(ctx, func(c *store.Change) error {
		for i, b := range back {
			until := waitsUntil(outcomes[i])
			if until.IsZero() || until.Equal(b.Call.Until) {
				continue
			}
			read, err := store.Calls.Get(ctx, e.config.Store, b.Call.ID)
			if err != nil {
				return err
			}
			next := read.Value
			next.Until = until
			store.Calls.Update(c, read, next)
		}
		return nil
	})
}
