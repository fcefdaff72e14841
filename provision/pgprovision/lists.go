package pgprovision

import (
	"context"
	"iter"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/listing"
)

// List implements provision.Lister. It lists the memberships in our group roles, whoever
// gave them. Between two pages no session is open on the platform. A role of ours whose
// comment cannot be read gives an error that names it, and the list goes on; after any
// other error it ends.
func (p *Provisioner) List(ctx context.Context, root catalog.Ref) iter.Seq2[provision.Standing, error] {
	return p.lister().Memberships(ctx, root)
}

// Survey implements provision.Surveyor. It lists the rights on tables and views, and on
// their columns, that others gave to roles directly. It leaves out the rights of owners,
// of PUBLIC, of superusers, and of the roles of PostgreSQL and of Grantwright. Between two
// pages no session is open on the platform.
func (p *Provisioner) Survey(ctx context.Context, root catalog.Ref) iter.Seq2[provision.Foreign, error] {
	return p.lister().Rights(ctx, root)
}

// Take implements provision.Taker. Only the grantor of a right can revoke it. Take revokes
// the rights that we granted ourselves, and refuses all others with the statements by
// which their grantor can revoke them.
func (p *Provisioner) Take(ctx context.Context, all []provision.Foreign) []provision.Outcome {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	outcomes := make([]provision.Outcome, len(all))
	for i, f := range all {
		err := p.loop.Persevere(ctx, func() (err error) {
			outcomes[i].Ran, err = p.lister().Take(ctx, f)
			return err
		})
		if err != nil {
			outcomes[i] = provision.Outcome{Err: p.loop.Explain(err)}
		}
	}
	return outcomes
}

func (p *Provisioner) lister() listing.Lister {
	return listing.Lister{Cluster: p.cluster, Loop: p.loop, Installation: p.to.Installation, Connection: p.to.Connection.Name, Pages: p.pages}
}
