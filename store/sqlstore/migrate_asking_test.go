package sqlstore_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// beforeAsking makes the tables as they were before reviews were found by whom they
// ask, with one that waits and one that does not.
func beforeAsking(t *testing.T, db *sql.DB, from fs.FS, prefix string) {
	t.Helper()
	exec := asOf(t, db, from, prefix, 5)
	for id, status := range map[string]string{"waits": "PENDING", "over": "DENIED"} {
		for _, kind := range []string{"requests", "reviews"} {
			exec(`insert into `+prefix+`records values ($1, $2, 1, '{}')`, kind, id)
		}
		exec(`insert into `+prefix+`entries values ('requests', 'status', $1, '2031-05-01', $2)`, status, id)
	}
}

// checkAsking looks for the review as everybody does who may be asked.
func checkAsking(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	pages, err := s.Find(t.Context(), store.Query{Kind: "reviews", Index: "asking", Value: "anybody"})
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Record{{Kind: "reviews", ID: "waits", Version: 1, Body: []byte("{}"), Order: "2031-05-01"}}
	if diff := cmp.Diff(want, pages[0]); diff != "" {
		t.Errorf("reviews that wait (-want +got)\n%s", diff)
	}
}

func TestMigrateReviews(t *testing.T) {
	t.Parallel()
	migrates(t, beforeAsking, checkAsking, "commit_5")
}

func TestMigrateReviewsSQLite(t *testing.T) {
	t.Parallel()
	migratesSQLite(t, beforeAsking, checkAsking)
}

// A process that has found its own tables writes no more once a newer one has migrated.
func TestOlderProcessWritesNoMoreSQLite(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openSQLite(t, path)
	if err := s.Write(t.Context(), store.Commit{Writes: pair("a")}); err != nil {
		t.Fatal(err)
	}
	if _, err := raw(t, path).Exec(`insert into grantwright_migrations values (1000, '1000_of_tomorrow.sql', '')`); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), store.Commit{Writes: pair("b")}); !errors.Is(err, sqlstore.ErrNewer) {
		t.Errorf("got %v, want ErrNewer", err)
	}
}
