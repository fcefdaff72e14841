package auditing

import (
	"net/http"
	"slices"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// storyPage is everything about one request, on one page: to read, to print, to keep.
type storyPage struct {
	grantwright.Case
	By       request.PersonID
	Answers  []answered
	Accepted []accepted
	Evidence []request.Evidence // that was kept, where whoever reads may see it
	Events   []entry
	Cut      int // events that are not shown
	Remarks  []request.Remark
	Log      string // the address of the log of this request; empty for who may not read it
}

// answered is a question with its answer.
type answered struct {
	Title string
	Given []string
}

// accepted is an agreement as it was accepted.
type accepted struct {
	Title, Text string
	request.Acceptance
}

// shownEvents is how many events a story tells at most: the last ones.
const shownEvents = 2000

func (s *room) storyPage(w http.ResponseWriter, r *http.Request) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	all, err := s.Engine.Request(ctx, by, request.ID(r.PathValue("id")))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := storyPage{Case: all, By: by.Person(), Answers: given(words.Of(r), all), Accepted: acceptedIn(all)}
	if err := s.tell(r, &page); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "story", page)
}

// tell adds the events, the remarks and the evidence.
func (s *room) tell(r *http.Request, page *storyPage) error {
	ctx, by, id := r.Context(), site.VisitOf(r.Context()).By, page.Request.ID
	page.Cut = max(0, page.Request.Events-shownEvents)
	for after := page.Cut; ; {
		events, err := s.Engine.Log().Of(ctx, by, id, after, store.MaxPage)
		if err != nil {
			return err
		}
		for _, e := range events {
			row := entryOf(words.Of(r), e, page.Request)
			page.Events = append(page.Events, row)
			after = e.Seq
		}
		if len(events) < store.MaxPage || len(page.Events) >= shownEvents {
			break
		}
	}
	if page.Request.Remarks > 0 {
		remarks, _, err := s.Engine.Reviews().Remarks(ctx, by, id, store.Position{}, store.MaxPage)
		if err != nil {
			return err
		}
		page.Remarks = remarks
	}
	if page.May.Explain {
		why, err := s.Engine.Explain(ctx, by, id)
		if err != nil {
			return err
		}
		page.Evidence = slices.DeleteFunc(why.Evidence, func(e request.Evidence) bool { return len(e.Facts) == 0 })
	}
	if by.Has(request.Audit) {
		page.Log = s.To(r, "/log") + "?request=" + string(id)
	}
	return nil
}

// Who is how the page speaks of a person: by name, where that is known, and always by id.
func (p storyPage) Who(person request.PersonID) string {
	id := person.Identity().ID
	if name := p.Names[person]; name != "" {
		return name + " (" + id + ")"
	}
	return id
}

// CountedFor are the selectors for which a determination counted, in words.
func (p storyPage) CountedFor(d review.Determination) (all []string) {
	for _, m := range d.Matches {
		if m.Stage < len(p.Review.Stages) && m.Selector < len(p.Review.Stages[m.Stage].Approvals) {
			all = append(all, p.Review.Stages[m.Stage].Approvals[m.Selector].Selector.String())
		}
	}
	return all
}

// given puts the questions to the answers. The duration is left out: it is part of the
// request.
func given(w *words.Words, c grantwright.Case) (all []answered) {
	for _, q := range w.Form(c.Form).Questions {
		if answer := c.Request.Answers[q.ID]; len(answer) > 0 && q.Type != request.AccessDuration {
			all = append(all, answered{q.Title, answer})
		}
	}
	return all
}

func acceptedIn(c grantwright.Case) (all []accepted) {
	for _, a := range c.Agreements {
		i := slices.IndexFunc(c.Request.Agreements, func(o request.Acceptance) bool { return o.Name == a.Name && o.Version == a.Version })
		if i >= 0 {
			all = append(all, accepted{a.Title, a.Text, c.Request.Agreements[i]})
		}
	}
	return all
}
