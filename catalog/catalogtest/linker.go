package catalogtest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
)

// LinkerHarness is a Linker with a way to look past it, into its catalog.
type LinkerHarness struct {
	Linker catalog.Linker

	// Read returns the links that stand in the catalog for an asset; false if there
	// are none.
	Read func(ref catalog.Ref) (catalog.AssetLinks, bool)
}

// TestLinker runs the suite for linkers. Fresh returns one whose catalog holds no
// links, for each subtest; they run in parallel.
func TestLinker(t *testing.T, fresh func(t *testing.T) LinkerHarness) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, LinkerHarness)
	}{
		{"nothing", testLinksNothing},
		{"writes, again, and anew", testLinks},
		{"awkward names", testLinksAwkward},
		{"what is no reference fails alone", testLinksApart},
		{"cancelled context", testLinksCancelled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.test(t, fresh(t))
		})
	}
}

func (h LinkerHarness) links(t *testing.T, links ...catalog.AssetLinks) {
	t.Helper()
	errs := h.Linker.Link(t.Context(), links)
	if len(errs) != len(links) || errors.Join(errs...) != nil {
		t.Fatalf("Link returned %v for %d assets", errs, len(links))
	}
	for _, want := range links {
		got, ok := h.Read(want.Ref)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%q: there: %v (-want +got):\n%s", want.Ref, ok, diff)
		}
	}
}

func linksOf(ref catalog.Ref, base string) catalog.AssetLinks {
	return catalog.LinksTo(table(ref), base)
}

func testLinksNothing(t *testing.T, h LinkerHarness) {
	h.links(t)
	if got, ok := h.Read("warehouse:sales.main.orders"); ok {
		t.Errorf("an empty catalog holds %+v", got)
	}
}

func testLinks(t *testing.T, h LinkerHarness) {
	orders, refunds := linksOf("warehouse:sales.main.orders", "https://a.example.com"), linksOf("warehouse:sales.main.refunds", "https://a.example.com")
	h.links(t, orders, refunds)
	h.links(t, orders)
	h.links(t, linksOf(orders.Ref, "https://b.example.com"))
	if got, _ := h.Read(refunds.Ref); got != refunds {
		t.Errorf("the links of another asset are %+v now", got)
	}
	bare := catalog.LinksTo(container("warehouse:sales"), "https://a.example.com")
	h.links(t, bare)
}

// Each asset has its own links, whatever it is called.
func testLinksAwkward(t *testing.T, h LinkerHarness) {
	var all []catalog.AssetLinks
	for _, name := range append([]string{"../../escaped", "/etc/passwd", "CON", strings.Repeat("y", 400), strings.Repeat("y", 399) + "z"}, AwkwardNames...) {
		ref, err := catalog.NewRef("warehouse", "sales", name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, linksOf(ref, "https://a.example.com"))
	}
	h.links(t, all...)
}

func testLinksApart(t *testing.T, h LinkerHarness) {
	good := linksOf("warehouse:sales.main.orders", "https://a.example.com")
	errs := h.Linker.Link(t.Context(), []catalog.AssetLinks{{Ref: "warehouse:..", DataAccess: "x"}, good})
	if len(errs) != 2 || errs[0] == nil || errs[1] != nil {
		t.Errorf("Link returned %v, want an error for the first alone", errs)
	}
	if got, ok := h.Read(good.Ref); !ok || got != good {
		t.Errorf("the other one: %+v, %v", got, ok)
	}
}

func testLinksCancelled(t *testing.T, h LinkerHarness) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	errs := h.Linker.Link(ctx, []catalog.AssetLinks{linksOf("warehouse:sales.main.orders", "x")})
	if len(errs) != 1 || !errors.Is(errs[0], context.Canceled) {
		t.Errorf("Link returned %v, want the error of the context", errs)
	}
}
