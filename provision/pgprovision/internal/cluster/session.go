package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/internal/sqlconn"
)

// maxLockWait bounds how long one statement waits for someone else's lock.
const maxLockWait = 2 * time.Second

// Server describes the server that a session is connected to.
type Server struct {
	Now        time.Time // the platform's clock
	Database   string
	DatabaseID uint32
	Self       uint32 // our own role
	SelfName   string

	system     string // as assets are named: its own, unless it has had another
	identity   provision.Identity
	version    int // such as 150018
	recovering bool
	super      bool
}

// check refuses to act on anything but the cluster that was opened.
func (s Server) check(system string) error {
	switch {
	case s.system != system:
		return fmt.Errorf("another server answers: its system identifier is %s, it was %s; nothing was changed", s.system, system)
	case s.recovering:
		return errors.New("the server is a standby; nothing was changed")
	case s.super:
		return &provision.RefusedError{What: fmt.Sprintf("role %q", s.SelfName), Reason: "is a superuser; connect as a role of least privilege and run what Setup lists"}
	case s.version < 150000:
		return &provision.RefusedError{What: fmt.Sprintf("server version %d", s.version/10000), Reason: "is too old; PostgreSQL 15 is the first that is supported"}
	}
	return nil
}

// SetsOptions reports whether memberships have INHERIT and SET of their own, and
// a role may administer the roles that it made.
func (s Server) SetsOptions() bool { return s.version >= 160000 }

// Session is one explicit transaction on a connection of its own. database/sql's
// Tx would send COMMIT alone, without the check of the clock before it.
type Session struct {
	*sqlconn.Conn
	Name     string // of the database, as it was asked for
	Server   Server
	Deadline time.Time // of the context, on the platform's clock
	Open     bool      // the transaction has begun, and End has to roll it back

	cluster *Cluster
	actor   actor
	seen    provision.Identity // of the cluster, before the first message
}

// Connect takes a connection to a database. The transaction has yet to begin.
func (c *Cluster) Connect(ctx context.Context, database string) (*Session, error) {
	as, err := c.findActor(ctx)
	if err != nil {
		return nil, err
	}
	s, err := c.connect(ctx, database)
	if err == nil {
		s.actor = as
	}
	return s, err
}

// connect is Connect as our login itself.
func (c *Cluster) connect(ctx context.Context, database string) (*Session, error) {
	db, err := c.pool(database)
	if err != nil {
		return nil, err
	}
	conn, err := sqlconn.Open(ctx, db)
	if err != nil {
		if Code(err) == "3D000" {
			c.forget(database)
		}
		return nil, fmt.Errorf("connecting to database %q: %w", database, err)
	}
	return &Session{cluster: c, Conn: conn, Name: database}, nil
}

// Begin begins a transaction in a database, and reads some more in the same message.
func (c *Cluster) Begin(ctx context.Context, database string, more ...Reading) (*Session, error) {
	return c.begin(ctx, database, c.Connect, more...)
}

// begin is Begin on a session that connect makes. A pooler shows itself here: then the
// message is sent once more, with nothing prepared.
func (c *Cluster) begin(ctx context.Context, database string, connect func(context.Context, string) (*Session, error), more ...Reading) (*Session, error) {
	for again := false; ; again = true {
		s, err := connect(ctx, database)
		if err != nil {
			return nil, err
		}
		if err = s.Ask(ctx, s.Opening(ctx, more...)); err == nil {
			return s, nil
		}
		s.End()
		if again || !c.pooled(err) {
			return nil, fmt.Errorf("database %q: %w", database, err)
		}
	}
}

// ReadOnly looks at a database in a transaction that can change nothing.
func (c *Cluster) ReadOnly(ctx context.Context, loop Loop, database string, look func(context.Context, *Session) error) error {
	ctx, cancel := converge.Bounded(ctx)
	defer cancel()
	return loop.Persevere(ctx, func() error {
		s, err := c.Begin(ctx, database)
		if err != nil {
			return err
		}
		defer s.End()
		if err := s.Exec(ctx, "set transaction read only"); err != nil {
			return err
		}
		return look(ctx, s)
	})
}

