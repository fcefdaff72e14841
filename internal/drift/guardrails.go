package drift

import (
	"context"

	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// endPrevented ends a grant for good because guardrails prevent it.
func (d *Drift) endPrevented(ctx context.Context, id provision.GrantID, why string) error {
	var req request.Request
	err := d.Change(ctx, func(c *store.Change) error {
		read, err := records.Grants.Get(ctx, d.Store, id)
		if err != nil || read.Value.Ending != "" {
			return err
		}
		next := read.Value.Prevent(why)
		req = request.Request{ID: next.Request, Asset: next.Asset.Ref, Status: request.Revoked}
		return d.Provisioning.Record(ctx, c, request.SystemID, provisioning.Progress{Was: read, Next: next})
	})
	if err == nil && req.ID != "" {
		d.Provisioning.ApplySoon(req)
	}
	return err
}
