package governance

import (
	"cmp"
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Classifications are what governance says of the columns of assets, by the Refs of
// these.
var Classifications = Kind[catalog.Ref, catalog.Classification]{
	File:    manifest.Classifications,
	Records: records.Classifications,
	Now:     records.ClassificationsNow,
	Warn: func(ctx context.Context, gov *Governance, c catalog.Classification) ([]review.Warning, error) {
		return gov.warnOfPlaces(ctx, c.At)
	},
	Stamp: func(c *catalog.Classification, version int, by, agreed request.PersonID) {
		c.Version, c.SavedBy, c.AgreedBy = version, string(by), string(agreed)
	},
	Check: func(ctx context.Context, gov *Governance, c catalog.Classification) error {
		return gov.checkDeclared(ctx, "classification", c.At, c.Faults())
	},
	Holds:   func(c catalog.Classification) []catalog.Ref { return []catalog.Ref{c.At} },
	Changed: tagged,
	Saved: func(c catalog.Classification) event.Event {
		return event.ColumnsClassified.With(event.Mask{Version: c.Version, At: c.At})
	},
	Deleted: func(c catalog.Classification) event.Event {
		return event.ColumnsClassified.With(event.Mask{At: c.At})
	},
}

// tagged has masks and guardrails looked at, which may read the tags that have changed.
func tagged(ctx context.Context, d *Revision, was, is *catalog.Classification) ([]store.Subject, error) {
	at := cmp.Or(is, was).At
	d.masked = append(d.masked, at)
	guarded, err := d.governance.Rules.IsGuarded(ctx, catalog.Ref(at.Connection()))
	if guarded {
		d.guarded = append(d.guarded, at)
	}
	return nil, err
}
