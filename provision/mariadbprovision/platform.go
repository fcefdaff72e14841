package mariadbprovision

import (
	"context"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/mariadbsource"
	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/provision"
)

// Platform serves connections to MariaDB: mariadbsource reads their assets, and this
// package gives and takes access.
var Platform = provision.Platform{
	Fold: fold,
	Source: func(ctx context.Context, to provision.Target) (catalog.Source, error) {
		return mariadbsource.Open(ctx, to.Connection, to.Password, to.Installation)
	},
	Provisioner: func(ctx context.Context, to provision.Target) (provision.Provisioner, error) {
		return Open(ctx, to)
	},
}

// fold is how MariaDB reads the name of a database or a table: as it is written, or in
// lower case where lower_case_table_names is not 0.
func fold(on catalog.Connection, name string) string {
	if mariadbwire.Folds(on.URL) {
		return strings.ToLower(name)
	}
	return name
}
