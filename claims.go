package grantwright

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// MaxClaims bounds what is claimed at once.
const MaxClaims = 50

// Claim makes access that others gave a grant of ours: the platform then holds the
// same access through us too, and ours ends at its end. What others gave stays as it
// was beside it, unless TakeOver says otherwise.
type Claim struct {
	Asset     catalog.Ref      `json:"asset"`
	Principal string           `json:"principal"`    // who has it on the platform
	By        string           `json:"by,omitempty"` // who gave it; empty if only one did
	Owner     request.PersonID `json:"owner"`        // whose it is from then on: the person, group or service that is the principal
	Duration  request.Duration `json:"duration"`     // from now; ENDLESS is refused
	Reason    string           `json:"reason"`       // why they should keep it

	// TakeOver has what others gave taken away once ours works, where the platform lets
	// us: then the end of the grant is the end of the access.
	TakeOver bool `json:"takeOver,omitempty"`
}

// Claimed is what came of a claim, or would.
type Claimed struct {
	Claim
	Trouble string             `json:"trouble,omitempty"` // why it cannot be claimed; then nothing was done
	Found   *provision.Foreign `json:"found,omitempty"`   // the access as it stands
	Plan    *provision.Plan    `json:"plan,omitempty"`    // of a dry run: what the platform would run for our grant
	Request request.ID         `json:"request,omitempty"` // of the grant
	Already bool               `json:"already,omitempty"` // there was a grant of ours for just this; no other was made
	Taken   bool               `json:"taken,omitempty"`   // what others gave is gone from the platform: it was read back
	Left    string             `json:"left,omitempty"`    // why it is not, where it was to be taken over
}

// Claim makes chosen access of others grants of ours, each by itself: with an owner
// and an end, and as if governance had approved a request of its owner. Guardrails
// hold for it. A dry run changes nothing, and says what would be done. The same claim
// again makes no second grant, and takes over what is left to. It takes GOVERNANCE,
// and nobody claims for themselves.
func (a Access) Claim(ctx context.Context, by request.Identity, claims []Claim, dryRun bool) ([]Claimed, error) {
	if err := permit(by, "claim access that others gave", request.Governance); err != nil {
		return nil, err
	}
	if len(claims) < 1 || len(claims) > MaxClaims {
		return nil, &request.InvalidError{What: "claims", Faults: []request.Fault{{Field: "claims", Reason: fmt.Sprintf("are %d, must be 1 to %d", len(claims), MaxClaims)}}}
	}
	if err := checkClaims(by, claims); err != nil {
		return nil, err
	}
	all := make([]Claimed, len(claims))
	for i, claim := range claims {
		c := claiming{e: a.e, by: by, result: Claimed{Claim: claim}}
		if err := c.do(ctx, dryRun); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			c.result.Trouble = err.Error()
		}
		all[i] = c.result
	}
	return all, nil
}

// checkClaims says everything that is wrong with claims by themselves.
func checkClaims(by request.Identity, claims []Claim) error {
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
		if err := checkReason(c.Reason); err != nil || c.Reason == "" {
			fault("reason", fmt.Sprintf("must be given, in at most %d bytes of text", MaxReasonBytes))
		}
	}
	if len(faults) > 0 {
		return &request.InvalidError{What: "claims", Faults: faults}
	}
	return nil
}

// claiming is one claim that goes on.
type claiming struct {
	e      *Engine
	by     request.Identity
	result Claimed
	draft  draft
}

func (c *claiming) do(ctx context.Context, dryRun bool) error {
	if err := c.find(ctx); err != nil {
		return err
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	if c.result.TakeOver {
		if err := c.mayTakeOver(ctx); err != nil {
			return err
		}
	}
	if dryRun {
		plan, err := c.e.Grants().plan(ctx, c.draft.request)
		if err == nil {
			c.result.Plan = &plan
		}
		return errors.Join(err, plan.Err)
	}
	if !c.result.Already {
		if err := c.e.change(ctx, func(change *store.Change) error { return c.commit(ctx, change) }); err != nil {
			return err
		}
	}
	c.takeOver(ctx)
	return nil
}

// find looks for the access on the platform, as it stands now.
func (c *claiming) find(ctx context.Context) error {
	all, err := c.e.survey(ctx, c.result.Asset)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(f provision.Foreign) bool {
		return f.Asset.Ref != c.result.Asset || f.Principal.Name != c.result.Principal || c.result.By != "" && f.By != c.result.By
	})
	switch len(all) {
	case 0:
		return fmt.Errorf("%w: nobody else has given %q access to %s", store.ErrNotFound, c.result.Principal, c.result.Asset)
	case 1:
		c.result.Found = &all[0]
	default:
		return fmt.Errorf("%w: there are %d accesses of %q to %s; say by whom, and have others put together what one has given in parts", ErrState, len(all), c.result.Principal, c.result.Asset)
	}
	if c.result.Found.Access.Privilege == "" {
		return fmt.Errorf("%w: what %q has, %v, %s", ErrState, c.result.Principal, c.result.Found.Rights, c.result.Found.Remark)
	}
	return nil
}

