package mariadbprovision

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/provision/internal/sqlconn"
)

const (
	maxActTime  = 2 * time.Second  // for one act, the waiting for others' locks included
	maxLockWait = 10 * time.Second // for who else of us works on the same
	keepAlive   = 2 * idleTime     // after which the server ends a connection that the pool keeps
	locksAtOnce = 100              // in one statement
	maxList     = 1 << 20          // bytes of a list of people, and of a statement about them
)

// server describes the server that a session is connected to.
type server struct {
	now      float64 // the platform's clock, seconds since 1970
	id       string  // of the installation's home: that of the data, also after it moved
	version  int     // of the home
	readOnly bool
	self     string // our own account

	passwordDays int  // after which a password is over by default; 0 is never
	connections  int  // of one account at once, where it says nothing; 0 is as many as it likes
	noTLS        bool // the server has no certificate
}

// check refuses to act on a server that is read-only, or whose home is of another version
// than ours.
func (s server) check() error {
	switch {
	case s.version != homeVersion:
		return fmt.Errorf("%w: %w", provision.ErrPermanent, mariadbwire.ErrNotSetUp)
	case s.readOnly:
		return errors.New("the server is read-only, perhaps a replica; nothing was changed")
	}
	return nil
}

// session is a connection that holds locks of ours. They are the connection's: the
// server lets go of them when it ends.
type session struct {
	*sqlconn.Conn
	p        *Provisioner
	server   server
	deadline float64 // of the context, on the platform's clock
	held     bool
}

// session takes the locks of these keys, always in the same order. If this process
// stops for good, the server lets go of them soon after the deadline of ctx.
func (p *Provisioner) session(ctx context.Context, keys ...string) (*session, error) {
	conn, err := sqlconn.Open(ctx, p.db)
	if err != nil {
		return nil, err
	}
	s := &session{p: p, Conn: conn}
	if err := s.begin(ctx, keys); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

func (s *session) begin(ctx context.Context, keys []string) error {
	if len(keys) > 0 {
		s.held = true
		if err := s.Exec(ctx, fmt.Sprintf("set session wait_timeout = %d", seconds(converge.TimeLeft(ctx)))); err != nil {
			return err
		}
	}
	for group := range slices.Chunk(keys, locksAtOnce) {
		if err := s.lock(ctx, group); err != nil {
			return err
		}
	}
	if err := s.readServer(ctx); err != nil {
		return err
	}
	// The platform's clock was read before the time that is left: a pause between
	// the two can only bring the deadline nearer.
	s.deadline = s.server.now + converge.TimeLeft(ctx).Seconds()
	return s.server.check()
}

func (s *session) lock(ctx context.Context, keys []string) error {
	wait := min(converge.TimeLeft(ctx), maxLockWait).Seconds()
	asked, args, got := make([]string, len(keys)), make([]any, len(keys)), make([]sql.NullBool, len(keys))
	into := make([]any, len(keys))
	for i, key := range keys {
		asked[i], args[i], into[i] = fmt.Sprintf("get_lock(?, %.3f)", wait), lockName(s.p.to.Installation, key), &got[i]
	}
	err := s.QueryRowContext(ctx, "select "+strings.Join(asked, ", "), args...).Scan(into...)
	if err == nil && slices.ContainsFunc(got, func(b sql.NullBool) bool { return !b.Bool }) {
		err = errBusy
	}
	return s.Note(err)
}

// lockName is short enough for the server.
func lockName(installation, key string) string {
	sum := sha256.Sum256([]byte(key))
	return homeOf(installation) + "_" + strings.ToLower(encoding.EncodeToString(sum[:])[:32])
}

func (s *session) readServer(ctx context.Context) error {
	v := &s.server
	err := s.QueryRowContext(ctx, "select id, version, unix_timestamp(sysdate(6)), @@global.read_only not in ('0', 'OFF'), current_user(), @@global.default_password_lifetime, @@global.max_user_connections, @@have_ssl <> 'YES' from "+
		s.p.home+".installation").Scan(&v.id, &v.version, &v.now, &v.readOnly, &v.self, &v.passwordDays, &v.connections, &v.noTLS)
	if err == nil {
		v.id, err = s.p.to.Known.Admit(v.id)
	}
	return s.Note(err)
}

// act calls a procedure of the home that changes something. The server ends the call
// when its time is over, and refuses it if that could be after the deadline. The
// answer is waited for also when ctx is canceled meanwhile: no act may happen after our
// return.
func (s *session) act(ctx context.Context, a act) error {
	if s.p.beforeAct != nil {
		s.p.beforeAct(ctx, s)
	}
	if err := ctx.Err(); err != nil {
		return s.Note(err)
	}
	left := converge.TimeLeft(ctx)
	if left <= 0 {
		return s.Note(fmt.Errorf("%w: %w", context.DeadlineExceeded, errNoTime))
	}
	deadline, _ := ctx.Deadline()
	ctx, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	most := max(time.Millisecond, min(maxActTime, left/2)).Seconds()
	args := append(slices.Clone(a.args), fmt.Sprintf("%.6f", s.deadline))
	call := fmt.Sprintf("set statement max_statement_time = %.3f, group_concat_max_len = %d for call %s.%s(?%s)", most, maxList, s.p.home, a.procedure, strings.Repeat(", ?", len(a.args)))
	return s.Exec(ctx, call, args...)
}

// end gives the connection back, without its locks; after an error it is closed
// instead. Ending twice is fine.
func (s *session) end() {
	if s.held && !s.Broken {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Exec(ctx, fmt.Sprintf("set session wait_timeout = %d, @released = release_all_locks()", seconds(keepAlive)))
	}
	s.held = false
	s.Release()
}

// seconds never returns 0, which MariaDB would not take.
func seconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }
