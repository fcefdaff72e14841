package decisions

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Shorten brings the end of access that stands forward. Whoever may revoke it may.
func (ds *Decisions) Shorten(ctx context.Context, by request.Identity, id provision.GrantID, ends time.Time, reason string) (provision.Grant, error) {
	if err := errors.Join(by.CheckActs("shorten access"), review.CheckReason(reason)); err != nil {
		return provision.Grant{}, err
	}
	grant, err := ds.Provisioning.ChangeGrant(ctx, by, id, event.GrantShortened, reason, func(req request.Request, g provision.Grant) (provision.Grant, error) {
		if err := ds.mayRevoke(ctx, by, req, "shorten this access"); err != nil {
			return g, err
		}
		err := CheckShorter(g, ends, ds.Now())
		g.Ends = ends.UTC()
		return g, err
	})
	if err != nil {
		return provision.Grant{}, err
	}
	return Shown(by, grant), nil
}

// CheckShorter refuses an end that does not bring that of a grant forward.
func CheckShorter(g provision.Grant, ends, now time.Time) error {
	wrong := func(reason string) error {
		return &request.InvalidError{What: "grant", Faults: []request.Fault{{Field: "ends", Reason: reason}}}
	}
	switch {
	case !g.Wanted() || g.Started.IsZero():
		return fmt.Errorf("%w: only access that stands can be shortened, this is %s", store.ErrState, g.State)
	case !ends.After(now):
		return wrong("must be after now; revoke the access to end it at once")
	case !g.Ends.IsZero() && !ends.Before(g.Ends):
		return wrong("must be before " + g.Ends.UTC().Format(time.RFC3339) + ", when the access ends anyway; renew it to extend it")
	}
	return nil
}

// Shown is a grant as whoever has changed it may see it.
func Shown(by request.Identity, g provision.Grant) provision.Grant {
	return Reader{Own: g.Beneficiary == by.Person(), Explains: by.Has(request.Governance) || by.Has(request.Audit)}.Grant(g)
}
