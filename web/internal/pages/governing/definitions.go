package governing

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// definitionsForm is the page on which what governance defines is written as YAML,
// looked at and saved.
type definitionsForm struct {
	Text        string
	Faults      []frame.ShownFault
	Trouble     string
	Looked      bool // at the changes
	Differences manifest.Differences
	Hash        string // of the differences
	Replays     []site.ReplayedFlow
}

// Script lists the changes, as config diff prints them.
func (d definitionsForm) Script() string { return d.Differences.String() }

// sample is the text of a new form.
var sample = manifest.Definitions{Forms: []request.Form{{Name: "new-form", Title: "Request access", Questions: []request.Question{
	{ID: "purpose", Type: request.ShortAnswer, Title: "What do you need the data for?", Required: true, MaxRunes: 500},
	{ID: "duration", Type: request.AccessDuration, Title: "For how long?", Max: request.For(90, request.Days)}}}}}

// sampleFlow is the text of a new flow.
var sampleFlow = review.Flow{Name: "new-flow", Default: review.Action{Act: review.Ask, Stages: []review.Stage{
	{Name: "owners", Mode: review.Any, Selectors: []review.Selector{{Group: "owners"}}}}}}

// definitionsPage shows the definition that the address names, to be changed.
func (s *room) definitionsPage(w http.ResponseWriter, r *http.Request) {
	stored, err := s.Engine.Governance().Export(r.Context(), site.VisitOf(r.Context()).By)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var text bytes.Buffer
	if err := manifest.Export(&text, partOf(stored, r)); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "definitions", definitionsForm{Text: text.String()})
}

// partOf is the part of the definitions that an address names: a form, an
// agreement, a flow, a guardrail or a place. A new one begins with a sample.
func partOf(d manifest.Definitions, r *http.Request) manifest.Definitions {
	q := r.URL.Query()
	switch {
	case q.Has("form"):
		return manifest.Definitions{Forms: only(d.Forms, func(f request.Form) bool { return string(f.Name) == q.Get("form") }, sample.Forms[0])}
	case q.Has("flow"):
		return manifest.Definitions{Flows: only(d.Flows, func(f review.Flow) bool { return string(f.Name) == q.Get("flow") }, sampleFlow)}
	case q.Has("agreement"):
		terms := request.Agreement{Name: request.AgreementName(q.Get("agreement")), Title: "Terms of use", Text: "I use the data **for the purpose that I name**, and for nothing else.\n"}
		return manifest.Definitions{Agreements: only(d.Agreements, func(a request.Agreement) bool { return a.Name == terms.Name }, terms)}
	case q.Has("guardrail"):
		rail := review.Guardrail{Name: review.GuardrailName(q.Get("guardrail")), At: []catalog.Ref{"warehouse"},
			Require: `"trained" in beneficiary.groups`, Reason: "Whoever has access has had the training on personal data."}
		return manifest.Definitions{Guardrails: only(d.Guardrails, func(g review.Guardrail) bool { return g.Name == rail.Name }, rail)}
	case q.Has("at"):
		here := request.Attachment{At: catalog.Ref(q.Get("at")), Type: request.Type(q.Get("type")), Form: request.DefaultForm.Name}
		return manifest.Definitions{Attachments: only(d.Attachments, func(a request.Attachment) bool { return a.Key() == here.Key() }, here)}
	}
	return sample
}

// only is the one of a list that is meant, or another where there is none.
func only[T any](all []T, meant func(T) bool, otherwise T) []T {
	if i := slices.IndexFunc(all, meant); i >= 0 {
		return all[i : i+1]
	}
	return []T{otherwise}
}

// definitionsAct shows the changes of a text, or makes exactly those that were looked
// at.
func (s *room) definitionsAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ctx, by, g := r.Context(), site.VisitOf(r.Context()).By, s.Engine.Governance()
	page := definitionsForm{Text: strings.ReplaceAll(r.PostForm.Get("text"), "\r\n", "\n")}
	want, err := s.defined(ctx, by, page.Text)
	if err == nil && r.PostForm.Get("act") == "apply" {
		_, err = g.Apply(ctx, by, want, r.PostForm.Get("reviewed"))
		if err == nil || errors.Is(err, manifest.ErrProposed) {
			s.Changed(w, r, err, "/forms")
			return
		}
	}
	if err == nil {
		err = s.compare(r, &page)
	}
	if err != nil {
		s.definitionsAgain(w, r, page, err)
		return
	}
	s.show(w, r, http.StatusOK, "definitions", page)
}

// compare adds to a page what its text would change, and what that would have done.
func (s *room) compare(r *http.Request, page *definitionsForm) error {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	want, err := s.defined(ctx, by, page.Text)
	if err != nil {
		return err
	}
	if page.Differences, err = s.Engine.Governance().Diff(ctx, by, want); err != nil {
		return err
	}
	page.Looked, page.Hash = true, page.Differences.Hash()
	page.Replays = s.wouldBe(ctx, by, page.Differences, want)
	return nil
}

// defined are the stored definitions with those of a text on top.
func (s *room) defined(ctx context.Context, by request.Identity, text string) (manifest.Definitions, error) {
	stored, err := s.Engine.Governance().Export(ctx, by)
	if err != nil {
		return stored, err
	}
	file, err := manifest.ReadOnto("text", strings.NewReader(text), stored)
	if err != nil {
		return stored, err
	}
	if len(file.Connections)+len(file.People)+len(file.Assets) > 0 {
		return stored, &request.InvalidError{What: "text", Faults: []request.Fault{{Field: "text", Reason: "holds connections, people or assets; here is what governance defines only"}}}
	}
	return stored.With(file.Definitions()), nil
}

// definitionsAgain shows a text with everything that is wrong with it.
func (s *room) definitionsAgain(w http.ResponseWriter, r *http.Request, page definitionsForm, err error) {
	status, faults := http.StatusUnprocessableEntity, (*manifest.Error)(nil)
	if !errors.As(err, &faults) {
		s.show(w, r, s.trouble(r, &page, err), "definitions", page)
		return
	}
	for _, f := range faults.Faults {
		page.Faults = append(page.Faults, frame.ShownFault{Field: "text", Text: words.Of(r).T("Line %d, column %d: %s", f.Line, f.Column, strings.TrimSpace(f.Field+" "+f.Reason))})
	}
	s.show(w, r, status, "definitions", page)
}

// trouble adds to a page what is wrong beside what its text says.
func (s *room) trouble(r *http.Request, page *definitionsForm, err error) (status int) {
	p := s.Problem(r, err)
	page.Trouble = words.Of(r).Say(p.Detail)
	for _, f := range p.Errors {
		page.Faults = append(page.Faults, frame.ShownFault{Field: "text", Text: site.Capital(strings.TrimSpace(f.Field() + " " + f.Detail))})
	}
	return p.Status
}
