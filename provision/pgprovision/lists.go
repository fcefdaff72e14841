package pgprovision

import (
	"context"
	"iter"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
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

func (p *Provisioner) lister() listing.Lister {
	return listing.Lister{Cluster: p.cluster, Loop: p.loop, Installation: p.to.Installation, Connection: p.to.Connection.Name, Pages: p.pages}
}
