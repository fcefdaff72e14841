package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/dossier"
	"github.com/grantwright/grantwright/store"
)

// Try says what several determinations would come to now, each by itself, and counts none:
// in their order, the request as it would be, or why the determination would not count.
func (r Reviews) Try(ctx context.Context, by request.Identity, all []review.Decision) ([]review.Decided, error) {
	return r.each(by, all, func(d review.Decision) (request.Request, error) {
		req, err := r.e.decisions.Try(ctx, by, d.Request, d.Determination)
		return req, r.e.decisions.Alike(ctx, by, d.Request, err)
	})
}

// Briefs says of some requests, such as a page of Engine.Requests, what a list shows beside
// them. Those that somebody may not read are left out.
func (r Reviews) Briefs(ctx context.Context, by request.Identity, all []request.Request) (map[request.ID]dossier.Brief, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	return r.e.desk.Briefs(ctx, by, all)
}

// Waiting counts the requests on which somebody may decide now, and no more than a number.
func (r Reviews) Waiting(ctx context.Context, by request.Identity, most int) (int, error) {
	if err := by.Check(); err != nil || !by.Acts() {
		return 0, err
	}
	return r.e.desk.Waiting(ctx, by, most)
}

// Dossier gathers what surrounds a request: the asset, the beneficiary with their earlier
// requests and what they have from us already, how others were decided, and who may decide.
// It is for its data stewards, GOVERNANCE and AUDIT.
func (r Reviews) Dossier(ctx context.Context, by request.Identity, id request.ID) (dossier.Dossier, []Held, error) {
	ctx = r.e.journal.Act(ctx)
	found, grants, err := r.e.desk.Dossier(ctx, by, id)
	if err = r.e.decisions.Alike(ctx, by, id, err); err != nil {
		return dossier.Dossier{}, nil, err
	}
	return found, heldBy(grants), nil
}

func heldBy(grants []provision.Grant) (all []Held) {
	for _, g := range grants {
		all = append(all, Held{At: g.Asset.Ref, Access: g.Access, Ends: g.Ends})
	}
	return all
}

// Assign asks one of the data stewards of the open stage by name to decide on a request, and
// tells them. Nobody else loses the right to: it gives none, and takes none. A data steward
// of the request may, and GOVERNANCE, where it is not their own request.
func (r Reviews) Assign(ctx context.Context, by request.Identity, id request.ID, person request.PersonID, reason string) (request.Request, error) {
	if err := errors.Join(by.CheckActs("ask somebody to decide"), review.CheckReason(reason)); err != nil {
		return request.Request{}, r.e.decisions.Alike(ctx, by, id, err)
	}
	req, err := r.e.desk.Assign(ctx, by, id, person, reason)
	return req, r.e.decisions.Alike(ctx, by, id, err)
}

// Remind has the data stewards of the open stage reminded, who are told at most once in
// request.RemindEvery: before, the error wraps store.ErrState. The requester may, the
// beneficiary, a data steward of the request, and GOVERNANCE.
func (r Reviews) Remind(ctx context.Context, by request.Identity, id request.ID, reason string) (request.Request, error) {
	if err := errors.Join(by.CheckActs("remind data stewards"), review.CheckReason(reason)); err != nil {
		return request.Request{}, r.e.decisions.Alike(ctx, by, id, err)
	}
	req, err := r.e.desk.Remind(ctx, by, id, reason)
	return req, r.e.decisions.Alike(ctx, by, id, err)
}

// Emergencies lists the requests that were approved at once, the newest first: of one verdict,
// of request.Unreviewed, or all. Whoever has neither GOVERNANCE nor AUDIT sees their own, and
// those that a flow has them watch over: a page may be short. Next is zero on the last.
func (r Reviews) Emergencies(ctx context.Context, by request.Identity, v request.Verdict, after store.Position, limit int) (all []request.Request, next store.Position, err error) {
	if err := by.Check(); err != nil {
		return nil, after, err
	}
	return r.e.decisions.Emergencies.List(ctx, by, v, after, limit)
}

// ReviewEmergency says afterwards whether access that was had at once was justified. GOVERNANCE
// may, and whom the flow names, but nobody whose own request it is. Revoke ends the access.
func (r Reviews) ReviewEmergency(ctx context.Context, by request.Identity, id request.ID, v request.Verdict, note string) (request.Request, error) {
	req, err := r.e.decisions.Emergencies.Review(ctx, by, id, v, note)
	return req, r.e.decisions.Alike(ctx, by, id, err)
}
