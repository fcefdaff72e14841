package pgwire_test

import (
	"context"
	"database/sql"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/internal/pgwire"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
)

// network carries connections to a server until it falls silent: then they stay
// open, and nothing comes back.
type network struct {
	net.Listener
	silent atomic.Bool
}

func newNetwork(t *testing.T, to string) *network {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	n := &network{Listener: l}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				_ = client.Close()
				return
			}
			go func() { defer func() { _ = server.Close() }(); _, _ = io.Copy(server, client) }()
			go func() { _, _ = io.Copy(n.unlessSilent(client), server) }()
		}
	}()
	return n
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

func (n *network) unlessSilent(to io.Writer) io.Writer {
	return writer(func(b []byte) (int, error) {
		if n.silent.Load() {
			return len(b), nil
		}
		return to.Write(b)
	})
}

// open is a pool of one connection over a network.
func open(t *testing.T, s *pgserver.Server, limit time.Duration, statements int) (*sql.DB, *network) {
	t.Helper()
	u, err := url.Parse(s.SuperURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	n := newNetwork(t, u.Host)
	u.Host = n.Addr().String()
	connector, err := pq.NewConnector(u.String())
	if err != nil {
		t.Fatal(err)
	}
	connector.Dialer(pgwire.Dialer{})
	db := sql.OpenDB(pgwire.Connector(connector, limit, statements))
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db, n
}

const patience = 20 * time.Second

// returns fails the test unless a call comes back, with an error.
func returns(t *testing.T, what string, call func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		if err == nil {
			t.Errorf("%s succeeded in a silent network", what)
		}
	case <-time.After(patience):
		t.Fatalf("%s never returns in a silent network", what)
	}
}

func TestCallsReturnWhenTheNetworkFallsSilent(t *testing.T) {
	t.Parallel()
	s, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	tests := []struct {
		name string
		call func(ctx context.Context, db *sql.DB, fallSilent func()) error
	}{
		{"exec", func(ctx context.Context, db *sql.DB, fallSilent func()) error {
			fallSilent()
			_, err := db.ExecContext(ctx, "select 1")
			return err
		}},
		{"query", func(ctx context.Context, db *sql.DB, fallSilent func()) error {
			fallSilent()
			return db.QueryRowContext(ctx, "select $1::int", 1).Scan(new(int))
		}},
		{"prepared query", func(ctx context.Context, db *sql.DB, fallSilent func()) error {
			if err := db.QueryRowContext(ctx, "select $1::int", 1).Scan(new(int)); err != nil {
				t.Error(err)
			}
			fallSilent()
			return db.QueryRowContext(ctx, "select $1::int", 1).Scan(new(int))
		}},
		{"prepared exec", func(ctx context.Context, db *sql.DB, fallSilent func()) error {
			if _, err := db.ExecContext(ctx, "select $1::int", 1); err != nil {
				t.Error(err)
			}
			fallSilent()
			_, err := db.ExecContext(ctx, "select $1::int", 1)
			return err
		}},
		{"prepare", func(ctx context.Context, db *sql.DB, fallSilent func()) error {
			fallSilent()
			_, err := db.PrepareContext(ctx, "select 1")
			return err
		}},
		{"ping", func(ctx context.Context, db *sql.DB, fallSilent func()) error {
			fallSilent()
			return db.PingContext(ctx)
		}},
		{"begin", func(ctx context.Context, db *sql.DB, fallSilent func()) error {
			fallSilent()
			_, err := db.BeginTx(ctx, nil)
			return err
		}},
		{"commit", func(ctx context.Context, db *sql.DB, fallSilent func()) error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				t.Error(err)
				return err
			}
			fallSilent()
			return tx.Commit()
		}},
		{"rollback", func(ctx context.Context, db *sql.DB, fallSilent func()) error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				t.Error(err)
				return err
			}
			fallSilent()
			return tx.Rollback()
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			limited, n := open(t, s, time.Hour, 10)
			if err := limited.Ping(); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			returns(t, "with a deadline, "+tt.name, func() error { return tt.call(ctx, limited, func() { n.silent.Store(true) }) })

			unlimited, n := open(t, s, 100*time.Millisecond, 10)
			if err := unlimited.Ping(); err != nil {
				t.Fatal(err)
			}
			returns(t, "without a deadline, "+tt.name, func() error {
				return tt.call(t.Context(), unlimited, func() { n.silent.Store(true) })
			})
		})
	}
}

// A deadline that is over is that of one call, not of the connection.
func TestConnectionOutlivesTheDeadlinesOfItsCalls(t *testing.T) {
	t.Parallel()
	s, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	db, _ := open(t, s, patience, 10)
	process := func(ctx context.Context, q interface {
		QueryRowContext(context.Context, string, ...any) *sql.Row
	}) (pid int) {
		t.Helper()
		if err := q.QueryRowContext(ctx, "select pg_backend_pid()").Scan(&pid); err != nil {
			t.Fatal(err)
		}
		return pid
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), time.Second)
	first := process(soon, tx)
	cancel()
	over, cancel := context.WithTimeout(t.Context(), 2*time.Second) // more than any grace
	defer cancel()
	<-over.Done()
	if err := tx.Commit(); err != nil {
		t.Errorf("committing after the deadline of a statement: %v", err)
	}
	soon, cancel = context.WithTimeout(t.Context(), time.Second)
	second := process(soon, db)
	cancel()
	if second != first {
		t.Errorf("the connection %d was given up for %d", first, second)
	}
	over, cancel = context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	<-over.Done()
	if err := db.Close(); err != nil {
		t.Errorf("closing after the deadline of the last call: %v", err)
	}
}
