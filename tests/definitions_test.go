package tests

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const asCode = `
agreements:
  - name: terms
    title: Terms
    text: |
      Be *kind*.
      And delete it afterwards.
flows:
  - name: owners
    default: {act: REVIEW, stages: [{mode: ANY, selectors: [{group: sales-owners}]}]}
forms:
  - name: sales
    title: Sales
    agreements: [terms]
    flow: owners
    questions:
      - {id: why, type: SHORT_ANSWER, title: "Why?", required: true, pattern: '\S.*'}
attachments:
  - {at: "warehouse:sales", form: sales}
  - {at: "warehouse:sales.public", flow: owners}
`

func wanted(t *testing.T, text string) manifest.Definitions {
	t.Helper()
	f, err := manifest.Read("test.yaml", strings.NewReader(text))
	must(t, err)
	return f.Definitions()
}

// apply reviews the differences and applies them.
func (w *world) apply(t *testing.T, want manifest.Definitions) manifest.Differences {
	t.Helper()
	reviewed, err := w.Governance().Diff(t.Context(), gov, want)
	must(t, err)
	applied, err := w.Governance().Apply(t.Context(), gov, want, reviewed.Hash())
	must(t, err)
	// What is let through is for whoever reviews it.
	if diff := cmp.Diff(reviewed, applied, cmpopts.IgnoreFields(manifest.Difference{}, "Lets")); diff != "" {
		t.Errorf("what was applied is not what was reviewed (-reviewed +applied):\n%s", diff)
	}
	return applied
}

func TestApply(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // with a flow that the file does not hold
	ctx, g := t.Context(), w.Governance()
	var got []string
	for _, d := range w.apply(t, wanted(t, asCode)) {
		got = append(got, string(d.How)+" "+d.What+" "+d.Name)
	}
	want := []string{"ADDED agreement terms", "ADDED flow owners", "REMOVED flow sales", "ADDED form sales",
		"CHANGED attachment DATA_ACCESS warehouse:sales", "ADDED attachment DATA_ACCESS warehouse:sales.public"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the differences differ (-want +got):\n%s", diff)
	}
	entry, err := w.Assets().Entry(ctx, eve, orders, request.DataAccess)
	if err != nil || entry.Form.Name != "sales" || entry.Form.SavedBy != gov.Person() || entry.From.Flow != "owners" || len(entry.Agreements) != 1 {
		t.Errorf("the orders are asked for by %+v, %v", entry, err)
	}
	if again, err := g.Diff(ctx, gov, wanted(t, asCode)); err != nil || len(again) != 0 {
		t.Errorf("after it was applied it still differs: %v, %v", again, err)
	}
	changed := strings.Replace(asCode, "title: Sales", "title: All sales", 1)
	applied := w.apply(t, wanted(t, changed))
	fields := []manifest.Field{{Name: "title", From: `"Sales"`, To: `"All sales"`}}
	if diff := cmp.Diff(manifest.Differences{{What: "form", Name: "sales", How: manifest.Changed, Based: 1, Fields: fields}}, applied); diff != "" {
		t.Errorf("the differences differ (-want +got):\n%s", diff)
	}
	w.apply(t, manifest.Definitions{})
	if left, err := g.Export(ctx, gov); err != nil || cmp.Diff(manifest.Definitions{}, left) != "" {
		t.Errorf("left is %+v, %v", left, err)
	}
}

// What is stored, written as a file and read again, does not differ.
func TestExportDoesNotDiffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(t, wanted(t, asCode))
	stored, err := w.Governance().Export(t.Context(), auditor)
	must(t, err)
	var text bytes.Buffer
	must(t, manifest.Export(&text, stored))
	differences, err := w.Governance().Diff(t.Context(), auditor, wanted(t, text.String()))
	if err != nil || len(differences) != 0 {
		t.Errorf("%v, %v, after the export of\n%s", differences, err, text.String())
	}
}

func TestApplyRefusesWhatWasNotReviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, g := t.Context(), w.Governance()
	want := wanted(t, asCode)
	reviewed, err := g.Diff(ctx, gov, want)
	must(t, err)
	changed := flow
	changed.Version, changed.Max = 1, request.For(1, request.Years)
	_, err = g.Flows.Save(ctx, gov, changed)
	must(t, err)
	if _, err := g.Apply(ctx, gov, want, reviewed.Hash()); !errors.As(err, new(*manifest.StaleDiffError)) {
		t.Errorf("a stale hash: %v", err)
	}
	if _, err := g.Apply(ctx, gov, want, ""); !errors.As(err, new(*manifest.StaleDiffError)) {
		t.Errorf("no hash: %v", err)
	}
	if form, err := g.Forms.Newest(ctx, gov, "sales"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("something was applied: %+v, %v", form, err)
	}
}

// What cannot be applied to its end is not begun.
func TestApplyIsAllOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, g := t.Context(), w.Governance()
	before, err := g.Export(ctx, gov)
	must(t, err)
	good := wanted(t, asCode)
	for name, spoil := range map[string]func(d *manifest.Definitions){
		"a flow that is not there":      func(d *manifest.Definitions) { d.Forms[0].Flow = "none" },
		"an agreement that is not":      func(d *manifest.Definitions) { d.Agreements = nil },
		"a form twice":                  func(d *manifest.Definitions) { d.Forms = append(d.Forms, d.Forms[0]) },
		"a connection that is not":      func(d *manifest.Definitions) { d.Attachments[1].At = "lake:x" },
		"an attachment without effect":  func(d *manifest.Definitions) { d.Attachments[0].Flow = "owners" },
		"a condition that is none":      func(d *manifest.Definitions) { d.Forms[0].Questions[0].When = "answers.x" },
		"more than one commit can take": func(d *manifest.Definitions) { d.Attachments = append(d.Attachments, many(200)...) },
	} {
		want := good
		want.Forms, want.Attachments = append([]request.Form{}, good.Forms...), append([]request.Attachment{}, good.Attachments...)
		want.Forms[0].Questions = append([]request.Question{}, good.Forms[0].Questions...)
		spoil(&want)
		differences, err := g.Diff(ctx, gov, want)
		must(t, err)
		if _, err := g.Apply(ctx, gov, want, differences.Hash()); err == nil {
			t.Errorf("%s: it was applied", name)
		}
	}
	after, err := g.Export(ctx, gov)
	must(t, err)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("something was applied (-before +after):\n%s", diff)
	}
}

func many(n int) (all []request.Attachment) {
	for i := range n {
		all = append(all, request.Attachment{At: orders + catalog.Ref(fmt.Sprintf(".c%d", i)), Type: request.DataAccess, Form: "sales"})
	}
	return all
}

// A form in use is not deleted by a file either.
func TestApplyDeletesNothingInUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.apply(t, wanted(t, asCode))
	_, err := w.Submit(t.Context(), eve, request.Submission{Asset: "warehouse:sales", Answers: request.Answers{"why": {"x"}},
		Agreements: []request.AgreementVersion{{Name: "terms", Version: 1}}})
	must(t, err)
	none := manifest.Definitions{}
	differences, err := w.Governance().Diff(t.Context(), gov, none)
	must(t, err)
	if _, err := w.Governance().Apply(t.Context(), gov, none, differences.Hash()); !errors.As(err, new(*manifest.InUseError)) {
		t.Errorf("deleting the form of a pending request: %v", err)
	}
}
