package tests

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// shelfOfLinks is an external catalog in memory, which refuses some assets.
type shelfOfLinks struct {
	refuses catalog.Ref
	stands  []catalog.Ref
}

func (s *shelfOfLinks) Link(_ context.Context, links []catalog.AssetLinks) []error {
	errs := make([]error, len(links))
	for i, one := range links {
		if one.Ref == s.refuses {
			errs[i] = fmt.Errorf("%s is refused", one.Ref)
			continue
		}
		s.stands = append(s.stands, one.Ref)
	}
	return errs
}

func TestLinksLeadBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	var refs []catalog.Ref
	for links, err := range w.Connections().Links(ctx, admin, "warehouse", "https://access.example.com") {
		must(t, err)
		refs = append(refs, links.Ref)
		entry, err := w.Resolve(ctx, eve, linkOf(t, links.DataAccess))
		if err != nil || entry.Asset.Ref != links.Ref {
			t.Errorf("%s leads to %s, %v", links.DataAccess, entry.Asset.Ref, err)
		}
	}
	want := []catalog.Ref{"warehouse:sales", "warehouse:sales.public", customers("").Asset, orders}
	if diff := cmp.Diff(want, refs); diff != "" {
		t.Errorf("the links differ (-want +got):\n%s", diff)
	}
	shelf := &shelfOfLinks{refuses: orders}
	published, err := w.Connections().PublishLinks(ctx, admin, "warehouse", "", shelf)
	if err == nil || published != (catalog.Published{Written: 3, Failed: 1, Whole: true}) {
		t.Errorf("published %+v, %v", published, err)
	}
	if diff := cmp.Diff(want[:3], shelf.stands); diff != "" {
		t.Errorf("what stands differs (-want +got):\n%s", diff)
	}
}

func linkOf(t *testing.T, address string) catalog.Link {
	t.Helper()
	_, query, _ := strings.Cut(address, "?")
	values, err := url.ParseQuery(query)
	must(t, err)
	link, err := catalog.ParseLink(values)
	must(t, err)
	return link
}

// A name that nobody has is read as the platform would; one that somebody has, or
// that stands in quotes, is not.
func TestLinksByTheCaseRulesOfThePlatform(t *testing.T) {
	t.Parallel()
	folding := newWorld(t, func(c *grantwright.Config) {
		p := c.Platforms["fake"]
		p.Fold = func(_ catalog.Connection, name string) string { return strings.ToLower(name) }
		c.Platforms = map[string]provision.Platform{"fake": p, "other": {}}
	})
	exact := newWorld(t)
	for _, tt := range []struct {
		query string
		want  bool // of the world that folds
		exact bool
	}{
		{"fullyQualifiedName=sales.public.orders", true, true},
		{"fullyQualifiedName=SALES.Public.ORDERS", true, false},
		{"fullyQualifiedName=SALES.Public.ORDERS&technology=fake&host=warehouse", true, false},
		{"fullyQualifiedName=SALES.Public.ORDERS&technology=other", false, false},
		{"fullyQualifiedName=SALES.Public.ORDERS&technology=fake&host=lake", false, false},
		{"fullyQualifiedName=sales.public.%22ORDERS%22", false, false},
		{"fullyQualifiedName=sales.public.%22orders%22", true, true},
	} {
		for w, want := range map[*world]bool{folding: tt.want, exact: tt.exact} {
			entry, err := w.Resolve(t.Context(), eve, linkOf(t, "?"+tt.query))
			if found := err == nil && entry.Asset.Ref == orders; found != want || err != nil && !errors.Is(err, catalog.ErrNotFound) {
				t.Errorf("%s leads to %s, %v", tt.query, entry.Asset.Ref, err)
			}
		}
	}
}

