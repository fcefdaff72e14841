package governing

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// formBuilder builds forms.
func (s *room) formBuilder() built[request.Form] {
	return built[request.Form]{kind: manifest.Forms,
		newest: func(ctx context.Context, by request.Identity, name string) (request.Form, error) {
			return s.Engine.Governance().Forms.Newest(ctx, by, request.FormName(name))
		},
		sample: func(r *http.Request) request.Form {
			form := sample.Forms[0]
			form.Name = request.DefaultForm.Name // whose words each language has
			form = words.Of(r).Form(form)
			form.Name, form.Questions = request.FormName(r.FormValue("name")), slices.Clone(form.Questions)
			return form
		},
		fill:  fillForm,
		shown: previewForm,
		after: func(f request.Form) string { return "/forms/" + url.PathEscape(string(f.Name)) },
	}
}

// fillForm gives questions a type, and ids that are made of their titles.
func fillForm(f *request.Form) {
	taken := map[string]bool{}
	for _, q := range f.Questions {
		taken[q.ID] = true
	}
	for i := range f.Questions {
		q := &f.Questions[i]
		if q.Type == "" {
			q.Type = request.ShortAnswer
		}
		if q.ID != "" || q.Title == "" {
			continue
		}
		id := idOf(q.Title)
		for n := 2; taken[id]; n++ {
			id = fmt.Sprintf("%s_%d", idOf(q.Title), n)
		}
		q.ID, taken[id] = id, true
	}
}

// idOf is an id of the first words of a title: conditions name the answer by it.
func idOf(title string) string {
	var id strings.Builder
	for _, c := range strings.ToLower(title) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' && id.Len() > 0:
			id.WriteRune(c)
		case id.Len() > 0 && !strings.HasSuffix(id.String(), "_"):
			id.WriteByte('_')
		}
		if id.Len() >= 30 {
			break
		}
	}
	if made := strings.Trim(id.String(), "_"); made != "" {
		return made
	}
	return "question"
}

// formPreview is a form as requesters see it, with the answers that were tried.
type formPreview struct {
	Title      string
	Fields     []previewField
	Agreements []request.Agreement
	Hidden     int // questions that are not asked with these answers
	Tried      bool
}

// previewField is a question of a preview, as the template of questions shows it.
type previewField struct {
	request.Question
	Name      string
	Given     []string
	Count     string
	Unit      string
	Units     []words.Option
	Durations []words.Option
	Errors    []string
}

// Has reports whether an option is chosen.
func (f previewField) Has(value string) bool { return slices.Contains(f.Given, value) }

// First is the answer where there is one.
func (f previewField) First() string { return strings.Join(f.Given[:min(1, len(f.Given))], "") }

// Long reports whether a short answer may take more than a line.
func (f previewField) Long() bool { return f.MaxRunes == 0 || f.MaxRunes > 200 }

// previewed is a start for durations where any will do.
var previewed = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// previewForm shows a form with the answers of the page.
func previewForm(s *room, r *http.Request, page *builder, f request.Form) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	p := &formPreview{Title: f.Title, Tried: r.PostFormValue("act") == "try"}
	given := request.Answers{}
	for _, q := range f.Questions {
		field := previewFieldOf(page.said, q, r.PostForm)
		if len(field.Given) > 0 {
			given[q.ID] = field.Given
		}
		p.Fields = append(p.Fields, field)
	}
	facts := review.NewFacts(request.Request{Type: request.DataAccess, Answers: given, Requester: by.Person(), Beneficiary: by.Person()}, f, catalog.Asset{}, by, by, previewed)
	all := len(p.Fields)
	p.Fields = slices.DeleteFunc(p.Fields, func(field previewField) bool {
		return !field.Asked(func(condition string) (bool, error) {
			holds, err := review.CompileQuestion("preview", condition)
			if err != nil {
				return true, nil // it is shown as wrong beside the field
			}
			return holds(ctx, facts)
		})
	})
	p.Hidden = all - len(p.Fields)
	for _, name := range f.Agreements {
		if a, err := s.Engine.Governance().Agreements.Newest(ctx, by, name); err == nil {
			p.Agreements = append(p.Agreements, a)
		}
	}
	page.Preview = p
}

func previewFieldOf(w *words.Words, q request.Question, filled url.Values) previewField {
	f := previewField{Question: q, Name: "answers." + q.ID}
	for _, text := range filled[f.Name] {
		if strings.TrimSpace(text) != "" {
			f.Given = append(f.Given, text)
		}
	}
	if q.Type != request.AccessDuration {
		return f
	}
	for _, d := range q.Choices {
		f.Durations = append(f.Durations, words.Option{Value: d.String(), Text: w.Lasts(d)})
	}
	if len(q.Choices) > 0 {
		return f
	}
	f.Units, f.Count, f.Unit = w.Units(q), filled.Get(f.Name+".count"), filled.Get(f.Name+".unit")
	if d, err := request.ParseDuration(strings.TrimSpace(f.Count) + " " + f.Unit); err == nil {
		f.Given = []string{d.String()}
	}
	return f
}
