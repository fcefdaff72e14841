package catalogtest

import (
	"errors"
	"testing"

	"github.com/grantwright/grantwright/catalog"
)

// object is a table with an id of its own.
func object(ref catalog.Ref, id string, partOf ...catalog.Ref) catalog.Asset {
	a := table(ref)
	a.ID, a.PartOf = id, partOf
	return a
}

// testKept syncs what materialized views read, and asks what they may hold from before: as
// long as they are the same object, under each name.
func testKept(t *testing.T, m mirror) {
	const held, moved, events, part, other = catalog.Ref("warehouse:sales.main.held"), catalog.Ref("warehouse:sales.main.moved"),
		catalog.Ref("warehouse:sales.main.events"), catalog.Ref("warehouse:hr.main.events_24"), catalog.Ref("warehouse:hr.main.other")
	reads := func(ref catalog.Ref, columns ...string) catalog.Through {
		return catalog.Through{Way: catalog.ByQuery, Ref: ref, Columns: columns}
	}
	view := func(kind catalog.Kind, ref catalog.Ref, id string, through ...catalog.Through) catalog.Asset {
		a := object(ref, id)
		a.Kind, a.Through = kind, through
		return a
	}
	syncs := func(a catalog.Asset, was []catalog.Ref, had ...catalog.Through) {
		t.Helper()
		if _, err := m.Replace(t.Context(), "warehouse", stream(a), monday); err != nil {
			t.Fatal(err)
		}
		a.Was, a.Had = was, had
		m.holds(a)
	}
	all := []catalog.Through{reads(part), reads(other, "id", "mail"), reads(events)}
	syncs(view(catalog.MaterializedView, held, "7", all...), nil)
	syncs(view(catalog.MaterializedView, held, "7", reads(other, "id"), reads(events)), nil, all[0], all[1])
	syncs(view(catalog.MaterializedView, held, "7", reads(other, "id"), reads(events)), nil, all[0], all[1])
	syncs(view(catalog.MaterializedView, held, "7", all...), nil) // attached again
	syncs(view(catalog.MaterializedView, held, "7"), nil, all[0], all[1], all[2])
	syncs(view(catalog.MaterializedView, moved, "7"), []catalog.Ref{held}, all[0], all[1], all[2])
	syncs(view(catalog.MaterializedView, moved, "8"), nil) // made anew
	syncs(view(catalog.View, held, "9", all...), nil)
	syncs(view(catalog.View, held, "9"), nil) // it shows what it reads
}

// moves syncs some assets at and below root, and then asks what these were.
func (m mirror) moves(root catalog.Ref, all []catalog.Asset, was map[catalog.Ref][]catalog.Ref) {
	m.Helper()
	synced, err := m.Replace(m.Context(), root, stream(all...), monday)
	if err != nil {
		m.Fatal(err)
	}
	for _, a := range all {
		a.Was = was[a.Ref]
		m.holds(a)
	}
	for _, ref := range synced.Moved {
		if len(was[ref]) == 0 {
			m.Errorf("%s is said to have moved, and was nowhere else", ref)
		}
	}
}

func testMoves(t *testing.T, m mirror) {
	const orders, backup, temporary = catalog.Ref("warehouse:sales.main.orders"), catalog.Ref("warehouse:sales.main.orders__backup"), catalog.Ref("warehouse:sales.main.orders__tmp")
	none := map[catalog.Ref][]catalog.Ref{}
	m.moves("warehouse", []catalog.Asset{object(orders, "7")}, none)
	m.moves("lake", []catalog.Asset{object("lake:sales.main.orders", "7")}, none) // an id is that of its platform

	// Another is built beside it, and then takes its place.
	m.moves("warehouse", []catalog.Asset{object(orders, "7"), object(temporary, "8")}, none)
	swapped := []catalog.Asset{object(orders, "8"), object(backup, "7")}
	was := map[catalog.Ref][]catalog.Ref{orders: {temporary}, backup: {orders}}
	m.moves("warehouse", swapped, was)
	m.replaces("warehouse", stream(swapped...), catalog.Synced{Same: 2})
	swapped[1].Source.Comment = "kept for a week"
	m.moves("warehouse", swapped, was)

	// Back and forth, out of the root, and away from what it was a part of.
	m.moves("warehouse", []catalog.Asset{object(orders, "7")}, map[catalog.Ref][]catalog.Ref{orders: {backup}})
	const archived = catalog.Ref("warehouse:old.main.orders")
	m.moves("warehouse:old", []catalog.Asset{object(archived, "7")}, map[catalog.Ref][]catalog.Ref{archived: {orders, backup}})
	const whole, part = catalog.Ref("warehouse:sales.main.events"), catalog.Ref("warehouse:sales.main.events_24")
	m.moves("warehouse", []catalog.Asset{object(whole, "20"), object(part, "21", whole)}, none)
	m.moves("warehouse", []catalog.Asset{object(whole, "20"), object(part, "21")}, map[catalog.Ref][]catalog.Ref{part: {whole}})

	// What is in a container that was renamed, also when it comes later.
	room, renamed := container("warehouse:hr"), container("warehouse:people")
	renamed.ID = room.ID
	m.moves("warehouse:hr", []catalog.Asset{room}, none)
	late := object("warehouse:people.late", "30")
	m.moves("warehouse:people", []catalog.Asset{renamed}, map[catalog.Ref][]catalog.Ref{renamed.Ref: {room.Ref}})
	m.moves("warehouse:people", []catalog.Asset{renamed, late}, map[catalog.Ref][]catalog.Ref{renamed.Ref: {room.Ref}, late.Ref: {"warehouse:hr.late"}})
	yearly := object("warehouse:people.yearly", "31")
	m.moves("warehouse:people", []catalog.Asset{renamed, late, yearly, object("warehouse:people.late_24", "32", late.Ref)},
		map[catalog.Ref][]catalog.Ref{renamed.Ref: {room.Ref}, late.Ref: {"warehouse:hr.late"}, yearly.Ref: {"warehouse:hr.yearly"}, "warehouse:people.late_24": {"warehouse:hr.late", "warehouse:hr.late_24"}})

	// A stream that ends in an error forgets nothing.
	lost := errors.New("connection lost")
	m.moves("warehouse", []catalog.Asset{object("warehouse:x.a", "40")}, none)
	if _, err := m.Replace(t.Context(), "warehouse", mixed(object("warehouse:x.a", "41"), lost), monday); !errors.Is(err, lost) {
		t.Fatalf("got %v, want %v", err, lost)
	}
	m.moves("warehouse", []catalog.Asset{object("warehouse:x.a", "41"), object("warehouse:x.b", "40")}, map[catalog.Ref][]catalog.Ref{"warehouse:x.b": {"warehouse:x.a"}})
}
