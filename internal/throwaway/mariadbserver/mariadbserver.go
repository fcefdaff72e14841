// Package mariadbserver runs throwaway MariaDB servers for the tests: on loopback,
// on a free port, gone with the process that started them, also when that process
// is killed.
package mariadbserver

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/go-sql-driver/mysql"

	"github.com/grantwright/grantwright/internal/throwaway"
)

// Server is a running MariaDB.
type Server struct {
	// DB is a pool of root's.
	DB *sql.DB

	port     int
	password string
	process  throwaway.Process
	log, pid string // files of its folder
}

// supervise ends the server and removes its folder as soon as the lifeline on
// standard input closes, however that came about. What it kept is thrown away, so
// that it need not end in order. A line on it is the signal by which the server ends
// and is started anew, on the same folder and port.
const supervise = `dir=$1; shift
while
	"$@" >>"$dir/log" 2>&1 </dev/null &
	server=$!
	read -r signal
do
	kill -"$signal" $server 2>/dev/null
	wait $server
done
kill -KILL $server 2>/dev/null
wait $server
rm -rf "$dir"`

// Start makes a new, empty server in the temporary folder and serves it. Extra
// settings are "name=value".
func Start(ctx context.Context, settings ...string) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, throwaway.Timeout)
	defer cancel()
	maria, err := find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "grantwright-mariadb-")
	if err != nil {
		return nil, err
	}
	s := &Server{password: rand.Text(), log: filepath.Join(dir, "log"), pid: filepath.Join(dir, "pid")}
	if err := s.start(ctx, maria, dir, settings); err != nil {
		s.Stop()
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("mariadbserver: %w", err)
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, maria programs, dir string, settings []string) error {
	// MariaDB runs as root only where it is told to; a throwaway server may.
	me, err := user.Current()
	if err != nil {
		return err
	}
	data := filepath.Join(dir, "data")
	// A server that starts removes the temporary tables of any other in the same folder.
	common := append([]string{"--no-defaults", "--user=" + me.Username, "--datadir=" + data, "--tmpdir=" + dir}, maria.options...)
	var own []string
	for _, setting := range settings {
		own = append(own, "--"+setting)
	}
	install := exec.CommandContext(ctx, maria.installer, slices.Concat(common, own, []string{"--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"})...)
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", maria.installer, err, bytes.TrimSpace(out))
	}
	if s.port, err = throwaway.FreePort(); err != nil {
		return err
	}
	args := append([]string{"-c", supervise, "supervise", dir, maria.daemon}, common...)
	args = append(args, "--bind-address=127.0.0.1", "--port="+strconv.Itoa(s.port), "--socket="+filepath.Join(dir, "socket"), "--pid-file="+s.pid,
		"--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--innodb-doublewrite=0", "--sync-frm=0", "--innodb-buffer-pool-size=32M", "--performance-schema=off", "--skip-log-bin")
	args = append(args, own...)
	command := exec.Command("sh", args...)
	setGroup(command)
	if err := s.process.Start(command); err != nil {
		return err
	}
	return s.connect(ctx, filepath.Join(dir, "socket"))
}

// connect waits until the server answers, and gives root a password, by which the
// pool comes in over loopback.
func (s *Server) connect(ctx context.Context, socket string) error {
	first, err := open("root", "", "unix", socket)
	if err != nil {
		return err
	}
	defer func() { _ = first.Close() }()
	if err := throwaway.Await(ctx, s.log, first.PingContext); err != nil {
		return err
	}
	for _, statement := range []string{
		"create or replace user root@'127.0.0.1' identified by '" + s.password + "'",
		"grant all on *.* to root@'127.0.0.1' with grant option",
		"set password = password('" + s.password + "')",
	} {
		if _, err := first.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	s.DB, err = s.Open("root", s.password)
	return err
}

// Restart ends the server and starts it anew on what it kept, under the same address, and
// returns when it answers again. All connections are lost. A crash ends it at once, and it
// recovers when it starts: what was committed within the last second is lost then, unless
// Start was told innodb-flush-log-at-trx-commit=2.
func (s *Server) Restart(ctx context.Context, crash bool) error {
	ctx, cancel := context.WithTimeout(ctx, throwaway.Timeout)
	defer cancel()
	before, err := os.ReadFile(s.pid)
	if err != nil {
		return fmt.Errorf("mariadbserver: restarting: %w", err)
	}
	signal := "TERM"
	if crash {
		signal = "KILL"
	}
	if err := s.process.Say(signal); err != nil {
		return fmt.Errorf("mariadbserver: restarting: %w", err)
	}
	return throwaway.Await(ctx, s.log, func(ctx context.Context) error {
		if now, err := os.ReadFile(s.pid); err != nil || bytes.Equal(now, before) {
			return errors.Join(errors.New("it has not been started anew yet"), err)
		}
		return s.DB.PingContext(ctx)
	})
}

// Stop ends the server and removes what it kept. Stopping twice is fine.
func (s *Server) Stop() {
	if s.DB != nil {
		_ = s.DB.Close()
	}
	s.process.Stop()
}

// Address is where the server listens.
func (s *Server) Address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// URL is the address for connections, of a user.
func (s *Server) URL(user string) string {
	u := url.URL{Scheme: "mariadb", User: url.User(user), Host: s.Address(), Path: "/", RawQuery: "tls=false"}
	return u.String()
}

// Open returns a pool of a user's.
func (s *Server) Open(user, password string) (*sql.DB, error) {
	return open(user, password, "tcp", s.Address())
}

// Client hands a script to MariaDB's client, as root. A statement that fails ends it with
// an error if strict, and is passed by otherwise.
func (s *Server) Client(ctx context.Context, folder, script string, strict bool) (string, error) {
	args := []string{"--no-defaults", "--host=127.0.0.1", "--port=" + strconv.Itoa(s.port), "--user=root", "--default-character-set=utf8mb4", "--batch"}
	if !strict {
		args = append(args, "--force")
	}
	return throwaway.Feed(ctx, folder, script, []string{"MYSQL_PWD=" + s.password}, "mariadb", args...)
}

func open(user, password, network, address string) (*sql.DB, error) {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr = user, password, network, address
	c.Timeout, c.ReadTimeout, c.WriteTimeout = throwaway.Timeout, throwaway.Timeout, throwaway.Timeout
	c.Collation, c.InterpolateParams = "utf8mb4_bin", true
	c.Logger = &mysql.NopLogger{} // while the server comes up it refuses
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
