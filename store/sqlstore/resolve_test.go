package sqlstore_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// many makes of ten tables in one schema a hundred thousand in ten thousand schemas.
const many = `insert into grantwright.assets (ref, connection, path, name, kind, technology, host, id, owner, comment, columns, tags, changed, gone, digest, parent)
	select replace(ref, '.s0000.', '.t' || n || '.'), connection, replace(path, '.s0000.', '.t' || n || '.'), name, kind, technology, host, id || '/' || n, owner, comment,
		columns, tags, changed, gone, digest, replace(parent, '.s0000', '.t' || n)
	from grantwright.assets cross join generate_series(1, 10000) n where parent = 'warehouse:sales.s0000'`

// Resolving a link, and the form and the flow that hold, takes as many statements
// among a hundred thousand assets as among ten, and reads no more rows for them.
func TestResolvingCostsTheSameAmongMany(t *testing.T) {
	t.Parallel()
	_, migrated := fresh(t, nil)
	connector, err := pq.NewConnector(server.SuperURL(database(t, migrated)))
	check(t, err)
	counted := &counting{Connector: connector}
	db := sql.OpenDB(counted)
	db.SetMaxOpenConns(1) // whose session tells what was read
	t.Cleanup(func() { _ = db.Close() })
	engine := attached(t, sqlstore.New(db, db))
	resolve := func(table catalog.Ref, form request.FormName) func() {
		return func() {
			entry, err := engine.Resolve(t.Context(), asker, catalog.Link{Path: table.Path(), Technology: "many", Host: "warehouse"})
			check(t, err)
			if entry.Asset.Ref != table || entry.Form.Name != form || entry.From.FormFrom == "" {
				t.Fatalf("%s has form %s from %s, want %s", table, entry.Form.Name, entry.From.FormFrom, form)
			}
		}
	}
	ofSchema, ofTable := resolve(asset(5), "schema"), resolve(asset(9), "table")
	ofSchema() // looks at the tables of the store, once
	amongTen := []cost{counted.of(t, db, ofSchema), counted.of(t, db, ofTable)}
	_, err = db.Exec(many)
	check(t, err)
	_, err = db.Exec(`analyze grantwright.assets`)
	check(t, err)
	amongMany := []cost{counted.of(t, db, ofSchema), counted.of(t, db, ofTable)}
	ofDatabase := counted.of(t, db, resolve("warehouse:sales.t7777.orders_000003", "database"))
	t.Logf("among ten: %+v; among many: %+v, deep in them: %+v", amongTen, amongMany, ofDatabase)
	for i, ten := range amongTen {
		if all := amongMany[i]; all.statements != ten.statements || all.rows > ten.rows || ofDatabase.statements != ten.statements || ofDatabase.rows > ten.rows {
			t.Errorf("among ten assets it takes %+v, among many %+v and %+v", ten, all, ofDatabase)
		}
	}
}

// attached is an engine over ten tables, with forms at three levels.
func attached(t *testing.T, s *sqlstore.Store) *grantwright.Engine {
	t.Helper()
	ctx := t.Context()
	engine, err := grantwright.New(grantwright.Config{Store: s, Inventory: s.Inventory(), Platforms: map[string]provision.Platform{
		"many": {Source: func(context.Context, provision.Target) (catalog.Source, error) { return holding(10), nil }}}})
	check(t, err)
	check(t, engine.Connections().Register(ctx, keeper, catalog.Connection{Name: "warehouse", Technology: "many"}))
	_, err = engine.Sync(ctx, keeper, "warehouse")
	check(t, err)
	for form, at := range map[request.FormName]catalog.Ref{"database": "warehouse:sales", "schema": "warehouse:sales.s0000", "table": asset(9)} {
		_, err := engine.Governance().Forms.Save(ctx, keeper, request.Form{Name: form, Title: "Form"})
		check(t, err)
		_, err = engine.Governance().Attachments.Save(ctx, keeper, request.Attachment{At: at, Type: request.DataAccess, Form: form})
		check(t, err)
	}
	check(t, engine.Close()) // no worker reads meanwhile
	return engine
}

// cost is what something takes of the database.
type cost struct{ statements, rows int64 }

// of is the cost of one act, by the database's own count of the rows of tables and
// indexes that were read.
func (c *counting) of(t *testing.T, db *sql.DB, act func()) (spent cost) {
	t.Helper()
	before := rowsRead(t, db)
	statements := c.statements.Load()
	act()
	spent.statements = c.statements.Load() - statements
	spent.rows = rowsRead(t, db) - before
	return spent
}

func rowsRead(t *testing.T, db *sql.DB) (n int64) {
	t.Helper()
	_, err := db.Exec(`select pg_stat_force_next_flush()`)
	check(t, err)
	check(t, db.QueryRow(`select (select sum(seq_tup_read) from pg_stat_user_tables where schemaname = 'grantwright') + (select sum(idx_tup_read) from pg_stat_user_indexes where schemaname = 'grantwright')`).Scan(&n))
	return n
}
