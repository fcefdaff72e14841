package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Shorten brings the end of access that stands forward. Whoever may revoke it may.
func (d *Desk) Shorten(ctx context.Context, by request.Identity, id provision.GrantID, ends time.Time, reason string) (provision.Grant, error) {
	if err := errors.Join(by.CheckActs("shorten access"), review.CheckReason(reason)); err != nil {
		return provision.Grant{}, err
	}
	grant, err := d.Decisions.Provisioning.ChangeGrant(ctx, by, id, event.GrantShortened, reason, func(req request.Request, g provision.Grant) (provision.Grant, error) {
		if err := d.Decisions.MayRevoke(ctx, by, req, "shorten this access"); err != nil {
			return g, err
		}
		if !g.Wanted() || g.Started.IsZero() {
			return g, fmt.Errorf("%w: only access that stands can be shortened, this is %s", store.ErrState, g.State)
		}
		err := g.CheckShorter(ends, d.Now())
		g.Ends = ends.UTC()
		return g, err
	})
	if err != nil {
		return provision.Grant{}, err
	}
	return Shown(by, grant), nil
}

// Shown is a grant as whoever has changed it may see it.
func Shown(by request.Identity, g provision.Grant) provision.Grant {
	return decisions.Reader{Own: g.Beneficiary == by.Person(), Explains: by.Has(request.Governance) || by.Has(request.Audit)}.Grant(g)
}
