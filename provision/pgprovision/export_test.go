package pgprovision

import (
	"context"
	"testing"

	"github.com/grantwright/grantwright/provision/pgprovision/internal/cluster"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/listing"
)

// BeforeCommit makes the provisioner call f between its reading back and its
// commit: the moment at which a paused process could do harm.
func (p *Provisioner) BeforeCommit(f func(context.Context)) {
	p.cluster.BeforeCommit = func(ctx context.Context, _ *cluster.Session) { f(ctx) }
}

// PassDeadlines makes every commit come after its deadline on the platform,
// though no time has passed here: as if the process had been paused where it
// cannot notice.
func (p *Provisioner) PassDeadlines() {
	p.cluster.BeforeCommit = func(_ context.Context, s *cluster.Session) { s.Deadline = s.Server.Now }
}

// ListBy makes List read so few at once.
func (p *Provisioner) ListBy(roles, members int) {
	p.pages = listing.Pages{Roles: roles, Members: members}
}

// TooLate is how the platform answers a commit after its deadline.
const TooLate = cluster.TooLate

// Discard makes the connections of a database lose their prepared statements, as a pooler
// does that gives each transaction another of its own.
func (p *Provisioner) Discard(t testing.TB, database string) {
	t.Helper()
	s, err := p.cluster.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer s.End()
	if err := s.Exec(t.Context(), "deallocate all"); err != nil {
		t.Fatal(err)
	}
}
