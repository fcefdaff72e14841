package asking

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// assetList is the page on which assets are found: by words, or level by level.
type assetList struct {
	Text string
	Kind catalog.Kind
	In   catalog.Ref
	Path []step // from the connection to In

	Connections []connection // where nothing else is asked for
	Assets      []listed
	Similar     []listed // where nothing is found
	Next        string
	First       bool
	Most        int // how many assets one request takes together
}

// step is a container on the way to a level of the tree.
type step struct {
	Name string
	To   string
	Page string // of the container; empty for a connection
}

type connection struct {
	catalog.Connection
	To string
}

// Kinds are the kinds by which the list can be narrowed.
func (assetList) Kinds() []catalog.Kind {
	return []catalog.Kind{catalog.Database, catalog.Schema, catalog.Table, catalog.PartitionedTable, catalog.View, catalog.MaterializedView, catalog.ForeignTable}
}

// Several reports whether there is more than one to tick.
func (p assetList) Several() bool { return len(p.Assets) > 1 }

func (s *room) assetsPage(w http.ResponseWriter, r *http.Request) {
	by, q := site.VisitOf(r.Context()).By, r.URL.Query()
	page := assetList{Text: strings.TrimSpace(q.Get("q")), Kind: catalog.Kind(q.Get("kind")), In: catalog.Ref(q.Get("in")), First: q.Get("cursor") == "", Most: request.MaxBatch}
	after, err := site.ParseCursor(q.Get("cursor"))
	if err == nil && page.In != "" {
		_, err = catalog.ParseRef(string(page.In))
	}
	if err == nil && page.Kind != "" && !slices.Contains(page.Kinds(), page.Kind) {
		err = &site.Problem{Status: http.StatusBadRequest, Code: "INVALID", Detail: "There is no such kind of asset."}
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.Path = s.steps(r, page.In)
	if page.Text == "" && page.In == "" && page.Kind == "" {
		page.Connections, page.Next, err = s.connections(r, after.ID)
	} else {
		err = s.searchInto(r, &page, catalog.Ref(after.ID))
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if len(page.Assets) == 0 && page.First && page.Text != "" {
		_, err := s.Engine.Resolve(r.Context(), by, catalog.Link{Path: pathOf(page.Text), Type: catalog.LinkDataAccess})
		page.Similar = listedOf(r, similarOf(err))
	}
	s.show(w, r, http.StatusOK, "assets", page)
}

// searchInto finds a page of assets. Words are looked for below a level of the tree; without
// any, the level itself is listed.
func (s *room) searchInto(r *http.Request, page *assetList, after catalog.Ref) error {
	q := catalog.Query{Text: wordsOf(page.Text), Kind: page.Kind, After: after, Limit: frame.ListLength}
	if q.Below = page.In; page.Text == "" && page.Kind == "" {
		q.Below, q.In = "", page.In
	}
	found, err := s.Engine.Assets().Search(r.Context(), site.VisitOf(r.Context()).By, q)
	page.Assets = listedOf(r, found)
	page.Next = s.NextPage(r, store.Position{ID: frame.LastOf(found, func(a catalog.Asset) string { return string(a.Ref) })})
	return err
}

// wordsOf is what to search for: of a whole name its last part, as assets are found by
// their own names.
func wordsOf(text string) string {
	path := pathOf(text)
	return strings.Join(path[max(0, len(path)-1):], " ")
}

// pathOf reads a text as the name of an asset, or as words.
func pathOf(text string) []string {
	_, name, on := strings.Cut(text, ":")
	if !on {
		name = text
	}
	if path, err := catalog.ParsePath(name); err == nil && !strings.ContainsAny(text, " ") {
		return path
	}
	return []string{text}
}

// connections lists the connections, by name.
func (s *room) connections(r *http.Request, after string) (all []connection, next string, err error) {
	found, err := s.Engine.Assets().Connections(r.Context(), site.VisitOf(r.Context()).By, after, frame.ListLength)
	for _, c := range found {
		all = append(all, connection{c, s.To(r, "/assets?in="+url.QueryEscape(c.Name))})
	}
	return all, s.NextPage(r, store.Position{ID: frame.LastOf(found, func(c catalog.Connection) string { return c.Name })}), err
}

// steps are the containers from the connection to a place, that one included.
func (s *room) steps(r *http.Request, ref catalog.Ref) (all []step) {
	for at := ref; at != ""; at = at.Parent() {
		one := step{Name: at.Name(), To: s.To(r, "/assets?in="+url.QueryEscape(string(at)))}
		if len(at.Path()) > 0 {
			one.Page = pageOf(site.VisitOf(r.Context()).Base, at)
		} else {
			one.Name = at.Connection()
		}
		all = append(all, one)
	}
	slices.Reverse(all)
	return all
}

// similarOf are the assets of which an error says that their names are similar.
func similarOf(err error) []catalog.Asset {
	if unknown := (*catalog.UnknownError)(nil); errors.As(err, &unknown) {
		return unknown.Similar
	}
	return nil
}
