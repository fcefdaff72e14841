package cluster

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/internal/pgwire"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// Reading is one query that travels with others in one message, to save round trips.
type Reading struct {
	SQL  string
	Args []any                               // $1 and so on, at most nine
	Once bool                                // the text is another each time, so that it is not prepared
	Scan func(scan func(...any) error) error // called for each row
}

// Message is sent at once. The platform answers the readings in their order.
type Message struct {
	First    string // statements that answer nothing, before the readings
	Readings []Reading
	Last     string // the same, after the readings
}

// errUnanswered says that a message was answered in part, without an error.
var errUnanswered = errors.New("the platform answered less than was asked")

// Read asks all at once.
func (s *Session) Read(ctx context.Context, readings ...Reading) error {
	return s.Ask(ctx, Message{Readings: readings})
}

// Ask sends a message, and scans the answers in their order.
func (s *Session) Ask(ctx context.Context, m Message) error {
	text, err := s.text(m)
	if err != nil {
		return s.Note(err)
	}
	rows, err := s.QueryContext(ctx, text)
	if err != nil {
		s.doubt(err)
		return s.Note(err)
	}
	defer func() { _ = rows.Close() }()
	for i, r := range m.Readings {
		if i > 0 && !rows.NextResultSet() {
			return s.Note(cmp.Or(rows.Err(), errUnanswered))
		}
		for rows.Next() {
			if err := r.Scan(rows.Scan); err != nil {
				return s.Note(err) // also where a context ends between two rows
			}
		}
	}
	return s.Note(cmp.Or(rows.Err(), rows.Close()))
}

// text writes a message. Each reading is prepared on its connection, in the first message
// that needs it.
func (s *Session) text(m Message) (string, error) {
	var prepare, texts []string
	err := s.Raw(func(conn any) error {
		for _, r := range m.Readings {
			args, err := r.literals()
			if err != nil {
				return err
			}
			if r.Once || s.cluster.unprepared.Load() || len(args) > 0 && len(strings.Join(args, "")) > longest {
				texts = append(texts, r.text(args))
				continue
			}
			name := r.name()
			if pgwire.Prepares(conn, name) {
				prepare = append(prepare, "prepare "+name+" as "+r.SQL)
			}
			texts = append(texts, r.call(name, args))
		}
		return nil
	})
	all := slices.Concat([]string{m.First}, prepare, texts, []string{m.Last})
	return strings.Join(slices.DeleteFunc(all, func(t string) bool { return t == "" }), ";\n"), err
}

// longest bounds the arguments of a reading that is prepared: a plan for long lists is
// another than that for a few things.
const longest = 8 << 10

// name is another one for each text, so that no other version of ours means another query
// by it.
func (r Reading) name() string {
	sum := sha256.Sum256([]byte(r.SQL))
	return "grantwright_" + hex.EncodeToString(sum[:10])
}

// call executes the prepared query.
func (r Reading) call(name string, args []string) string {
	if len(args) == 0 {
		return "execute " + name
	}
	return "execute " + name + " (" + strings.Join(args, ", ") + ")"
}

var parameter = regexp.MustCompile(`\$[1-9][0-9]*`)

// text puts the arguments into the query: a message with several queries cannot have
// parameters. A setting is read once, and not for each row. Without arguments nothing is
// put in: names stand in such a text, and one may be $1.
func (r Reading) text(literals []string) string {
	if len(literals) == 0 {
		return r.SQL
	}
	return parameter.ReplaceAllStringFunc(r.SQL, func(p string) string {
		n, _ := strconv.Atoi(p[1:]) // of digits alone
		n--
		if _, is := r.Args[n].(Setting); is {
			return "(select " + literals[n] + ")"
		}
		return literals[n]
	})
}

func (r Reading) literals() ([]string, error) {
	literals := make([]string, len(r.Args))
	for i, arg := range r.Args {
		var err error
		if literals[i], err = literal(arg); err != nil {
			return nil, err
		}
	}
	return literals, nil
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
	case Setting:
		return string(v), nil
	case string:
		if strings.ContainsRune(v, 0) {
			return "", fmt.Errorf("%q holds a NUL, which no text on PostgreSQL can", excerpt.Of(v, naming.MaxShown))
		}
		return pq.QuoteLiteral(v), nil
	case bool, int, int64, uint32:
		return fmt.Sprint(v), nil
	}
	return "", fmt.Errorf("a %T cannot be part of a query", v)
}

// IDs makes an array argument that is never null: with null, both "= any" and "<> all"
// would match no row.
func IDs(list []int64) any { return pq.Array(append([]int64{}, list...)) }
