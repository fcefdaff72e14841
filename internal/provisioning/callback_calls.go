package provisioning

import (
	"context"
	"crypto/rand"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// maxCalls bounds the calls that are kept of one principal on one object.
const maxCalls = 20

// openCalls keeps that a platform is called about some Standings, under the lease of
// their asset, and returns by what it may answer later. Live are the grants of their
// principals.
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

// saveDeadlines keeps until when the answers are waited for that a platform has said
// come later.
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
