package pgprovision

import (
	"context"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/masks"
)

// Mask implements provision.Masker. Each asset has one masked view: a view of ours with
// security_barrier, in a schema that holds nothing else. One look reads all assets of a
// database; each view that differs is made anew in a transaction of its own.
func (p *Provisioner) Mask(ctx context.Context, want []provision.Masking) []provision.Masked {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	masked := make([]provision.Masked, len(want))
	byDatabase := make(map[string][]*masks.Masking)
	for i, w := range want {
		m, err := p.newMasking(i, w)
		if err != nil {
			masked[i].Err = p.loop.Wrap(err)
			continue
		}
		byDatabase[m.Database] = append(byDatabase[m.Database], m)
	}
	k := p.masker()
	for database, all := range byDatabase {
		if err := p.loop.Persevere(ctx, func() error { return k.Mask(ctx, database, all, masked) }); err != nil {
			for _, m := range all {
				masked[m.Index].Err = p.loop.Explain(err)
			}
		}
	}
	return masked
}

func (p *Provisioner) newMasking(i int, w provision.Masking) (*masks.Masking, error) {
	asset := w.Asset
	asset.ID = "" // whatever stands under the name
	j, err := p.newJob(asset)
	if err != nil {
		return nil, err
	}
	if j.container() {
		return nil, j.refused("is a %s; only what has columns can be masked", asset.Kind)
	}
	return masks.New(i, w, j.place, j.database)
}

func (p *Provisioner) masker() masks.Masker {
	return masks.Masker{Cluster: p.cluster, Loop: p.loop, Installation: p.to.Installation}
}
