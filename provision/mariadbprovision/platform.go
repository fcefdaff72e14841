package mariadbprovision

import (
	"context"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/mariadbsource"
	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

// Platform serves connections to MariaDB: mariadbsource reads their assets, and this
// package gives and takes access.
var Platform = provision.Platform{
	Fold:      fold,
	MendLogin: converge.MendLogin(mariadbwire.MendLogin),
	Source: func(ctx context.Context, to provision.Target) (catalog.Source, error) {
		source, err := mariadbsource.Open(ctx, to.Connection, to.Password, to.Installation)
		if err != nil {
			return nil, err
		}
		source.Admit = to.Known.Admit
		return source, nil
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

// attempts bounds how often one call tries after accidents.
const attempts = 8

// newLoop is how the provisioner converges: as many jobs at once as there are
// connections.
func (p *Provisioner) newLoop() *converge.Loop[*job] {
	return &converge.Loop[*job]{
		Connection: p.to.Connection.Name, AtOnce: poolSize, Attempts: attempts,
		Platform: converge.Platform[*job]{
			NewJob: p.newJob, Same: samePair, Apply: p.once, Apart: neverApart,
			Check: p.check, Plan: p.plan, Accidental: accidental, Explain: explain,
		},
	}
}

// samePair compares the objects alone: an account of MariaDB has no id.
func samePair(a, b provision.Standing) bool {
	return a.Asset.ID == "" || b.Asset.ID == "" || a.Asset.ID == b.Asset.ID
}

// neverApart splits no job: every act on one person fails for that person alone.
func neverApart(*job, error) []*job { return nil }

// Apply implements provision.Provisioner.
func (p *Provisioner) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	return p.loop.Apply(ctx, want)
}
