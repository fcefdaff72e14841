package sqlstore_test

import (
	"context"
	"fmt"
	"iter"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// holding is a platform of many tables: a hundred in each schema, and the schemas
// in one database.
type holding int

func (n holding) Assets(context.Context, catalog.Ref) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		if !yield(catalog.Asset{Ref: "warehouse:sales", Kind: catalog.Database, ID: "d"}, nil) {
			return
		}
		for i := range int(n) {
			schema := catalog.Ref(fmt.Sprintf("warehouse:sales.s%04d", i/100))
			if i%100 == 0 && !yield(catalog.Asset{Ref: schema, Kind: catalog.Schema, ID: string(schema)}, nil) {
				return
			}
			if !yield(tableNo(schema, i), nil) {
				return
			}
		}
	}
}

// tableNo is one table. Every tenth is a view; every thousandth is of the ledger.
func tableNo(schema catalog.Ref, i int) catalog.Asset {
	a := catalog.Asset{Ref: schema + catalog.Ref(fmt.Sprintf(".orders_%06d", i)), Kind: catalog.Table, ID: fmt.Sprint(i)}
	a.Source = catalog.Claims{Owner: "loader", Comment: "daily"}
	if i%10 == 0 {
		a.Kind = catalog.View
	}
	if i%1000 == 0 {
		a.Source = catalog.Claims{Owner: "dana", Comment: "Ledger", Tags: []string{"finance"}}
	}
	return a
}

// asset is the place of a table.
func asset(i int) catalog.Ref {
	return catalog.Ref(fmt.Sprintf("warehouse:sales.s%04d.orders_%06d", i/100, i))
}

var (
	keeper = request.Identity{ID: "keeper", Permissions: []request.Permission{request.Governance, request.Admin}}
	asker  = request.Identity{ID: "asker"}
)

// sized is an engine over an inventory of so many tables, with forms at three
// levels: the database, a schema and a table.
func sized(t testing.TB, s *sqlstore.Store, n int) *grantwright.Engine {
	t.Helper()
	ctx := t.Context()
	engine, err := grantwright.New(grantwright.Config{Store: s, Inventory: s.Inventory(), Platforms: map[string]provision.Platform{
		"many": {Source: func(context.Context, provision.Target) (catalog.Source, error) { return holding(n), nil }}}})
	check(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	check(t, engine.Connections().Register(ctx, keeper, catalog.Connection{Name: "warehouse", Technology: "many"}))
	if synced, err := engine.Sync(ctx, keeper, "warehouse"); err != nil || synced.Added != n+(n+99)/100+1 {
		t.Fatalf("the sync says %+v, %v", synced, err)
	}
	for i, at := range []catalog.Ref{"warehouse:sales", "warehouse:sales.s0003", asset(n - 1)} {
		form := request.Form{Name: request.FormName(fmt.Sprintf("level%d", i)), Title: "Form"}
		_, err := engine.Governance().Forms.Save(ctx, keeper, form)
		check(t, err)
		_, err = engine.Governance().Attachments.Save(ctx, keeper, request.Attachment{At: at, Type: request.DataAccess, Form: form.Name})
		check(t, err)
	}
	return engine
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// acts are what people do with an inventory of n tables.
func acts(n int) map[string]func(ctx context.Context, e *grantwright.Engine) error {
	resolves := func(i int, form request.FormName) func(context.Context, *grantwright.Engine) error {
		return func(ctx context.Context, e *grantwright.Engine) error {
			entry, err := e.Resolve(ctx, asker, catalog.Link{Path: asset(i).Path(), Technology: "many", Host: "warehouse"})
			if err == nil && (entry.Asset.Ref != asset(i) || entry.Form.Name != form) {
				err = fmt.Errorf("the link leads to %s with form %s, want %s", entry.Asset.Ref, entry.Form.Name, form)
			}
			return err
		}
	}
	searches := func(want int, q catalog.Query) func(context.Context, *grantwright.Engine) error {
		q.Limit = 50
		return func(ctx context.Context, e *grantwright.Engine) error {
			found, err := e.Assets().Search(ctx, asker, q)
			if err == nil && len(found) != want {
				err = fmt.Errorf("%+v finds %d, want %d", q, len(found), want)
			}
			return err
		}
	}
	return map[string]func(context.Context, *grantwright.Engine) error{
		"resolve, form of the database": resolves(n/2+50, "level0"),
		"resolve, form of the schema":   resolves(305, "level1"),
		"resolve, form of the table":    resolves(n-1, "level2"),
		"search a rare word":            searches(min(50, n/1000), catalog.Query{Text: "ledg"}),
		"search one table":              searches(1, catalog.Query{Text: fmt.Sprintf("orders %06d", n-1)}),
		"search a common word":          searches(50, catalog.Query{Text: "orders daily"}),
		"search by tag and owner":       searches(min(50, n/1000), catalog.Query{Tag: "finance", Owner: "dana"}),
		"search views":                  searches(50, catalog.Query{Text: "orders", Kind: catalog.View}),
		"search for nothing":            searches(0, catalog.Query{Text: "orders nothing"}),
		"list a schema":                 searches(50, catalog.Query{In: "warehouse:sales.s0007"}),
		"list the last page":            searches(9, catalog.Query{After: asset(n - 10)}),
		"list the connection":           searches(1, catalog.Query{In: "warehouse"}),
	}
}

// TestManyAssets links to, searches and lists assets of fifty schemas. That no act goes
// through all of them, TestPlansOfPostgres and TestPlansOfSQLite hold.
func TestManyAssets(t *testing.T) {
	t.Parallel()
	const n = 5_000
	engine := sized(t, openSQLite(t, newFile(t)), n)
	for what, do := range acts(n) {
		if err := do(t.Context(), engine); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// BenchmarkManyAssets times the same, where an inventory has 2,000 assets and where it
// has 200,000: what goes through all of them takes a hundred times as long.
func BenchmarkManyAssets(b *testing.B) {
	for _, n := range []int{2_000, 200_000} {
		for name, store := range map[string]func() *sqlstore.Store{
			"SQLite":     func() *sqlstore.Store { return openSQLite(b, newFile(b)) },
			"PostgreSQL": func() *sqlstore.Store { s, _ := fresh(b, nil); return s },
		} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				engine := sized(b, store(), n)
				for what, do := range acts(n) {
					b.Run(what, func(b *testing.B) {
						for b.Loop() {
							check(b, do(b.Context(), engine))
						}
					})
				}
			})
		}
	}
}
