package deciding

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/dossier"
	"github.com/grantwright/grantwright/web/internal/pages/words"
)

// surroundings are what surrounds a case, as its page shows it.
type surroundings struct {
	dossier.Dossier
	Has     []grantwright.Held
	Columns []column
	words   *words.Words
}

// column is a column of the asset, with what governance has said of it.
type column struct {
	Name, Type, Comment string
	Tags                string
	Mask                string // how it is masked; empty where it is shown as it is
	Asked               bool
}

// dossierOf reads what surrounds a case.
func (s *room) dossierOf(r *http.Request, by request.Identity, req request.Request) (*surroundings, error) {
	found, has, err := s.Engine.Reviews().Dossier(r.Context(), by, req.ID)
	if err != nil {
		return nil, err
	}
	d := &surroundings{Dossier: found, Has: has, words: words.Of(r)}
	masked := map[string]string{}
	for _, c := range found.Masks.Show.Columns {
		masked[c.Name] = d.words.Masked(c.Mask)
	}
	for _, c := range found.Asset.Columns {
		d.Columns = append(d.Columns, column{c.Name, c.Type, c.Comment, strings.Join(found.Tags[c.Name], ", "), masked[c.Name], slices.Contains(req.Columns, c.Name)})
	}
	return d, nil
}

// attribute is an attribute of a person.
type attribute struct{ Name, Values string }

// Attributes are those of the person, by name.
func (d *surroundings) Attributes() (all []attribute) {
	for _, name := range slices.Sorted(maps.Keys(d.Person.Attributes)) {
		all = append(all, attribute{name, strings.Join(d.Person.Attributes[name], ", ")})
	}
	return all
}

// Who is a person of it, by name and id.
func (d *surroundings) Who(p request.PersonID) string { return named(p, d.Names[p]) }

// Asks writes what somebody has asked for.
func (d *surroundings) Asks(e dossier.Earlier) string {
	return asks(d.words, request.Request{Type: e.Type, Privilege: e.Privilege, Columns: e.Columns, Duration: e.Duration})
}

// AsksOf writes what a precedent was about.
func (d *surroundings) AsksOf(p dossier.Precedent) string {
	return asks(d.words, request.Request{Type: p.Type, Privilege: p.Asked.Privilege, Columns: p.Asked.Columns, Duration: p.Asked.Duration})
}

// Limits writes what a determination left of what was asked.
func (d *surroundings) Limits(s dossier.Said) string {
	text := limitsOf(d.words, s.Privilege == request.Read, nil, nil, s.Duration)
	if len(s.Columns) > 0 {
		text = strings.TrimPrefix(text+", "+d.words.T("columns %s", strings.Join(s.Columns, ", ")), ", ")
	}
	return text
}

// Holds writes access that the person has.
func (d *surroundings) Holds(h grantwright.Held) string {
	if len(h.Access.Unmasked) > 0 {
		return d.words.T("Unmasked") + inColumns(d.words, h.Access.Unmasked)
	}
	return d.words.Use(h.Access.Privilege) + inColumns(d.words, h.Access.Columns)
}
