package tests

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// ownedBy is a file that keeps for itself what it holds.
func ownedBy(name, what string, n int) *manifest.File {
	f := fileOf(what, n)
	f.Owned = name
	return f
}

// ownership is what a file keeps for itself, with a mark at what differs.
func (w *world) ownership(t *testing.T) string {
	t.Helper()
	o, err := w.Governance().Owned(t.Context(), auditor)
	must(t, err)
	all := []string{o.File}
	for _, one := range o.All {
		all = append(all, one.What+map[bool]string{true: "!"}[one.Differs])
	}
	return strings.Join(all, " ")
}

// acts are single acts on what fileOf holds, by the word of what each is on.
func (w *world) acts(t *testing.T) map[string]error {
	t.Helper()
	ctx, g, f, all := t.Context(), w.Governance(), fileOf("", 1), map[string]error{}
	flow, err := g.Flows.Newest(ctx, gov, "ours")
	must(t, err)
	flow.Max = request.For(3, request.Days)
	_, all["flow"] = g.Flows.Save(ctx, gov, flow)
	all["flow, deleted"] = g.Flows.Delete(ctx, gov, "ours", flow.Version)
	form, err := g.Forms.Newest(ctx, gov, "ours")
	must(t, err)
	form.Title += "!"
	_, all["form"] = g.Forms.Save(ctx, gov, form)
	guardrail, err := g.Guardrails.Newest(ctx, gov, "ours")
	must(t, err)
	guardrail.Reason += "!"
	_, all["guardrail"] = g.Guardrails.Save(ctx, gov, guardrail)
	mask, err := g.Masks.Newest(ctx, gov, "ours")
	must(t, err)
	all["mask, deleted"] = g.Masks.Delete(ctx, gov, "ours", mask.Version)
	_, all["attachment"] = g.Attachments.Save(ctx, gov, request.Attachment{At: orders, Type: request.DataAccess})
	agreement, err := g.Agreements.Newest(ctx, gov, "ours")
	must(t, err)
	agreement.Text += "!"
	_, all["agreement"] = g.Agreements.Save(ctx, gov, agreement)
	c := f.Connections[0]
	c.Host = "elsewhere.example.com"
	all["connection"] = w.Connections().Register(ctx, admin, c)
	want, err := g.Export(ctx, gov)
	must(t, err)
	want.Flows = nil
	want.Attachments = nil
	d, err := g.Diff(ctx, gov, want)
	must(t, err)
	_, all["another file"] = g.Apply(ctx, gov, want, d.Hash())
	return all
}

// TestAFileKeepsWhatIsItsOwn refuses every act on what a file keeps for itself, alone and with
// a second person, until the file gives it back.
func TestAFileKeepsWhatIsItsOwn(t *testing.T) {
	t.Parallel()
	for _, two := range []bool{false, true} {
		t.Run(fmt.Sprintf("two people %v", two), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			furnished(t, w, ownedBy("access.yaml", "", 1))
			if two {
				w.Directory.Put(second)
			}
			if got, want := w.ownership(t), "access.yaml agreement attachment classification connection flow form guardrail mask"; got != want {
				t.Fatalf("the file keeps %s, want %s", got, want)
			}
			before := fmt.Sprint(defined(t, w))
			for what, err := range w.acts(t) {
				owned := (*manifest.OwnedError)(nil)
				if !errors.As(err, &owned) || owned.File != "access.yaml" || !errors.Is(err, store.ErrState) {
					t.Errorf("%s: %v", what, err)
				}
			}
			if now := fmt.Sprint(defined(t, w)); now != before {
				t.Errorf("it has become\n%s, and was\n%s", now, before)
			}
			other := review.Flow{Name: "theirs", Default: review.DefaultFlow.Default}
			if _, err := w.Governance().Flows.Save(t.Context(), gov, other); err != nil && !errors.Is(err, manifest.ErrProposed) {
				t.Errorf("a flow that no file keeps: %v", err)
			}
			furnished(t, w, fileOf("", 1))
			if got := w.ownership(t); got != "" {
				t.Errorf("the file has given it back, and keeps %s", got)
			}
			for what, err := range w.acts(t) {
				if errors.As(err, new(*manifest.OwnedError)) {
					t.Errorf("after it was given back, %s: %v", what, err)
				}
			}
		})
	}
}

// TestAFileThatTakesOverWins marks what was changed on pages as the file's: it becomes as the
// file says, by a second person where changes take two.
func TestAFileThatTakesOverWins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	furnished(t, w, fileOf("", 1))
	flow, err := w.Governance().Flows.Newest(t.Context(), gov, "ours")
	must(t, err)
	flow.Max = request.For(3, request.Days)
	_, err = w.Governance().Flows.Save(t.Context(), gov, flow)
	must(t, err)
	if got := furnished(t, w, ownedBy("access.yaml", "", 1)); got != "flow CHANGED SAVED" {
		t.Errorf("the file comes to %q", got)
	}
	if flow, err = w.Governance().Flows.Newest(t.Context(), gov, "ours"); err != nil || !flow.Max.IsZero() {
		t.Errorf("%+v, %v", flow, err)
	}
	two := newWorld(t)
	furnished(t, two, ownedBy("access.yaml", "", 1))
	two.Directory.Put(second)
	if got := furnished(t, two, ownedBy("access.yaml", "guardrail", 2)); got != "guardrail CHANGED AWAITS" {
		t.Errorf("with four eyes the file comes to %q", got)
	}
	if got := two.ownership(t); !strings.Contains(got, "guardrail!") || strings.Count(got, "!") != 1 {
		t.Errorf("%s differ, want the guardrail alone", got)
	}
	waiting, _, err := two.Proposals().All(t.Context(), gov, manifest.ProposalPending, store.Position{}, 0)
	must(t, err)
	_, err = two.Proposals().Approve(t.Context(), second, waiting[0].ID, "")
	must(t, err)
	if got := two.ownership(t); strings.Contains(got, "!") {
		t.Errorf("%s differ after the second person has agreed", got)
	}
}

// TestTheFileItselfIsApplied applies a file that keeps what it holds, and another one that
// names itself otherwise.
func TestTheFileItselfIsApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	furnished(t, w, ownedBy("access.yaml", "", 1))
	for _, tt := range []struct {
		name    string
		refused bool
	}{{"another.yaml", true}, {"", true}, {"access.yaml", false}} {
		want := ownedBy(tt.name, "form", 2).Definitions()
		d, err := w.Governance().Diff(t.Context(), gov, want)
		must(t, err)
		_, err = w.Governance().Apply(t.Context(), gov, want, d.Hash())
		if refused := errors.As(err, new(*manifest.OwnedError)); refused != tt.refused || !refused && err != nil {
			t.Errorf("%q: %v", tt.name, err)
		}
	}
	if got := w.ownership(t); strings.Contains(got, "!") {
		t.Errorf("%s differ after the file was applied", got)
	}
	c := catalog.Connection{Name: "third", Technology: "fake", Host: "h.example.com", Principals: catalog.Principals{Expression: "person.id"}}
	if err := w.Connections().Register(t.Context(), admin, c); err != nil {
		t.Errorf("a connection that no file keeps: %v", err)
	}
}
