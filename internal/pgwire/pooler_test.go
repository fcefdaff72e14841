package pgwire_test

import (
	"database/sql"
	"testing"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/internal/pgwire"
	"github.com/grantwright/grantwright/internal/throwaway/pgbouncer"
)

// The settings of a session hold where it leads to the server, and those of each transaction
// where a pooler is between. Statements are prepared in the first case only.
func TestAdaptive(t *testing.T) {
	t.Parallel()
	server := started(t)
	if _, err := server.DB.Exec("create role keeper login password 'keeps'"); err != nil {
		t.Fatal(err)
	}
	direct := server.URL("keeper", "keeps", "postgres")
	for name, settings := range map[string][]string{
		"direct":   nil,
		"refusing": {"pool_mode = transaction"},
		"ignoring": {"pool_mode = transaction", "ignore_startup_parameters = lock_timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := direct
			if settings != nil {
				pooler, err := pgbouncer.Start(t.Context(), direct, map[string]string{"keeper": "keeps"}, settings...)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(pooler.Stop)
				if address, err = pooler.URL(direct); err != nil {
					t.Fatal(err)
				}
			}
			adaptive(t, address, settings == nil)
		})
	}
}

func adaptive(t *testing.T, address string, direct bool) {
	config, err := pq.NewConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	config.Runtime["lock_timeout"] = "77s"
	connector, err := pgwire.Adaptive(config, patience, 10)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	for n := range 3 {
		if got := one(t, db, "select $1 + 1", n); got != n+1 {
			t.Errorf("%d + 1 is %d", n, got)
		}
	}
	if got := preparedOn(t, db); (len(got) > 0) != direct {
		t.Errorf("prepared are %q", got)
	}
	const query = "select setting::int from pg_settings where name = 'lock_timeout'"
	if alone := one(t, db, query); (alone == 77_000) != direct {
		t.Errorf("a statement alone waits %d ms for a lock", alone)
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	var within int
	if err := tx.QueryRow(query).Scan(&within); err != nil || within != 77_000 {
		t.Errorf("a transaction waits %d ms for a lock, %v", within, err)
	}
}
