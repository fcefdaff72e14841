package web_test

import (
	"context"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
)

// Whoever gives some columns by hand is told which, where it is listed, where it is done
// and where it ends; so does whoever reads who has access, as CSV too. Names of columns are
// what their owners choose.
func TestSomeColumnsByHand(t *testing.T) {
	t.Parallel()
	const odd = "e \"mail\u202etxt"
	objects := assetsOn("lake")
	for i, a := range objects {
		if a.Ref == "lake:sales.public.orders" {
			objects[i].Columns = []catalog.Column{{Name: "id"}, {Name: odd}, {Name: "amount"}}
		}
	}
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) {
		c.Platforms["hand"] = provision.Platform{Source: func(context.Context, provision.Target) (catalog.Source, error) {
			return enginetest.NewPlatform(objects...), nil
		}}
	})
	_, err := w.engine.Sync(t.Context(), admin, "lake")
	must(t, err)
	b := w.browser(t)
	sent := formWith(t, b.signIn(b.open("/request?fullyQualifiedName=sales.public.orders&technology=hand"), eve.ID), "answers.purpose").
		fill("answers.purpose", "x", "answers.duration.count", "1", "answers.duration.unit", "HOURS")
	sent.values["columns"] = []string{"id", odd}
	page := b.send(sent)
	shown := `e &#34;mail\u202etxt`
	wantOn(t, page, 200, "A person has to give the access on the platform.", shown)
	id := page.url.Path[strings.LastIndex(page.url.Path, "/")+1:]

	doer := w.browser(t)
	page = doer.signIn(doer.open("/tasks"), admin.ID)
	wantOn(t, page, 200, "Give access to <span class=\"ref\">eve</span>", `columns <span class="ref">`+shown+`</span>, <span class="ref">id</span>`)
	page = doer.open("/tasks/" + id)
	wantOn(t, page, 200, "They have from us there:", `Read, columns <span class="ref">`+shown+`</span>, <span class="ref">id</span>`)
	wantOn(t, doer.send(formWith(t, page, "It is done").fill("act", "done")), 200, "Nothing to do")

	a := w.call(t, gov, "GET", "/assets/lake:sales.public.orders/access.csv", "")
	lines, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	must(t, err)
	if at := slices.Index(lines[0], "columns"); len(lines) != 3 || lines[2][0] != "This platform cannot say what others gave." || lines[1][at] != `"e ""mail\u202etxt" id` {
		t.Errorf("the CSV says %q", lines)
	}
	read[request.Request](t, w.call(t, eve, "POST", "/requests/"+id+"/revoke", `{"reason":"done"}`), 200)
	wantOn(t, doer.open("/tasks"), 200, "Take access from", `columns <span class="ref">`+shown+`</span>, <span class="ref">id</span>`)
	wantOn(t, doer.open("/tasks/"+id), 200, "They have nothing from us there")
	if page := doer.open("/tasks"); strings.Contains(page.body, "\u202e") {
		t.Error("a name turns the direction of what follows")
	}
}

// Whoever gives access to a masked table by hand is told so where it is done, and by the API.
func TestATaskSaysWhatIsMasked(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) {
		c.Platforms["hand"] = provision.Platform{Source: func(context.Context, provision.Target) (catalog.Source, error) {
			return enginetest.NewPlatform(assetsOn("lake")...), nil
		}}
	})
	_, err := w.engine.Sync(t.Context(), admin, "lake")
	must(t, err)
	_, err = w.engine.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "pii", At: "lake:sales.public.orders", Columns: []string{"email"}, How: catalog.MaskNull})
	must(t, err)
	b := w.browser(t)
	page := b.send(formWith(t, b.signIn(b.open("/request?fullyQualifiedName=sales.public.orders&technology=hand"), eve.ID), "answers.purpose").
		fill("answers.purpose", "x", "answers.duration.count", "1", "answers.duration.unit", "HOURS"))
	id := page.url.Path[strings.LastIndex(page.url.Path, "/")+1:]
	wantOn(t, w.page(t, admin, "GET", "/tasks/"+id, nil), 200, "<dt>Masked</dt>", `<span class="ref">email</span>`, "not to the asset itself")
	if a := w.call(t, admin, "GET", "/grants/"+id+"/job", ""); !strings.Contains(a.body, `"masks":[{"asset":"lake:sales.public.orders"`) {
		t.Errorf("the API says nothing of masks: status %d, %s", a.status, a.body)
	}
}
