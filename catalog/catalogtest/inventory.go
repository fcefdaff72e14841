// Package catalogtest holds what every Inventory and every Source must pass,
// whoever wrote it.
//
//	func TestMirror(t *testing.T) {
//		catalogtest.TestInventory(t, func(t *testing.T) catalog.Inventory { return openMirror(t) })
//	}
package catalogtest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

// TestInventory runs the suite for inventories. Fresh returns an empty one for
// each subtest; they run in parallel.
func TestInventory(t *testing.T, fresh func(t *testing.T) catalog.Inventory) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, mirror)
	}{
		{"empty", testEmpty},
		{"adds", testAdds},
		{"the same again changes nothing", testSame},
		{"keeps no memory of its callers", testIsolated},
		{"changes", testChanges},
		{"what an asset was is kept by its id", testMoves},
		{"what a materialized view had read is kept by its id", testKept},
		{"gone is marked and kept", testGone},
		{"gone comes back", testBack},
		{"below a root only", testBelowRoot},
		{"outside the root is refused", testOutsideRoot},
		{"partial errors spare their subtrees", testPartial},
		{"many partial errors", testManyPartial},
		{"a partial error without a name spares nothing", testPartialNameless},
		{"any other error marks nothing gone", testStreamError},
		{"text that cannot be kept", testUnkeepable},
		{"find", testFind},
		{"find is bounded", testFindBounded},
		{"awkward names", testAwkward},
		{"search", testSearch},
		{"search finds what is said now", testSearchChanges},
		{"pages in the order of bytes", testPages},
		{"five thousand", testFiveThousand},
		{"cancelled context", testCancelled},
		{"cancelled while reading", testCancelledReading},
		{"the same twice at once", testAtOnceSame},
		{"two different at once", testAtOnceDifferent},
		{"readers beside a writer", testReaders},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.test(t, mirror{t, fresh(t)})
		})
	}
}

var (
	monday  = time.Date(2024, 2, 26, 9, 30, 0, 123456000, time.UTC)
	tuesday = monday.AddDate(0, 0, 1)
)

func testEmpty(t *testing.T, m mirror) {
	m.missing("warehouse:sales")
	m.finds(catalog.Name{Path: []string{"sales"}})
	m.searches(catalog.Query{})
	m.replaces("warehouse", stream(), catalog.Synced{})
}

func testAdds(t *testing.T, m mirror) {
	m.replaces("warehouse", stream(warehouse()...), catalog.Synced{Added: 5})
	for _, want := range warehouse() {
		m.holds(want)
	}
	m.missing("warehouse:sales.public")
	m.missing("warehouse")
	m.replaces("lake", stream(table("lake:sales.main.orders")), catalog.Synced{Added: 1})
	m.holds(table("warehouse:sales.main.orders"))
}

func testSame(t *testing.T, m mirror) {
	m.replaces("warehouse", stream(warehouse()...), catalog.Synced{Added: 5})
	m.replaces("warehouse", stream(warehouse()...), catalog.Synced{Same: 5})
	again := warehouse()
	for i := range again {
		// Nothing at all is the same as an empty list of it.
		again[i].Columns = append([]catalog.Column{}, again[i].Columns...)
		again[i].Source.Tags = append([]string{}, again[i].Source.Tags...)
	}
	m.replaces("warehouse", stream(again...), catalog.Synced{Same: 5})
}

func testIsolated(t *testing.T, m mirror) {
	given := table("warehouse:sales.main.orders")
	given.Source.Tags = []string{"finance"}
	m.replaces("warehouse", stream(given), catalog.Synced{Added: 1})
	given.Columns[0].Name, given.Source.Tags[0] = "spoiled", "spoiled"
	read := m.asset(given.Ref)
	read.Columns[0].Name, read.Source.Tags[0] = "spoiled", "spoiled"
	want := table("warehouse:sales.main.orders")
	want.Source.Tags = []string{"finance"}
	m.holds(want)
}

