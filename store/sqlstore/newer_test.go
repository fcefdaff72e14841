package sqlstore_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// writesOf are the ways in which a process writes.
var writesOf = map[string]func(t *testing.T, s shared) error{
	"a commit": func(t *testing.T, s shared) error { return s.Write(t.Context(), insert("after")) },
	"a commit in a transaction of the host": func(t *testing.T, s shared) error {
		tx := s.begin(t, "hats")
		within, _ := s.In(t.Context(), tx)
		return errors.Join(s.Write(within, insert("after")), tx.Commit())
	},
	"a sync": func(t *testing.T, s shared) error {
		_, err := s.Inventory().Replace(t.Context(), "warehouse", assets(3), monday)
		return err
	},
}

// otherReleases are what others do to the tables of a process that has found its own.
var otherReleases = []struct {
	name, does string
	want       error
}{
	{"a newer one", `insert into grantwright.migrations values (1000, '1000_of_tomorrow.sql', '')`, sqlstore.ErrNewer},
	{"a backup of an older one", `delete from grantwright.migrations where version > 1`, sqlstore.ErrNotMigrated},
}

// TestOnlyItsReleaseWrites has another release make the tables its own under a process that
// has written before.
func TestOnlyItsReleaseWrites(t *testing.T) {
	t.Parallel()
	for what, write := range writesOf {
		for _, other := range otherReleases {
			t.Run(what+", "+other.name, func(t *testing.T) {
				t.Parallel()
				onEachShared(t, func(t *testing.T, s shared) {
					checkRefused(t, s, other.does, other.want, write)
				})
			})
		}
	}
}

// TestOnlyItsReleaseWritesAfterOtherFunctions has a newer release take the function away that
// the process writes with.
func TestOnlyItsReleaseWritesAfterOtherFunctions(t *testing.T) {
	t.Parallel()
	s := sharedPostgres(t)
	if _, err := s.host.Exec(`create table orders (name text)`); err != nil {
		t.Fatal(err)
	}
	checkRefused(t, s, otherReleases[0].does+`; alter function grantwright.commit_7 rename to commit_1000`, sqlstore.ErrNewer, writesOf["a commit"])
}

// checkRefused has another release change the tables of a process, which then writes.
func checkRefused(t *testing.T, s shared, does string, want error, write func(*testing.T, shared) error) {
	t.Helper()
	here := func(statement string) string { return statement }
	if s.lite {
		here = func(statement string) string { return strings.ReplaceAll(statement, "grantwright.", "grantwright_") }
	}
	if err := s.Write(t.Context(), insert("before")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.host.Exec(here(does)); err != nil {
		t.Fatal(err)
	}
	err := write(t, s)
	if !errors.Is(err, want) || errors.Is(err, store.ErrAway) != errors.Is(want, sqlstore.ErrNewer) {
		t.Errorf("got %v, want %v", err, want)
	}
	if left := texts(t, s.host, here(`select id from grantwright.records where id <> 'before' union all select ref from grantwright.assets`)); len(left) > 0 {
		t.Errorf("it has written %q", left)
	}
}
