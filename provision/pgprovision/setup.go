package pgprovision

import (
	"context"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/setup"
)

// SetupStatement is one statement of Setup with the database to run it in.
type SetupStatement struct {
	Database  string // empty for any: it holds for the whole cluster
	Statement provision.Statement
}

// Setup implements provision.Preparer. It lists the statements that an administrator has
// to run before we can act: those for the whole cluster first, then database by database,
// with a comment that names the database before its first statement. Statements that have
// been run already are left out. An empty list means that all is ready.
func (p *Provisioner) Setup(ctx context.Context) ([]provision.Statement, error) {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	found, err := p.preparing().Statements(ctx)
	if err != nil {
		return nil, p.loop.Explain(err)
	}
	return setup.List(found), nil
}

// SetupStatements is Setup for programs: it returns each statement with its database, for
// these databases only, or for all if none is named. It reads system catalogs only. For a
// database that we cannot connect to it lists the grant of CONNECT; once that was run, the
// next call lists the other statements. Where another login of ours gave what stands, it
// lists only the membership by which we act as that one.
func (p *Provisioner) SetupStatements(ctx context.Context, databases ...string) ([]SetupStatement, error) {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	found, err := p.preparing().Statements(ctx, databases...)
	if err != nil {
		return nil, p.loop.Explain(err)
	}
	var steps []SetupStatement
	for _, s := range found {
		steps = append(steps, SetupStatement(s))
	}
	return steps, nil
}

// SetupScript implements provision.Scripter.
func (p *Provisioner) SetupScript(ctx context.Context) (string, error) {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	found, err := p.preparing().Statements(ctx)
	if err != nil {
		return "", p.loop.Explain(err)
	}
	return setup.Script(found), nil
}

func (p *Provisioner) preparing() setup.Setup {
	return setup.Setup{Cluster: p.cluster, Loop: p.loop, To: p.to}
}

// Marked implements provision.Marker.
func (p *Provisioner) Marked(ctx context.Context) (provision.Mark, error) {
	m, err := p.preparing().Marked(ctx)
	if err != nil {
		return provision.Mark{}, p.loop.Explain(err)
	}
	return m, nil
}

// Mark implements provision.Marker. An error may also mean that the answer to the commit
// was lost: Marked says which Mark stands. Engines that connect to different databases
// of one cluster can both succeed at the same moment; the later Mark stands.
func (p *Provisioner) Mark(ctx context.Context, was, m provision.Mark) error {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	if err := p.preparing().Mark(ctx, was, m); err != nil {
		return p.loop.Explain(err)
	}
	return nil
}

// Identify implements provision.Identifier: a cluster is told by its system identifier, its
// timeline, how far its log has come, and the Mark.
func (p *Provisioner) Identify(ctx context.Context) (now provision.Identity, err error) {
	err = p.loop.Ask(ctx, func(ctx context.Context) error {
		found, err := p.preparing().Identify(ctx)
		now = found
		return err
	})
	return now, err
}