// prepare makes the request of the owner that governance approves by claiming.
func (c *claiming) prepare(ctx context.Context) error {
	owner, err := c.e.person(ctx, c.result.Owner, request.Identity{})
	if err != nil {
		return err
	}
	found := c.result.Found
	d, _, err := c.e.begin(ctx, owner, Submission{Asset: c.result.Asset, Beneficiary: c.result.Owner, Privilege: found.Access.Privilege, Columns: found.Access.Columns})
	if err != nil {
		return err
	}
	d.request.Form, d.request.Agreements, d.request.Duration = request.DefaultForm.Of(), nil, c.result.Duration
	d.request.Answers = request.Answers{"purpose": {c.result.Reason}, "duration": {c.result.Duration.String()}}
	d.facts = review.NewFacts(d.request, request.DefaultForm, d.asset, owner, owner, d.request.Submitted)
	if err := c.e.identify(ctx, &d, owner); err != nil {
		return err
	}
	switch is := d.request.Principal; {
	case is.Name != found.Principal.Name || is.ID != "" && found.Principal.ID != "" && is.ID != found.Principal.ID:
		return fmt.Errorf("%w: %s is principal %q on connection %s, and %q has the access", ErrState, c.result.Owner, is.Name, c.result.Asset.Connection(), found.Principal.Name)
	case d.asset.ID != found.Asset.ID:
		return fmt.Errorf("%w: %s is another object than the last sync has seen; sync the connection first", ErrState, c.result.Asset)
	}
	prevented, err := c.e.guarding().prevented(ctx, c.by, d.request)
	if err == nil && len(prevented) > 0 {
		err = &PreventedError{prevented}
	}
	c.draft = d
	return errors.Join(err, c.lookForOurs(ctx))
}

// lookForOurs finds a grant of ours for the same access.
func (c *claiming) lookForOurs(ctx context.Context) error {
	live, err := c.e.liveGrants(ctx, c.result.Asset, c.draft.request.Principal.Name)
	for _, g := range live {
		if g.Value.Wanted() && g.Value.Access.Equal(provision.Access{Privilege: c.draft.request.Privilege, Columns: c.draft.request.Columns}) {
			c.result.Already, c.result.Request = true, g.Value.Request
		}
	}
	return err
}

// commit records the request, its review, which governance has decided, and the
// grant.
func (c *claiming) commit(ctx context.Context, change *store.Change) error {
	req := c.draft.request
	policy, err := c.e.policy(ctx, review.DefaultFlow.Of())
	if err != nil {
		return err
	}
	rev, err := review.Open(ctx, c.draft.facts, policy)
	if err != nil {
		return err
	}
	matches, err := policy.Matches(ctx, rev, c.draft.facts, c.by)
	if err != nil {
		return err
	}
	rev.Request, req.Status = req.ID, request.Pending
	if rev, err = rev.Determine(review.Determination{By: c.by.Person(), At: c.e.now(), Act: review.Approve, Reason: c.result.Reason, Matches: matches}); err != nil {
		return err
	}
	if err := errors.Join(c.e.claim(ctx, change, c.by.Person(), &req), c.e.remember(ctx, change, c.by)); err != nil {
		return err
	}
	about := []store.Subject{store.Reviews.Subject(req.ID), store.PrincipalClaims.Subject(store.ClaimKey(req.Asset.Connection(), req.Principal.Name))}
	c.e.tell(change, event.RequestCreated.With(createdBy(req)), c.by.Person(), &req, about...)
	c.e.tell(change, event.AccessClaimed.With(c.told()), c.by.Person(), &req, about...)
	store.Reviews.Insert(change, rev)
	if err := c.e.decide(ctx, change, c.by.Person(), &req, rev, c.draft.asset, c.draft.how, event.Determined{Status: rev.Status, Act: string(review.Approve), Reason: c.result.Reason}); err != nil {
		return err
	}
	store.Requests.Insert(change, req)
	c.result.Request = req.ID
	return nil
}

// told is the payload of the events about the access that is claimed.
func (c *claiming) told() event.Claim {
	return event.Claim{By: c.result.Found.By, Rights: c.result.Found.Rights, Reason: c.result.Reason}
}