func testChanges(t *testing.T, m mirror) {
	for name, change := range map[string]func(*catalog.Asset){
		"kind":           func(a *catalog.Asset) { a.Kind = catalog.View },
		"id":             func(a *catalog.Asset) { a.ID = "77" },
		"technology":     func(a *catalog.Asset) { a.Technology = "mysql" },
		"host":           func(a *catalog.Asset) { a.Host = "dwh2" },
		"owner":          func(a *catalog.Asset) { a.Source.Owner = "dba" },
		"comment":        func(a *catalog.Asset) { a.Source.Comment = "as of today" },
		"tags":           func(a *catalog.Asset) { a.Source.Tags = []string{"finance", "eu"} },
		"column name":    func(a *catalog.Asset) { a.Columns[0].Name = "order_id" },
		"column type":    func(a *catalog.Asset) { a.Columns[0].Type = "uuid" },
		"column comment": func(a *catalog.Asset) { a.Columns[1].Comment = "gross" },
		"column order":   func(a *catalog.Asset) { a.Columns[0], a.Columns[1] = a.Columns[1], a.Columns[0] },
		"column from":    func(a *catalog.Asset) { a.Columns[1].From = []string{"id"} },
		"column dropped": func(a *catalog.Asset) { a.Columns = a.Columns[:1] },
		"all dropped":    func(a *catalog.Asset) { a.Columns = nil },
		"read through": func(a *catalog.Asset) {
			a.Through = []catalog.Through{{Way: catalog.ByQuery, Ref: "warehouse:sales.main.base", Columns: []string{"id"}}}
		},
		"part of": func(a *catalog.Asset) { a.PartOf = []catalog.Ref{"warehouse:sales.main.all"} },
	} {
		ref, err := catalog.NewRef("warehouse", "sales", "main", name) // what an asset was is kept
		if err != nil {
			t.Fatal(err)
		}
		before, after := table(ref), table(ref)
		change(&after)
		if _, err := m.Replace(t.Context(), ref, stream(before), monday); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m.replaces(ref, stream(after), catalog.Synced{Changed: 1})
		m.holds(after)
	}
}

func testGone(t *testing.T, m mirror) {
	all := warehouse()
	m.replaces("warehouse", stream(all...), catalog.Synced{Added: 5})
	m.replacesAt(tuesday, "warehouse", stream(all[:3]...), catalog.Synced{Same: 3, Gone: 2})
	for i, want := range all {
		if i >= 3 {
			want.Gone = tuesday
		}
		m.holds(want)
	}
	m.finds(catalog.Name{Path: all[3].Ref.Path()})
	m.searches(catalog.Query{}, refs(all[:3])...)
	m.searches(catalog.Query{Gone: true}, refs(all)...)

	// When it was first missed stays.
	m.replacesAt(tuesday.AddDate(0, 0, 1), "warehouse", stream(all[:3]...), catalog.Synced{Same: 3})
	all[3].Gone = tuesday
	m.holds(all[3])
}

func testBack(t *testing.T, m mirror) {
	orders := table("warehouse:sales.main.orders")
	m.replaces("warehouse", stream(orders), catalog.Synced{Added: 1})
	m.replacesAt(tuesday, "warehouse", stream(), catalog.Synced{Gone: 1})
	m.replaces("warehouse", stream(orders), catalog.Synced{Changed: 1})
	m.holds(orders)
	m.finds(catalog.Name{Path: orders.Ref.Path()}, orders.Ref)

	// What a Source says of Gone is not its to say.
	claimed := orders
	claimed.Gone = monday
	m.replaces("warehouse", stream(claimed), catalog.Synced{Same: 1})
	m.holds(orders)
}

func testBelowRoot(t *testing.T, m mirror) {
	others := []catalog.Asset{
		container("warehouse:sales"), table("warehouse:sales.main2.orders"), table(`warehouse:sales."main.2".orders`),
		table("warehouse:sales2.main.orders"), table("warehouse2:sales.main.orders"),
	}
	for _, a := range others {
		m.replaces(a.Ref, stream(a), catalog.Synced{Added: 1})
	}
	below := []catalog.Asset{container("warehouse:sales.main"), table("warehouse:sales.main.orders"), table("warehouse:sales.main.refunds")}
	m.replaces("warehouse:sales.main", stream(below...), catalog.Synced{Added: 3})
	m.replacesAt(tuesday, "warehouse:sales.main", stream(below[:2]...), catalog.Synced{Same: 2, Gone: 1})
	m.replacesAt(tuesday, "warehouse:sales.main", stream(), catalog.Synced{Gone: 2})
	for _, a := range others {
		m.holds(a)
	}
}

func testOutsideRoot(t *testing.T, m mirror) {
	m.replaces("warehouse", stream(warehouse()...), catalog.Synced{Added: 5})
	intruder := table("lake:sales.main.orders")
	for name, tt := range map[string]struct {
		root  catalog.Ref
		asset catalog.Asset
	}{
		"another connection": {"warehouse", intruder},
		"a sibling":          {"warehouse:sales.main", table("warehouse:sales.main2.orders")},
		"the parent":         {"warehouse:sales.main", container("warehouse:sales")},
		"not a reference":    {"warehouse", table("warehouse:sales..orders")},
		"another spelling":   {"warehouse", table(`warehouse:"sales".main.orders`)},
		"a connection":       {"warehouse", container("warehouse")},
		"no root":            {"", intruder},
		"root unreadable":    {"warehouse:", intruder},
	} {
		s, err := m.Replace(t.Context(), tt.root, stream(tt.asset), tuesday)
		if !errors.Is(err, catalog.ErrRef) {
			t.Errorf("%s: Replace(%q) of %q returned %+v, %v, want catalog.ErrRef", name, tt.root, tt.asset.Ref, s, err)
		}
	}
	m.missing(intruder.Ref)
	m.searches(catalog.Query{Gone: true}, refs(warehouse())...)
	m.searches(catalog.Query{}, refs(warehouse())...)
}

