// Package demo is an installation to look at: a throwaway PostgreSQL with a small warehouse,
// people, and requests in every state that there is, all of it gone when it is closed.
package demo

import (
	"context"
	"crypto/rand"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/examples/internal/warehouse"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/request"
)

//go:embed demo.yaml
var manifestText string

// logins are those of people in the warehouse; each has a password of its own.
var logins = []string{"eve", "frank", "grace", "heidi"}

// ours are the logins of the connections.
var ours = []string{"gw_warehouse", "gw_lake"}

// Stage is the platform of a demonstration.
type Stage struct {
	Manifest string // path of the file with which the server starts
	Store    string // path of its records
	Clock    Clock

	server    *pgserver.Server
	dir       string
	passwords map[string]string
}

// Clock runs as that of the machine does, from some time ago on: what is past looks as if it
// had happened then. The zero Clock is that of the machine.
type Clock struct{ behind atomic.Int64 }

// Now is the time of the clock.
func (c *Clock) Now() time.Time { return time.Now().Add(-time.Duration(c.behind.Load())) }

// ago sets the clock to some time ago. It never goes back.
func (c *Clock) ago(d time.Duration) { c.behind.Store(int64(d)) }

// Begin sets the clock to before the first chapter of the story.
func (s *Stage) Begin() { s.Clock.ago(chapters[0].ago + time.Hour) }

// Open starts PostgreSQL, and fills it. Without PostgreSQL on the machine the error says how to
// come by it. The context ends what it waits for.
func Open(ctx context.Context) (*Stage, error) {
	dir, err := os.MkdirTemp("", "grantwright-demo-")
	if err != nil {
		return nil, err
	}
	s := &Stage{Manifest: filepath.Join(dir, "demo.yaml"), Store: filepath.Join(dir, "demo.db"), dir: dir, passwords: map[string]string{}}
	if s.server, err = pgserver.Start(ctx); err != nil {
		err = fmt.Errorf("the demonstration needs PostgreSQL 15 or later on this machine: install it (Debian and Ubuntu: apt-get install postgresql; macOS: brew install postgresql), or name the folder of its programs in %s: %w", pgserver.VersionVariable, err)
	} else {
		err = errors.Join(s.fill(ctx), s.write())
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends PostgreSQL, and removes everything.
func (s *Stage) Close() {
	if s.server != nil {
		s.server.Stop()
	}
	_ = os.RemoveAll(s.dir) // in the temporary folder: a rest is nobody's
}

// Logins are the addresses at which people reach the warehouse, each with their password.
func (s *Stage) Logins() map[string]string {
	all := map[string]string{}
	for _, name := range logins {
		all[name] = s.server.URL(name, s.passwords[name], "warehouse")
	}
	return all
}

// fill makes the databases, and a login for each person and for each connection.
func (s *Stage) fill(ctx context.Context) error {
	for _, name := range []string{"warehouse", "lake"} {
		if err := s.server.CreateDatabase(ctx, name); err != nil {
			return err
		}
	}
	for _, login := range append(ours, logins...) {
		s.passwords[login] = rand.Text()
		if err := s.asSuperuser(ctx, "postgres", fmt.Sprintf("create role %s login password '%s'", login, s.passwords[login])); err != nil {
			return err
		}
	}
	if err := s.asSuperuser(ctx, "warehouse", warehouse.SQL); err != nil {
		return err
	}
	return s.asSuperuser(ctx, "lake", "create schema raw; create table raw.clicks as select n as id, now() as at from generate_series(1, 500) n")
}

// write writes the file of the server, and the secrets that it names.
func (s *Stage) write() error {
	text := manifestText
	for _, login := range ours {
		path := filepath.Join(s.dir, login)
		if err := os.WriteFile(path, []byte(s.passwords[login]), 0o600); err != nil {
			return err
		}
		text = strings.NewReplacer("URL_OF_"+login, s.server.URL(login, "", "postgres"), "SECRET_OF_"+login, "file:"+path).Replace(text)
	}
	return os.WriteFile(s.Manifest, []byte(text), 0o600)
}

func (s *Stage) asSuperuser(ctx context.Context, database, statements string) error {
	db, err := s.server.Open(database)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, statements)
	return err
}

// Reads counts the rows that somebody sees in a table of the warehouse.
func (s *Stage) Reads(ctx context.Context, login, table string) (rows int, err error) {
	db, err := sql.Open("postgres", s.Logins()[login])
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(ctx, "select count(*) from "+table).Scan(&rows)
	return rows, err
}

// prepare runs what Setup asks of the administrator of a platform, until it asks for nothing.
func (s *Stage) prepare(ctx context.Context, engine *grantwright.Engine, by request.Identity, connection string) error {
	const most = 10 // rounds
	for range most {
		steps, err := engine.Connections().Setup(ctx, by, connection)
		if err != nil || len(steps) == 0 {
			return err
		}
		database := "postgres"
		for _, step := range steps {
			statement := string(step)
			if comment, rest, is := strings.Cut(statement, "\n"); is && strings.HasPrefix(comment, `-- in database "`) {
				database, statement = strings.TrimSuffix(strings.TrimPrefix(comment, `-- in database "`), `":`), rest
			}
			if err := s.asSuperuser(ctx, database, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
	}
	return fmt.Errorf("the setup of %s does not end", connection)
}
