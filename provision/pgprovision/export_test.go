package pgprovision

import "context"

// BeforeCommit makes the provisioner call f between its reading back and its
// commit: the moment at which a paused process could do harm.
func (p *Provisioner) BeforeCommit(f func(context.Context)) { p.beforeCommit = f }

// Deadlines of the platform's own, for tests that let them pass.
const TooLate = tooLate
