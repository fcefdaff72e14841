// Package pgprovision gives and takes access on PostgreSQL, 15 and later.
//
// Each asset has one group role of ours for each privilege. Nobody can log in as it.
// It holds the rights that the privilege needs: CONNECT, USAGE on the schema, and the
// rights on the table. A grant makes the person's login a member of the group role,
// and the end of the grant ends the membership. A principal may be a role that others
// are members of, instead of a login. Rights that others gave stay untouched. A group
// role without members is dropped.
//
// A schema or a database is a container, with group roles of its own. They hold the
// rights on the tables and views that Standing.Below lists, as far as each of these
// stands as the last sync saw it. Each call brings the rights to its list, for all
// people of the container. READ_WRITE on a container gives READ on a view that cannot
// be written to.
//
// Apply brings one asset at a time to the wanted state, for all its people at once. It
// takes one transaction, or a few where thousands of tables change. In each it looks by
// object id, runs the statements that are missing, looks again, and asks the platform
// which rights each login really has then. It commits in one message with a check of the
// platform's clock, so that a process that was paused commits nothing after its deadline.
//
// A masked asset is shown by a masked view of ours, and access to the asset is access
// to that view.
//
// The provisioner acts under a role of least privilege, never a superuser and never a
// member of an owner. Setup lists the statements that prepare this role.
package pgprovision

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
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

	unprepared atomic.Bool // a pooler is between us and the server: no statement stays on a connection

	pages        pages
	beforeCommit func(context.Context, *session) // only tests set it
}

// Open connects to the cluster, and notes its system identifier: later calls act on
// that cluster only. The URL of the connection must say sslmode. A role that is a
// superuser is refused.
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
	p.unprepared.Store(p.config.BinaryParameters)
	p.config.BinaryParameters = true // one round trip for each query
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	s, err := p.session(ctx, p.config.Database)
	if err != nil {
		_ = p.Close()
		return nil, p.loop.Wrap(err)
	}
	defer s.end()
	p.system = s.server.system
	return p, nil
}

// Close closes all connections. Calls that still run fail.
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

// config reads the URL. The password stays out of every text that an error could show.
func config(to provision.Target) (pq.Config, error) {
	u, err := url.Parse(to.Connection.URL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return pq.Config{}, errors.New("url cannot be read, must be postgres://role@host:port/database?sslmode=…")
	}
	if _, inURL := u.User.Password(); inURL || u.Query().Has("password") {
		return pq.Config{}, errors.New("url holds a password; give a reference to it in secret")
	}
	if u.User.Username() == "" {
		return pq.Config{}, errors.New("url must say as which role to connect: postgres://role@host/…")
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
	return c, nil
}

// pool returns the connections to a database, from the cache of pools.
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
	db := sql.OpenDB(pgwire.Connector(connector, converge.DefaultTime, 0))
	db.SetMaxOpenConns(poolSize)
	db.SetMaxIdleConns(poolSize)
	db.SetConnMaxIdleTime(idleTime)
	p.pools[database] = db
	return db, nil
}

// forget drops the pool of a database that does not exist, so that there are never more
// pools than databases.
func (p *Provisioner) forget(database string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if db := p.pools[database]; db != nil {
		_ = db.Close()
		delete(p.pools, database)
	}
}
