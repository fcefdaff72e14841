package pgprovision

import "context"

// BeforeCommit makes the provisioner call f between its reading back and its
// commit: the moment at which a paused process could do harm.
func (p *Provisioner) BeforeCommit(f func(context.Context)) {
	p.beforeCommit = func(ctx context.Context, _ *session) { f(ctx) }
}

// PassDeadlines makes every commit come after its deadline on the platform,
// though no time has passed here: as if the process had been paused where it
// cannot notice.
func (p *Provisioner) PassDeadlines() {
	p.beforeCommit = func(_ context.Context, s *session) { s.deadline = s.server.now }
}

// ListBy makes List read so few at once.
func (p *Provisioner) ListBy(roles, members int) { p.pages = pages{roles, members} }

// TooLate is how the platform answers a commit after its deadline.
const TooLate = tooLate
