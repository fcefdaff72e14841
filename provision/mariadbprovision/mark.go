package mariadbprovision

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

// Marked implements provision.Marker. The mark stands in the home of the installation,
// and goes into the server's backups with it, as the access itself does.
func (p *Provisioner) Marked(ctx context.Context) (provision.Mark, error) {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	var m provision.Mark
	err := p.loop.Persevere(ctx, func() error {
		return p.db.QueryRowContext(ctx, "select store, generation from "+p.home+".installation").Scan(&m.Store, &m.Generation)
	})
	if err != nil {
		return provision.Mark{}, p.loop.Wrap(fmt.Errorf("reading the mark: %w", explain(err)))
	}
	return m, nil
}

// Identify implements provision.Identifier. The id stands in the home of the installation,
// and goes wherever the data go: a copy is told from its original by the Mark alone.
func (p *Provisioner) Identify(ctx context.Context) (now provision.Identity, err error) {
	err = p.loop.Ask(ctx, func(ctx context.Context) error {
		return p.db.QueryRowContext(ctx, "select id, store, generation from "+p.home+".installation").Scan(&now.ID, &now.Mark.Store, &now.Mark.Generation)
	})
	return now, err
}

// Mark implements provision.Marker. It is one statement: of many at once, one wins.
func (p *Provisioner) Mark(ctx context.Context, was, m provision.Mark) error {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	var changed int
	err := p.db.QueryRowContext(ctx, "call "+p.home+".put_mark(?, ?, ?, ?)", was.Store, was.Generation, m.Store, m.Generation).Scan(&changed)
	switch {
	case err != nil:
		return p.loop.Wrap(fmt.Errorf("writing the mark: %w", explain(err)))
	case changed == 0:
		return p.loop.Wrap(provision.ErrMarked)
	}
	return nil
}
