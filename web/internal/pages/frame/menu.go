package frame

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Section is a part of the navigation.
type Section string

// The sections of the navigation. What has no section stands in the bar itself; Own is
// the menu of whoever is signed in.
const (
	Main           Section = ""
	Governance     Section = "Governance"
	Administration Section = "Administration"
	Audit          Section = "Audit"
	Own            Section = "Own"
)

// Link is an entry of the navigation.
type Link struct {
	Section Section
	Path    string
	Text    string
	For     []request.Permission // permissions, one of which it takes; none for everybody

	// Count says how many things wait there. Nil counts nothing. It is asked with every
	// page, so it takes one statement at most.
	Count func(ctx context.Context, by request.Identity) (int, error)
}

// Link adds an entry to the navigation. Entries keep the order in which they come.
func (s *Frame) Link(l Link) { s.links = append(s.links, l) }

// menu is a section as somebody sees it.
type menu struct {
	Name  string
	Here  bool
	Links []shownLink
}

type shownLink struct {
	To    string
	Text  string
	Here  bool
	Count int
}

// menus are the sections for whoever sent a request, without those that are empty.
func (s *Frame) menus(r *http.Request) (bar []menu, own []shownLink) {
	for _, section := range []Section{Main, Governance, Administration, Audit, Own} {
		m := menu{Name: string(section), Links: s.shownLinks(r, section)}
		m.Here = slices.ContainsFunc(m.Links, func(l shownLink) bool { return l.Here })
		switch {
		case section == Own:
			own = m.Links
		case len(m.Links) > 0:
			bar = append(bar, m)
		}
	}
	return bar, own
}

func (s *Frame) shownLinks(r *http.Request, section Section) (all []shownLink) {
	by := site.VisitOf(r.Context()).By
	for _, l := range s.links {
		if l.Section != section || len(l.For) > 0 && !slices.ContainsFunc(l.For, func(p request.Permission) bool { return by.Has(p) }) {
			continue
		}
		shown := shownLink{To: s.To(r, l.Path), Text: l.Text, Here: r.URL.Path == l.Path || strings.HasPrefix(r.URL.Path, l.Path+"/")}
		if l.Count != nil && by.ID != "" {
			n, err := l.Count(r.Context(), by)
			if err != nil {
				s.Log.WarnContext(r.Context(), "the navigation shows no count", "path", l.Path, "error", err)
			}
			shown.Count = n
		}
		all = append(all, shown)
	}
	return all
}
