package sqlstore_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// Texts that mean something in an array of PostgreSQL come back as they were, however
// many are written at once.
func TestReplaceKeepsAwkwardTexts(t *testing.T) {
	t.Parallel()
	texts := []string{"", `"`, `\`, `\"`, `""`, `\\\`, "{", "}", "{a,b}", ",", "null", "NULL", " ", "'", `a\nb`, "\n", "größe", "𝄞", "$1", "?", "end\\", strings.Repeat(`\"`, 5_000)}
	onEach(t, func(t *testing.T, s *sqlstore.Store) {
		var want []catalog.Asset
		for i, text := range texts {
			a := catalog.Asset{Ref: catalog.Ref(fmt.Sprintf("warehouse:sales.public.t%03d", i)), Kind: catalog.Table, ID: text, Technology: text, Host: text,
				Source: catalog.Claims{Owner: text, Comment: text}, Columns: []catalog.Column{{Name: text, Type: text, Comment: text}}}
			if text != "" {
				a.Source.Tags = []string{text}
			}
			want = append(want, a)
		}
		replace := func(want catalog.Synced, all []catalog.Asset) {
			t.Helper()
			synced, err := s.Inventory().Replace(t.Context(), "warehouse", func(yield func(catalog.Asset, error) bool) {
				for _, a := range all {
					if !yield(a, nil) {
						return
					}
				}
			}, monday)
			if diff := cmp.Diff(want, synced); err != nil || diff != "" {
				t.Fatalf("%v (-want +got)\n%s", err, diff)
			}
		}
		replace(catalog.Synced{Added: len(texts)}, want)
		replace(catalog.Synced{Same: len(texts)}, want)
		for i := range want {
			want[i].Host += `\`
		}
		replace(catalog.Synced{Changed: len(texts)}, want)
		got, err := s.Inventory().Search(t.Context(), catalog.Query{Below: "warehouse"})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
		for i, a := range want {
			if a.Source.Owner == "" {
				continue
			}
			if found, err := s.Inventory().Search(t.Context(), catalog.Query{Owner: a.Source.Owner}); err != nil || len(found) != 1 || found[0].Ref != a.Ref {
				t.Errorf("owner number %d: %v, %v", i, found, err)
			}
		}
	})
}

// A sync takes three statements for each two thousand assets that are new, one more where
// they may have stood elsewhere before, and one for those that are unchanged. One asks for
// the last migration. Only where something is gone is all looked through, five thousand at
// once.
func TestStatementsOfASync(t *testing.T) {
	t.Parallel()
	db, counted := countedDatabase(t)
	inventory := sqlstore.New(db, db).Inventory()
	for _, tt := range []struct {
		what           string
		n              int
		want           catalog.Synced
		mostStatements int64
	}{
		{"new", 4_000, catalog.Synced{Added: 4_000}, 11},
		{"unchanged", 4_000, catalog.Synced{Same: 4_000}, 6},
		{"half of them gone", 2_000, catalog.Synced{Same: 2_000, Gone: 2_000}, 8},
		{"back again", 4_000, catalog.Synced{Same: 2_000, Changed: 2_000}, 10},
	} {
		before := counted.statements.Load()
		synced, err := inventory.Replace(t.Context(), "warehouse", assets(tt.n), monday.Add(time.Hour))
		if diff := cmp.Diff(tt.want, synced); err != nil || diff != "" {
			t.Fatalf("%s: %v (-want +got)\n%s", tt.what, err, diff)
		}
		statements := counted.statements.Load() - before
		t.Logf("%s: %d statements", tt.what, statements)
		if statements > tt.mostStatements {
			t.Errorf("%s: %d statements, want at most %d", tt.what, statements, tt.mostStatements)
		}
	}
}

// countedDatabase is a migrated database whose statements are counted.
func countedDatabase(t *testing.T) (*sql.DB, *counting) {
	t.Helper()
	_, migrated := fresh(t, nil)
	connector, err := pq.NewConnector(server.SuperURL(database(t, migrated)))
	if err != nil {
		t.Fatal(err)
	}
	counted := &counting{Connector: connector}
	db := sql.OpenDB(counted)
	t.Cleanup(func() { _ = db.Close() })
	return db, counted
}
