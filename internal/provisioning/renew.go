package provisioning

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
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

// findOutliving finds the grants by which principals keep all that others give beyond
// their end, for those that end now and those whose end is announced.
func (pr *Provisioning) findOutliving(ctx context.Context, ref catalog.Ref, all []Progress) error {
	var of []*Progress
	var names []string
	for i, p := range all {
		if p.Next.Announced != p.Was.Value.Announced || p.Next.Ending != p.Was.Value.Ending {
			of, names = append(of, &all[i]), append(names, p.Next.Principal.Name)
		}
	}
	live, err := pr.liveOf(ctx, ref, names)
	if err != nil {
		return err
	}
	for i, p := range of {
		p.outlived = outliving(ValuesOf(live[i]), p.Next)
	}
	return nil
}

// fillOutliving finds the same for those whose time was over and whose access is gone.
func fillOutliving(all []Progress, live []provision.Grant) {
	of := map[request.Principal][]provision.Grant{}
	for _, g := range live {
		of[g.Principal] = append(of[g.Principal], g)
	}
	for i, p := range all {
		if p.Next.State == provision.Revoked && p.Next.Ending == request.Expired {
			all[i].outlived = outliving(of[p.Next.Principal], p.Next)
		}
	}
}

func outliving(live []provision.Grant, g provision.Grant) provision.GrantID {
	for _, other := range live {
		if other.Outlives(g) {
			return other.ID
		}
	}
	return ""
}
