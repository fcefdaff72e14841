package pgprovision

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
)

// Parts implements provision.Parter. Whoever may read a partitioned table reads its
// partitions through it, without rights on the partitions.
func (p *Provisioner) Parts(ctx context.Context, asset catalog.Asset) ([]catalog.Ref, error) {
	if asset.Kind != catalog.PartitionedTable {
		return nil, nil
	}
	var parts []catalog.Ref
	err := p.loop.Ask(ctx, func(ctx context.Context) (err error) {
		parts, err = p.parts(ctx, asset)
		return err
	})
	if err != nil {
		return nil, err
	}
	return parts, nil
}

func (p *Provisioner) parts(ctx context.Context, asset catalog.Asset) ([]catalog.Ref, error) {
	const query = `
		select n.nspname, c.relname
		from pg_class o, pg_partition_tree(o.oid) t join pg_class c on c.oid = t.relid join pg_namespace n on n.oid = c.relnamespace
		where o.oid = $1 and t.level > 0
		order by 1, 2 limit $2`
	j, err := p.newJob(asset)
	if err != nil {
		return nil, err
	}
	s, err := p.arrive(ctx, j)
	if err != nil {
		return nil, err
	}
	defer s.End()
	var parts []catalog.Ref
	err = s.Ask(ctx, s.Opening(ctx, cluster.Reading{SQL: query, Args: []any{j.object, provision.MaxParts}, Scan: func(scan func(...any) error) error {
		var schema, name string
		if err := scan(&schema, &name); err != nil {
			return err
		}
		ref, err := catalog.NewRef(asset.Ref.Connection(), j.database, schema, name)
		parts = append(parts, ref)
		return err
	}}))
	return parts, err
}
