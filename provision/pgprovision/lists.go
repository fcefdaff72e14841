package pgprovision

import (
	"context"
	"iter"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

// List implements provision.Lister. It lists the memberships in our group roles that we
// gave. Between two pages no session is open on the platform. A role of ours whose
// comment cannot be read gives an error that names it, and the list goes on; after any
// other error it ends.
func (p *Provisioner) List(ctx context.Context, root catalog.Ref) iter.Seq2[provision.Standing, error] {
	return p.lister().memberships(ctx, root)
}

// Survey implements provision.Surveyor. It lists the rights on tables and views, and on
// their columns, that others gave to roles directly. It leaves out the rights of owners,
// of PUBLIC, of superusers, and of the roles of PostgreSQL and of Grantwright. Between two
// pages no session is open on the platform.
func (p *Provisioner) Survey(ctx context.Context, root catalog.Ref) iter.Seq2[provision.Foreign, error] {
	return p.lister().rights(ctx, root)
}

func (p *Provisioner) lister() lister {
	return lister{cluster: p.cluster, loop: p.loop, installation: p.to.Installation, connection: p.to.Connection.Name, pages: p.pages}
}
