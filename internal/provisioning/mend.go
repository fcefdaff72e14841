package provisioning

import (
	"context"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// maxPutOff is longer than any attempt on a platform is put off.
const maxPutOff = 4 * store.MaxBackoff

// Mend makes the attempts due that a clock which ran ahead has put off.
func (pr *Provisioning) Mend(ctx context.Context) error {
	for {
		page, err := records.GrantsTried.Newest(ctx, pr.Store, "all", store.Position{}, GrantBatch)
		if err != nil {
			return err
		}
		for _, read := range page {
			if !read.Value.Retry.After(pr.Now().Add(maxPutOff)) {
				return nil
			}
			if err := pr.mendGrant(ctx, read.Value.ID); err != nil {
				return err
			}
		}
		if len(page) == 0 {
			return nil
		}
	}
}

func (pr *Provisioning) mendGrant(ctx context.Context, id provision.GrantID) error {
	return pr.Change(ctx, func(c *store.Change) error {
		read, err := records.Grants.Get(ctx, pr.Store, id)
		if err != nil || !read.Value.Retry.After(pr.Now().Add(maxPutOff)) {
			return err
		}
		of, err := records.Requests.Get(ctx, pr.Store, read.Value.Request)
		if err != nil {
			return err
		}
		next, req := read.Value, of.Value
		next.Retry = pr.Now()
		payload := Progress{Next: next}.payload()
		payload.Reason = "the clock of a server was ahead when it was put off"
		pr.Emit(c, event.GrantRetried.With(payload), request.SystemID, &req, records.Grants.Subject(id))
		records.Grants.Update(c, read, next)
		records.Requests.Update(c, of, req)
		return nil
	})
}