func testPartial(t *testing.T, m mirror) {
	all := warehouse()
	public := table("warehouse:sales.main2.orders")
	for _, unread := range []catalog.Ref{"warehouse:sales.main", "warehouse:sales", "warehouse"} {
		_, err := m.Replace(t.Context(), "warehouse", stream(append(all, public)...), monday)
		if err != nil {
			t.Fatal(err)
		}
		partial := &catalog.PartialError{Ref: unread, Err: errors.New("no access")}
		want := catalog.Synced{Same: 1, Unread: []*catalog.PartialError{partial}}
		if unread == "warehouse:sales.main" {
			want.Gone = 1
		}
		// What comes after a partial error is taken all the same.
		m.replacesAt(tuesday, "warehouse", mixed(partial, all[0]), want)
		m.holds(all[2])
		if gone := !m.asset(public.Ref).Gone.IsZero(); gone != (want.Gone == 1) {
			t.Errorf("%s could not be read; %s is gone: %v", unread, public.Ref, gone)
		}
	}
	// A part above the root, or a wrapped one, spares no less.
	wrapped := fmt.Errorf("sync: %w", &catalog.PartialError{Ref: "warehouse:sales", Err: errors.New("no access")})
	if _, err := m.Replace(t.Context(), "warehouse:sales.main", mixed(wrapped), tuesday); err != nil {
		t.Error(err)
	}
	m.holds(all[2])
}

func testManyPartial(t *testing.T, m mirror) {
	var tables []catalog.Asset
	var errs []any
	for i := range catalog.MaxUnread + 50 {
		a := table(catalog.Ref(fmt.Sprintf("warehouse:sales.main.t%03d", i)))
		tables = append(tables, a)
		errs = append(errs, &catalog.PartialError{Ref: a.Ref, Err: errors.New("locked")})
	}
	m.replaces("warehouse", stream(append(tables, table("warehouse:sales.main.z"))...), catalog.Synced{Added: len(tables) + 1})
	s, err := m.Replace(t.Context(), "warehouse", mixed(errs...), tuesday)
	if err != nil || s.Gone != 1 || len(s.Unread) != catalog.MaxUnread {
		t.Errorf("Replace returned %d gone, %d unread, %v, want 1, %d and no error", s.Gone, len(s.Unread), err, catalog.MaxUnread)
	}
	m.holds(tables[len(tables)-1])
}

func testPartialNameless(t *testing.T, m mirror) {
	m.replaces("warehouse", stream(warehouse()...), catalog.Synced{Added: 5})
	s, err := m.Replace(t.Context(), "warehouse", mixed(&catalog.PartialError{Err: errors.New("no access")}), tuesday)
	if !errors.Is(err, catalog.ErrRef) {
		t.Errorf("Replace returned %+v, %v, want catalog.ErrRef", s, err)
	}
	m.searches(catalog.Query{}, refs(warehouse())...)
}

func testStreamError(t *testing.T, m mirror) {
	all := warehouse()
	m.replaces("warehouse", stream(all...), catalog.Synced{Added: 5})
	broken := errors.New("connection lost")
	for _, items := range [][]any{{broken}, {all[0], broken}, {all[0], &catalog.PartialError{Ref: all[1].Ref, Err: broken}, broken}} {
		s, err := m.Replace(t.Context(), "warehouse", mixed(items...), tuesday)
		if !errors.Is(err, broken) || s.Gone != 0 {
			t.Errorf("Replace returned %+v, %v, want nothing gone and %v", s, err, broken)
		}
		m.searches(catalog.Query{}, refs(all)...)
	}
}

func testUnkeepable(t *testing.T, m mirror) {
	bad, good := table("warehouse:sales.main.orders"), table("warehouse:sales.main.refunds")
	m.replaces("warehouse", stream(bad, good), catalog.Synced{Added: 2})
	for name, comment := range map[string]string{"NUL": "a\x00b", "not UTF-8": "a\xffb"} {
		spoiled := table(bad.Ref)
		spoiled.Columns[0].Comment = comment
		s, err := m.Replace(t.Context(), "warehouse", stream(spoiled, good), tuesday)
		if err != nil || s.Same != 1 || s.Gone != 0 || len(s.Unread) != 1 || s.Unread[0].Ref != bad.Ref {
			t.Errorf("%s: Replace returned %+v, %v, want %s unread and the other kept", name, s, err, bad.Ref)
		}
	}
	m.holds(bad)
}
