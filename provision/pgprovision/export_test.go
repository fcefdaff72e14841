package pgprovision

import (
	"context"
	"testing"
)

// BeforeCommit makes the provisioner call f between its reading back and its
// commit: the moment at which a paused process could do harm.
func (p *Provisioner) BeforeCommit(f func(context.Context)) {
	p.cluster.beforeCommit = func(ctx context.Context, _ *session) { f(ctx) }
}

// PassDeadlines makes every commit come after its deadline on the platform,
// though no time has passed here: as if the process had been paused where it
// cannot notice.
func (p *Provisioner) PassDeadlines() {
	p.cluster.beforeCommit = func(_ context.Context, s *session) { s.deadline = s.server.now }
}

// ListBy makes List read so few at once.
func (p *Provisioner) ListBy(roles, members int) { p.pages = pages{roles, members} }

// TooLate is how the platform answers a commit after its deadline.
const TooLate = tooLate

// Discard makes the connections of a database lose their prepared statements, as a pooler
// does that gives each transaction another of its own.
func (p *Provisioner) Discard(t testing.TB, database string) {
	t.Helper()
	s, err := p.cluster.connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer s.end()
	if err := s.Exec(t.Context(), "deallocate all"); err != nil {
		t.Fatal(err)
	}
}
