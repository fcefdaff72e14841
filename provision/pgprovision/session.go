package pgprovision

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

// server describes the server that a session is connected to.
type server struct {
	now        time.Time // the platform's clock
	system     string
	recovering bool
	version    int // such as 150018
	database   string
	databaseID uint32
	self       uint32 // our own role
	selfName   string
	super      bool
}

// check refuses to act on anything but the cluster that was opened.
func (s server) check(system string) error {
	switch {
	case s.system != system:
		return fmt.Errorf("another server answers: its system identifier is %s, it was %s; nothing was changed", s.system, system)
	case s.recovering:
		return errors.New("the server is a standby; nothing was changed")
	case s.super:
		return &provision.RefusedError{What: fmt.Sprintf("role %q", s.selfName), Reason: "is a superuser; connect as a role of least privilege and run what Setup lists"}
	case s.version < 150000:
		return &provision.RefusedError{What: fmt.Sprintf("server version %d", s.version/10000), Reason: "is too old; PostgreSQL 15 is the first that is supported"}
	}
	return nil
}

// setsOptions reports whether memberships have INHERIT and SET of their own, and
// a role may administer the roles that it made.
func (s server) setsOptions() bool { return s.version >= 160000 }

// session is one explicit transaction on a connection of its own. database/sql's
// Tx would send COMMIT alone, without the check of the clock before it.
type session struct {
	*sqlconn.Conn
	cluster  *cluster
	name     string // of the database, as it was asked for
	server   server
	deadline time.Time // of the context, on the platform's clock
	open     bool      // the transaction
}

// connect takes a connection to a database. The transaction has yet to begin.
func (c *cluster) connect(ctx context.Context, database string) (*session, error) {
	db, err := c.pool(database)
	if err != nil {
		return nil, err
	}
	conn, err := sqlconn.Open(ctx, db)
	if err != nil {
		if code(err) == "3D000" {
			c.forget(database)
		}
		return nil, fmt.Errorf("connecting to database %q: %w", database, err)
	}
	return &session{cluster: c, Conn: conn, name: database}, nil
}

// session begins a transaction in a database, and reads some more in the same message.
func (c *cluster) session(ctx context.Context, database string, more ...reading) (*session, error) {
	s, err := c.connect(ctx, database)
	if err != nil {
		return nil, err
	}
	if err := s.ask(ctx, s.begin(ctx, more...)); err != nil {
		s.end()
		return nil, fmt.Errorf("database %q: %w", database, err)
	}
	return s, nil
}

// begin is the message that begins a transaction. All that it does has to be over before
// the deadline of ctx. The clock is read last: then the wait for locks costs no time.
func (s *session) begin(ctx context.Context, more ...reading) message {
	s.open = true
	left := converge.TimeLeft(ctx)
	start := fmt.Sprintf("begin; set local search_path = pg_catalog, pg_temp; set local jit = off; "+
		"set local statement_timeout = %d; set local idle_in_transaction_session_timeout = %[1]d; set local lock_timeout = %d", milliseconds(left), milliseconds(min(left, maxLockWait)))
	return message{first: start, readings: slices.Concat([]reading{s.readServer()}, more, []reading{s.readClock(ctx)})}
}

// readServer refuses any server but the one that was opened, before anything else of its
// answer is read.
func (s *session) readServer() reading {
	const query = `
		select (select system_identifier::text from pg_control_system()), pg_is_in_recovery(),
			current_setting('server_version_num')::int, d.datname, d.oid, r.oid, r.rolname, r.rolsuper
		from pg_database d, pg_roles r
		where d.datname = current_database() and r.rolname = current_user`
	v := &s.server
	return reading{sql: query, scan: func(scan func(...any) error) error {
		if err := scan(&v.system, &v.recovering, &v.version, &v.database, &v.databaseID, &v.self, &v.selfName, &v.super); err != nil {
			return err
		}
		return v.check(cmp.Or(s.cluster.system, v.system))
	}}
}

// readClock finds the deadline of ctx on the platform's clock. The clock is read before the
// time that is left: a pause between the two can only bring the deadline nearer.
func (s *session) readClock(ctx context.Context) reading {
	return reading{sql: "select clock_timestamp()", scan: func(scan func(...any) error) error {
		err := scan(&s.server.now)
		s.deadline = s.server.now.Add(converge.TimeLeft(ctx))
		return err
	}}
}

// locking takes the advisory lock of a key, until the transaction ends.
func locking(key int64) reading {
	return reading{sql: fmt.Sprintf("select pg_advisory_xact_lock(%d)", key), once: true, scan: func(func(...any) error) error { return nil }}
}

// tooLate is the state in which the platform answers a commit after the deadline.
const tooLate = "GW001"

// commit runs some last acts and makes the transaction stand, unless the deadline has
// passed on the platform. The check and the commit travel in one message, so that nothing
// can be paused between them. It waits for the answer also when ctx is canceled meanwhile:
// no commit may happen after our return.
func (s *session) commit(ctx context.Context, acts ...reading) error {
	if err := ctx.Err(); err != nil {
		return s.Note(err)
	}
	if s.cluster.beforeCommit != nil {
		s.cluster.beforeCommit(ctx, s)
	}
	deadline, _ := ctx.Deadline()
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	err := s.ask(ctx, message{readings: acts, last: s.fence() + "; commit"})
	s.open = err != nil
	return err
}

// fence raises an error on the platform when the deadline has passed there.
func (s *session) fence() string {
	deadline := pq.QuoteLiteral(s.deadline.UTC().Format("2006-01-02 15:04:05.000000Z"))
	return "do $fence$ begin if clock_timestamp() > " + deadline + "::timestamptz then " +
		"raise exception 'the time for this was over' using errcode = '" + tooLate + "'; end if; end $fence$"
}

// conclude reads, and ends a transaction that changed nothing.
func (s *session) conclude(ctx context.Context, readings []reading) error {
	err := s.ask(ctx, message{readings: readings, last: "rollback"})
	s.open = err != nil
	return err
}

// end gives the connection back; after an error it is closed instead. Ending
// twice is fine.
func (s *session) end() {
	if s.open && !s.Broken {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Exec(ctx, "rollback")
	}
	s.open = false
	s.Release()
}

// milliseconds never returns 0, which would mean no limit to PostgreSQL.
func milliseconds(d time.Duration) int64 { return max(1, d.Milliseconds()) }
