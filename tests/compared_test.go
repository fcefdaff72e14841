package tests

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// longerLets is what the flow of longer lets through.
var longerLets = []string{
	"lets through: rule short approves at once; so far rule no writing denies at once; for example request.duration 2 HOURS, request.privilege READ_WRITE",
	"lets through: rule short approves at once; so far rule any owner asks people: one of group sales-owners, group privacy; for example request.duration 2 HOURS, request.privilege READ",
}

// lets is everything that the differences of a proposal say of what it lets through.
func (w *world) lets(t *testing.T, by request.Identity, id manifest.ProposalID) (all []string) {
	t.Helper()
	p, err := w.Proposals().Proposal(t.Context(), by, id)
	must(t, err)
	for _, d := range p.Changes {
		all = append(all, d.Lets...)
	}
	return all
}

// TestAProposalSaysWhatItLetsThrough proposes each kind of change, and reads what the second
// person is shown: also after the end, as it was proposed.
func TestAProposalSaysWhatItLetsThrough(t *testing.T) {
	t.Parallel()
	w := watched(t)
	ctx, g := t.Context(), w.Governance()
	shorter := longer()
	shorter.Rules[0].When = `request.duration <= duration("30m")`
	odd := longer()
	odd.Rules[0].When = `asset.tags.exists_one(t, t == "public")`
	added := review.Flow{Name: "added", Default: review.Action{Act: review.Approve}}
	_, err := g.Flows.Save(ctx, gov, added)
	addedBy := proposal(t, err)
	_, err = w.Proposals().Approve(ctx, second, addedBy, "")
	must(t, err)
	rail := review.Guardrail{Name: "trained", At: []catalog.Ref{orders}, Require: `"trained" in beneficiary.groups`}
	_, err = g.Guardrails.Save(ctx, gov, rail)
	railBy := proposal(t, err)
	_, err = w.Proposals().Approve(ctx, second, railBy, "")
	must(t, err)
	rail.Version, rail.Require = 1, `"trained" in beneficiary.groups || request.privilege == "READ"`
	for _, tt := range []struct {
		name string
		save func() error
		want []string
	}{
		{"a shorter time", func() error { _, err := g.Flows.Save(ctx, gov, shorter); return err }, []string{"lets nothing more through"}},
		{"what cannot be read", func() error { _, err := g.Flows.Save(ctx, gov, odd); return err }, []string{
			`not decided: rule short: no made-up request shows it, and it may depend on asset.tags.exists_one(t, t == "public")`}},
		{"a guardrail", func() error { _, err := g.Guardrails.Save(ctx, gov, rail); return err }, []string{
			`lets through: guardrail trained no longer prevents access; for example beneficiary.groups [], request.privilege READ`}},
		{"a guardrail that goes", func() error { return g.Guardrails.Delete(ctx, gov, "trained", 1) }, []string{"lets through: guardrail trained no longer prevents anything at " + string(orders)}},
	} {
		got := w.lets(t, second, proposal(t, tt.save()))
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if diff := cmp.Diff([]string{"lets through: default approves at once"}, w.lets(t, auditor, addedBy)); diff != "" {
		t.Errorf("a flow that was added (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string(nil), w.lets(t, second, railBy)); diff != "" {
		t.Errorf("a guardrail that was added (-want +got):\n%s", diff)
	}
}

// TestAnotherFlowAtAPlaceIsCompared attaches a flow in the place of another.
func TestAnotherFlowAtAPlaceIsCompared(t *testing.T) {
	t.Parallel()
	w := watched(t)
	ctx, g := t.Context(), w.Governance()
	_, err := g.Flows.Save(ctx, gov, review.Flow{Name: "open", Default: review.Action{Act: review.Approve}})
	_, err = w.Proposals().Approve(ctx, second, proposal(t, err), "")
	must(t, err)
	all, err := g.Attachments.List(ctx, gov, "", 10)
	must(t, err)
	for _, a := range all {
		if a.Flow != "sales" {
			continue
		}
		a.Flow = "open"
		_, err := g.Attachments.Save(ctx, gov, a)
		got := strings.Join(w.lets(t, second, proposal(t, err)), "\n")
		if !strings.Contains(got, "lets through: default approves at once; so far default asks people") {
			t.Errorf("it says %q", got)
		}
		return
	}
	t.Fatalf("the flow is attached nowhere: %+v", all)
}

// TestTheFirstFlowAtAPlaceIsCompared attaches a flow where none was, with one above it and
// with none, and takes it away again: whoever decides there by then is compared with whoever
// did.
func TestTheFirstFlowAtAPlaceIsCompared(t *testing.T) {
	t.Parallel()
	w := watched(t)
	ctx, g := t.Context(), w.Governance()
	approve := func(err error) {
		t.Helper()
		_, err = w.Proposals().Approve(ctx, second, proposal(t, err), "")
		must(t, err)
	}
	_, err := g.Flows.Save(ctx, gov, review.Flow{Name: "open", Default: review.Action{Act: review.Approve}})
	approve(err)
	near := request.Attachment{At: orders, Type: request.DataAccess, Flow: "open"}
	for _, tt := range []struct {
		name string
		a    request.Attachment
		want string
	}{
		{"beneath another flow", near, "lets through: default approves at once; so far default asks people"},
		{"of another type", request.Attachment{At: orders, Type: request.MaskingException, Flow: "open"}, "lets through: default approves at once"},
		{"a form alone", request.Attachment{At: orders, Type: request.DataAccess, Form: request.DefaultForm.Name}, ""},
	} {
		_, err := g.Attachments.Save(ctx, gov, tt.a)
		if got := strings.Join(w.lets(t, second, proposal(t, err)), "\n"); got != tt.want && (tt.want == "" || !strings.Contains(got, tt.want)) {
			t.Errorf("%s: it says %q, want %q", tt.name, got, tt.want)
		}
	}
	_, err = g.Attachments.Save(ctx, gov, near)
	approve(err)
	near.Flow = ""
	_, err = g.Attachments.Save(ctx, gov, near)
	if got := strings.Join(w.lets(t, second, proposal(t, err)), "\n"); got != "lets nothing more through" {
		t.Errorf("the stricter flow above, and it says %q", got)
	}
}

// TestDefinitionsSayWhatTheyLetThrough compares a file, and applies it as a proposal: the
// hash does not depend on what is said.
func TestDefinitionsSayWhatTheyLetThrough(t *testing.T) {
	t.Parallel()
	w := watched(t)
	ctx, g := t.Context(), w.Governance()
	stored, err := g.Export(ctx, gov)
	must(t, err)
	want := stored.With(manifest.Definitions{Flows: []review.Flow{longer()}})
	differences, err := g.Diff(ctx, gov, want)
	must(t, err)
	if text := differences.String(); !strings.Contains(text, "    > "+longerLets[0]+"\n") || differences.Hash() != manifest.Diff(stored, want).Hash() {
		t.Errorf("the differences:\n%s", text)
	}
	_, err = g.Apply(ctx, gov, want, differences.Hash())
	id := proposal(t, err)
	if diff := cmp.Diff(longerLets, w.lets(t, second, id)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, by := range []request.Identity{eve, owner} {
		if _, err := w.Proposals().Proposal(ctx, by, id); !errors.Is(err, request.ErrForbidden) {
			t.Errorf("%s sees it: %v", by.ID, err)
		}
		if _, err := g.Diff(ctx, by, want); !errors.Is(err, request.ErrForbidden) {
			t.Errorf("%s compares: %v", by.ID, err)
		}
	}
}

// TestAFormWithAFlowOfItsOwnIsCompared gives a form a flow, attaches it, and takes the flow
// away again.
func TestAFormWithAFlowOfItsOwnIsCompared(t *testing.T) {
	t.Parallel()
	w := watched(t)
	ctx, g := t.Context(), w.Governance()
	approve := func(err error) (lets string) {
		t.Helper()
		id := proposal(t, err)
		lets = strings.Join(w.lets(t, second, id), "\n")
		_, err = w.Proposals().Approve(ctx, second, id, "")
		must(t, err)
		return lets
	}
	_, err := g.Flows.Save(ctx, gov, review.Flow{Name: "open", Default: review.Action{Act: review.Approve}})
	approve(err)
	_, err = g.Flows.Save(ctx, gov, review.Flow{Name: "passing", Default: review.Action{Act: review.Delegate}})
	approve(err)
	form := request.Form{Name: "own", Title: "Ours", Questions: request.DefaultForm.Questions}
	save := func(flow request.FlowName) string {
		t.Helper()
		form.Flow = flow
		_, err := g.Forms.Save(ctx, gov, form)
		form.Version++
		return approve(err)
	}
	attach := func(name request.FormName) string {
		t.Helper()
		_, err := g.Attachments.Save(ctx, gov, request.Attachment{At: orders, Type: request.DataAccess, Form: name})
		return approve(err)
	}
	for _, tt := range []struct {
		name string
		do   func() string
		want string
	}{
		{"a form without a flow", func() string { return save("") }, ""},
		{"attached, which changes nothing of who decides", func() string { return attach("own") }, ""},
		{"it has the open flow", func() string { return save("open") }, "lets through: default approves at once; so far default passes on to the next flow"},
		{"it has another", func() string { return save("sales") }, "lets nothing more through"},
		{"it has none again", func() string { return save("") }, "passes on to the next flow; so far default asks people"},
		{"detached", func() string { return attach("") }, ""},
		{"it has the open one, and is attached nowhere", func() string { return save("open") }, "lets through: default approves at once"},
		{"attached with the open one", func() string { return attach("own") }, "lets through: default approves at once; so far default asks people"},
		{"it passes on", func() string { return save("passing") }, "lets nothing more through"},
		{"another flow behind it", func() string {
			_, err := g.Attachments.Save(ctx, gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "own", Flow: "open"})
			return approve(err)
		}, "lets through: default approves at once; so far default asks people"},
	} {
		if got := tt.do(); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: it says %q, want %q", tt.name, got, tt.want)
		}
	}
}
