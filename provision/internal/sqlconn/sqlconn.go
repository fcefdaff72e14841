// Package sqlconn is one connection to a database, on which a provisioner looks and
// acts. It comes from a pool. After an error its state is not known: then it is closed,
// and does not go back.
package sqlconn

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"

	"github.com/grantwright/grantwright/internal/telemetry"
)

// Conn is a connection that somebody has to Release.
type Conn struct {
	*sql.Conn
	Broken bool // an error happened
}

// Open takes a connection from a pool.
func Open(ctx context.Context, pool *sql.DB) (*Conn, error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &Conn{Conn: conn}, nil
}

// span begins the span of a statement, which says its kind alone: it may hold names.
func span(ctx context.Context, statement string) (context.Context, telemetry.End) {
	if !telemetry.Traced(ctx) {
		return ctx, func(error) {}
	}
	return telemetry.Begin(ctx, "platform statement", "db.operation.name", kindOf(statement))
}

// kindOf is the first word of a statement, such as GRANT.
func kindOf(statement string) string {
	words := strings.Fields(statement[:min(len(statement), 100)])
	if len(words) == 0 || strings.ContainsFunc(words[0], func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) {
		return ""
	}
	return strings.ToUpper(words[0])
}

// ExecContext is that of the connection, with a span.
func (c *Conn) ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error) {
	ctx, end := span(ctx, statement)
	result, err := c.Conn.ExecContext(ctx, statement, args...)
	end(err)
	return result, err
}

// QueryContext is that of the connection, with a span until its first rows are there.
func (c *Conn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	within, end := span(ctx, query)
	rows, err := c.Conn.QueryContext(within, query, args...)
	end(err)
	return rows, err
}

// QueryRowContext is that of the connection, with a span.
func (c *Conn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	within, end := span(ctx, query)
	row := c.Conn.QueryRowContext(within, query, args...)
	end(row.Err())
	return row
}

// Exec runs a statement that answers nothing.
func (c *Conn) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := c.ExecContext(ctx, statement, args...)
	return c.Note(err)
}

// Query calls scan for each row.
func (c *Conn) Query(ctx context.Context, scan func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := c.QueryContext(ctx, query, args...)
	if err != nil {
		return c.Note(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return c.Note(err)
		}
	}
	return c.Note(rows.Err())
}

// Note records whether an error happened, and returns it.
func (c *Conn) Note(err error) error {
	c.Broken = c.Broken || err != nil
	return err
}

// Release gives the connection back to its pool, or closes it if it is broken.
// Releasing twice is fine.
func (c *Conn) Release() {
	if c.Broken {
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
	}
	_ = c.Close()
}
