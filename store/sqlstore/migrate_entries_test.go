package sqlstore_test

import (
	"database/sql"
	"fmt"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// beforeFewer makes the tables as they were before records had fewer entries.
func beforeFewer(t *testing.T, db *sql.DB, from fs.FS, prefix string) {
	t.Helper()
	exec := asOf(t, db, from, prefix, 6)
	for _, e := range [][5]string{
		{"requests", "r", "status", "PENDING", "1"}, {"requests", "r", "asset", "lake:orders", "1"}, {"requests", "r", "form", "default", "1"},
		{"grants", "r", "pair", "p", "1"}, {"grants", "r", "live", "lake:orders", "1"}, {"grants", "r", "active", "p", "1"},
		{"grants", "over", "pair", "p", "2"},
		{"notices", "new", "person", "eve", "1"}, {"notices", "new", "unread", "eve", "1"}, {"notices", "seen", "person", "eve", "2"},
		{"events", "1", "request", "r", "1"}, {"events", "1", "about", "requests/r", "1"}, {"events", "1", "about", "grants/r", "1"}, {"events", "1", "about", "principals/lake/eve", "1"},
		{"events", "2", "about", "requests/r", "2"},
	} {
		exec(`insert into `+prefix+`records (kind, id, version, body) values ($1, $2, 1, '{}') on conflict do nothing`, e[0], e[1])
		exec(`insert into `+prefix+`entries (kind, id, name, value, ord) values ($1, $2, $3, $4, $5)`, e[0], e[1], e[2], e[3], e[4])
	}
}

// checkFewer looks for what is found still, and has a record written again: the entries of
// the release before go with it.
func checkFewer(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	check(t, s.Migrate(t.Context()))
	var got []string
	for _, q := range [][3]string{
		{"requests", "status", "PENDING"}, {"requests", "asset", "lake:orders"}, {"requests", "form", "default"}, {"grants", "active", "p"}, {"grants", "pair", "p"},
		{"notices", "person", "eve"}, {"notices", "unread", "eve"}, {"notices", "read", "eve"},
		{"events", "request", "r"}, {"events", "about", "requests/r"}, {"events", "about", "grants/r"}, {"events", "about", "principals/lake/eve"},
	} {
		pages, err := s.Find(t.Context(), store.Query{Kind: q[0], Index: q[1], Value: q[2]})
		check(t, err)
		for _, r := range pages[0] {
			got = append(got, fmt.Sprintf("%s %s: %s at %q", q[0], q[1], r.ID, r.Order))
		}
	}
	want := []string{
		`requests status: r at "1"`, `grants pair: over at "gone 2"`, `grants pair: r at "live 1"`, `notices unread: new at "1"`, `notices read: seen at "2"`,
		`events request: 1 at "1"`, `events about: 2 at "2"`, `events about: 1 at "1"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got)\n%s", diff)
	}
	again := store.Write{Kind: "requests", ID: "r", Version: 1, Body: []byte(`{}`), Entries: []store.Entry{{Index: "status", Value: "DENIED", Order: "1"}}}
	check(t, s.Write(t.Context(), store.Commit{Writes: []store.Write{again}}))
	pages, err := s.Find(t.Context(), store.Query{Kind: "requests", Index: "status", Value: "PENDING"}, store.Query{Kind: "requests", Index: "status", Value: "DENIED"})
	if check(t, err); len(pages[0]) != 0 || len(pages[1]) != 1 {
		t.Errorf("written again, it is found %d times where it was, and %d times where it is", len(pages[0]), len(pages[1]))
	}
}

func TestMigrateEntries(t *testing.T) {
	t.Parallel()
	migrates(t, beforeFewer, checkFewer, "commit_6")
}

func TestMigrateEntriesSQLite(t *testing.T) {
	t.Parallel()
	migratesSQLite(t, beforeFewer, checkFewer)
}

// An update with the same entries, in another order, leaves them alone; one that takes a
// unique value away, or gives it to another record in the same commit, does just that.
func TestEntriesThatStay(t *testing.T) {
	t.Parallel()
	s, db := fresh(t, nil)
	one, two := store.Entry{Index: "i", Value: "v", Order: "1"}, store.Entry{Index: "j", Value: "w", Order: "2"}
	write := func(writes ...store.Write) {
		t.Helper()
		check(t, s.Write(t.Context(), store.Commit{Writes: writes}))
	}
	rows := func() []string {
		return texts(t, db, `select e.ctid || ' ' || e.name || ' ' || e.value from grantwright.entries e order by e.name, e.value`)
	}
	free := store.Unique{Name: "u", Value: "free"}
	write(store.Write{Kind: "k", ID: "a", Body: []byte(`1`), Entries: []store.Entry{one, two}, Unique: []store.Unique{free}}, store.Write{Kind: "k", ID: "b", Body: []byte(`1`)})
	before := rows()
	write(store.Write{Kind: "k", ID: "a", Version: 1, Body: []byte(`2`), Entries: []store.Entry{two, one, one}, Unique: []store.Unique{free}})
	if diff := cmp.Diff(before, rows()); diff != "" {
		t.Errorf("rows that need not change (-before +after)\n%s", diff)
	}
	two.Order = "3"
	write(store.Write{Kind: "k", ID: "a", Version: 2, Body: []byte(`3`), Entries: []store.Entry{one, two}}, store.Write{Kind: "k", ID: "b", Version: 1, Body: []byte(`2`), Unique: []store.Unique{free}})
	if diff := cmp.Diff([]string{"b free"}, texts(t, db, `select id || ' ' || value from grantwright.unique_values`)); diff != "" {
		t.Errorf("unique values (-want +got)\n%s", diff)
	}
	if after := rows(); len(after) != 2 || after[0] != before[0] || after[1] == before[1] {
		t.Errorf("of %q one is to be another, and there are %q", before, after)
	}
}
