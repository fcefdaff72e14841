package pgprovision

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// reading is one query that travels with others in one message, to save round trips.
type reading struct {
	sql  string
	args []any                               // $1 and so on, at most nine
	scan func(scan func(...any) error) error // called for each row
}

// errUnanswered says that a message was answered in part, without an error.
var errUnanswered = errors.New("the platform answered less than was asked")

// read asks all at once, and scans the answers in their order.
func (s *session) read(ctx context.Context, readings ...reading) error {
	return s.ask(ctx, "", readings...)
}

// ask is read after statements that answer nothing.
func (s *session) ask(ctx context.Context, first string, readings ...reading) error {
	var texts []string
	if first != "" {
		texts = append(texts, first)
	}
	for _, r := range readings {
		text, err := r.text()
		if err != nil {
			return err
		}
		texts = append(texts, text)
	}
	rows, err := s.QueryContext(ctx, strings.Join(texts, ";\n"))
	if err != nil {
		return s.Note(err)
	}
	defer func() { _ = rows.Close() }()
	for i, r := range readings {
		if i > 0 && !rows.NextResultSet() {
			return s.Note(cmp.Or(rows.Err(), errUnanswered))
		}
		for rows.Next() {
			if err := r.scan(rows.Scan); err != nil {
				return s.Note(err) // also where a context ends between two rows
			}
		}
	}
	return s.Note(rows.Err())
}

var parameter = regexp.MustCompile(`\$[1-9]`)

// text puts the arguments into the query as literals: a message with several queries
// cannot have parameters.
func (r reading) text() (string, error) {
	literals := make([]string, len(r.args))
	for i, arg := range r.args {
		var err error
		if literals[i], err = literal(arg); err != nil {
			return "", err
		}
	}
	return parameter.ReplaceAllStringFunc(r.sql, func(p string) string { return literals[p[1]-'1'] }), nil
}

// literal writes a value as SQL has it.
func literal(v any) (string, error) {
	if valuer, is := v.(driver.Valuer); is {
		var err error
		if v, err = valuer.Value(); err != nil {
			return "", err
		}
	}
	switch v := v.(type) {
	case string:
		if strings.ContainsRune(v, 0) {
			return "", fmt.Errorf("%q holds a NUL, which no text on PostgreSQL can", excerpt.Of(v, maxShown))
		}
		return pq.QuoteLiteral(v), nil
	case bool, int, int64, uint32:
		return fmt.Sprint(v), nil
	}
	return "", fmt.Errorf("a %T cannot be part of a query", v)
}

// ids makes an array argument that is never null: with null, both "= any" and "<> all"
// would match no row.
func ids(list []int64) any { return pq.Array(append([]int64{}, list...)) }
