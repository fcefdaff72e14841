package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Report tells governance that a link leads to nothing: that an asset wants
// registering. Nobody can approve it. When the asset appears, whoever reported it
// is told. The same again returns the first report; at most request.MaxWanted of a
// person are open at once, and the error is a *LimitError then. A link that leads
// somewhere is refused with ErrState.
func (a Assets) Report(ctx context.Context, by request.Identity, link catalog.Link) (request.Wanted, error) {
	return a.e.inventory.Report(ctx, by, link)
}

// Wanted lists what people have looked for in vain, by its status, those first
// that have waited longest, from a position on. It takes GOVERNANCE, ADMIN or
// AUDIT.
func (g Governance) Wanted(ctx context.Context, by request.Identity, s request.WantedStatus, after store.Position, limit int) ([]request.Wanted, store.Position, error) {
	if err := permit(by, "list what is wanted", request.Governance, request.Admin, request.Audit); err != nil {
		return nil, after, err
	}
	if s == "" {
		s = request.StillWanted
	}
	read, err := records.WantedByStatus.Find(ctx, g.e.journal.Store, s, after, limit)
	return journal.PageOf(read, after, err)
}

// Dismiss says that a wanted asset will not be there, and why. Whoever reported it
// is told. It takes GOVERNANCE or ADMIN.
func (g Governance) Dismiss(ctx context.Context, by request.Identity, id request.WantedID, reason string) (request.Wanted, error) {
	if err := errors.Join(permit(by, "dismiss what is wanted", request.Governance, request.Admin), review.CheckReason(reason)); err != nil {
		return request.Wanted{}, err
	}
	return g.e.inventory.EndWanted(ctx, id, by.Person(), event.AssetDismissed, func(w request.Wanted) request.Wanted {
		w.Status, w.Reason = request.Dismissed, reason
		return w
	})
}
