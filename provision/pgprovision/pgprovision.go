// Package pgprovision gives and takes access on PostgreSQL, 15 and later.
//
// For each asset and privilege there is one group role of ours, which cannot log
// in and holds what the privilege needs: CONNECT, USAGE on the schema, and the
// rights on the table. A grant makes the person's login a member of it; ending
// the grant ends the membership. What others gave stands beside it, untouched. A
// principal may be a role that others are in, instead of a login. A role that
// nobody is in any more is dropped.
//
// A schema or a database has group roles of its own, which hold the rights on
// exactly what it is said to cover, as far as that stands as it was seen: what
// came is given to all its people, what went is taken from them, by whichever call
// says so first. READ_WRITE on it reads what cannot be written to.
//
// Apply works on one asset at a time, for all its people at once, in one
// transaction, or in a few where thousands of tables change: it looks, by object
// id, runs only what is missing, looks again, and commits in one message with a
// check of the platform's own clock, so that a process that was paused commits
// nothing after its deadline. After the commit it asks the platform what each
// login can really do.
//
// It acts under a role of least privilege, never a superuser and never a member
// of an owner; Setup lists the statements that make it one.
package pgprovision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/internal/pgwire"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
)

const (
	poolSize       = 4                // connections to one database
	idleTime       = time.Minute      // after which an unused connection is closed
	connectTimeout = 10 * time.Second // for one connection
)

// Provisioner gives and takes access on one PostgreSQL cluster. It may be used
// by many goroutines at once.
type Provisioner struct {
	to     provision.Target
	loop   converge.Loop[*job]
	config pq.Config
	system string // the cluster's own identifier, as Open found it

	mu     sync.Mutex
	closed bool
	pools  map[string]*sql.DB

	pages        pages
	beforeCommit func(context.Context, *session) // only tests set it
}

// Open connects to the cluster and remembers which one it is: everything later
// is done on that one only. The connection's URL must say sslmode. A role that is
// a superuser is refused.
func Open(ctx context.Context, to provision.Target) (*Provisioner, error) {
	p := &Provisioner{to: to, pools: make(map[string]*sql.DB), pages: pages{roles: 200, members: 1000}}
	p.loop = p.newLoop()
	if err := converge.CheckInstallation(to.Installation); err != nil {
		return nil, p.loop.Wrap(err)
	}
	var err error
	if p.config, err = config(to); err != nil {
		return nil, p.loop.Wrap(err)
	}
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	s, err := p.session(ctx, p.config.Database)
	if err != nil {
		p.Close()
		return nil, p.loop.Wrap(err)
	}
	defer s.end()
	p.system = s.server.system
	if err := s.server.check(p.system); err != nil {
		p.Close()
		return nil, p.loop.Wrap(err)
	}
	return p, nil
}

// Close closes all connections. What runs meanwhile fails.
func (p *Provisioner) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	var errs []error
	for _, db := range p.pools {
		errs = append(errs, db.Close())
	}
	return errors.Join(errs...)
}

// config keeps the password in memory only: it is in no text that could become
// part of an error.
func config(to provision.Target) (pq.Config, error) {
	u, err := url.Parse(to.Connection.URL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return pq.Config{}, errors.New("url cannot be read, must be postgres://role@host:port/database?sslmode=...")
	}
	if _, inURL := u.User.Password(); inURL || u.Query().Has("password") {
		return pq.Config{}, errors.New("url holds a password; give a reference to it in secret")
	}
	if u.User.Username() == "" {
		return pq.Config{}, errors.New("url must say as which role to connect: postgres://role@host/...")
	}
	if u.Query().Get("sslmode") == "" {
		return pq.Config{}, errors.New("url must say sslmode: verify-full, or disable where the network is trusted")
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/postgres"
	}
	c, err := pq.NewConfig(u.String())
	if err != nil {
		return pq.Config{}, fmt.Errorf("url: %w", err)
	}
	c.Password = to.Password
	c.ApplicationName = "grantwright"
	c.ConnectTimeout = connectTimeout
	c.BinaryParameters = true // one round trip for each query
	return c, nil
}

// pool returns the pool of a database, which is kept.
func (p *Provisioner) pool(database string) (*sql.DB, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errors.New("the provisioner is closed")
	}
	if db := p.pools[database]; db != nil {
		return db, nil
	}
	c := p.config
	c.Database = database
	connector, err := pq.NewConnectorConfig(c)
	if err != nil {
		return nil, err
	}
	connector.Dialer(pgwire.Dialer{})
	db := sql.OpenDB(pgwire.Connector(connector, converge.DefaultTime))
	db.SetMaxOpenConns(poolSize)
	db.SetMaxIdleConns(poolSize)
	db.SetConnMaxIdleTime(idleTime)
	p.pools[database] = db
	return db, nil
}

// forget drops the pool of a database that is not there, so that pools are never
// more than there are databases.
func (p *Provisioner) forget(database string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if db := p.pools[database]; db != nil {
		db.Close()
		delete(p.pools, database)
	}
}
