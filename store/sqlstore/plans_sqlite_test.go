package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"regexp"
	"testing"

	"github.com/grantwright/grantwright/store/sqlstore"
)

// overheard is a connector of SQLite that tells of each statement.
type overheard struct {
	driver driver.Driver
	source string
	hear   func(query string, args []driver.NamedValue)
}

func (o overheard) Driver() driver.Driver { return o.driver }

func (o overheard) Connect(context.Context) (driver.Conn, error) {
	conn, err := o.driver.Open(o.source)
	return overheardConn{conn, o.hear}, err
}

type overheardConn struct {
	driver.Conn
	hear func(query string, args []driver.NamedValue)
}

func (c overheardConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

func (c overheardConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.hear(query, args)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c overheardConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.hear(query, args)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

// readsAll is a step that goes through all rows of a table or of an index, or through all
// of a kind where there is an index of less. Lists that came with the statement are
// scanned too: v, the pages k, and the rows that are locked.
var readsAll = regexp.MustCompile(`^SCAN (?:r|s|e|u|grantwright_(?:records|entries|unique_values))\b|^SEARCH (?:u|grantwright_entries|grantwright_unique_values) .*\(kind=\?\)$`)

// In SQLite too everything is found by a search in an index.
func TestPlansOfSQLite(t *testing.T) {
	t.Parallel()
	kinds, indexes := declared(t)
	path := newFile(t)
	openSQLite(t, path)
	plain := raw(t, path+"?_txlock=immediate")
	list, err := json.Marshal(kinds)
	check(t, err)
	fill(t, plain, `with recursive n (n) as (values (1) union all select n + 1 from n where n < $2)
		insert into grantwright_records (kind, id, version, body)
		select k.value, printf('%019d', n), 1, '{}' from json_each($1) k cross join n`, string(list), ofEachKind)
	fill(t, plain, `insert into grantwright_entries (kind, name, value, ord, id) select kind, 'an index', 'hot', id, id from grantwright_records`)
	fill(t, plain, `insert into grantwright_unique_values (kind, name, value, id) select kind, 'u', id, id from grantwright_records`)
	fill(t, plain, `analyze`)
	seen := map[string][]any{}
	watched := sql.OpenDB(overheard{plain.Driver(), path + "?_txlock=immediate", func(query string, args []driver.NamedValue) {
		seen[query] = nil
		for _, arg := range args {
			seen[query] = append(seen[query], arg.Value)
		}
	}})
	t.Cleanup(func() { _ = watched.Close() })
	watched.SetMaxOpenConns(1)
	everyStatement(t.Context(), t, sqlstore.NewSQLite(watched, watched), kinds, indexes, func(string) {})
	if len(seen) < 15 {
		t.Errorf("%d statements were seen", len(seen))
	}
	for query, args := range seen {
		for _, step := range queryPlan(t, plain, query, args) {
			if readsAll.MatchString(step) {
				t.Errorf("%s:\n%s", step, query)
			}
		}
	}
}

func queryPlan(t *testing.T, db *sql.DB, query string, args []any) (steps []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `explain query plan `+query, args...)
	check(t, err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var step string
		check(t, rows.Scan(&id, &parent, &unused, &step))
		steps = append(steps, step)
	}
	check(t, rows.Err())
	return steps
}
