package web_test

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
)

const itsMasks = "/assets/warehouse:sales.public.orders/masks"

func TestMasksOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"at":"warehouse:sales","columns":["email"],"how":"HASH","key":"env:KEY"}`
	for by, status := range map[*request.Identity]int{&eve: 403, &admin: 403, &auditor: 403} {
		if a := w.call(t, *by, "PUT", "/masks/pii", body); a.status != status {
			t.Errorf("%s saves a mask: %d", by.ID, a.status)
		}
	}
	saved := read[catalog.Mask](t, w.call(t, gov, "PUT", "/masks/pii", body), 200)
	if saved.Version != 1 || saved.SavedBy != string(gov.Person()) {
		t.Errorf("saved is %+v", saved)
	}
	p := read[web.Problem](t, w.call(t, gov, "PUT", "/masks/bad", `{"at":"warehouse","columns":["email"],"how":"HASH","key":"hunter2","last":3}`), 422)
	if text := p.Detail + w.call(t, gov, "PUT", "/masks/bad", `{"at":"warehouse","columns":["email"],"how":"HASH","key":"hunter2"}`).body; strings.Contains(text, "hunter2") || len(p.Errors) != 2 {
		t.Errorf("a key that is no reference, and a length that belongs to another way: %+v", p)
	}
	of := read[request.AssetMasks](t, w.call(t, eve, "GET", itsMasks, ""), 200)
	if len(of.Show.Columns) != 1 || of.Show.Columns[0].Name != "email" || of.Show.Columns[0].Mask.Key != "" {
		t.Errorf("eve is told %+v", of)
	}
	if of = read[request.AssetMasks](t, w.call(t, gov, "GET", itsMasks, ""), 200); of.Show.Columns[0].Mask.Key != "env:KEY" {
		t.Errorf("governance is told %+v", of)
	}
	s := read[api.Suspended](t, w.call(t, admin, "PUT", "/assets/warehouse/masks/suspension", `{"minutes":5,"reason":"a migration"}`), 200)
	if len(s.Assets) == 0 || s.Assets[0].Suspended == nil || s.Assets[0].Query != "" {
		t.Errorf("suspended: %+v", s)
	}
	if s = read[api.Suspended](t, w.call(t, admin, "DELETE", "/assets/warehouse/masks/suspension", ""), 200); s.Assets[0].Query != "masked.orders" && s.Assets[0].Query != "masked.customers" {
		t.Errorf("resumed: %+v", s)
	}
	if a := w.call(t, admin, "POST", "/connections/warehouse/masks/enforcement", ""); a.status != 204 {
		t.Errorf("enforcing: %d %s", a.status, a.body)
	}
	c := read[catalog.Classification](t, w.call(t, gov, "PUT", "/assets/warehouse:sales.public.orders/classification", `{"columns":[{"name":"id"},{"name":"email","tags":["pii"]}]}`), 200)
	if c.Version != 1 || len(read[api.List[catalog.Classification]](t, w.call(t, auditor, "GET", "/classifications", ""), 200).Items) != 1 {
		t.Errorf("classified: %+v", c)
	}
	if a := w.call(t, gov, "DELETE", "/masks/pii?version=1", ""); a.status != 204 {
		t.Errorf("deleting: %d %s", a.status, a.body)
	}
	if of = read[request.AssetMasks](t, w.call(t, eve, "GET", itsMasks, ""), 200); of.Show.Masked() {
		t.Errorf("deleted, yet %+v", of)
	}
}

func TestMaskedAssetOnThePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, attach(t.Context(), w.engine.Governance(), gov, request.Attachment{At: "warehouse", Type: request.MaskingException, Flow: "sales"}))
	read[catalog.Mask](t, w.call(t, gov, "PUT", "/masks/pii", `{"at":"warehouse:sales.public.orders","columns":["email"],"how":"LAST","last":4}`), 200)
	must(t, w.engine.Masks().Enforce(t.Context(), gov, "warehouse"))
	enginetest.Until(t, "the mask is in force", func() bool { // the engine may be at it by itself
		return read[request.AssetMasks](t, w.call(t, eve, "GET", itsMasks, ""), 200).Query != ""
	})
	b := w.browser(t)
	page := b.signIn(b.open("/request?fullyQualifiedName=sales.public.orders&technology=fake"), eve.ID)
	wantOn(t, page, 200, "Some columns are masked", "masked.orders", "only the last 4 characters are shown", "Ask to see columns unmasked", "requestType=masking-exception")
	page = b.open("/request?fullyQualifiedName=sales.public.orders&technology=fake&requestType=masking-exception")
	wantOn(t, page, 200, "Which columns do you need to see unmasked?", `name="columns" value="email"`)
	if strings.Contains(page.body, `name="columns" value="id"`) {
		t.Error("a column that is not masked can be chosen")
	}
	sent := formWith(t, page, "answers.purpose").fill("answers.purpose", "support", "answers.duration.count", "1", "answers.duration.unit", "HOURS")
	sent.values["columns"] = []string{"email"}
	wantOn(t, b.send(sent), 200, "Masking exception", "See columns as they are", "See clear: email", "To query", "masked.orders")
}
