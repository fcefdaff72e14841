package drift

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

// ForeignKey identifies one access of others by its asset, its principal, its giver,
// its rights and its columns.
func ForeignKey(f provision.Foreign) string {
	return fmt.Sprintf("%s\n%s\n%s\n%q %q", f.Asset.Ref, f.Principal.Name, f.By, f.Rights, f.Access.Columns)
}

// Survey asks the platform for all access of others at and below a place.
func (d *Drift) Survey(ctx context.Context, root catalog.Ref) ([]provision.Foreign, error) {
	if _, err := catalog.ParseRef(string(root)); err != nil {
		return nil, err
	}
	p, err := d.Platforms.Provisioner(ctx, root.Connection())
	if err != nil {
		return nil, err
	}
	surveyor, is := p.(provision.Surveyor)
	if !is {
		return nil, fmt.Errorf("%w: connection %s cannot say what access others gave", provision.ErrNoPlatform, root.Connection())
	}
	var all []provision.Foreign
	for f, err := range surveyor.Survey(ctx, root) {
		if err != nil {
			return nil, d.Platforms.Unreachable(root.Connection(), err)
		}
		if len(all) == provision.MaxForeign {
			return nil, fmt.Errorf("%w: there is more access of others at and below %s than the %d that one survey takes; look at something smaller in it", provision.ErrPermanent, root, provision.MaxForeign)
		}
		all = append(all, f)
	}
	return all, nil
}
