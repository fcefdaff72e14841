// Package pgwire makes the deadlines of contexts hold on connections to
// PostgreSQL that fall silent.
//
// When a context ends, lib/pq asks the server to cancel, and goes on waiting for
// the answer on the connection itself. Where the network lets nothing through any
// more, or the server hangs, that answer never comes, and the call never returns.
// Here the connection has a deadline of its own, a little later than the
// context's, so that a call always returns.
//
// A connection can also keep prepared statements, so that the server plans a
// statement that comes again and again only a few times. A pooler such as pgbouncer may
// give each transaction another connection to the server, where none is prepared and no
// setting of the session holds: Adaptive finds out, and does without.
package pgwire

import (
	"context"
	"database/sql/driver"
	"fmt"
	"math/rand/v2"
	"net"
	"time"
)

// grace is how much longer than its context a call may wait for the server to
// say that it has canceled.
const grace = 500 * time.Millisecond

// Dialer tells the Connector what it has connected. The driver's connector must
// use it.
type Dialer struct{}

type noteKey struct{}

// Dial connects, for however long that takes.
func (d Dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext connects, and notes the connection for whoever asked.
func (d Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if note, asked := ctx.Value(noteKey{}).(*net.Conn); asked && err == nil {
		*note = c
	}
	return c, err
}

// DialTimeout connects within some time.
func (d Dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

// Connector is a connector of lib/pq with a Dialer of this package, whose calls
// return soon after their context's deadline, or after limit where it has none:
// limit is how long a single statement may take then. Each connection keeps so
// many prepared statements; with zero it prepares none.
func Connector(c driver.Connector, limit time.Duration, statements int) driver.Connector {
	return connector{Connector: c, limit: limit, statements: statements, pooler: new(pooler)}
}

type connector struct {
	driver.Connector
	limit      time.Duration
	statements int
	pooler     *pooler
	locally    string // see conn
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	var wire net.Conn
	made, err := c.Connector.Connect(context.WithValue(ctx, noteKey{}, &wire))
	if err != nil {
		return nil, err
	}
	full, is := made.(pqConn)
	if !is || wire == nil {
		_ = made.Close()
		return nil, fmt.Errorf("pgwire: the driver made a %T, and dialed %v", made, wire)
	}
	return &conn{pqConn: full, wire: wire, limit: c.limit, cache: cache{most: c.statements, id: rand.Uint64()}, pooler: c.pooler, locally: c.locally}, nil
}

// pqConn is what a connection of lib/pq can do.
type pqConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// conn is a connection that has a deadline during each call.
type conn struct {
	pqConn
	wire  net.Conn
	limit time.Duration
	cache cache
	named map[string]bool // see Prepares

	pooler  *pooler
	locally string // the settings of each transaction, where a session has none
}

// bound sets the deadline of what is read and written from now on.
func (c *conn) bound(ctx context.Context) {
	deadline, has := ctx.Deadline()
	if !has {
		deadline = time.Now().Add(c.limit)
	}
	_ = c.wire.SetDeadline(deadline.Add(grace))
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.bound(ctx)
	return prepared(ctx, c, query, args, c.pqConn.ExecContext)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.bound(ctx)
	return prepared(ctx, c, query, args, c.pqConn.QueryContext)
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.bound(ctx)
	return c.pqConn.PrepareContext(ctx, query)
}

func (c *conn) Ping(ctx context.Context) error {
	c.bound(ctx)
	return c.pqConn.Ping(ctx)
}

// Close says goodbye, for which the deadline of the last call may be over.
func (c *conn) Close() error {
	_ = c.wire.SetDeadline(time.Now().Add(grace))
	return c.pqConn.Close()
}

func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	c.bound(ctx)
	begun, err := c.pqConn.BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	if c.locally != "" {
		if _, err := c.pqConn.ExecContext(ctx, c.locally, nil); err != nil {
			_ = begun.Rollback()
			return nil, err
		}
	}
	return tx{begun, ctx, c}, nil
}

// tx ends under the deadline of the context that it was begun with: that of its
// last statement may be over.
type tx struct {
	driver.Tx
	ctx  context.Context
	conn *conn
}

func (t tx) Commit() error {
	t.conn.bound(t.ctx)
	return t.Tx.Commit()
}

// Rollback comes also when the time is over. It is given some more, and no
// longer: a connection that is closed is rolled back as well.
func (t tx) Rollback() error {
	_ = t.conn.wire.SetDeadline(time.Now().Add(grace))
	return t.Tx.Rollback()
}
