package drift

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// CheckClaims lists the faults of claims that show without the records.
func CheckClaims(by request.Identity, claims []provision.Claim) error {
	var faults []request.Fault
	for i, c := range claims {
		fault := func(field, reason string) {
			faults = append(faults, request.Fault{Field: fmt.Sprintf("claims[%d].%s", i, field), Reason: reason})
		}
		if _, err := catalog.ParseRef(string(c.Asset)); err != nil {
			fault("asset", err.Error())
		}
		if c.Principal == "" {
			fault("principal", "is missing: who has the access on the platform")
		}
		switch {
		case c.Owner == "":
			fault("owner", "is missing: whose access it is")
		case c.Owner == by.Person():
			fault("owner", "must be someone else: nobody claims for themselves")
		}
		if err := c.Duration.Check(); err != nil || c.Duration.IsZero() || c.Duration == request.Endless {
			fault("duration", "must be a count and a unit, such as 90 DAYS: what is claimed has an end")
		}
		if err := review.CheckReason(c.Reason); err != nil || c.Reason == "" {
			fault("reason", fmt.Sprintf("must be given, in at most %d bytes of text", review.MaxCommentBytes))
		}
	}
	if len(faults) > 0 {
		return &request.InvalidError{What: "claims", Faults: faults}
	}
	return nil
}

// ClaimRun makes one claim.
type ClaimRun struct {
	Drift  *Drift
	By     request.Identity
	Result provision.Claimed
	draft  decisions.Draft
}

// Do makes the claim, or says in a dry run whether it could be made.
func (c *ClaimRun) Do(ctx context.Context, dryRun bool) error {
	if err := c.find(ctx); err != nil {
		return err
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	if c.Result.TakeOver {
		if err := c.mayTakeOver(ctx); err != nil {
			return err
		}
	}
	if dryRun {
		plan, err := c.Drift.Provisioning.Plan(ctx, c.draft.Request)
		if err == nil {
			c.Result.Plan = &plan
		}
		return errors.Join(err, plan.Err)
	}
	if !c.Result.Already {
		if err := c.Drift.Change(ctx, func(change *store.Change) error { return c.commit(ctx, change) }); err != nil {
			return err
		}
	}
	c.takeOver(ctx)
	return nil
}

// find looks for the access on the platform, as it stands now.
func (c *ClaimRun) find(ctx context.Context) error {
	all, err := c.Drift.Survey(ctx, c.Result.Asset)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(f provision.Foreign) bool {
		return f.Asset.Ref != c.Result.Asset || f.Principal.Name != c.Result.Principal || c.Result.By != "" && f.By != c.Result.By
	})
	switch len(all) {
	case 0:
		return fmt.Errorf("%w: nobody else has given %q access to %s", store.ErrNotFound, c.Result.Principal, c.Result.Asset)
	case 1:
		c.Result.Found = &all[0]
	default:
		return fmt.Errorf("%w: there are %d accesses of %q to %s; say by whom, and have others put together what one has given in parts", store.ErrState, len(all), c.Result.Principal, c.Result.Asset)
	}
	if c.Result.Found.Access.Privilege == "" {
		return fmt.Errorf("%w: what %q has, %v, %s", store.ErrState, c.Result.Principal, c.Result.Found.Rights, c.Result.Found.Remark)
	}
	return nil
}

// prepare makes the request of the owner that governance approves by claiming.
func (c *ClaimRun) prepare(ctx context.Context) error {
	owner, err := c.Drift.People.Person(ctx, c.Result.Owner, request.Identity{})
	if err != nil {
		return err
	}
	found := c.Result.Found
	d, _, err := c.Drift.Decisions.BeginDraft(ctx, owner, request.Submission{Asset: c.Result.Asset, Beneficiary: c.Result.Owner, Privilege: found.Access.Privilege, Columns: found.Access.Columns})
	if err != nil {
		return err
	}
	d.Request.Form, d.Request.Agreements, d.Request.Duration = request.DefaultForm.Of(), nil, c.Result.Duration
	d.Request.Answers = request.Answers{"purpose": {c.Result.Reason}, "duration": {c.Result.Duration.String()}}
	d.Facts = review.NewFacts(d.Request, request.DefaultForm, d.Asset, owner, owner, d.Request.Submitted)
	if err := c.Drift.Decisions.Identify(ctx, &d, owner); err != nil {
		return err
	}
	switch is := d.Request.Principal; {
	case is.Name != found.Principal.Name || is.ID != "" && found.Principal.ID != "" && is.ID != found.Principal.ID:
		return fmt.Errorf("%w: %s is principal %q on connection %s, and %q has the access", store.ErrState, c.Result.Owner, is.Name, c.Result.Asset.Connection(), found.Principal.Name)
	case d.Asset.ID != found.Asset.ID:
		return fmt.Errorf("%w: %s is another object than the last sync has seen; sync the connection first", store.ErrState, c.Result.Asset)
	}
	prevented, err := c.Drift.Rules.GuardrailChecker().Prevented(ctx, c.By, d.Request)
	if err == nil && len(prevented) > 0 {
		err = &review.PreventedError{Preventions: prevented}
	}
	c.draft = d
	return errors.Join(err, c.lookForOurs(ctx))
}

// lookForOurs finds a grant of ours for the same access.
func (c *ClaimRun) lookForOurs(ctx context.Context) error {
	live, err := c.Drift.Provisioning.LiveGrants(ctx, c.Result.Asset, c.draft.Request.Principal.Name)
	for _, g := range live {
		if g.Value.Wanted() && g.Value.Access.Equal(provision.AccessOf(c.draft.Request, c.draft.Request.Privilege, c.draft.Request.Columns)) {
			c.Result.Already, c.Result.Request = true, g.Value.Request
		}
	}
	return err
}

