// Package cluster reaches one PostgreSQL cluster: by pools of connections, by transactions
// with a fence, and by messages that carry several queries at once.
//
// A Session is one transaction. Its first message refuses any server but the one that was
// opened, and reads the platform's clock. Commit makes it stand, unless the deadline of its
// context has passed on that clock.
package cluster

import (
	"cmp"
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

// PoolSize is how many connections to one database there are at most.
const PoolSize = 4

const (
	idleTime       = time.Minute      // after which an unused connection is closed
	connectTimeout = 10 * time.Second // for one connection
)

// Cluster holds the connections to one PostgreSQL cluster. It may be used by many
// goroutines at once.
type Cluster struct {
	System string // the cluster's own identifier, as it was found at first

	BeforeCommit func(context.Context, *Session) // only tests set it

	to     provision.Target
	config pq.Config
	actor  atomic.Pointer[actor] // that we act as; nil while it is not known

	mu     sync.Mutex
	closed bool
	pools  map[string]*sql.DB

	seen provision.Identity // the furthest that any session has seen it

	unprepared atomic.Bool // a pooler is between us and the server: no statement stays on a connection
}

// Open connects to the cluster that a URL leads to.
func Open(ctx context.Context, to provision.Target) (*Cluster, error) {
	c := &Cluster{to: to, seen: to.Known.Seen, pools: make(map[string]*sql.DB)}
	var err error
	if c.config, err = config(to); err != nil {
		return nil, err
	}
	c.unprepared.Store(c.config.BinaryParameters)
	c.config.BinaryParameters = true // one round trip for each query
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	if err := c.greet(ctx); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// greet notes which cluster answers.
func (c *Cluster) greet(ctx context.Context) error {
	s, err := c.begin(ctx, c.config.Database, c.connect)
	if err != nil {
		return err
	}
	defer s.End()
	c.System = cmp.Or(c.to.Known.Name, s.Server.system)
	return nil
}

// Close closes all connections. Calls that still run fail.
func (c *Cluster) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	var errs []error
	for _, db := range c.pools {
		errs = append(errs, db.Close())
	}
	return errors.Join(errs...)
}

// Database is the one that the URL names.
func (c *Cluster) Database() string { return c.config.Database }

// config reads the URL. The password stays out of every text that an error could show.
func config(to provision.Target) (pq.Config, error) {
	u, err := url.Parse(to.Connection.URL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return pq.Config{}, errors.New("url cannot be read, must be postgres://role@host:port/database?sslmode=…")
	}
	c, err := pgwire.Config(to.Connection.URL, to.Password)
	switch {
	case err != nil:
		return pq.Config{}, fmt.Errorf("url %w", err)
	case c.User == "":
		return pq.Config{}, errors.New("url must say as which role to connect: postgres://role@host/…")
	case u.Query().Get("sslmode") == "":
		return pq.Config{}, errors.New("url must say sslmode: verify-full, or disable where the network is trusted")
	case strings.Trim(c.Database, "/") == "":
		c.Database = "postgres"
	}
	c.ApplicationName = "grantwright"
	c.ConnectTimeout = connectTimeout
	return c, nil
}

// pool returns the connections to a database, from the cache of pools.
func (c *Cluster) pool(database string) (*sql.DB, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, errors.New("the provisioner is closed")
	}
	if db := c.pools[database]; db != nil {
		return db, nil
	}
	config := c.config
	config.Database = database
	connector, err := pq.NewConnectorConfig(config)
	if err != nil {
		return nil, err
	}
	connector.Dialer(pgwire.Dialer{})
	db := sql.OpenDB(pgwire.Connector(connector, converge.DefaultTime, 0))
	db.SetMaxOpenConns(PoolSize)
	db.SetMaxIdleConns(PoolSize)
	db.SetConnMaxIdleTime(idleTime)
	c.pools[database] = db
	return db, nil
}

// forget drops the pool of a database that does not exist, so that there are never more
// pools than databases.
func (c *Cluster) forget(database string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if db := c.pools[database]; db != nil {
		_ = db.Close()
		delete(c.pools, database)
	}
}

// Loop tries again what failed by accident, and names the connection in errors, as
// converge.Loop does.
type Loop interface {
	Persevere(ctx context.Context, try func() error) error
	Wrap(err error) error
	Explain(err error) error
}
