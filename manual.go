package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/provisioning"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// ToDo lists the grants that wait for a person to do something on the platform,
// those first that should be done first. It takes ADMIN or GOVERNANCE.
func (g Grants) ToDo(ctx context.Context, by request.Identity, after store.Position, limit int) ([]provision.Grant, store.Position, error) {
	if err := permit(by, "list what is to be done by hand", request.Admin, request.Governance); err != nil {
		return nil, after, err
	}
	read, err := records.GrantsByHand.Find(ctx, g.e.journal.Store, "all", after, limit)
	return journal.PageOf(read, after, err)
}

// Job returns the work by hand that a grant waits for. The platform is asked for the
// statements; it is no error if it cannot list them. It takes ADMIN or GOVERNANCE, and
// wraps ErrState where nothing is to be done by hand.
func (g Grants) Job(ctx context.Context, by request.Identity, id provision.GrantID) (provision.Job, error) {
	if err := permit(by, "see what is to be done by hand", request.Admin, request.Governance); err != nil {
		return provision.Job{}, err
	}
	read, err := records.Grants.Get(ctx, g.e.journal.Store, id)
	if err != nil {
		return provision.Job{}, err
	}
	job := provision.Job{Grant: read.Value}
	err = g.e.provisioning.MayAttest(ctx, by, job.Grant)
	if job.May = err == nil; err != nil && !errors.Is(err, request.ErrForbidden) {
		return provision.Job{}, err
	}
	req, err := records.Requests.Get(ctx, g.e.journal.Store, job.Grant.Request)
	if err != nil {
		return provision.Job{}, err
	}
	job.Request = req.Value
	live, err := g.e.provisioning.LiveGrants(ctx, job.Grant.Asset.Ref, job.Grant.Principal.Name)
	if err != nil {
		return provision.Job{}, err
	}
	if err := g.e.provisioning.MayGive(ctx, job.Grant); errors.Is(err, store.ErrState) {
		job.Stopped = err.Error()
	} else if err != nil {
		return provision.Job{}, err
	}
	should := job.Grant.Handed(provisioning.ValuesOf(live))
	job.Stands = should.Want
	if job.Plan, err = g.e.provisioning.PlanFor(ctx, should); err != nil {
		job.NoPlan = err.Error()
	}
	return job, nil
}

// Attest records that a person has given or taken the access on the platform, for which
// the grant waits. It takes ADMIN or GOVERNANCE, and is refused to the requester, the
// beneficiary, and the members of a group that is the beneficiary.
func (g Grants) Attest(ctx context.Context, by request.Identity, id provision.GrantID, a provision.Attest) (provision.Grant, error) {
	if err := errors.Join(permit(by, "attest a grant", request.Admin, request.Governance), review.CheckReason(a.Note)); err != nil {
		return provision.Grant{}, err
	}
	if !a.Done && a.Note == "" {
		return provision.Grant{}, &request.InvalidError{What: "attestation", Faults: []request.Fault{{Field: "note", Reason: "is required for what could not be done"}}}
	}
	var next provision.Grant
	err := g.e.journal.Change(ctx, func(c *store.Change) error {
		read, err := records.Grants.Get(ctx, g.e.journal.Store, id)
		if err != nil {
			return err
		}
		if err := g.e.provisioning.MayAttest(ctx, by, read.Value); err != nil {
			return err
		}
		if taking := a.State == provision.Revoking; a.State != "" && taking != (read.Value.State == provision.Revoking) {
			return fmt.Errorf("%w: grant %s was %s when it was seen, it is %s now", store.ErrState, id, a.State, read.Value.State)
		}
		if a.Done && read.Value.Wanted() {
			if err := g.e.rules.UnlessGrantPrevented(ctx, read.Value); err != nil {
				return err
			}
		}
		if err := g.e.provisioning.MayGive(ctx, read.Value); a.Done && err != nil {
			return err
		}
		live, err := g.e.provisioning.LiveGrants(ctx, read.Value.Asset.Ref, read.Value.Principal.Name)
		if err != nil {
			return err
		}
		attested := []provisioning.Progress{{Was: read, Next: read.Value.Attested(provision.Attestation{By: by.Person(), At: g.e.journal.Now(), Done: a.Done, Note: a.Note}, store.Backoff)}}
		provisioning.ApplyRenewals(attested, provisioning.ValuesOf(live))
		next = attested[0].Next
		if err := errors.Join(g.e.provisioning.Record(ctx, c, by.Person(), attested...), g.e.people.Remember(ctx, c, by)); err != nil {
			return err
		}
		return g.e.provisioning.EndCovered(ctx, c, next, live)
	})
	if err != nil {
		return provision.Grant{}, err
	}
	return next, nil
}

// Answer records the outcome of a call that a service answers later. The token proves
// who answers, and is good once: the same answer may come again, and another is
// ErrState. An answer that comes too late, or that a later call or another decision has
// overtaken, is recorded and not followed: late says why. If access was given by then
// that has ended since, the service is called again.
func (g Grants) Answer(ctx context.Context, token string, o provision.Outcome) (late string, err error) {
	said, err := provisioning.OutcomeDigest(o)
	if err != nil {
		return "", err
	}
	wrong, call := false, provision.Call{}
	err = g.e.journal.Change(ctx, func(c *store.Change) error {
		read, err := g.e.provisioning.FindCall(ctx, token)
		if err != nil {
			return err
		}
		call, wrong = read.Value, !provisioning.MatchesToken(read.Value, token)
		switch {
		case call.Tries >= provisioning.TokenTries:
			return provision.ErrToken
		case wrong:
			call.Tries++
		case !call.Answered.IsZero() && call.Answer != said:
			return fmt.Errorf("%w: the call was answered already, otherwise", store.ErrState)
		case !call.Answered.IsZero():
			return nil
		default:
			call.Answered, call.Answer = g.e.journal.Now(), said
			if call.Late, err = g.e.provisioning.RecordAnswer(ctx, c, call, o); err != nil {
				return err
			}
		}
		records.Calls.Update(c, read, call)
		return nil
	})
	if err == nil && wrong {
		err = provision.ErrToken
	}
	if err != nil {
		return "", err
	}
	g.e.provisioning.WorkOn(ctx, call.Asset)
	return call.Late, nil
}

// Awaits checks that a token is that of a call that waits for an answer. If it is not,
// the error wraps ErrToken, and counts as a try.
func (g Grants) Awaits(ctx context.Context, token string) error {
	wrong := false
	err := g.e.journal.Commit(ctx, func(c *store.Change) error {
		read, err := g.e.provisioning.FindCall(ctx, token)
		if err != nil {
			return err
		}
		call := read.Value
		switch wrong = !provisioning.MatchesToken(call, token); {
		case call.Tries >= provisioning.TokenTries:
			return provision.ErrToken
		case wrong:
			call.Tries++
			records.Calls.Update(c, read, call)
		}
		return nil
	})
	if err == nil && wrong {
		err = provision.ErrToken
	}
	return err
}