// commit records the request, its review, which governance has decided, and the
// grant.
func (c *ClaimRun) commit(ctx context.Context, change *store.Change) error {
	req := c.draft.Request
	policy, err := c.Drift.Rules.Policy(ctx, review.DefaultFlow.Of())
	if err != nil {
		return err
	}
	rev, err := review.Open(ctx, c.draft.Facts, policy)
	if err != nil {
		return err
	}
	matches, err := policy.Matches(ctx, rev, c.draft.Facts, c.By)
	if err != nil {
		return err
	}
	rev.Request, req.Status = req.ID, request.Pending
	if rev, err = rev.Determine(review.Determination{By: c.By.Person(), At: c.Drift.Now(), Act: review.Approve, Reason: c.Result.Reason, Matches: matches}); err != nil {
		return err
	}
	if err := errors.Join(c.Drift.Platforms.Claim(ctx, change, c.By.Person(), &req), c.Drift.People.Remember(ctx, change, c.By)); err != nil {
		return err
	}
	about := []store.Subject{records.Reviews.Subject(req.ID), records.PrincipalClaims.Subject(records.ClaimKey(req.Asset.Connection(), req.Principal.Name))}
	c.Drift.Emit(change, event.RequestCreated.With(event.CreatedOf(req)), c.By.Person(), &req, about...)
	c.Drift.Emit(change, event.AccessClaimed.With(c.payload()), c.By.Person(), &req, about...)
	records.Reviews.Insert(change, rev)
	if err := c.Drift.Decisions.Decide(ctx, change, c.By.Person(), &req, rev, c.draft.Asset, c.draft.How, event.Determined{Status: rev.Status, Act: string(review.Approve), Reason: c.Result.Reason}); err != nil {
		return err
	}
	records.Requests.Insert(change, req)
	c.Result.Request = req.ID
	return nil
}

// payload is the payload of the events about the access that is claimed.
func (c *ClaimRun) payload() event.Claim {
	return event.Claim{By: c.Result.Found.By, Rights: c.Result.Found.Rights, Reason: c.Result.Reason}
}

// mayTakeOver refuses a claim that takes over where the platform cannot take away the
// access that others gave.
func (c *ClaimRun) mayTakeOver(ctx context.Context) error {
	_, err := c.taker(ctx)
	if err == nil && !c.Result.Found.Takes {
		err = c.untaken()
	}
	return err
}

func (c *ClaimRun) untaken() error {
	return fmt.Errorf("%w: connection %s does not take away what %q gave, who can: %s", provision.ErrNoPlatform, c.Result.Asset.Connection(), c.Result.Found.By, provision.Script(c.Result.Found.Undo))
}

func (c *ClaimRun) taker(ctx context.Context) (provision.Taker, error) {
	p, err := c.Drift.Platforms.Provisioner(ctx, c.Result.Asset.Connection())
	if err != nil {
		return nil, err
	}
	taker, is := p.(provision.Taker)
	if !is {
		return nil, c.untaken()
	}
	return taker, nil
}

// takeOver takes away the access that others gave, if the claim asks for that. It waits
// until our own grant works, so that nobody loses access that they may keep.
func (c *ClaimRun) takeOver(ctx context.Context) {
	c.Drift.Provisioning.ApplySoon(ctx, request.Request{Asset: c.Result.Asset, Status: request.Approved})
	if !c.Result.TakeOver {
		return
	}
	if err := c.takeOverNow(ctx); err != nil {
		c.Result.Left = err.Error()
	}
}

// takeOverNow waits for our grant, and then takes the access of others away.
func (c *ClaimRun) takeOverNow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.Drift.Timeout)
	defer cancel()
	req, err := records.Requests.Get(ctx, c.Drift.Store, c.Result.Request)
	if err != nil {
		return err
	}
	grant, err := c.Drift.Provisioning.WaitForGrant(ctx, req.Value)
	if err != nil {
		return err
	}
	if grant.State != provision.Active {
		return fmt.Errorf("%w: our grant is %s, and what others gave stays until it works: %s", store.ErrState, grant.State, grant.Error)
	}
	taker, err := c.taker(ctx)
	if err != nil {
		return err
	}
	outcomes := taker.Take(ctx, []provision.Foreign{*c.Result.Found})
	if len(outcomes) != 1 {
		return c.Drift.Platforms.Unreachable(c.Result.Asset.Connection(), fmt.Errorf("the provisioner answered %d of 1", len(outcomes)))
	}
	if err := outcomes[0].Err; err != nil {
		return c.Drift.Platforms.Unreachable(c.Result.Asset.Connection(), err)
	}
	c.Result.Taken = true
	return c.emitTaken(ctx, grant.ID)
}

// emitTaken emits the event that the access of others was taken away.
func (c *ClaimRun) emitTaken(ctx context.Context, id provision.GrantID) error {
	return c.Drift.Change(ctx, func(change *store.Change) error {
		read, err := records.Requests.Get(ctx, c.Drift.Store, c.Result.Request)
		if err != nil {
			return err
		}
		req := read.Value
		c.Drift.Emit(change, event.AccessTaken.With(c.payload()), c.By.Person(), &req, records.Grants.Subject(id))
		records.Requests.Update(change, read, req)
		return nil
	})
}
