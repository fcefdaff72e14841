// Package mariadbprovision gives and takes access on MariaDB. It is tested on 10.11;
// later versions are accepted.
//
// Each asset has one role of ours for each privilege. It holds the rights on the table,
// or on each covered table of a database. MariaDB activates one role when somebody logs
// in: the default role of the account. So each account with access from us has a person
// role of ours as its default role, and the roles of the assets are granted to the person
// role. A grant makes the person role a member of the asset's role. The end of the grant
// ends this membership, and the sessions of the account, because a session may still read
// a table that it has open. Rights that others gave to the account or to its other roles
// stay untouched. An account whose default role is not ours is refused.
//
// MariaDB stores rights under names, and they outlive the table. So a role of ours stands
// for one object, and loses its rights as soon as a look finds another object under the
// name.
//
// Setup lists a database with procedures, our home. An administrator makes a login for us
// without rights, and runs the statements of Setup; then the login may call these
// procedures and nothing else. The procedures act on roles of ours only. On MariaDB each
// statement about rights commits by itself, so that a call of Apply can end between any
// two of them. Their order is such that no prefix of it gives access that is not wanted,
// and the next call goes on. Each procedure compares the platform's clock with the
// deadline, and changes nothing after it.
package mariadbprovision

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"time"

	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

const (
	poolSize = 4           // connections
	idleTime = time.Minute // after which an unused connection is closed
)

// Provisioner gives and takes access on one MariaDB server. It may be used by many
// goroutines at once.
type Provisioner struct {
	to        provision.Target
	loop      *converge.Loop[*job]
	home      string // quoted
	db        *sql.DB
	pageSize  int
	beforeAct func(context.Context, *session) // only tests set it
}

// Open connects to the server. The statements of Setup need not have been run.
func Open(ctx context.Context, to provision.Target) (*Provisioner, error) {
	p := &Provisioner{to: to, home: quote(homeOf(to.Installation)), pageSize: 500}
	p.loop = p.newLoop()
	if err := converge.CheckInstallation(to.Installation); err != nil {
		return nil, p.loop.Wrap(err)
	}
	address, err := mariadbwire.Parse(to.Connection.URL, to.Password)
	if err != nil {
		return nil, p.loop.Wrap(err)
	}
	if p.db, err = address.Pool(poolSize, idleTime); err != nil {
		return nil, p.loop.Wrap(err)
	}
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	if err := p.greet(ctx, address); err != nil {
		_ = p.Close()
		return nil, p.loop.Wrap(err)
	}
	return p, nil
}

// greet checks the version of the server and how it folds names, which needs no rights.
func (p *Provisioner) greet(ctx context.Context, address mariadbwire.Address) error {
	var version string
	var folds int
	if err := p.db.QueryRowContext(ctx, "select version(), @@lower_case_table_names").Scan(&version, &folds); err != nil {
		return explain(err)
	}
	if err := checkVersion(version); err != nil {
		return err
	}
	return address.CheckFolding(folds)
}

// checkVersion refuses a server that is no MariaDB, or too old.
func checkVersion(version string) error {
	var major, minor int
	refuse := func(reason string) error {
		return &provision.RefusedError{What: fmt.Sprintf("server version %q", excerpt.Of(version, maxShown)), Reason: reason}
	}
	if ours, _ := regexp.MatchString("MariaDB", version); !ours {
		return refuse("is no MariaDB")
	}
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil || major < 10 || major == 10 && minor < 11 {
		return refuse("is too old; MariaDB 10.11 is the first that is supported")
	}
	return nil
}

// Close closes all connections. Calls that still run fail.
func (p *Provisioner) Close() error { return p.db.Close() }
