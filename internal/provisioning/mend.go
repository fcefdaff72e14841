package provisioning

import (
	"context"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Longer than an attempt on a platform is put off, and than an answer is waited for.
const (
	maxPutOff = 4 * store.MaxBackoff
	maxWaited = 2 * provision.MaxWait
)

// Mend makes the attempts due that a clock which ran ahead has put off.
func (pr *Provisioning) Mend(ctx context.Context) error {
	for after := (store.Position{}); ; {
		page, err := records.GrantsTried.Newest(ctx, pr.Store, "all", after, GrantBatch)
		if err != nil {
			return err
		}
		for _, read := range page {
			after = read.At
			g := read.Value
			if soon := pr.Now().Add(maxPutOff); !g.Retry.After(soon) && !g.Waits.After(soon) {
				return nil // nor are those after it
			}
			if pr.mended(g) == nil {
				continue
			}
			if err := pr.mendGrant(ctx, g.ID); err != nil {
				return err
			}
		}
		if len(page) < GrantBatch {
			return nil
		}
	}
}

// mended is a grant whose attempt is due now; nil where it is put off for no longer than usual.
func (pr *Provisioning) mended(g provision.Grant) *provision.Grant {
	now := pr.Now()
	switch {
	case g.Waits.After(now.Add(maxWaited)):
		g.Waits = now
	case g.Retry.After(now.Add(maxPutOff)):
		g.Retry = now
	default:
		return nil
	}
	return &g
}

func (pr *Provisioning) mendGrant(ctx context.Context, id provision.GrantID) error {
	return pr.Change(ctx, func(c *store.Change) error {
		read, err := records.Grants.Get(ctx, pr.Store, id)
		if err != nil {
			return err
		}
		next := pr.mended(read.Value)
		if next == nil {
			return nil
		}
		of, err := records.Requests.Get(ctx, pr.Store, read.Value.Request)
		if err != nil {
			return err
		}
		req := of.Value
		payload := Progress{Next: *next}.payload()
		payload.Reason = "the clock of a server was ahead when it was put off"
		pr.Emit(c, event.GrantRetried.With(payload), request.SystemID, &req, records.Grants.Subject(id))
		records.Grants.Update(c, read, *next)
		records.Requests.Update(c, of, req)
		return nil
	})
}
