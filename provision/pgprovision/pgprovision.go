// Package pgprovision gives and takes access on PostgreSQL, 15 and later.
//
// Each asset has one group role of ours for each privilege. Nobody can log in as it.
// It holds the rights that the privilege needs: CONNECT, USAGE on the schema, and the
// rights on the table. A grant makes the person's login a member of the group role,
// and the end of the grant ends the membership. A principal may be a role that others
// are members of, instead of a login. Rights that others gave stay untouched. A group
// role without members is dropped.
//
// A schema or a database is a container, with group roles of its own. They hold the
// rights on the tables and views that Standing.Below lists, as far as each of these
// stands as the last sync saw it. Each call brings the rights to its list, for all
// people of the container. READ_WRITE on a container gives READ on a view that cannot
// be written to.
//
// Apply brings one asset at a time to the wanted state, for all its people at once. It
// takes one transaction, or a few where thousands of tables change. In each it looks by
// object id, runs the statements that are missing, looks again, and asks the platform
// which rights each login really has then. It commits in one message with a check of the
// platform's clock, so that a process that was paused commits nothing after its deadline.
//
// A masked asset is shown by a masked view of ours, and access to the asset is access
// to that view.
//
// The provisioner acts under a role of least privilege, never a superuser and never a
// member of an owner. Setup lists the statements that prepare this role.
package pgprovision

import (
	"context"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/listing"
)

// Provisioner gives and takes access on one PostgreSQL cluster. It may be used
// by many goroutines at once.
type Provisioner struct {
	to      provision.Target
	loop    *converge.Loop[*job]
	cluster *cluster.Cluster
	pages   listing.Pages
	deep    deepTables
}

// Open connects to the cluster, and notes its system identifier: later calls act on
// that cluster only. The URL of the connection must say sslmode. A role that is a
// superuser is refused.
func Open(ctx context.Context, to provision.Target) (*Provisioner, error) {
	p := &Provisioner{to: to, pages: listing.Pages{Roles: 200, Members: 1000}}
	p.loop = p.newLoop()
	if err := converge.CheckInstallation(to.Installation); err != nil {
		return nil, p.loop.Wrap(err)
	}
	var err error
	if p.cluster, err = cluster.Open(ctx, to); err != nil {
		return nil, p.loop.Wrap(err)
	}
	return p, nil
}

// Close closes all connections. Calls that still run fail.
func (p *Provisioner) Close() error { return p.cluster.Close() }
