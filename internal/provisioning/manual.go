package provisioning

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// EndCovered ends the grants whose access another grant gives now: nothing is to be
// taken away for them, because that would take it from the other.
func (pr *Provisioning) EndCovered(ctx context.Context, c *store.Change, given provision.Grant, live []store.Stored[provision.Grant]) error {
	var covered []Progress
	for _, other := range live {
		if other.Value.Covered([]provision.Grant{given}) && len(covered) < GrantBatch {
			covered = append(covered, Progress{Was: other, Next: other.Value.Applied(provision.Outcome{}, pr.Now(), store.Backoff)})
		}
	}
	return pr.Record(ctx, c, request.SystemID, covered...)
}

// handOver assigns to people the task that a grant by hand needs, and reminds them
// when it is late. Where another grant gives the same access there is nothing to
// take.
func (pr *Provisioning) handOver(ctx context.Context, g provision.Grant) (provision.Grant, error) {
	if !g.ByHand() {
		return g, nil
	}
	if g.State == provision.Revoking {
		live, err := pr.LiveGrants(ctx, g.Asset.Ref, g.Principal.Name)
		if err != nil {
			return g, err
		}
		if g.Covered(ValuesOf(live)) {
			return g.Applied(provision.Outcome{}, pr.Now(), store.Backoff), nil
		}
	}
	return g.Assign(pr.Now(), pr.GiveWithin, pr.TakeWithin).Remind(pr.Now()), nil
}

// MayGive refuses to attest that a grant was given by hand while it may not be
// given.
func (pr *Provisioning) MayGive(ctx context.Context, grant provision.Grant) error {
	if !grant.Wanted() {
		return nil
	}
	err := errors.Join(pr.People.CheckFrozen(ctx, grant.Asset.Ref.Connection()), pr.People.CheckBeneficiary(ctx, grant.Beneficiary))
	if err != nil && (errors.As(err, new(*people.FrozenError)) || errors.As(err, new(*request.InvalidError))) {
		return fmt.Errorf("%w: %v; if it was given already, take it away again", store.ErrState, err)
	}
	if err != nil {
		return err
	}
	found, err := pr.Rules.GuardrailChecker().PreventedGrant(ctx, grant, nil)
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("%w: %s; if it was given already, take it away again", store.ErrState, review.PreventedBy(found))
	}
	return err
}

// MayAttest refuses to attest grants that wait for nobody, and people whom the
// request concerns.
func (pr *Provisioning) MayAttest(ctx context.Context, by request.Identity, grant provision.Grant) error {
	if !grant.ByHand() {
		return fmt.Errorf("%w: grant %s is %s, done %s: nothing is to be done by hand", store.ErrState, grant.ID, grant.State, grant.How)
	}
	req, rev, err := pr.UnderReview(ctx, grant.Request)
	if err != nil {
		return err
	}
	return checkOther(by, req.Value, rev.Value, "attest this grant")
}

// checkOther refuses an act to whomever a request concerns, by themselves or by a group.
func checkOther(by request.Identity, req request.Request, rev review.Review, act string) error {
	if !req.Concerns(by.Person()) && !rev.Bars(by) && (req.For != request.Group || !by.IsMember(req.Beneficiary)) {
		return nil
	}
	return &request.ForbiddenError{Person: by.Person(), Act: act, Needs: "someone other than its requester and beneficiary, and than members of a group that has it"}
}
