package web_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/filelinker"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
)

// full is a catalog that has no room for some assets.
type full struct{ catalog.Linker }

func (f full) Link(ctx context.Context, links []catalog.AssetLinks) []error {
	errs := f.Linker.Link(ctx, links)
	for i, l := range links {
		if l.Ref == orders {
			errs[i] = errors.New("no room, says secret-catalog.example.com")
		}
	}
	return errs
}

// An administrator has the links of a connection written into a catalog of the server's,
// whole, and learns what could not be written.
func TestLinksArePublished(t *testing.T) {
	t.Parallel()
	shelf := filelinker.New(t.TempDir())
	const address = "https://access.example.com/grants"
	w := newWorldAt(t, "", web.Options{URL: address, Catalogs: map[string]catalog.Linker{"shelf": shelf, "full": full{filelinker.New(t.TempDir())}}}, nil)
	a := read[api.PublishedLinks](t, w.call(t, admin, "POST", "/connections/warehouse/links/publish", `{"catalog":"shelf"}`), 200)
	listed := strings.Count(w.call(t, admin, "GET", "/connections/warehouse/links?format=jsonl", "").body, "\n")
	if a.Catalog != "shelf" || a.Written != listed || a.Failed != 0 || listed == 0 {
		t.Errorf("%+v were written, of %d", a, listed)
	}
	if links, err := shelf.Read(orders); err != nil || !strings.HasPrefix(links.DataAccess, address+"/request?") {
		t.Errorf("the shelf holds %+v, %v", links, err)
	}
	if _, err := shelf.Read("lake:sales.public.prices"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("another connection was written: %v", err)
	}
	some := w.call(t, admin, "POST", "/connections/warehouse/links/publish", `{"catalog":"full"}`)
	if got := read[api.PublishedLinks](t, some, 200); got.Failed != 1 || got.Written != listed-1 || strings.Contains(some.body, "secret-catalog") {
		t.Errorf("one has no room: %s", some.body)
	}
	if !strings.Contains(w.log.String(), "secret-catalog") {
		t.Error("the operator is not told why")
	}
	for body, status := range map[string]int{`{}`: 422, `{"catalog":"attic"}`: 422} {
		p := read[web.Problem](t, w.call(t, admin, "POST", "/connections/warehouse/links/publish", body), status)
		if len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Detail, "full, shelf") {
			t.Errorf("%s: %+v", body, p)
		}
	}
	wantStatus(t, w.call(t, admin, "POST", "/connections/none/links/publish", `{"catalog":"shelf"}`), 404)
	wantStatus(t, w.call(t, gov, "POST", "/connections/warehouse/links/publish", `{"catalog":"shelf"}`), 403)
	wantStatus(t, newWorld(t).call(t, admin, "POST", "/connections/warehouse/links/publish", `{}`), 409)
}

// A catalog takes an address for its links to lead to.
func TestCatalogsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shelf := filelinker.New(t.TempDir())
	for name, o := range map[string]web.Options{
		"no address": {Catalogs: map[string]catalog.Linker{"shelf": shelf}},
		"no name":    {URL: "https://access.example.com", Catalogs: map[string]catalog.Linker{"": shelf}},
		"no linker":  {URL: "https://access.example.com", Catalogs: map[string]catalog.Linker{"shelf": nil}},
	} {
		o.Dev, o.Logger = &web.Dev{People: everybody}, slog.New(slog.DiscardHandler)
		if _, err := web.Handler(w.engine, o); err == nil {
			t.Errorf("%s: is taken", name)
		}
	}
}
