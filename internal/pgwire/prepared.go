package pgwire

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/lib/pq"
)

// longest bounds the text of a statement that is kept: a longer one inserts many
// rows, and seldom comes again with as many.
const longest = 8 << 10

// longestValues bounds the arguments of one that is executed as prepared: longer ones,
// such as arrays, take more time to write as literals and to read than is saved.
const longestValues = 32 << 10

// cache holds the prepared statements of one connection, by their text.
type cache struct {
	most  int
	id    uint64 // of the connection
	held  map[string]*held
	calls int64
}

// held is the name of a prepared statement, and the call that used it last.
type held struct {
	name string
	used int64
}

// prepared executes a query as a prepared statement, where it is one to prepare.
// It does so by EXECUTE: when a context ends, the driver's own prepared statements
// wait for a server that has fallen silent.
func prepared[T any](ctx context.Context, c *conn, query string, args []driver.NamedValue, do func(context.Context, string, []driver.NamedValue) (T, error)) (T, error) {
	values, takes := literals(args)
	if c.cache.most == 0 || c.pooler.found() || !takes || len(query) > longest {
		return do(ctx, query, args)
	}
	name, err := c.prepare(ctx, query)
	if err != nil {
		var none T
		return none, err
	}
	result, err := do(ctx, "execute "+name+" ("+values+")", nil)
	state := stateOf(err)
	if state != planChanged && state != statementGone {
		return result, err
	}
	if state == statementGone {
		c.pooler.miss()
	}
	c.drop(ctx, query)
	result, anew := do(ctx, query, args)
	if stateOf(anew) == alreadyAborted {
		return result, err // of the transaction
	}
	return result, anew
}

// The states in which the server may answer a statement that it has to parse
// anew, and has not executed: a migration has changed the types of its columns, or
// somebody has discarded it.
const (
	planChanged    = "0A000"
	statementGone  = "26000"
	alreadyAborted = "25P02"
)

func stateOf(err error) string {
	var failed *pq.Error
	if !errors.As(err, &failed) {
		return ""
	}
	return string(failed.Code)
}

// literals writes arguments as SQL has them. It takes only those that are the same
// then: a query without arguments may be several in one text, and a NUL would end
// the message.
func literals(args []driver.NamedValue) (list string, takes bool) {
	texts, size := make([]string, len(args)), 0
	for i, arg := range args {
		switch v := arg.Value.(type) {
		case string:
			if size += len(v); size > longestValues || strings.ContainsRune(v, 0) {
				return "", false
			}
			texts[i] = pq.QuoteLiteral(v)
		case int64:
			texts[i] = fmt.Sprintf("'%d'", v)
		default:
			return "", false
		}
	}
	return strings.Join(texts, ", "), len(args) > 0
}

// prepare names the prepared statement for a query.
func (c *conn) prepare(ctx context.Context, query string) (name string, err error) {
	c.cache.calls++
	if s, is := c.cache.held[query]; is {
		s.used = c.cache.calls
		return s.name, nil
	}
	if len(c.cache.held) >= c.cache.most {
		c.drop(ctx, c.cache.oldest())
	}
	// Behind a pooler this may reach a server on which others have prepared theirs: a name
	// is that of one statement of one connection.
	name = fmt.Sprintf("grantwright_%d%09d", c.cache.id, c.cache.calls)
	// However long the query may take: this waits for nobody.
	brief, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	c.bound(brief)
	defer c.bound(ctx)
	if _, err := c.pqConn.ExecContext(brief, "prepare "+name+" as "+query, nil); err != nil {
		return "", err
	}
	if c.cache.held == nil {
		c.cache.held = make(map[string]*held)
	}
	c.cache.held[query] = &held{name, c.cache.calls}
	return name, nil
}

// oldest is the statement whose last use is the longest ago.
func (c *cache) oldest() (query string) {
	least := c.calls
	for text, s := range c.held {
		if s.used <= least {
			query, least = text, s.used
		}
	}
	return query
}

// drop forgets a statement. Where the server does not, because a transaction is
// aborted or the time is over, it keeps one that nobody uses.
func (c *conn) drop(ctx context.Context, query string) {
	name := c.cache.held[query].name
	delete(c.cache.held, query)
	if stillThere := ctx.Err() == nil; stillThere {
		_, _ = c.pqConn.ExecContext(ctx, "deallocate "+name, nil)
	}
}

// Prepares reports whether a statement of this name is still to be prepared on a
// connection of a Connector, and notes that it is from now on. It serves callers that
// send PREPARE and EXECUTE in messages of their own, and close a connection after an
// error.
func Prepares(driverConn any, name string) bool {
	c := driverConn.(*conn)
	if c.named[name] {
		return false
	}
	if c.named == nil {
		c.named = make(map[string]bool)
	}
	c.named[name] = true
	return true
}
