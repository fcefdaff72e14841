package tests

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// written counts what is written to a store.
type written struct {
	store.Store
	writes atomic.Int64
}

func (s *written) Write(ctx context.Context, c store.Commit) error {
	s.writes.Add(1)
	return s.Store.Write(ctx, c)
}

// odd is a form for which there are many wrong answers.
var odd = request.Form{Name: "odd", Title: "Odd", Questions: []request.Question{
	{ID: "note", Type: request.ShortAnswer, Title: "Note"},
	{ID: "essay", Type: request.ShortAnswer, Title: "Essay", MaxRunes: 400_000},
	{ID: "slow", Type: request.ShortAnswer, Title: "Slow", Pattern: `(a+)+(a+)+b`},
	{ID: "region", Type: request.Dropdown, Title: "Region", Options: []string{"EU", "US"}},
	{ID: "why", Type: request.ShortAnswer, Title: "Why the US?", When: `answers.region == "US"`},
	{ID: "boxes", Type: request.Checkboxes, Title: "Boxes", Options: []string{"a", "b"}},
}}

// Whatever is wrong with what is handed in, the error says which field and is no
// longer than a person can read, and nothing at all was written.
func TestBadInput(t *testing.T) {
	t.Parallel()
	const broken, nul = "a\xffb", "a\x00b"
	long := strings.Repeat("x", 10_000)
	type act func(ctx context.Context, w *world) error
	submit := func(change func(*request.Submission)) act {
		return func(ctx context.Context, w *world) error {
			s := request.Submission{Asset: orders, Answers: request.Answers{}}
			change(&s)
			_, err := w.Submit(ctx, eve, s)
			return err
		}
	}
	answer := func(id string, given ...string) act {
		return submit(func(s *request.Submission) { s.Answers[id] = given })
	}
	form := func(change func(*request.Form)) act {
		return func(ctx context.Context, w *world) error {
			f := request.Form{Name: "new", Title: "New", Questions: []request.Question{{ID: "q", Type: request.ShortAnswer, Title: "Q"}}}
			change(&f)
			_, err := w.Governance().Forms.Save(ctx, gov, f)
			return err
		}
	}
	question := func(change func(*request.Question)) act {
		return form(func(f *request.Form) { change(&f.Questions[0]) })
	}
	agreement := func(change func(*request.Agreement)) act {
		return func(ctx context.Context, w *world) error {
			a := request.Agreement{Name: "new", Title: "New", Text: "New"}
			change(&a)
			_, err := w.Governance().Agreements.Save(ctx, gov, a)
			return err
		}
	}
	attaching := func(a request.Attachment) act {
		return func(ctx context.Context, w *world) error { return attach(ctx, w.Governance(), gov, a) }
	}
	report := func(l catalog.Link) act {
		return func(ctx context.Context, w *world) error { _, err := w.Assets().Report(ctx, eve, l); return err }
	}
	for _, tt := range []struct {
		name string
		do   act
		want string // in the error
	}{
		{"over-long answer", answer("note", strings.Repeat("x", 4001)), "answers.note has 4001 characters"},
		{"more answers than a record holds", answer("essay", strings.Repeat("é", 300_000)), "answers have 6000"},
		{"NUL in an answer", answer("note", nul), "answers.note holds a NUL"},
		{"broken answer", answer("note", broken), "answers.note is not valid UTF-8"},
		{"unknown question", answer("nothing", "x"), "answers.nothing answers no question"},
		{"unknown question of 10,000 characters", answer(long, "x"), `answers "xxx`},
		{"option not offered", answer("region", "MARS"), `answers.region "MARS" is not one of the options`},
		{"box not offered", answer("boxes", "a", "c"), `answers.boxes "c" is not one of the options`},
		{"10,000 boxes", answer("boxes", make([]string, 10_000)...), "answers.boxes has 10000 answers, there are 2 options"},
		{"answer to what the condition hides", submit(func(s *request.Submission) {
			s.Answers = request.Answers{"region": {"EU"}, "why": {"x"}}
		}), "answers.why is not asked"},
		{"a pattern that other languages take for ever on", answer("slow", strings.Repeat("a", 4000)), "answers.slow must match"},
		{"agreement of 10,000 characters", submit(func(s *request.Submission) {
			s.Agreements = []request.AgreementVersion{{Name: request.AgreementName(long)}}
		}), "agreements[0]"},
		{"column of 10,000 characters", submit(func(s *request.Submission) { s.Columns = []string{long} }), "columns[0]"},
		{"10,000 columns", submit(func(s *request.Submission) { s.Columns = make([]string, 10_000) }), "columns are 10000, the asset has 2"},
		{"beneficiary of 10,000 characters", submit(func(s *request.Submission) { s.Beneficiary = request.PersonID(long) }), "beneficiary has 10000 bytes"},
		{"asset of 10,000 characters", submit(func(s *request.Submission) { s.Asset = catalog.Ref("warehouse:" + long) }), "at most 512"},
		{"key of 10,000 characters", submit(func(s *request.Submission) { s.Key = long }), "key must be"},
		{"reason of 10,000 characters", func(ctx context.Context, w *world) error {
			mine, err := w.Requests(ctx, eve, grantwright.RequestQuery{})
			if err == nil {
				_, err = w.Determine(ctx, owner, mine.Requests[0].ID, review.Determination{Act: review.Approve, Reason: long})
			}
			return err
		}, "reason is too long"},

		{"form of 10,000 characters", form(func(f *request.Form) { f.Name = request.FormName(long) }), "name has 10000 bytes"},
		{"NUL in the name of a form", form(func(f *request.Form) { f.Name = nul }), "name holds a NUL"},
		{"broken title", form(func(f *request.Form) { f.Title = broken }), "title is not valid UTF-8"},
		{"over-long title", form(func(f *request.Form) { f.Title = long }), "title has 10000 bytes"},
		{"10,000 questions", form(func(f *request.Form) { f.Questions = make([]request.Question, 10_000) }), "questions are 10000"},
		{"10,000 agreements", form(func(f *request.Form) { f.Agreements = make([]request.AgreementName, 10_000) }), "agreements are 10000"},
		{"flow of 10,000 characters", form(func(f *request.Form) { f.Flow = request.FlowName(long) }), "flow has 10000 bytes"},
		{"question of 10,000 characters", question(func(q *request.Question) { q.ID = long }), "questions[0].id"},
		{"10,000 options", question(func(q *request.Question) { q.Type, q.Options = request.Dropdown, make([]string, 10_000) }), "questions[0].options are 10000, must be 1 to 1000"},
		{"option of 10,000 characters", question(func(q *request.Question) { q.Type, q.Options = request.Dropdown, []string{long} }), "questions[0].options[0] has 10000 bytes"},
		{"pattern of 10,000 characters", question(func(q *request.Question) { q.Pattern = long }), "questions[0].pattern has 10000 bytes"},
		{"pattern of a million states", question(func(q *request.Question) { q.Pattern = `(x{1000}){1000}` }), "questions[0].pattern is not a pattern"},
		{"condition of 10,000 characters", question(func(q *request.Question) { q.When = long }), "the condition has 10000 bytes"},
		{"more than a record holds", form(func(f *request.Form) {
			for i := range 1000 {
				f.Questions[0].Type, f.Questions[0].Options = request.Dropdown, append(f.Questions[0].Options, strings.Repeat("x", 3000)+string(rune('a'+i)))
			}
		}), "questions hold 3"},

		{"agreement name of 10,000 characters", agreement(func(a *request.Agreement) { a.Name = request.AgreementName(long) }), "name has 10000 bytes"},
		{"over-long agreement", agreement(func(a *request.Agreement) { a.Text = strings.Repeat(long, 11) }), "text has 110000 bytes"},
		{"NUL in an agreement", agreement(func(a *request.Agreement) { a.Text = nul }), "text holds a NUL"},
		{"broken agreement", agreement(func(a *request.Agreement) { a.Title = broken }), "title is not valid UTF-8"},

		{"attached at 10,000 characters", attaching(request.Attachment{At: catalog.Ref("warehouse:" + long), Type: request.DataAccess}), "at most 512"},
		{"attached form of 10,000 characters", attaching(request.Attachment{At: orders, Type: request.DataAccess, Form: request.FormName(long)}), "form has 10000 bytes"},
		{"attached flow with NUL", attaching(request.Attachment{At: orders, Type: request.DataAccess, Flow: nul}), "flow holds a NUL"},
		{"attached for nothing", attaching(request.Attachment{At: orders, Type: "EVERYTHING", Form: "odd"}), "type must be"},

		{"link of 10,000 characters", report(catalog.Link{Path: []string{long}}), "at most 512"},
		{"link with NUL", report(catalog.Link{Path: []string{nul}}), "NUL"},
		{"link without a name", report(catalog.Link{}), "fullyQualifiedName"},
		{"host of 10,000 characters", report(catalog.Link{Path: []string{"a"}, Technology: "fake", Host: long}), "host"},
		{"technology of 10,000 characters", report(catalog.Link{Path: []string{"a"}, Technology: long}), "technology"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &written{Store: new(store.Memory)}
			w := newWorld(t, func(c *grantwright.Config) { c.Store = s })
			w.submit(t, eve, "30 DAYS")
			w.saveForm(t, odd)
			must(t, attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "odd"}))
			w.work(t)
			must(t, w.Close()) // nothing is done behind our back
			before := s.writes.Load()
			err := tt.do(t.Context(), w)
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 1000 {
				t.Errorf("got %.1200v, want %s", err, tt.want)
			}
			if n := s.writes.Load() - before; n != 0 {
				t.Errorf("%d changes were written", n)
			}
		})
	}
}
