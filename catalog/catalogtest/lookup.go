package catalogtest

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
)

func testFind(t *testing.T, m mirror) {
	lake := table("lake:sales.main.orders")
	lake.Technology, lake.Host = "mysql", "warehouse" // the name of the other connection
	bare := table("files:sales.main.orders")
	bare.Technology, bare.Host = "", ""
	m.replaces("warehouse", stream(warehouse()...), catalog.Synced{Added: 5})
	m.replaces("lake", stream(lake), catalog.Synced{Added: 1})
	m.replaces("files", stream(bare), catalog.Synced{Added: 1})
	m.replaces("old", stream(table("old:sales.main.orders")), catalog.Synced{Added: 1})
	m.replaces("old", stream(), catalog.Synced{Gone: 1})

	path := []string{"sales", "main", "orders"}
	for _, tt := range []struct {
		name catalog.Name
		want []catalog.Ref
	}{
		{catalog.Name{Path: path}, []catalog.Ref{"warehouse:sales.main.orders", lake.Ref, bare.Ref}},
		{catalog.Name{Path: path, Technology: "postgres"}, []catalog.Ref{"warehouse:sales.main.orders"}},
		{catalog.Name{Path: path, Technology: "mysql"}, []catalog.Ref{lake.Ref}},
		{catalog.Name{Path: path, Technology: "Postgres"}, nil},
		{catalog.Name{Path: path, Host: "dwh.example.com"}, []catalog.Ref{"warehouse:sales.main.orders"}},
		{catalog.Name{Path: path, Host: "warehouse"}, []catalog.Ref{"warehouse:sales.main.orders", lake.Ref}},
		{catalog.Name{Path: path, Host: "warehouse", Technology: "mysql"}, []catalog.Ref{lake.Ref}},
		{catalog.Name{Path: path, Host: "files"}, []catalog.Ref{bare.Ref}},
		{catalog.Name{Path: path, Host: "elsewhere"}, nil},
		{catalog.Name{Path: path[:1]}, []catalog.Ref{"warehouse:sales"}},
		{catalog.Name{Path: path[:2]}, []catalog.Ref{"warehouse:sales.main"}},
		{catalog.Name{Path: path[1:]}, nil},
		{catalog.Name{Path: []string{"sales", "main.orders"}}, nil},
		{catalog.Name{Path: []string{"sales.main.orders"}}, nil},
		{catalog.Name{Path: []string{"Sales", "main", "orders"}}, nil},
		{catalog.Name{Path: []string{"sales", "main", "order_"}}, nil},
		{catalog.Name{Path: []string{"sales", "main", "%"}}, nil},
		{catalog.Name{Host: "files"}, []catalog.Ref{bare.Ref}},
		{catalog.Name{Technology: "mysql"}, []catalog.Ref{lake.Ref}},
	} {
		m.finds(tt.name, tt.want...)
	}
}

func testFindBounded(t *testing.T, m mirror) {
	for i := range catalog.MaxCandidates + 5 {
		ref := catalog.Ref(fmt.Sprintf("c%03d:sales.main.orders", i))
		m.replaces(catalog.Ref(ref.Connection()), stream(table(ref)), catalog.Synced{Added: 1})
	}
	found, err := m.Find(t.Context(), catalog.Name{Path: []string{"sales", "main", "orders"}})
	if err != nil || len(found) != catalog.MaxCandidates || found[0].Ref != "c000:sales.main.orders" {
		t.Errorf("Find returned %d assets, %v, want the first %d", len(found), err, catalog.MaxCandidates)
	}
}