// Opening is the message that begins a transaction. All that it does has to be over before
// the deadline of ctx. The clock is read last: then the wait for locks costs no time.
func (s *Session) Opening(ctx context.Context, more ...Reading) Message {
	s.Open, s.seen = true, s.cluster.seenNow()
	left := converge.TimeLeft(ctx)
	start := fmt.Sprintf("begin; set local search_path = pg_catalog, pg_temp; set local jit = off; "+
		"set local statement_timeout = %d; set local idle_in_transaction_session_timeout = %[1]d; set local lock_timeout = %d", milliseconds(left), milliseconds(min(left, maxLockWait))) + s.actor.act()
	return Message{First: start, Readings: slices.Concat([]Reading{s.readServer()}, more, []Reading{s.readClock(ctx)})}
}

// readServer refuses any server but the one that was opened, before anything else of its
// answer is read.
func (s *Session) readServer() Reading {
	const query = `
		select (select system_identifier::text from pg_control_system()), pg_is_in_recovery(),
			current_setting('server_version_num')::int, d.datname, d.oid, r.oid, r.rolname,
			r.rolsuper or (select rolsuper from pg_roles where rolname = session_user), ` + historyAndPosition + `
		from pg_database d, pg_roles r
		where d.datname = current_database() and r.rolname = current_user`
	v := &s.Server
	return Reading{SQL: query, Scan: func(scan func(...any) error) error {
		if err := scan(&v.system, &v.recovering, &v.version, &v.Database, &v.DatabaseID, &v.Self, &v.SelfName, &v.super, &v.identity.History, &v.identity.Position); err != nil {
			return err
		}
		v.identity.ID = v.system
		v.system = s.cluster.to.Known.Named(v.system)
		if err := v.check(cmp.Or(s.cluster.System, v.system)); err != nil || s.cluster.System == "" {
			return err
		}
		return s.cluster.follow(s.seen, v.identity)
	}}
}

// readClock finds the deadline of ctx on the platform's clock. The clock is read before the
// time that is left: a pause between the two can only bring the deadline nearer.
func (s *Session) readClock(ctx context.Context) Reading {
	return Reading{SQL: "select clock_timestamp()", Scan: func(scan func(...any) error) error {
		err := scan(&s.Server.Now)
		s.Deadline = s.Server.Now.Add(converge.TimeLeft(ctx))
		return err
	}}
}

// Locking takes the advisory lock of a key, until the transaction ends.
func Locking(key int64) Reading {
	return Reading{SQL: fmt.Sprintf("select pg_advisory_xact_lock(%d)", key), Once: true, Scan: func(func(...any) error) error { return nil }}
}

// TooLate is the state in which the platform answers a commit after the deadline.
const TooLate = "GW001"

// Commit runs some last acts and makes the transaction stand, unless the deadline has
// passed on the platform. The check and the commit travel in one message, so that nothing
// can be paused between them. It waits for the answer also when ctx is canceled meanwhile:
// no commit may happen after our return.
func (s *Session) Commit(ctx context.Context, acts ...Reading) error {
	if err := ctx.Err(); err != nil {
		return s.Note(err)
	}
	if s.cluster.BeforeCommit != nil {
		s.cluster.BeforeCommit(ctx, s)
	}
	deadline, _ := ctx.Deadline()
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	err := s.Ask(ctx, Message{Readings: acts, Last: s.fence() + "; commit"})
	s.Open = err != nil
	return err
}

// fence raises an error on the platform when the deadline has passed there.
func (s *Session) fence() string {
	deadline := pq.QuoteLiteral(s.Deadline.UTC().Format("2006-01-02 15:04:05.000000Z"))
	return "do $fence$ begin if clock_timestamp() > " + deadline + "::timestamptz then " +
		"raise exception 'the time for this was over' using errcode = '" + TooLate + "'; end if; end $fence$"
}

// Conclude reads, and ends a transaction that changed nothing.
func (s *Session) Conclude(ctx context.Context, readings []Reading) error {
	err := s.Ask(ctx, Message{Readings: readings, Last: "rollback"})
	s.Open = err != nil
	return err
}

// End gives the connection back; after an error it is closed instead. Ending
// twice is fine.
func (s *Session) End() {
	if s.Open && !s.Broken {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Exec(ctx, "rollback")
	}
	s.Open = false
	s.Release()
}

// milliseconds never returns 0, which would mean no limit to PostgreSQL.
func milliseconds(d time.Duration) int64 { return max(1, d.Milliseconds()) }
