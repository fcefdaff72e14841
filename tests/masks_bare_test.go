package tests

import (
	"context"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
)

// TestAMaskWhereNothingMasksTakesWhatStands declares a mask on a platform that
// cannot mask: nobody keeps the table clear, and what ends, ends.
func TestAMaskWhereNothingMasksTakesWhatStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) {
		p := c.Platforms["fake"]
		opens := p.Provisioner
		p.Provisioner = func(ctx context.Context, to provision.Target) (provision.Provisioner, error) {
			fake, err := opens(ctx, to)
			return provision.Each(func(ctx context.Context, want provision.Standing) provision.Outcome {
				return fake.Apply(ctx, []provision.Standing{want})[0]
			}), err
		}
		c.Platforms = map[string]provision.Platform{"fake": p, "hand": c.Platforms["hand"], "service": c.Platforms["service"]}
	})
	stays, ends := w.approved(t, eve, "30 DAYS"), w.approved(t, frank, "30 DAYS")
	_, err := w.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "pii", At: orders, Columns: []string{"email"}, How: catalog.MaskNull})
	must(t, err)
	enginetest.Until(t, "nobody has the table clear", func() bool {
		return !w.platform.Allows("eve", orders) && !w.platform.Allows("frank", orders) && w.caseOf(t, stays).Grant.State != provision.Active
	})
	g := w.settle(t, stays)
	if g.State != provision.Failed || g.Ending != "" {
		t.Errorf("the grant is %s: %s", g.State, g.Error)
	}
	_, err = w.Revoke(t.Context(), gov, ends.ID, "")
	must(t, err)
	if g := w.settle(t, ends); g.State != provision.Revoked {
		t.Errorf("revoked, it is %s: %s", g.State, g.Error)
	}
}