// AwkwardNames are names that platforms allow and that break what is careless
// with them: in quoting, in splitting, in comparing and in matching.
var AwkwardNames = []string{
	`with space`, ` leading and trailing `, `v1.2`, `.`, `..`, `.dot`, `dot.`, `"`, `""`, `"quoted"`, `a"b`, `a"."b`, `'single'`, `it's`,
	`back\slash`, `\`, `semi;colon`, `--comment`, `/*`, `a:b`, `:`, `a/b`, `a?b&c=d`, `#`, `100%`, `under_score`, `%`, `_`, `*`, `$1`, `{}`, `[]`,
	"a\r\nb", `$$`, `$body$; x; $body$`, `*/ x /*`, `\'; x; --`, "a\u2028b", "a\u202eb\u202c", "a\x1b[2Jb", `{{.}}`, `<b>`,
	`UPPER`, `upper`, `Mixed`, `select`, `null`, `Größe`, `größe`, `名前`, `имя`, `e` + "\u0301", "\u00e9", "🙂", "a\tb", "a\nb", "\u00a0", "\u200b",
	strings.Repeat("x", 63), strings.Repeat(`"`, 63), strings.Repeat("é", 31),
}

func testAwkward(t *testing.T, m mirror) {
	var all []catalog.Asset
	for _, name := range AwkwardNames {
		for _, path := range [][]string{{name}, {name, name}, {"sales", "main", name}} {
			ref, err := catalog.NewRef("warehouse", path...)
			if err != nil {
				t.Fatal(err)
			}
			a := table(ref)
			a.Host, a.Source.Comment, a.Source.Owner, a.Source.Tags = name, name, name, []string{name}
			a.Columns = []catalog.Column{{Name: name, Type: name, Comment: name}}
			all = append(all, a)
		}
	}
	m.replaces("warehouse", stream(all...), catalog.Synced{Added: len(all)})
	m.replaces("warehouse", stream(all...), catalog.Synced{Same: len(all)})
	for _, a := range all {
		m.holds(a)
		m.finds(catalog.Name{Path: a.Ref.Path(), Technology: "postgres", Host: a.Host}, a.Ref)
	}
	m.searches(catalog.Query{Gone: true}, refs(all)...)
	for i, a := range all {
		if i%3 == 2 {
			m.replaces(a.Ref, stream(a), catalog.Synced{Same: 1})
		}
	}
}

func testSearch(t *testing.T, m mirror) {
	all := warehouse()
	all = append(all, table("warehouse:sales.main.Orders_2024"), table("warehouse:sales.main.orders-2024"), table("warehouse:sales.main.100% GRÖSSE"),
		table(`warehouse:sales.main."a\b.c"`), container("warehouse:sales.main2"), table("warehouse:sales.main2.orders"))
	all[4].Source.Tags = []string{"Finance/EU", "europe"}
	all[3].Source.Tags, all[3].Source.Owner = []string{"Finance/EU", strings.Repeat("x", 5000)}, "Dana"
	m.replaces("warehouse", stream(all...), catalog.Synced{Added: len(all)})
	m.replaces("lake", stream(table("lake:sales.main.orders")), catalog.Synced{Added: 1})
	m.replaces("old", stream(table("old:sales.main.orders")), catalog.Synced{Added: 1})
	m.replaces("old", stream(), catalog.Synced{Gone: 1})

	in := func(names ...string) (refs []catalog.Ref) {
		for _, name := range names {
			refs = append(refs, catalog.Ref("warehouse:sales."+name))
		}
		return refs
	}
	for _, tt := range []struct {
		query catalog.Query
		want  []catalog.Ref
	}{
		{catalog.Query{Text: "ORDERS", Below: "warehouse"}, in("main.orders", "main.Orders_2024", "main.orders-2024", "main2.orders")},
		{catalog.Query{Text: "orders", Below: "warehouse:sales.main"}, in("main.orders", "main.Orders_2024", "main.orders-2024")},
		{catalog.Query{Text: "orders", Below: "warehouse:sales.main.orders"}, nil},
		{catalog.Query{Text: "orders 2024"}, in("main.Orders_2024", "main.orders-2024")},
		{catalog.Query{Text: "2024_ORD"}, in("main.Orders_2024", "main.orders-2024")},
		{catalog.Query{Text: "rders"}, nil},
		{catalog.Query{Text: "orders 2025"}, nil},
		{catalog.Query{Text: "%"}, nil},
		{catalog.Query{Text: " "}, nil},
		{catalog.Query{Text: "größe"}, nil},
		{catalog.Query{Text: "grö"}, in("main.100% GRÖSSE")},
		{catalog.Query{Text: "100% grösse"}, in("main.100% GRÖSSE")},
		{catalog.Query{Text: `A\B`}, in(`main."a\b.c"`)},
		{catalog.Query{Text: `c b a`}, in(`main."a\b.c"`)},
		{catalog.Query{Text: `"`}, nil},
		{catalog.Query{Text: "main.orders"}, nil},
		{catalog.Query{Text: "main"}, in("main", "main2")},
		{catalog.Query{Text: "'; drop table assets; --"}, nil},
		{catalog.Query{Text: "recent ROW each"}, in("main.recent")},
		{catalog.Query{Text: "recent finance"}, in("main.recent")},
		{catalog.Query{Text: "one row for each order recent finance europe eu", Kind: catalog.View}, in("main.recent")},
		{catalog.Query{Tag: "Finance/EU"}, in("main.recent", "main.refunds")},
		{catalog.Query{Tag: "finance/eu"}, nil},
		{catalog.Query{Tag: "Finance"}, nil},
		{catalog.Query{Tag: "Finance/EU", Kind: catalog.View}, in("main.recent")},
		{catalog.Query{Tag: strings.Repeat("x", 5000)}, in("main.refunds")},
		{catalog.Query{Tag: strings.Repeat("x", 4999)}, nil},
		{catalog.Query{Owner: "Dana"}, in("main.refunds")},
		{catalog.Query{Owner: "dana"}, nil},
		{catalog.Query{Owner: "loader", Text: "recent"}, in("main.recent")},
		{catalog.Query{In: "warehouse"}, []catalog.Ref{"warehouse:sales"}},
		{catalog.Query{In: "warehouse:sales"}, in("main", "main2")},
		{catalog.Query{In: "warehouse:sales.main2"}, in("main2.orders")},
		{catalog.Query{In: "warehouse:sales.main", Text: "2024"}, in("main.Orders_2024", "main.orders-2024")},
		{catalog.Query{In: "warehouse:sales.main", Below: "warehouse:sales.main2"}, nil},
		{catalog.Query{In: "warehouse:sales.main2.orders"}, nil},
		{catalog.Query{In: "warehouse:sales", After: "warehouse:sales.main"}, in("main2")},
		{catalog.Query{Kind: catalog.View}, in("main.recent")},
		{catalog.Query{Kind: catalog.Schema}, in("main", "main2")},
		{catalog.Query{Kind: catalog.Schema, Text: "main2"}, in("main2")},
		{catalog.Query{Below: "lake"}, []catalog.Ref{"lake:sales.main.orders"}},
		{catalog.Query{Below: "lak"}, nil},
		{catalog.Query{Below: "old"}, nil},
		{catalog.Query{Below: "old", Gone: true}, []catalog.Ref{"old:sales.main.orders"}},
		{catalog.Query{Below: "warehouse:sales"}, refs(all[1:])},
		{catalog.Query{Below: "warehouse:sales.main2"}, in("main2.orders")},
		{catalog.Query{Below: "warehouse:sales.main_"}, nil},
		{catalog.Query{After: "warehouse:sales.main.refunds", Text: "ORDERS"}, in("main2.orders")},
	} {
		m.searches(tt.query, tt.want...)
	}
}

// What is found is what the last sync has said.
func testSearchChanges(t *testing.T, m mirror) {
	orders := table("warehouse:sales.main.orders")
	orders.Source = catalog.Claims{Owner: "loader", Comment: "nightly export", Tags: []string{"daily", "daily"}}
	m.replaces("warehouse", stream(orders), catalog.Synced{Added: 1})
	m.searches(catalog.Query{Text: "nightly dai", Tag: "daily", Owner: "loader"}, orders.Ref)
	orders.Kind = catalog.View
	orders.Source = catalog.Claims{Owner: "dana", Comment: "hourly export", Tags: []string{"hourly"}}
	m.replaces("warehouse", stream(orders), catalog.Synced{Changed: 1})
	m.searches(catalog.Query{Text: "orders hourly export", Tag: "hourly", Owner: "dana", Kind: catalog.View}, orders.Ref)
	for _, q := range []catalog.Query{{Text: "nightly"}, {Tag: "daily"}, {Owner: "loader"}, {Kind: catalog.Table}} {
		m.searches(q)
	}
	m.replacesAt(tuesday, "warehouse", stream(), catalog.Synced{Gone: 1})
	m.searches(catalog.Query{Text: "orders"})
	m.searches(catalog.Query{Text: "orders", Gone: true}, orders.Ref)
}

func testPages(t *testing.T, m mirror) {
	var all []catalog.Asset
	for _, name := range []string{"a", "B", "b", "Z", "_", "10", "9", "é", "z", "a b", "a-b", "a.b", "ab", "A"} {
		ref, err := catalog.NewRef("warehouse", "sales", "main", name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, table(ref))
	}
	m.replaces("warehouse", stream(all...), catalog.Synced{Added: len(all)})
	for limit := 1; limit <= len(all)+1; limit++ {
		got := refs(m.pages(catalog.Query{Limit: limit}))
		if !slices.Equal(got, sorted(refs(all))) {
			t.Fatalf("pages of %d gave %q, want %q", limit, got, sorted(refs(all)))
		}
	}
	// A page may begin after a Ref that is not there.
	m.searches(catalog.Query{After: "warehouse:sales.main.zz"}, "warehouse:sales.main.é")
}

// pages reads all pages of a query.
func (m mirror) pages(q catalog.Query) (all []catalog.Asset) {
	m.Helper()
	for {
		page, err := m.Search(m.Context(), q)
		if err != nil {
			m.Fatalf("Search(%+v): %v", q, err)
		}
		if len(page) == 0 {
			return all
		}
		if q.Limit > 0 && len(page) > q.Limit || len(page) > catalog.MaxPage {
			m.Fatalf("Search(%+v) returned %d assets", q, len(page))
		}
		all = append(all, page...)
		q.After = page[len(page)-1].Ref
	}
}

func testFiveThousand(t *testing.T, m mirror) {
	const n = 5000
	tables := func(from, to int) iter.Seq2[catalog.Asset, error] {
		return func(yield func(catalog.Asset, error) bool) {
			for i := from; i < to && yield(table(catalog.Ref(fmt.Sprintf("warehouse:sales.main.t%04d", i))), nil); i++ {
			}
		}
	}
	m.replaces("warehouse", tables(0, n), catalog.Synced{Added: n})
	m.replaces("warehouse", tables(0, n), catalog.Synced{Same: n})
	for _, limit := range []int{0, -1, catalog.MaxPage, catalog.MaxPage + 1, 1 << 30} {
		if page, err := m.Search(t.Context(), catalog.Query{Limit: limit}); err != nil || len(page) != catalog.MaxPage {
			t.Errorf("Search with limit %d returned %d assets, %v, want %d", limit, len(page), err, catalog.MaxPage)
		}
	}
	if got := len(m.pages(catalog.Query{})); got != n {
		t.Errorf("all pages together hold %d assets, want %d", got, n)
	}
	m.replacesAt(tuesday, "warehouse", tables(1000, n+10), catalog.Synced{Added: 10, Same: 4000, Gone: 1000})
	if got := len(m.pages(catalog.Query{})); got != n-1000+10 {
		t.Errorf("%d assets stand, want %d", got, n-1000+10)
	}
}
