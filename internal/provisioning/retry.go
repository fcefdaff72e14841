package provisioning

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// MayRetry lets those whom a grant concerns have it tried again, and ADMIN and GOVERNANCE,
// if an attempt has failed, an answer is waited for, or parts of it do not work.
func MayRetry(by request.Identity, req request.Request, grant provision.Grant) error {
	if err := by.CheckActs("change a grant"); err != nil {
		return err
	}
	if !req.Concerns(by.Person()) && !by.Has(request.Admin) && !by.Has(request.Governance) {
		return &request.ForbiddenError{Person: by.Person(), Act: "retry this grant", Needs: "its requester or beneficiary, ADMIN or GOVERNANCE"}
	}
	if grant.How == provision.Manual || grant.Attempts == 0 && grant.Waits.IsZero() && !grant.Gapped() {
		return fmt.Errorf("%w: grant %s is %s, done %s, and no attempt of it has failed", store.ErrState, grant.ID, grant.State, grant.How)
	}
	return nil
}

// MayResume lets those whom a grant does not concern resume it, if it is SUSPENDED. The
// permission is the root's to check.
func MayResume(by request.Identity, req request.Request, rev review.Review, grant provision.Grant) error {
	if err := checkOther(by, req, rev, "resume this grant"); err != nil {
		return err
	}
	if grant.State != provision.Suspended {
		return fmt.Errorf("%w: only a SUSPENDED grant can be resumed, it is %s", store.ErrState, grant.State)
	}
	return nil
}

// ChangeGrant changes one grant by decide, emits an event, and applies the grant
// soon.
func (pr *Provisioning) ChangeGrant(ctx context.Context, by request.Identity, id provision.GrantID, t event.Type[event.Grant], reason string,
	decide func(request.Request, provision.Grant) (provision.Grant, error)) (provision.Grant, error) {
	if err := by.CheckActs("change a grant"); err != nil {
		return provision.Grant{}, err
	}
	var next provision.Grant
	var req request.Request
	err := pr.Change(ctx, func(c *store.Change) error {
		read, err := records.Grants.Get(ctx, pr.Store, id)
		if err != nil {
			return err
		}
		of, err := records.Requests.Get(ctx, pr.Store, read.Value.Request)
		if err != nil {
			return err
		}
		req = of.Value
		if next, err = decide(req, read.Value); err != nil {
			return err
		}
		payload := Progress{Next: next}.payload()
		payload.Reason = reason
		pr.Emit(c, t.With(payload), by.Person(), &req, records.Grants.Subject(id))
		records.Grants.Update(c, read, next)
		records.Requests.Update(c, of, req)
		return nil
	})
	if err != nil {
		return provision.Grant{}, err
	}
	pr.ApplySoon(ctx, req)
	return next, nil
}

// StandingNow reads the Standing that the names of a grant have on the platform now.
func (pr *Provisioning) StandingNow(ctx context.Context, g provision.Grant) (provision.Standing, error) {
	now := provision.Standing{
		Principal: request.Principal{Name: g.Principal.Name, Group: g.Principal.Group},
		Asset:     catalog.Asset{Ref: g.Asset.Ref, Kind: g.Asset.Kind},
		Want:      []provision.Access{g.Access},
	}
	asset, err := pr.Rules.Asset(ctx, g.Asset.Ref)
	if err != nil {
		return now, err
	}
	now.Asset.Kind = asset.Kind
	if asset.ID != g.Asset.ID {
		now.Want[0].ColumnIDs = nil
	}
	ctx, cancel := context.WithTimeout(ctx, pr.Timeout)
	defer cancel()
	p, err := pr.Platforms.Provisioner(ctx, g.Asset.Ref.Connection())
	if err != nil {
		return now, err
	}
	checker, is := p.(provision.Checker)
	if !is {
		now.Principal, now.Asset = g.Principal, asset
		return now, nil
	}
	if now, err = checker.Check(ctx, now); err != nil {
		return now, pr.Platforms.Unreachable(g.Asset.Ref.Connection(), err)
	}
	return now, nil
}
