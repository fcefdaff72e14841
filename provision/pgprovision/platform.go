package pgprovision

import (
	"context"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/pgsource"
	"github.com/grantwright/grantwright/internal/pgwire"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
)

// Platform serves connections to PostgreSQL: pgsource reads their assets, and
// this package gives and takes access.
var Platform = provision.Platform{
	Fold:      fold,
	MendLogin: converge.MendLogin(pgwire.MendLogin),
	Source: func(ctx context.Context, to provision.Target) (catalog.Source, error) {
		source, err := pgsource.Open(ctx, to.Connection, to.Password)
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

// attempts bounds how often one call tries after accidents.
const attempts = 5

// newLoop is how the provisioner converges: as many jobs at once as there are
// connections to one database.
func (p *Provisioner) newLoop() *converge.Loop[*job] {
	return &converge.Loop[*job]{
		Connection: p.to.Connection.Name, AtOnce: cluster.PoolSize, Attempts: attempts,
		Platform: converge.Platform[*job]{
			NewJob: p.newJob, Same: samePair, Apply: p.once, Apart: apart,
			Check: p.check, Plan: p.plan, Accidental: func(err error) bool { return p.cluster.Accidental(err) }, Explain: cluster.Explain,
		},
	}
}

// Apply implements provision.Provisioner.
func (p *Provisioner) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	return p.loop.Apply(ctx, want)
}
