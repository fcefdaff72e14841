package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// counting counts the statements that go to the database.
type counting struct {
	driver.Connector
	statements atomic.Int64
}

func (c *counting) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	return countedConn{conn, c}, err
}

type countedConn struct {
	driver.Conn
	of *counting
}

func (c countedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

func (c countedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.of.statements.Add(1)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c countedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.of.statements.Add(1)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

// A change costs as many statements however many records it holds, and none for
// what it does not do.
func TestStatementsOfAWrite(t *testing.T) {
	t.Parallel()
	_, migrated := fresh(t, nil)
	connector, err := pq.NewConnector(server.SuperURL(database(t, migrated)))
	if err != nil {
		t.Fatal(err)
	}
	counted := &counting{Connector: connector}
	db := sql.OpenDB(counted)
	defer func() { _ = db.Close() }()
	s := sqlstore.New(db, db)
	if _, err := s.Get(t.Context(), store.Key{Kind: "k", ID: "a"}); err != nil { // looks at the tables, once
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		writes func(n int) []store.Write
		want   int64
	}{
		{"inserts without keys", func(n int) []store.Write { return some("plain", n, 0, false) }, 1},
		{"updates without keys", func(n int) []store.Write { return some("plain", n, 1, false) }, 1},
		{"deletes", func(n int) []store.Write { return removals("plain", n, 2) }, 1},
		{"inserts", func(n int) []store.Write { return some("keyed", n, 0, true) }, 1},
		{"updates", func(n int) []store.Write { return some("keyed", n, 1, true) }, 1},
		{"all at once", func(n int) []store.Write {
			return append(append(some("new", n, 0, true), some("keyed", n, 2, true)...), some("newer", n, 0, false)...)
		}, 1},
		{"nothing", func(int) []store.Write { return nil }, 0},
	} {
		for _, n := range []int{1, 150} {
			before := counted.statements.Load()
			if err := s.Write(t.Context(), store.Commit{Writes: numberedKind(n, tt.writes(n))}); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if got := counted.statements.Load() - before; got != tt.want {
				t.Errorf("%s, %d of each: %d statements, want %d", tt.name, n, got, tt.want)
			}
		}
	}
}

func some(prefix string, n int, version int64, keyed bool) []store.Write {
	writes := make([]store.Write, n)
	for i := range writes {
		id := fmt.Sprintf("%s%d", prefix, i)
		writes[i] = store.Write{ID: id, Version: version, Body: []byte(`{}`)}
		if keyed {
			writes[i].Entries = []store.Entry{{Index: "all", Order: id}, {Index: "of", Value: id}}
			writes[i].Unique = []store.Unique{{Name: "id", Value: id}}
		}
	}
	return writes
}

func removals(prefix string, n int, version int64) []store.Write {
	writes := some(prefix, n, version, false)
	for i := range writes {
		writes[i].Body = nil
	}
	return writes
}

// numberedKind keeps the records of two rounds apart.
func numberedKind(n int, writes []store.Write) []store.Write {
	for i := range writes {
		writes[i].Kind = fmt.Sprintf("of %d", n)
	}
	return writes
}
