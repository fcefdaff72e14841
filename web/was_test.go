package web_test

import (
	"context"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/web"
)

// An asset that was renamed says what it was, where it is asked for and over the API: what
// governance has said of that holds for it. What stands in its place, and looks like it, says so too.
func TestFormerNamesOnThePages(t *testing.T) {
	t.Parallel()
	stands := enginetest.NewPlatform(assetsOn("warehouse")...)
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) {
		fake := c.Platforms["fake"]
		fake.Source = func(_ context.Context, to provision.Target) (catalog.Source, error) {
			if to.Connection.Name == "warehouse" {
				return stands, nil
			}
			return readSame(t.Context(), to)
		}
		c.Platforms["fake"] = fake
	})
	read[catalog.Mask](t, w.call(t, gov, "PUT", "/masks/pii", `{"at":"warehouse:sales.public.orders","columns":["email"],"how":"NULL"}`), 200)
	sync := func() {
		t.Helper()
		_, err := w.engine.Sync(t.Context(), admin, "warehouse")
		must(t, err)
	}
	sync()
	page := func(name string) answer {
		t.Helper()
		b := w.browser(t)
		return b.signIn(b.open("/request?fullyQualifiedName=sales.public."+name+"&technology=fake&host=warehouse"), eve.ID)
	}
	if before := page("orders").body; strings.Contains(before, "Formerly") || strings.Contains(before, "Looks like") {
		t.Errorf("it was renamed before anybody has: %s", before)
	}

	objects := assetsOn("warehouse")
	for i, a := range objects {
		if a.Ref == orders {
			objects[i].Ref = "warehouse:sales.public.backup"
			tmp := a
			tmp.Ref, tmp.ID = "warehouse:sales.public.orders_tmp", "anew"
			objects = append(objects, tmp)
		}
	}
	stands.Stand(objects...)
	sync()
	renamed := page("backup")
	wantOn(t, renamed, 200, `<dt>Formerly</dt><dd><span class="ref">sales.public.orders</span>`, "Masks and tags of the former name hold for it", "Some columns are masked")
	if strings.Contains(renamed.body, "Looks like") {
		t.Error("it is said to look like what it was")
	}
	if a := read[catalog.Asset](t, w.call(t, eve, "GET", "/assets/warehouse:sales.public.backup", ""), 200); len(a.Was) != 1 || a.Was[0] != orders {
		t.Errorf("the API says that it was %v", a.Was)
	}
	if a := read[catalog.Asset](t, w.call(t, eve, "GET", "/assets/warehouse:sales.public.orders_tmp", ""), 200); a.Like == "" {
		t.Errorf("the API says that it looks like none: %+v", a)
	}
	wantOn(t, page("orders_tmp"), 200, `<dt>Looks like</dt><dd><span class="ref">sales.public.orders</span>`, "It has the same masked columns.")
}
