// Package pgserver runs throwaway PostgreSQL servers for the examples and the
// tests: on loopback, on a free port, gone with the process that started them,
// also when that process is killed.
package pgserver

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
	"path/filepath"
	"strconv"
	"time"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/internal/throwaway"
)

// Server is a running PostgreSQL.
type Server struct {
	// DB is a pool of the superuser's, on the database postgres.
	DB *sql.DB

	port     int
	password string
	process  throwaway.Process
	log      string

	bin, dir string
	account  account
	settings []string
}

// supervise ends the server and removes its folder as soon as the lifeline on
// standard input closes, however that came about. A line on it is the signal by
// which the server ends and is started anew, on the same folder and port.
const supervise = `dir=$1; shift
while
	"$@" >>"$dir/log" 2>&1 </dev/null &
	server=$!
	read -r signal
do
	kill -"$signal" $server 2>/dev/null
	wait $server
done
kill -INT $server 2>/dev/null
wait $server
rm -rf "$dir"`

// Start makes a new, empty cluster in the temporary folder and serves it, with
// the version that VersionVariable names. Extra settings are "name=value".
func Start(ctx context.Context, settings ...string) (*Server, error) {
	return StartVersion(ctx, os.Getenv(VersionVariable), settings...)
}

// StartVersion does what Start does with a version that Find understands.
func StartVersion(ctx context.Context, version string, settings ...string) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, throwaway.Timeout)
	defer cancel()
	bin, err := Find(version)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "grantwright-postgres-")
	if err != nil {
		return nil, err
	}
	s := &Server{password: rand.Text(), log: filepath.Join(dir, "log")}
	if err := s.start(ctx, bin, dir, settings); err != nil {
		s.Stop()
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, bin, dir string, settings []string) error {
	account, err := serverAccount(dir)
	if err != nil {
		return err
	}
	if bin, err = account.within(bin, dir); err != nil {
		return err
	}
	if err := s.initialize(ctx, bin, dir, account); err != nil {
		return err
	}
	s.bin, s.dir, s.account, s.settings = bin, dir, account, settings
	return s.serve(ctx)
}

// serve starts the server on its folder.
func (s *Server) serve(ctx context.Context) (err error) {
	if s.port, err = throwaway.FreePort(); err != nil {
		return err
	}
	args := []string{"-c", supervise, "supervise", s.dir, filepath.Join(s.bin, "postgres"), "-D", filepath.Join(s.dir, "data"),
		"-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-k", s.dir, "-F", "-c", "password_encryption=scram-sha-256"}
	for _, setting := range s.settings {
		args = append(args, "-c", setting)
	}
	command := exec.Command("sh", args...)
	s.account.applyTo(command)
	if err := s.process.Start(command); err != nil {
		return err
	}
	return s.connect(ctx)
}

// initialize makes the cluster. The superuser has a random password, which MD5 keeps well
// enough and cheaply: tests connect thousands of times. Every role that comes later has a
// SCRAM secret, which such a server asks for by SCRAM.
func (s *Server) initialize(ctx context.Context, bin, dir string, account account) error {
	passwordFile := filepath.Join(dir, "password")
	if err := os.WriteFile(passwordFile, []byte(s.password), 0o600); err != nil {
		return err
	}
	if err := account.own(passwordFile); err != nil {
		return err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "postgres",
		"-A", "md5", "--pwfile", passwordFile, "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	account.applyTo(initdb)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, bytes.TrimSpace(out))
	}
	return nil
}

// idle is how many connections DB keeps for tests that run side by side.
const idle = 8

// connect waits until the server answers.
func (s *Server) connect(ctx context.Context) error {
	db, err := sql.Open("postgres", s.URL("postgres", s.password, "postgres"))
	if err != nil {
		return err
	}
	s.DB = db
	db.SetMaxIdleConns(idle)
	return s.await(ctx, "select $1", true)
}

// await asks until the server answers the question with true.
func (s *Server) await(ctx context.Context, question string, args ...any) error {
	return throwaway.Await(ctx, s.log, func(ctx context.Context) error {
		var yes bool
		err := s.DB.QueryRowContext(ctx, question, args...).Scan(&yes)
		if err == nil && !yes {
			err = errors.New("it is still the one before")
		}
		return err
	})
}

// Restart ends the server and starts it anew on what it kept, under the same
// address, and returns when it answers again. All connections are lost. A crash
// ends it at once, and it recovers when it starts.
func (s *Server) Restart(ctx context.Context, crash bool) error {
	ctx, cancel := context.WithTimeout(ctx, throwaway.Timeout)
	defer cancel()
	var before time.Time
	if err := s.DB.QueryRowContext(ctx, "select pg_postmaster_start_time()").Scan(&before); err != nil {
		return fmt.Errorf("pgserver: restarting: %w", err)
	}
	signal := "INT"
	if crash {
		signal = "QUIT"
	}
	if err := s.process.Say(signal); err != nil {
		return fmt.Errorf("pgserver: restarting: %w", err)
	}
	return s.await(ctx, "select pg_postmaster_start_time() > $1", before)
}

// Stop ends the server and removes what it kept. Stopping twice is fine.
func (s *Server) Stop() {
	if s.DB != nil {
		_ = s.DB.Close()
	}
	s.process.Stop()
}

// URL is the connection string of a user on a database.
func (s *Server) URL(user, password, database string) string {
	u := url.URL{Scheme: "postgres", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: "/" + database, RawQuery: "sslmode=disable"}
	if u.User = url.User(user); password != "" {
		u.User = url.UserPassword(user, password)
	}
	return u.String()
}

// SuperURL is the connection string of the superuser on a database.
func (s *Server) SuperURL(database string) string {
	return s.URL("postgres", s.password, database)
}

// Open returns a pool of the superuser's on a database.
func (s *Server) Open(database string) (*sql.DB, error) {
	return sql.Open("postgres", s.SuperURL(database))
}

// Psql hands a script to psql on a database, as the superuser. A statement that fails ends it
// with an error if strict, and is passed by otherwise.
func (s *Server) Psql(ctx context.Context, folder, database, script string, strict bool) (string, error) {
	stop := "ON_ERROR_STOP=" + strconv.Itoa(map[bool]int{false: 0, true: 1}[strict])
	u, err := url.Parse(s.SuperURL(database))
	if err != nil {
		return "", err
	}
	u.User = url.User("postgres")
	return throwaway.Feed(ctx, folder, script, []string{"PGPASSWORD=" + s.password, "PGCLIENTENCODING=UTF8"}, "psql", "-X", "-q", "-v", stop, "-f", "-", u.String())
}

// CreateDatabase makes an empty database of that name.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	_, err := s.DB.ExecContext(ctx, "create database "+pq.QuoteIdentifier(name))
	return err
}
