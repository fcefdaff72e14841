package pgprovision

import (
	"context"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/pgsource"
	"github.com/grantwright/grantwright/provision"
)

// Platform serves connections to PostgreSQL: pgsource reads their assets, and
// this package gives and takes access.
var Platform = provision.Platform{
	Fold: fold,
	Source: func(ctx context.Context, to provision.Target) (catalog.Source, error) {
		return pgsource.Open(ctx, to.Connection, to.Password)
	},
	Provisioner: func(ctx context.Context, to provision.Target) (provision.Provisioner, error) {
		return Open(ctx, to)
	},
}

// fold is how PostgreSQL reads a name that stands in no quotes: with the letters of
// ASCII in lower case. Others it folds in encodings of one byte only (downcase_identifier
// in src/backend/parser/scansup.c).
func fold(_ catalog.Connection, name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, name)
}
