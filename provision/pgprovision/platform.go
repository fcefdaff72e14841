package pgprovision

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/pgsource"
	"github.com/grantwright/grantwright/provision"
)

// Platform serves connections to PostgreSQL: pgsource reads their assets, and
// this package gives and takes access.
var Platform = provision.Platform{
	Source: func(ctx context.Context, to provision.Target) (catalog.Source, error) {
		return pgsource.Open(ctx, to.Connection, to.Password)
	},
	Provisioner: func(ctx context.Context, to provision.Target) (provision.Provisioner, error) {
		return Open(ctx, to)
	},
}
