package sqlconn_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/grantwright/grantwright/provision/internal/sqlconn"
)

var errRefused = errors.New("refused")

// database answers each query with two rows, and refuses each statement "bad".
type database struct{ closed int }

func (d *database) Connect(context.Context) (driver.Conn, error) { return &connection{d}, nil }
func (d *database) Driver() driver.Driver                        { return nil }

type connection struct{ d *database }

func (c *connection) Prepare(string) (driver.Stmt, error) { return nil, errRefused }
func (c *connection) Begin() (driver.Tx, error)           { return nil, errRefused }
func (c *connection) Close() error                        { c.d.closed++; return nil }

func (c *connection) ExecContext(_ context.Context, statement string, _ []driver.NamedValue) (driver.Result, error) {
	if statement == "bad" {
		return nil, errRefused
	}
	return driver.ResultNoRows, nil
}

func (c *connection) QueryContext(_ context.Context, statement string, _ []driver.NamedValue) (driver.Rows, error) {
	if statement == "bad" {
		return nil, errRefused
	}
	return &rows{}, nil
}

type rows struct{ n int64 }

func (r *rows) Columns() []string { return []string{"n"} }
func (r *rows) Close() error      { return nil }

func (r *rows) Next(into []driver.Value) error {
	if r.n == 2 {
		return io.EOF
	}
	r.n++
	into[0] = r.n
	return nil
}

func TestClosesAConnectionAfterAnError(t *testing.T) {
	t.Parallel()
	scan := func(scan func(...any) error) error { return scan(new(int)) }
	tests := []struct {
		name   string
		use    func(ctx context.Context, c *sqlconn.Conn) error
		broken bool
	}{
		{"a statement", func(ctx context.Context, c *sqlconn.Conn) error { return c.Exec(ctx, "good") }, false},
		{"a statement that is refused", func(ctx context.Context, c *sqlconn.Conn) error { return c.Exec(ctx, "bad") }, true},
		{"a query", func(ctx context.Context, c *sqlconn.Conn) error { return c.Query(ctx, scan, "good") }, false},
		{"a query that is refused", func(ctx context.Context, c *sqlconn.Conn) error { return c.Query(ctx, scan, "bad") }, true},
		{"a row that cannot be read", func(ctx context.Context, c *sqlconn.Conn) error {
			return c.Query(ctx, func(func(...any) error) error { return errRefused }, "good")
		}, true},
		{"no error", func(_ context.Context, c *sqlconn.Conn) error { return c.Note(nil) }, false},
		{"an error, and then none", func(_ context.Context, c *sqlconn.Conn) error {
			defer func() { _ = c.Note(nil) }()
			return c.Note(errRefused)
		}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &database{}
			pool := sql.OpenDB(d)
			defer func() { _ = pool.Close() }()
			c, err := sqlconn.Open(t.Context(), pool)
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.use(t.Context(), c); errors.Is(err, errRefused) != tt.broken || c.Broken != tt.broken {
				t.Errorf("the error is %v, broken is %v, want %v", err, c.Broken, tt.broken)
			}
			c.Release()
			c.Release()
			if closed := d.closed == 1; closed != tt.broken {
				t.Errorf("%d connections were closed, want one: %v", d.closed, tt.broken)
			}
		})
	}
}

func TestScansEachRow(t *testing.T) {
	t.Parallel()
	pool := sql.OpenDB(&database{})
	defer func() { _ = pool.Close() }()
	c, err := sqlconn.Open(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	var got []int
	err = c.Query(t.Context(), func(scan func(...any) error) error {
		got = append(got, 0)
		return scan(&got[len(got)-1])
	}, "good")
	if err != nil || !slices.Equal(got, []int{1, 2}) {
		t.Errorf("the rows are %v, %v", got, err)
	}
}
