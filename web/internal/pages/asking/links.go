package asking

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/web/internal/site"
)

// chooser is the page of a link that fits several assets.
type chooser struct {
	Name       string
	Candidates []candidate
	Many       bool // as many as are ever listed: there may be more
}

type candidate struct {
	Asset catalog.Asset
	URL   string
}

// missing is the page of a link that fits nothing.
type missing struct {
	Name   string // the name in the link; empty without one
	Detail string
	Query  url.Values
	Action string // where it is reported

	Similar  []listed // assets with a name like it
	Unlinked bool     // nobody followed a link: there is nothing to report

	Reported bool // to governance
}

// Known are the parameters of the link that are filled in.
func (m missing) Known() url.Values {
	known := url.Values{}
	for _, name := range []string{"fullyQualifiedName", "technology", "host", "requestType"} {
		if given := m.Query.Get(name); given != "" {
			known.Set(name, given)
		}
	}
	return known
}

func (s *room) choose(w http.ResponseWriter, r *http.Request, link catalog.Link, found []catalog.Asset) {
	page := chooser{Name: catalog.FormatPath(link.Path), Many: len(found) >= catalog.MaxCandidates}
	for _, a := range found {
		page.Candidates = append(page.Candidates, candidate{a, catalog.LinkTo(a, link.Type).URL(s.embedding(r))})
	}
	s.show(w, r, http.StatusOK, "chooser", page)
}

// noForm shows why a link leads to no form, and how to find one.
func (s *room) noForm(w http.ResponseWriter, r *http.Request, err error) {
	q := r.URL.Query()
	nothing := q.Get("fullyQualifiedName") == ""
	if !nothing && !errors.Is(err, catalog.ErrNotFound) && !errors.Is(err, catalog.ErrLink) {
		s.Fail(w, r, err)
		return
	}
	page := missing{Name: q.Get("fullyQualifiedName"), Query: q, Action: s.embedding(r) + "/request/report", Similar: listedOf(r, similarOf(err))}
	status := http.StatusNotFound
	switch {
	case nothing:
		status = http.StatusOK // nobody followed a link
	case errors.Is(err, catalog.ErrLink):
		status, page.Detail = http.StatusBadRequest, site.Sentence(err)
	}
	s.show(w, r, status, "missing", page)
}

func (s *room) reportAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	link, err := catalog.ParseLink(r.PostForm)
	if err == nil {
		_, err = s.Engine.Assets().Report(r.Context(), site.VisitOf(r.Context()).By, link)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "missing", missing{Name: link.FullyQualifiedName(), Query: r.PostForm, Reported: true, Action: s.embedding(r) + "/request/report"})
}
