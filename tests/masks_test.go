package tests

import (
	"context"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// maskedWorld has the e-mail of the orders masked, which eve may read.
func maskedWorld(t *testing.T, change ...func(*grantwright.Config)) (*world, catalog.Mask) {
	t.Helper()
	w := newWorld(t, change...)
	must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: "warehouse", Type: request.MaskingException, Flow: "sales"}))
	m, err := w.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "e-mail", At: "warehouse:sales", Columns: []string{"email"}, How: catalog.MaskNull})
	must(t, err)
	w.work(t)
	return w, m
}

func (w *world) exception(t *testing.T, by request.Identity, columns ...string) provision.Grant {
	t.Helper()
	asked := asking("1 HOURS") // which a rule approves
	asked.Type, asked.Columns = request.MaskingException, columns
	req, err := w.Submit(t.Context(), by, asked)
	must(t, err)
	return w.settle(t, req)
}

func TestAllowedKnowsWhatIsMasked(t *testing.T) {
	t.Parallel()
	w, _ := maskedWorld(t)
	w.approved(t, eve, "30 DAYS")
	allowed := func(columns ...string) bool {
		t.Helper()
		a, err := w.Allowed(t.Context(), request.Principal{Name: "eve"}, orders, columns)
		must(t, err)
		return a.Reads()
	}
	if !allowed("id") || allowed("email") || allowed() {
		t.Errorf("masked: id %v, email %v, all %v", allowed("id"), allowed("email"), allowed())
	}
	g := w.exception(t, eve, "email")
	if g.State != provision.Active || !allowed("id", "email") || !allowed() {
		t.Errorf("with an exception that is %s: email %v, all %v", g.State, allowed("email"), allowed())
	}
	if a, err := w.Allowed(t.Context(), request.Principal{Name: "eve"}, orders, []string{"email"}); err != nil || !a.Until.Equal(g.Ends) || len(a.Grants) != 2 {
		t.Errorf("allowed is %+v (%v), must end with the exception at %s", a, err, g.Ends)
	}
	_, err := w.Revoke(t.Context(), gov, g.Request, "")
	must(t, err)
	w.work(t)
	if !allowed("id") || allowed("email") {
		t.Error("the exception has ended, and the e-mail is allowed")
	}
	// What only shows columns clear gives nothing to read.
	w.exception(t, frank, "email")
	if a, err := w.Allowed(t.Context(), request.Principal{Name: "frank"}, orders, []string{"email"}); err != nil || a.Reads() {
		t.Errorf("an exception alone allows %+v (%v)", a, err)
	}
}

func TestMaskedAndNothingThatMasksIsDoneByHand(t *testing.T) {
	t.Parallel()
	w, _ := maskedWorld(t, func(c *grantwright.Config) {
		fake := c.Platforms["fake"]
		give := provision.Each(func(_ context.Context, s provision.Standing) provision.Outcome {
			t.Errorf("%s was given %v on what is masked", s.Principal.Name, s.Want)
			return provision.Outcome{}
		})
		fake.Provisioner = func(context.Context, provision.Target) (provision.Provisioner, error) { return give, nil }
		c.Platforms = map[string]provision.Platform{"fake": fake}
	})
	if m, err := w.Masks().Of(t.Context(), eve, orders); err != nil || !m.ByHand || m.Error == "" {
		t.Errorf("the masks are %+v (%v), must be left to people", m, err)
	}
	req := w.approved(t, eve, "1 HOURS")
	if g := w.caseOf(t, req).Grant; g.How != provision.Manual {
		t.Errorf("the grant is done %s, want MANUAL", g.How)
	}
}

func TestMasksBeforeTheFirstSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	must(t, w.Connections().Register(ctx, admin, catalog.Connection{Name: "later", Technology: "fake", Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
	_, err := w.Governance().Masks.Save(ctx, gov, catalog.Mask{Name: "e-mail", At: "later", Columns: []string{"email"}, How: catalog.MaskNull})
	must(t, err)
	table := catalog.Asset{Ref: "later:sales.public.orders", Kind: catalog.Table, ID: "9", Columns: []catalog.Column{{Name: "id"}, {Name: "email"}}}
	out := func() []string {
		t.Helper()
		w.platform.Stand(table)
		_, err := w.Sync(ctx, admin, "later")
		must(t, err)
		m, err := w.Masks().Of(ctx, eve, table.Ref)
		must(t, err)
		return m.Show.Out
	}
	if got := out(); len(got) > 0 {
		t.Errorf("what the first sync has seen is left out: %v", got)
	}
	table.Columns = append(table.Columns, catalog.Column{Name: "phone"})
	if got := out(); len(got) != 1 || got[0] != "phone" {
		t.Errorf("what came later is not left out: %v", got)
	}
}
