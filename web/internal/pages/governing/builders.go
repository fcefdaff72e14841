package governing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/governing/draft"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// builder is the page on which one definition is written, with fields and as YAML.
type builder struct {
	definitionsForm
	Word  string // of the kind, as in the address, such as form
	Name  string // of one that stands; empty for a new one
	Based int    // the version that the draft was made of
	Newer int    // a version that somebody has saved meanwhile; 0 if nobody has
	Is    any    // the definition as it is drafted; nil if the YAML cannot be read
	Focus string // the field that a button was about

	Names   map[string][]string // what the fields may name, by kind
	Preview *formPreview
	Trial   *trial
	Matches map[string]match // of selectors, by their fields

	said    *words.Words
	base    string
	wrong   map[string][]fieldFault
	written []draft.Fault // fields that cannot be read
}

// fieldFault is what is wrong with one field; of a condition also where.
type fieldFault struct{ Text, Snippet string }

// built says how one kind of definition is built.
type built[T any] struct {
	kind   manifest.Kind[T]
	named  func(r *http.Request) string // the name in the address; nil for ?name=
	newest func(ctx context.Context, by request.Identity, name string) (T, error)
	sample func(r *http.Request) T // of a new one

	fields func(r *http.Request)                   // makes fields of what the page sends otherwise; may be nil
	fill   func(v *T)                              // fills in what may be left out; may be nil
	shown  func(*room, *http.Request, *builder, T) // adds what the page shows beside the fields; may be nil
	after  func(v T) string                        // the address to go on to
}

func (b built[T]) word() string { return b.kind.Kind.Singular() }

// building is built of any kind.
type building interface {
	word() string
	open(s *room, w http.ResponseWriter, r *http.Request)
	act(s *room, w http.ResponseWriter, r *http.Request)
}

// building is that of the kind in an address; nil if there is none.
func (s *room) building(r *http.Request) building {
	for _, b := range []building{s.formBuilder(), s.flowBuilder(), s.agreementBuilder(), s.guardrailBuilder(), s.maskBuilder(), s.attachmentBuilder()} {
		if b.word() == r.PathValue("kind") {
			return b
		}
	}
	return nil
}

func (s *room) buildPage(w http.ResponseWriter, r *http.Request) {
	if b := s.building(r); b != nil {
		b.open(s, w, r)
		return
	}
	s.Fail(w, r, errNoKind(r))
}

func (s *room) buildAct(w http.ResponseWriter, r *http.Request) {
	b := s.building(r)
	switch {
	case b == nil:
		s.Fail(w, r, errNoKind(r))
	case s.Posted(w, r):
		b.act(s, w, r)
	}
}

func errNoKind(r *http.Request) error {
	return fmt.Errorf("%w: no definitions are called %q", store.ErrNotFound, r.PathValue("kind"))
}

// open shows the definition that the address names, or a new one.
func (b built[T]) open(s *room, w http.ResponseWriter, r *http.Request) {
	page := b.begin(s, r)
	name := r.FormValue("name")
	if b.named != nil {
		name = b.named(r)
	}
	v, err := b.newest(r.Context(), site.VisitOf(r.Context()).By, name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		v = b.sample(r)
	case err != nil:
		s.Fail(w, r, err)
		return
	default:
		page.Name, page.Based = b.kind.Named(v)
	}
	b.show(s, w, r, http.StatusOK, page, v)
}

func (b built[T]) begin(s *room, r *http.Request) *builder {
	based, _ := strconv.Atoi(r.PostFormValue("based")) // 0 of a new one
	return &builder{Word: b.word(), Name: r.PostFormValue("stands"), Based: based, said: words.Of(r), base: s.To(r, ""), wrong: map[string][]fieldFault{}}
}

// act does what a button says.
func (b built[T]) act(s *room, w http.ResponseWriter, r *http.Request) {
	page, button := b.begin(s, r), r.PostForm.Get("act")
	page.Text = strings.ReplaceAll(r.PostForm.Get("text"), "\r\n", "\n")
	var v T
	var err error
	switch button {
	case "apply":
		b.apply(s, w, r, page)
		return
	case "yaml":
		v, err = b.parse(s, r, page.Text)
	default:
		v = b.read(r, page)
	}
	if err == nil && button == "diff" {
		page.Text, err = b.text(v)
		if err == nil {
			err = s.compare(r, &page.definitionsForm)
		}
	}
	status := http.StatusOK
	if len(page.written) > 0 && button == "diff" {
		status = http.StatusUnprocessableEntity
		page.Looked = false
	}
	if err != nil {
		status = b.blame(s, r, page, err)
	}
	if button == "yaml" && err != nil {
		b.names(s, r, page)
		s.show(w, r, status, "builder", page)
		return
	}
	b.show(s, w, r, status, page, v)
}

// read makes the definition of the fields, and does to it what the button says.
func (b built[T]) read(r *http.Request, page *builder) (v T) {
	if b.fields != nil {
		b.fields(r)
	}
	page.written = draft.Read(r.PostForm, &v)
	page.Focus = draft.Edit(&v, r.PostForm.Get("act"))
	if b.fill != nil {
		b.fill(&v)
	}
	return v
}

