package drift

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// enforce ends the grants of the connection that guardrails prevent by now, however
// they were given. It needs no platform that answers: access is taken away as soon
// as that is possible. A grant that cannot be checked holds up no other.
func (r *reconciliation) enforce(ctx context.Context) error {
	root := catalog.Ref(r.on.Value.Name)
	if guarded, err := r.drift.Rules.IsGuarded(ctx, root); err != nil || !guarded {
		return err
	}
	var first error
	for after := (store.Position{}); ; {
		page, err := records.LiveOnConnection.Find(ctx, r.drift.Store, r.on.Value.Name, after, store.MaxPage)
		if err != nil {
			return err
		}
		within, checker := r.drift.beginCheck(ctx, page), r.drift.Rules.GuardrailChecker()
		for _, g := range page {
			after = g.At
			err := r.enforceOne(within, checker, g.Value, nil)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil && first == nil {
				first = fmt.Errorf("grantwright: checking the guardrails of grant %s: %w", g.Value.ID, err)
			}
		}
		if len(page) < store.MaxPage {
			return first
		}
	}
}

// beginCheck begins an act for a page of grants, and reads at once the requests and the
// people that their guardrails look at.
func (d *Drift) beginCheck(ctx context.Context, page []store.Stored[provision.Grant]) context.Context {
	ctx = snapshot.Begin(snapshot.Leave(ctx))
	ids := make([]request.ID, len(page))
	for i, g := range page {
		ids[i] = g.Value.Request
	}
	requests, err := records.Requests.Some(ctx, d.Store, ids...)
	if err != nil {
		return ctx // they are read one by one, and the error is that of their grants
	}
	var who []request.PersonID
	for _, r := range requests {
		who = append(who, r.Value.Requester, r.Value.Beneficiary)
	}
	return d.Act(ctx, d.People.Keys(who...)...)
}

// enforceReach ends the grants on an asset that guardrails prevent by what the platform says
// is opened with it, and no sync has seen.
func (r *reconciliation) enforceReach(ctx context.Context, ref catalog.Ref, more provision.Reach) error {
	root := catalog.Ref(r.on.Value.Name)
	if guarded, err := r.drift.Rules.IsGuarded(ctx, root); err != nil || !guarded || len(more) == 0 {
		return err
	}
	for after := (store.Position{}); ; {
		page, err := records.LiveGrants.Find(ctx, r.drift.Store, ref, after, store.MaxPage)
		if err != nil {
			return err
		}
		within, checker := r.drift.beginCheck(ctx, page), r.drift.Rules.GuardrailChecker()
		for _, g := range page {
			after = g.At
			if err := r.enforceOne(within, checker, g.Value, more); err != nil {
				return err
			}
		}
		if len(page) < store.MaxPage {
			return nil
		}
	}
}

// enforceOne ends a grant, if guardrails prevent it. Where they read what is not known, that
// is found, and the grant goes on.
func (r *reconciliation) enforceOne(ctx context.Context, checker *rulebook.GuardrailChecker, g provision.Grant, reach provision.Reach) error {
	if !g.Wanted() && g.State != provision.Suspended {
		return nil
	}
	found, err := checker.PreventedGrant(ctx, g, reach)
	if err != nil || len(found) == 0 {
		return err
	}
	known := review.Known(found)
	why := review.PreventedBy(known)
	if len(known) == 0 {
		why = review.PreventedBy(found) // it is found, and nothing ends
	}
	ends := len(known) > 0 && !r.how.DryRun
	r.find(provision.Finding{Kind: provision.FoundPrevented, Asset: g.Asset.Ref, Principal: g.Principal.Name, Grant: g.ID, Access: []provision.Access{g.Access}, Detail: why, Mended: ends})
	if !ends {
		return nil
	}
	return r.drift.endPrevented(snapshot.Leave(ctx), g.ID, rulebook.PreventedPublicly(known))
}

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
		d.Provisioning.ApplySoon(ctx, req)
	}
	return err
}
