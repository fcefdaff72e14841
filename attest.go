package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Attestation is what a person says of access that is given or taken by hand.
type Attestation struct {
	Done bool   // it stands now, or is gone now; false if it could not be done
	Note string // needed if it could not be done

	// State is the one that the person saw the grant in. If the access was to be
	// given then, and is to be taken now, the attestation is refused: what was
	// given by hand must not count as taken. Zero leaves that open.
	State provision.State
}

// ToDo lists the grants that wait for a person to do something on the platform,
// those that have waited longest first. It takes ADMIN or GOVERNANCE.
func (g Grants) ToDo(ctx context.Context, by request.Identity, after store.Position, limit int) ([]provision.Grant, store.Position, error) {
	if err := permit(by, "list what is to be done by hand", request.Admin, request.Governance); err != nil {
		return nil, after, err
	}
	read, err := store.GrantsByHand.Find(ctx, g.e.config.Store, "all", after, limit)
	return pageOf(read, after, err)
}

// Attest records that a person has done on the platform what a grant waits for:
// given the access, or taken it away. It takes ADMIN or GOVERNANCE, and is refused
// to the requester and the beneficiary.
func (g Grants) Attest(ctx context.Context, by request.Identity, id provision.GrantID, a Attestation) (provision.Grant, error) {
	if err := errors.Join(permit(by, "attest a grant", request.Admin, request.Governance), checkReason(a.Note)); err != nil {
		return provision.Grant{}, err
	}
	if !a.Done && a.Note == "" {
		return provision.Grant{}, &request.InvalidError{What: "attestation", Faults: []request.Fault{{Field: "note", Reason: "is required for what could not be done"}}}
	}
	var next provision.Grant
	err := g.e.change(ctx, func(c *store.Change) error {
		read, err := store.Grants.Get(ctx, g.e.config.Store, id)
		if err != nil {
			return err
		}
		if err := g.mayAttest(ctx, by, read.Value); err != nil {
			return err
		}
		if taking := a.State == provision.Revoking; a.State != "" && taking != (read.Value.State == provision.Revoking) {
			return fmt.Errorf("%w: grant %s was %s when it was seen, it is %s now", ErrState, id, a.State, read.Value.State)
		}
		outcome := provision.Outcome{}
		if !a.Done {
			outcome.Err = errors.New(a.Note)
		}
		live, err := g.e.liveGrants(ctx, read.Value.Asset.Ref, read.Value.Principal.Name)
		if err != nil {
			return err
		}
		attested := []progress{{was: read, next: read.Value.Applied(outcome, g.e.now(), store.Backoff)}}
		renewed(attested, valuesOf(live))
		if err := g.e.record(ctx, c, by.Person(), attested...); err != nil {
			return err
		}
		next = attested[0].next
		return g.ringAt(ctx, c, next)
	})
	if err != nil {
		return provision.Grant{}, err
	}
	return next, nil
}

func (g Grants) mayAttest(ctx context.Context, by request.Identity, grant provision.Grant) error {
	if !grant.ByHand() {
		return fmt.Errorf("%w: grant %s is %s, done %s: nothing is to be done by hand", ErrState, grant.ID, grant.State, grant.How)
	}
	req, err := store.Requests.Get(ctx, g.e.config.Store, grant.Request)
	if err == nil && req.Value.Concerns(by.Person()) {
		err = &ForbiddenError{Person: by.Person(), Act: "attest this grant", Needs: "someone other than its requester and beneficiary"}
	}
	return err
}

// ringAt calls for the task of a grant when time will change it.
func (g Grants) ringAt(ctx context.Context, c *store.Change, grant provision.Grant) error {
	if grant.Next().IsZero() {
		return nil
	}
	return store.Ring(ctx, g.e.config.Store, c, grantTask(grant.Asset.Ref), grant.Next())
}