// parse takes the definition out of a text that holds one of its kind alone.
func (b built[T]) parse(s *room, r *http.Request, text string) (v T, err error) {
	ctx := r.Context()
	stored, err := s.Engine.Governance().Export(ctx, site.VisitOf(ctx).By)
	if err != nil {
		return v, err
	}
	file, err := manifest.ReadOnto("text", strings.NewReader(text), stored)
	if err != nil {
		return v, err
	}
	list, err := b.kind.List(file.Definitions())
	if err == nil && len(list) != 1 {
		err = &request.InvalidError{What: "text", Faults: []request.Fault{{Field: "text", Reason: "must hold one " + b.word() + " here; everything else is written under Definitions"}}}
	}
	if err != nil {
		return v, err
	}
	return list[0], nil
}

// text is the definition as YAML.
func (b built[T]) text(v T) (string, error) {
	var all manifest.Definitions
	if err := b.kind.Put(&all, []T{v}); err != nil {
		return "", err
	}
	var text bytes.Buffer
	err := manifest.Export(&text, all)
	return text.String(), err
}

// apply makes the changes that were looked at.
func (b built[T]) apply(s *room, w http.ResponseWriter, r *http.Request, page *builder) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	v, err := b.parse(s, r, page.Text)
	if err == nil {
		var want manifest.Definitions
		if want, err = s.defined(ctx, by, page.Text); err == nil {
			_, err = s.Engine.Governance().Apply(ctx, by, want, r.PostForm.Get("reviewed"))
		}
	}
	if err == nil || errors.Is(err, manifest.ErrProposed) {
		s.Changed(w, r, err, b.after(v))
		return
	}
	status := b.blame(s, r, page, err)
	b.show(s, w, r, status, page, v)
}

// ofList is the place of one in its list, with which the faults of a file begin.
var ofList = regexp.MustCompile(`^[a-z]+\[\d+\]\.?`)

// blame puts faults to the fields that they are about.
func (b built[T]) blame(s *room, r *http.Request, page *builder, err error) int {
	faults := (*manifest.Error)(nil)
	if !errors.As(err, &faults) {
		return s.trouble(r, &page.definitionsForm, err)
	}
	for _, f := range faults.Faults {
		field := ofList.ReplaceAllString(f.Field, "")
		one := fieldFault{Text: page.said.Say(frame.About(f.Reason))}
		if f.Condition != nil && f.Condition.Line > 0 {
			one = fieldFault{Text: page.said.T("Line %d, column %d: %s", f.Condition.Line, f.Condition.Column, f.Condition.Reason), Snippet: f.Condition.Snippet()}
		}
		if r.PostForm.Get("act") == "yaml" {
			field, one.Text = "text", page.said.T("Line %d, column %d: %s", f.Line, f.Column, strings.TrimSpace(f.Field+" "+f.Reason))
		}
		page.fault(field, one)
	}
	return http.StatusUnprocessableEntity
}

// fault notes what is wrong with a field.
func (b *builder) fault(field string, one fieldFault) {
	b.wrong[field] = append(b.wrong[field], one)
	text := one.Text
	if field != "text" && field != "" {
		text = placeOf(field) + ": " + text
	}
	b.Faults = append(b.Faults, frame.ShownFault{Field: field, Text: text})
}

var inPlace = regexp.MustCompile(`s?\[(\d+)\]`)

// placeOf writes the name of a field for people: questions[1].title is Question 2, title.
func placeOf(field string) string {
	text := inPlace.ReplaceAllStringFunc(field, func(at string) string {
		i, _ := strconv.Atoi(strings.Trim(at, "s[]")) // the pattern holds digits
		return " " + strconv.Itoa(i+1)
	})
	text = strings.ReplaceAll(text, ".", ", ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// show shows a draft with its YAML, and all that is known of it.
func (b built[T]) show(s *room, w http.ResponseWriter, r *http.Request, status int, page *builder, v T) {
	for _, f := range page.written {
		page.fault(f.Field, fieldFault{Text: site.Capital(f.Reason)})
	}
	page.Is = v
	if text, err := b.text(v); err == nil {
		page.Text = text
	}
	b.names(s, r, page)
	if b.shown != nil {
		b.shown(s, r, page, v)
	}
	s.show(w, r, status, "builder", page)
}

// names reads what the fields may name, and whether somebody has saved another version
// since the draft was made.
func (b built[T]) names(s *room, r *http.Request, page *builder) {
	ctx, by, g := r.Context(), site.VisitOf(r.Context()).By, s.Engine.Governance()
	page.Names = map[string][]string{}
	if flows, err := g.Flows.List(ctx, by, "", frame.ListLength); err == nil {
		for _, f := range flows {
			page.Names["flows"] = append(page.Names["flows"], string(f.Name))
		}
	}
	if forms, err := g.Forms.List(ctx, by, "", frame.ListLength); err == nil {
		for _, f := range forms {
			page.Names["forms"] = append(page.Names["forms"], string(f.Name))
		}
	}
	if agreements, err := g.Agreements.List(ctx, by, "", frame.ListLength); err == nil {
		for _, a := range agreements {
			page.Names["agreements"] = append(page.Names["agreements"], string(a.Name))
		}
	}
	if page.Name == "" {
		return
	}
	if newest, err := b.newest(ctx, by, page.Name); err == nil {
		if _, version := b.kind.Named(newest); version > page.Based {
			page.Newer = version
		}
	}
}