// Technologies and hosts are compared as people and catalogs write them.
func TestLinksAsPeopleWritePlatforms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) {
		c.Platforms = map[string]provision.Platform{"fake": c.Platforms["fake"], "postgres": c.Platforms["fake"]}
	})
	for name, host := range map[string]string{"copy": "DB.Example.com", "other": "db2.example.com:6432"} {
		must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: name, Technology: "PostgreSQL", Host: host}))
		_, err := w.Config.Inventory.Replace(t.Context(), catalog.Ref(name), func(yield func(catalog.Asset, error) bool) {
			yield(catalog.Asset{Ref: catalog.Ref(name + ":sales.public.orders"), Kind: catalog.Table, ID: "3", Technology: "postgres", Host: host}, nil)
		}, w.clock.Now())
		must(t, err)
	}
	all, err := w.Connections().All(t.Context(), admin, "", 10)
	if must(t, err); all[0].Technology != "postgres" {
		t.Errorf("a connection is registered as %+v", all[0])
	}
	for _, tt := range []struct{ platform, want string }{
		{"technology=PostgreSQL&host=db.example.com", "copy:sales.public.orders"},
		{"technology=postgresql&host=DB.EXAMPLE.COM", "copy:sales.public.orders"},
		{"technology=Postgres&host=db.example.com.", "copy:sales.public.orders"},
		{"technology=postgres&host=db.example.com:5432", "copy:sales.public.orders"},
		{"technology=postgres&host=postgresql://db.example.com:5432/sales", "copy:sales.public.orders"},
		{"technology=PostgreSQL&host=COPY", "copy:sales.public.orders"},
		{"technology=POSTGRESQL&host=db2.example.com.:6432", "other:sales.public.orders"},
		{"technology=Fake&host=warehouse", string(orders)},
		{"technology=PostgreSQL&host=db2.example.com", ""},
		{"technology=PostgreSQL&host=warehouse", ""},
		{"technology=MySQL&host=db.example.com", ""},
	} {
		for _, name := range []string{"sales.public.orders", "%22sales%22.public.orders"} {
			entry, err := w.Resolve(t.Context(), eve, linkOf(t, "?fullyQualifiedName="+name+"&"+tt.platform))
			if string(entry.Asset.Ref) != tt.want || tt.want == "" && !errors.Is(err, catalog.ErrNotFound) {
				t.Errorf("%s leads to %s, %v, want %s", tt.platform, entry.Asset.Ref, err, tt.want)
			}
		}
	}
	var ambiguous *catalog.AmbiguousError
	if _, err := w.Resolve(t.Context(), eve, linkOf(t, "?fullyQualifiedName=sales.public.orders&technology=PostgreSQL")); !errors.As(err, &ambiguous) || len(ambiguous.Candidates) != 2 {
		t.Errorf("the technology alone: %v", err)
	}
}

func wants(name string) catalog.Link {
	return catalog.Link{Path: []string{"sales", "public", name}, Technology: "fake", Host: "warehouse", Type: catalog.LinkDataAccess}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	first, err := w.Assets().Report(ctx, eve, wants("refunds"))
	must(t, err)
	again, err := w.Assets().Report(ctx, eve, wants("refunds"))
	if err != nil || again.ID != first.ID {
		t.Errorf("the same again is %+v, %v", again, err)
	}
	if _, err := w.Assets().Report(ctx, frank, wants("refunds")); err != nil {
		t.Error(err)
	}
	if _, err := w.Assets().Report(ctx, eve, wants("orders")); !errors.Is(err, store.ErrState) {
		t.Errorf("what is there: %v", err)
	}
	unseen, err := w.Assets().Report(ctx, eve, wants("nothing"))
	must(t, err)
	_, err = w.Governance().Dismiss(ctx, gov, unseen.ID, "it was dropped")
	must(t, err)
	if _, err := w.Governance().Dismiss(ctx, gov, unseen.ID, ""); !errors.Is(err, store.ErrState) {
		t.Errorf("dismissing it twice: %v", err)
	}

	w.platform.Add(catalog.Asset{Ref: "warehouse:sales.public.refunds", Kind: catalog.Table, ID: "5"})
	_, err = w.Sync(ctx, admin, "warehouse")
	must(t, err)
	open, _, err := w.Governance().Wanted(ctx, gov, request.StillWanted, store.Position{}, 10)
	if err != nil || len(open) != 0 {
		t.Errorf("still wanted: %v, %v", open, err)
	}
	w.work(t) // tells them
	for _, tt := range []struct {
		who  request.Identity
		want []string
	}{
		{eve, []string{"asset.dismissed ", "asset.registered warehouse:sales.public.refunds"}},
		{frank, []string{"asset.registered warehouse:sales.public.refunds"}},
		{gov, []string{"asset.reported ", "asset.reported warehouse:sales.public.refunds", "asset.reported warehouse:sales.public.refunds"}},
	} {
		told, _, err := w.Inbox().Notices(ctx, tt.who, true, store.Position{}, 10)
		must(t, err)
		var got []string
		for _, n := range told {
			got = append(got, fmt.Sprint(n.Topic, " ", n.Asset))
			if n.Asset != "" {
				if entry, err := w.Resolve(ctx, tt.who, linkOf(t, n.Page)); err != nil || entry.Asset.Ref != n.Asset {
					t.Errorf("the notice leads to %s, %v", entry.Asset.Ref, err)
				}
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s is told (-want +got):\n%s", tt.who.ID, diff)
		}
	}
}

func TestWantedIsLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range request.MaxWanted {
		_, err := w.Assets().Report(t.Context(), eve, wants(fmt.Sprintf("t%d", i)))
		must(t, err)
	}
	if _, err := w.Assets().Report(t.Context(), eve, wants("more")); !errors.As(err, new(*request.LimitError)) {
		t.Errorf("one more: %v", err)
	}
	if _, err := w.Assets().Report(t.Context(), eve, wants("t0")); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if _, err := w.Assets().Report(t.Context(), frank, wants("more")); err != nil {
		t.Errorf("by someone else: %v", err)
	}
}
