package frame

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// suggestions are how many names a field suggests.
const suggestions = 10

// suggestion is a name that a field suggests: what is written into the field, and what
// people know it by.
type suggestion struct {
	Value string `json:"value"`
	Text  string `json:"text"`
}

// finder finds names that begin with a text, as whoever is signed in may see them.
type finder func(r *http.Request, text string) ([]suggestion, error)

func (s *Frame) routePickers() {
	for path, find := range map[string]finder{"people": s.findPeople, "groups": s.findGroups, "assets": s.findAssets, "connections": s.findConnections} {
		s.mux.HandleFunc("GET /pick/"+path, s.SignedIn(s.pick(find)))
	}
}

// pick answers a field with the names that it may suggest.
func (s *Frame) pick(find finder) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		found, err := find(r, strings.TrimSpace(r.URL.Query().Get("q")))
		if err != nil {
			s.Refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(append([]suggestion{}, found[:min(len(found), suggestions)]...))
	}
}

func (s *Frame) findPeople(r *http.Request, text string) (all []suggestion, err error) {
	found, err := s.Engine.People().Find(r.Context(), site.VisitOf(r.Context()).By, text, suggestions)
	for _, who := range found {
		all = append(all, suggestion{string(who.Person()), strings.TrimSpace(who.Name + " (" + who.ID + ")")})
	}
	return all, err
}

// findGroups suggests the groups of whoever looks, and to governance those of people whom
// it finds.
func (s *Frame) findGroups(r *http.Request, text string) (all []suggestion, err error) {
	by := site.VisitOf(r.Context()).By
	groups := slices.Clone(by.Groups)
	if by.Has(request.Governance) || by.Has(request.Audit) || by.Has(request.Admin) {
		known, err := s.Engine.People().Groups(r.Context(), by, text, suggestions)
		if err != nil {
			return nil, err
		}
		groups = append(groups, known...)
	}
	slices.Sort(groups)
	for _, g := range slices.Compact(groups) {
		if strings.HasPrefix(strings.ToLower(g), strings.ToLower(text)) {
			all = append(all, suggestion{g, g})
		}
	}
	return all, nil
}

func (s *Frame) findAssets(r *http.Request, text string) (all []suggestion, err error) {
	found, err := s.Engine.Assets().Search(r.Context(), site.VisitOf(r.Context()).By, catalog.Query{Text: text, Limit: suggestions})
	for _, a := range found {
		all = append(all, suggestion{string(a.Ref), catalog.FormatPath(a.Ref.Path()) + " (" + a.Ref.Connection() + ")"})
	}
	return all, err
}

func (s *Frame) findConnections(r *http.Request, text string) (all []suggestion, err error) {
	for after := ""; len(all) < suggestions; {
		page, err := s.Engine.Connections().All(r.Context(), site.VisitOf(r.Context()).By, after, ListLength)
		if err != nil {
			return nil, err
		}
		for _, c := range page {
			if after = c.Name; strings.HasPrefix(strings.ToLower(c.Name), strings.ToLower(text)) {
				all = append(all, suggestion{c.Name, c.Name})
			}
		}
		if len(page) < ListLength {
			break
		}
	}
	return all, nil
}
