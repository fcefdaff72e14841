package rulebook

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/review"
)

// FaultOfReach says why a grant is not given with what is opened with its asset now: nil
// where it is, a *review.PreventedError where a guardrail prevents it, and reached, with
// what asks for it, where somebody has to look: others decide about it, or a rule decided
// that reads facts of what is covered, and was not asked about it. A guardrail that reads what
// is not known gives nothing, and takes nothing that may stand: see BeforeGiving.
func (r *Rulebook) FaultOfReach(ctx context.Context, checker *GuardrailChecker, g provision.Grant, reached *provision.ReachedError) (fault, err error) {
	prevented, err := checker.PreventedGrant(ctx, g, reached.Reach)
	if unsure := len(review.Known(prevented)) == 0; err != nil || len(prevented) > 0 && (!unsure || !mayStand(g)) {
		return &review.PreventedError{Preventions: prevented}, err
	}
	req, err := records.Requests.Get(ctx, r.Store, g.Request)
	if err != nil {
		return nil, err
	}
	asset, err := r.Inventory.Asset(ctx, g.Asset.Ref)
	if errors.Is(err, catalog.ErrNotFound) {
		asset, err = catalog.Asset{Ref: g.Asset.Ref, Kind: g.Asset.Kind}, nil
	}
	if err != nil {
		return nil, err
	}
	more := reached.Reach.Beyond(catalog.Join(asset.Through, req.Value.Read))
	asset.Through = reached.Reach
	strict, err := r.StrictParts(ctx, asset, false)
	strict = slices.DeleteFunc(strict, func(ref catalog.Ref) bool { return slices.Contains(req.Value.Parts, ref) })
	if err != nil || len(strict) > 0 {
		return &provision.ReachedError{What: reached.What, Reach: reached.Reach, Asks: strict}, err
	}
	if len(more) == 0 {
		return nil, nil
	}
	asked, err := r.decidedByRule(ctx, g)
	if err != nil || !asked {
		return nil, err
	}
	var asks []catalog.Ref
	for _, t := range more {
		asks = append(asks, t.Ref)
	}
	return &provision.ReachedError{What: reached.What, Reach: reached.Reach, Asks: asks}, nil
}

// decidedByRule reports whether a rule that reads facts of what is covered approved a grant,
// and nobody looked at it.
func (r *Rulebook) decidedByRule(ctx context.Context, g provision.Grant) (bool, error) {
	rev, err := records.Reviews.Get(ctx, r.Store, g.Request)
	if err != nil || len(rev.Value.Determinations) > 0 {
		return false, err
	}
	policies, err := r.pinned(ctx, rev.Value)
	return review.ReadOfCovered(policies...).Any(), err
}

// pinned are the policies under which a review was opened.
func (r *Rulebook) pinned(ctx context.Context, rev review.Review) ([]*review.Policy, error) {
	var policies []*review.Policy
	for _, v := range rev.Pinned {
		p, err := r.Policy(ctx, v)
		if err != nil {
			return nil, err
		}
		policies = append(policies, p)
	}
	return policies, nil
}
