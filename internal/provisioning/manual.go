package provisioning

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// endCovered ends the grants whose access another grant gives now: nothing is to be
// taken away for them, because that would take it from the other.
func (pr *Provisioning) endCovered(ctx context.Context, c *store.Change, given provision.Grant, live []store.Stored[provision.Grant]) error {
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

// mayGive refuses to attest that a grant was given by hand while it may not be
// given.
func (pr *Provisioning) mayGive(ctx context.Context, grant provision.Grant) error {
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

// mayAttest refuses to attest grants that wait for nobody, and people whom the
// request concerns.
func (pr *Provisioning) mayAttest(ctx context.Context, by request.Identity, grant provision.Grant) error {
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

// Job is the work by hand that a grant waits for, with the statements for it where the
// platform can list them.
func (pr *Provisioning) Job(ctx context.Context, by request.Identity, id provision.GrantID) (provision.Job, error) {
	read, err := records.Grants.Get(ctx, pr.Store, id)
	if err != nil {
		return provision.Job{}, err
	}
	job := provision.Job{Grant: read.Value}
	err = pr.mayAttest(ctx, by, job.Grant)
	if job.May = err == nil; err != nil && !errors.Is(err, request.ErrForbidden) {
		return provision.Job{}, err
	}
	req, err := records.Requests.Get(ctx, pr.Store, job.Grant.Request)
	if err != nil {
		return provision.Job{}, err
	}
	job.Request = req.Value
	live, err := pr.LiveGrants(ctx, job.Grant.Asset.Ref, job.Grant.Principal.Name)
	if err != nil {
		return provision.Job{}, err
	}
	if err := pr.mayGive(ctx, job.Grant); errors.Is(err, store.ErrState) {
		job.Stopped = err.Error()
	} else if err != nil {
		return provision.Job{}, err
	}
	should := job.Grant.Handed(ValuesOf(live))
	job.Stands = should.Want
	if job.Masks, err = pr.Rules.MasksFor(ctx, job.Grant.Asset.Ref, job.Grant.Asset.Kind, job.Grant.Access); err != nil {
		return provision.Job{}, err
	}
	if job.Plan, err = pr.PlanFor(ctx, should); err != nil {
		job.NoPlan = err.Error()
	}
	return job, nil
}

// Attest records that a person has given or taken the access for which a grant waits.
func (pr *Provisioning) Attest(ctx context.Context, by request.Identity, id provision.GrantID, a provision.Attest) (provision.Grant, error) {
	var next provision.Grant
	err := pr.Change(ctx, func(c *store.Change) error {
		read, err := records.Grants.Get(ctx, pr.Store, id)
		if err != nil {
			return err
		}
		if err := pr.mayAttest(ctx, by, read.Value); err != nil {
			return err
		}
		if taking := a.State == provision.Revoking; a.State != "" && taking != (read.Value.State == provision.Revoking) {
			return fmt.Errorf("%w: grant %s was %s when it was seen, it is %s now", store.ErrState, id, a.State, read.Value.State)
		}
		if a.Done && read.Value.Wanted() {
			if err := pr.Rules.UnlessGrantPrevented(ctx, read.Value); err != nil {
				return err
			}
		}
		if err := pr.mayGive(ctx, read.Value); a.Done && err != nil {
			return err
		}
		live, err := pr.LiveGrants(ctx, read.Value.Asset.Ref, read.Value.Principal.Name)
		if err != nil {
			return err
		}
		attested := []Progress{{Was: read, Next: read.Value.Attested(provision.Attestation{By: by.Person(), At: pr.Now(), Done: a.Done, Note: a.Note}, store.Backoff)}}
		ApplyRenewals(attested, ValuesOf(live))
		next = attested[0].Next
		if err := errors.Join(pr.Record(ctx, c, by.Person(), attested...), pr.People.Remember(ctx, c, by)); err != nil {
			return err
		}
		return pr.endCovered(ctx, c, next, live)
	})
	if err != nil {
		return provision.Grant{}, err
	}
	return next, nil
}
