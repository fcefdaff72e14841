// Package mariadbprovision gives and takes access on MariaDB. It is tested on 10.11;
// later versions are let in.
//
// For each asset and privilege there is one role of ours, which holds the rights on
// the table, or on each table of a database that is covered. MariaDB activates one
// role when somebody logs in, the default role of the account: so that each account
// that we give anything has a role of ours as its default role, and the roles of the
// assets are granted to that. A grant puts the one role into the other; ending it
// takes it out, and ends the sessions of the account, in which what is open may stay
// so. What others gave to the account or its other roles stands beside it, untouched.
// An account that has a default role of somebody else's is refused.
//
// MariaDB keeps rights under names, also when the table is gone: a role of ours
// stands for one object, and loses its rights as soon as another one is seen under
// the name.
//
// Every act is a call of a procedure that Setup lists, which acts on roles of ours
// only. An administrator makes a login for us, with no rights, and runs what Setup
// lists: the login may call these procedures then, and nothing else. Each statement of MariaDB
// about rights commits by itself, so that an Apply can end between any two of them:
// they are in an order in which what stands so far gives nothing that is not wanted,
// and the next Apply goes on. Each is checked against the platform's clock within
// the call, and cannot take effect after the deadline.
package mariadbprovision

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"time"

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
	loop      converge.Loop[*job]
	home      string // quoted
	db        *sql.DB
	pageSize  int
	beforeAct func(context.Context, *session) // only tests set it
}

// Open connects to the server. It need not have been set up yet: Setup lists how.
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
		p.Close()
		return nil, p.loop.Wrap(err)
	}
	return p, nil
}

// greet asks what the server is, which needs no rights.
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

// checkVersion refuses what is no MariaDB, or too old.
func checkVersion(version string) error {
	var major, minor int
	refuse := func(reason string) error {
		return &provision.RefusedError{What: fmt.Sprintf("server version %q", clip(version)), Reason: reason}
	}
	if ours, _ := regexp.MatchString("MariaDB", version); !ours {
		return refuse("is no MariaDB")
	}
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil || major < 10 || major == 10 && minor < 11 {
		return refuse("is too old; MariaDB 10.11 is the first that is supported")
	}
	return nil
}

// Close closes all connections. What runs meanwhile fails.
func (p *Provisioner) Close() error { return p.db.Close() }
