package catalogtest

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/catalog"
)

// mirror is an inventory under test.
type mirror struct {
	testing.TB
	catalog.Inventory
}

var asText = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) }),
}

func (m mirror) replaces(root catalog.Ref, assets iter.Seq2[catalog.Asset, error], want catalog.Synced) {
	m.Helper()
	m.replacesAt(monday, root, assets, want)
}

func (m mirror) replacesAt(now time.Time, root catalog.Ref, assets iter.Seq2[catalog.Asset, error], want catalog.Synced) {
	m.Helper()
	got, err := m.Replace(m.Context(), root, assets, now)
	if err != nil {
		m.Fatalf("Replace(%s): %v", root, err)
	}
	if diff := cmp.Diff(want, got, asText); diff != "" {
		m.Errorf("Replace(%s) (-want +got):\n%s", root, diff)
	}
}

func (m mirror) asset(ref catalog.Ref) catalog.Asset {
	m.Helper()
	a, err := m.Asset(m.Context(), ref)
	if err != nil {
		m.Fatalf("Asset(%s): %v", ref, err)
	}
	return a
}

func (m mirror) holds(want catalog.Asset) {
	m.Helper()
	if diff := cmp.Diff(want, m.asset(want.Ref), asText); diff != "" {
		m.Errorf("Asset(%s) (-want +got):\n%s", want.Ref, diff)
	}
}

func (m mirror) missing(ref catalog.Ref) {
	m.Helper()
	if a, err := m.Asset(m.Context(), ref); !errors.Is(err, catalog.ErrNotFound) {
		m.Errorf("Asset(%q) returned %+v, %v, want catalog.ErrNotFound", ref, a, err)
	}
}

// finds takes the Refs that Find must return, in any order: it must return them
// in the order of their bytes.
func (m mirror) finds(n catalog.Name, want ...catalog.Ref) {
	m.Helper()
	got, err := m.Find(m.Context(), n)
	m.lists(fmt.Sprintf("Find(%+v)", n), got, err, want)
}

// searches is finds for Search.
func (m mirror) searches(q catalog.Query, want ...catalog.Ref) {
	m.Helper()
	got, err := m.Search(m.Context(), q)
	m.lists(fmt.Sprintf("Search(%+v)", q), got, err, want)
}

func (m mirror) lists(what string, got []catalog.Asset, err error, want []catalog.Ref) {
	m.Helper()
	if err != nil {
		m.Errorf("%s: %v", what, err)
		return
	}
	if diff := cmp.Diff(sorted(want), refs(got), cmpopts.EquateEmpty()); diff != "" {
		m.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func sorted(of []catalog.Ref) []catalog.Ref {
	of = slices.Clone(of)
	slices.Sort(of)
	return of
}

func refs(of []catalog.Asset) []catalog.Ref {
	var refs []catalog.Ref
	for _, a := range of {
		refs = append(refs, a.Ref)
	}
	return refs
}

// stream yields assets as a Source does.
func stream(assets ...catalog.Asset) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		for _, a := range assets {
			if !yield(a, nil) {
				return
			}
		}
	}
}

// mixed yields assets and errors.
func mixed(items ...any) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		for _, item := range items {
			a, _ := item.(catalog.Asset)
			err, _ := item.(error)
			if !yield(a, err) {
				return
			}
		}
	}
}

func container(ref catalog.Ref) catalog.Asset {
	a := catalog.Asset{Ref: ref, Kind: catalog.Schema, ID: "2/" + string(ref), Technology: "postgres", Host: "dwh.example.com"}
	if len(ref.Path()) == 1 {
		a.Kind = catalog.Database
	}
	a.Source.Owner = "loader"
	return a
}

func table(ref catalog.Ref) catalog.Asset {
	return catalog.Asset{
		Ref: ref, Kind: catalog.Table, ID: "1/" + string(ref), Technology: "postgres", Host: "dwh.example.com",
		Columns: []catalog.Column{{Name: "id", Type: "bigint"}, {Name: "Amount €", Type: "numeric(12,2)", Comment: "net, 'of' tax"}},
		Source:  catalog.Claims{Owner: "loader", Comment: "one row for each order"},
	}
}

// warehouse is a small platform, in the order in which a Source reads it.
func warehouse() []catalog.Asset {
	view := table("warehouse:sales.main.recent")
	view.Kind = catalog.View
	return []catalog.Asset{
		container("warehouse:sales"), container("warehouse:sales.main"),
		table("warehouse:sales.main.orders"), table("warehouse:sales.main.refunds"), view,
	}
}
