package mariadbprovision

import (
	"context"

	"github.com/grantwright/grantwright/internal/mariadbwire"
)

// BeforeAct makes the provisioner call f before each of its acts: the moments at which
// a paused or a killed process leaves something half done.
func (p *Provisioner) BeforeAct(f func(context.Context)) {
	p.beforeAct = func(ctx context.Context, _ *session) { f(ctx) }
}

// PassDeadlines makes every act come after its deadline on the platform, though no time
// has passed here: as if the process had been paused where it cannot notice.
func (p *Provisioner) PassDeadlines() {
	p.beforeAct = func(_ context.Context, s *session) { s.deadline = s.server.now }
}

// ListBy makes List read so few at once.
func (p *Provisioner) ListBy(size int) { p.pageSize = size }

// Matches reports whether a grant on a pattern is about a database.
func Matches(pattern, database string) bool { return mariadbwire.Matches(pattern, database) }

// CheckVersion is what Open makes of a server's version.
var CheckVersion = checkVersion

// CheckServer is what is made of a server that answers.
func CheckServer(version int, readOnly bool) error {
	return server{version: version, readOnly: readOnly}.check()
}

// HomeVersion is the version of what Setup lists.
const HomeVersion = homeVersion

// Expired is whether a password is over, on a server of the time now.
func Expired(now float64, days int, changed, lifetime int64) bool {
	return server{now: now, passwordDays: days}.expired(changed, lifetime)
}
