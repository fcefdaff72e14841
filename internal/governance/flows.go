package governance

import (
	"context"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Flows are the review flows.
var Flows = Kind[request.FlowName, review.Flow]{
	File:    manifest.Flows,
	Records: records.Flows,
	Stamp: func(f *review.Flow, version int, by, agreed request.PersonID) {
		f.Version, f.SavedBy, f.AgreedBy = version, by, agreed
	},
	BuiltIn: &review.DefaultFlow,
	Warn: func(ctx context.Context, gov *Governance, f review.Flow) ([]review.Warning, error) {
		return gov.warnOfFlow(ctx, f)
	},
	Check: func(_ context.Context, _ *Governance, f review.Flow) error { return CheckFlow(f) },
	Changed: func(_ context.Context, d *Revision, _, is *review.Flow) ([]store.Subject, error) {
		if is != nil {
			d.flows[is.Name] = *is
		}
		return nil, nil
	},
	Saved: func(f review.Flow) event.Event { return event.FlowSaved.With(flowPayload(f)) },
	Deleted: func(f review.Flow) event.Event {
		return event.FlowDeleted.With(event.Flow{Name: f.Name, Version: f.Version})
	},
}
