package provisioning

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

// ApplyRenewals lets the grants that have just begun end no earlier than those that
// they renew.
func ApplyRenewals(all []Progress, live []provision.Grant) {
	for i, p := range all {
		if begins := p.Was.Value.Started.IsZero() && !p.Next.Started.IsZero(); begins && p.Next.Renews != "" {
			for _, g := range live {
				all[i].Next = all[i].Next.Renew(g)
			}
		}
	}
}

// outlivedBy finds the grant by which the principal of another keeps all that it
// gives beyond its end; empty if there is none.
func (pr *Provisioning) outlivedBy(ctx context.Context, ref catalog.Ref, g provision.Grant) (provision.GrantID, error) {
	live, err := pr.LiveGrants(ctx, ref, g.Principal.Name)
	if err != nil {
		return "", err
	}
	return outliving(ValuesOf(live), g), nil
}

func outliving(live []provision.Grant, g provision.Grant) provision.GrantID {
	for _, other := range live {
		if other.Outlives(g) {
			return other.ID
		}
	}
	return ""
}
