package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Attach sets the form and the flow at an asset, a container or a connection, for
// one type of request and everything below, until something nearer overrides it.
// An attachment without a form and a flow takes away what was set. One that would
// have no effect is refused. Requests that are open are not touched. It takes
// GOVERNANCE.
func (g Governance) Attach(ctx context.Context, by request.Identity, a request.Attachment) error {
	if err := permit(by, "attach a form or a flow", request.Governance); err != nil {
		return err
	}
	return g.e.governance.Alter(ctx, by, &governance.Attaching{Governance: g.e.governance, Attachment: a})
}

// Attached lists what is attached for one type of request, in the order of the
// places, from the one after a given place, at most limit of them. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Attached(ctx context.Context, by request.Identity, t request.Type, after catalog.Ref, limit int) ([]request.Attachment, error) {
	if err := permit(by, "list what is attached", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	if limit <= 0 || limit > store.MaxPage {
		limit = store.MaxPage
	}
	read, err := journal.Values(records.Attachments.All(ctx, g.e.journal.Store, request.Attachment{At: after, Type: t}.Key(), limit))
	for i, a := range read {
		if a.Type != t {
			return read[:i], err
		}
	}
	return read, err
}
