package governing

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// treePage is one place of the tree of assets, with what holds there and where it comes
// from, and what stands directly in it.
type treePage struct {
	At         catalog.Ref // empty: the connections
	Type       request.Type
	Holds      place
	Above      []catalog.Ref // the places around it, outermost first
	Guardrails []site.Placed
	Masks      []catalog.Mask // set at the place, or around it
	Shown      request.AssetMasks
	Inside     []place
	Next       string
	More       bool // not all that is set below could be read
	Governance bool
}

// place is one place with what holds there.
type place struct {
	Ref       catalog.Ref
	Kind      catalog.Kind // empty for a connection
	Container bool
	From      request.Resolved
	Set       request.Attachment // at the place itself
	Rails     []string           // guardrails that are set at it
	Masks     []string           // masks that are set at it
}

// Own reports whether something is set at the place itself.
func (p place) Own() bool { return p.Set.Decides() }

func (s *room) treePage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page := treePage{At: catalog.Ref(strings.TrimSpace(q.Get("at"))), Type: request.Type(q.Get("type")), Governance: site.VisitOf(r.Context()).By.Has(request.Governance)}
	if page.Type != request.MaskingException {
		page.Type = request.DataAccess
	}
	after, err := site.ParseCursor(q.Get("cursor"))
	if err == nil {
		err = s.readTree(r, &page, after.ID)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "tree", page)
}

// settings are what is set at and around the places of a page.
type settings struct {
	attached map[catalog.Ref]request.Attachment
	rails    []review.Guardrail
	masks    []catalog.Mask
}

// readTree reads a place and one page of what stands in it, in a number of statements that
// does not depend on how much that is.
func (s *room) readTree(r *http.Request, page *treePage, after string) error {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	if page.At != "" {
		if _, err := catalog.ParseRef(string(page.At)); err != nil {
			return err
		}
		page.Above = slices.Clone(page.At.Lineage()[1:])
		slices.Reverse(page.Above)
	}
	set, err := s.settings(ctx, by, page)
	if err != nil {
		return err
	}
	if page.At == "" {
		return s.readConnections(r, page, after, set)
	}
	page.Holds = placeAt(page.At, "", page.Type, set)
	if len(page.At.Path()) > 0 {
		entry, err := s.Engine.Assets().Entry(ctx, by, page.At, page.Type)
		if err != nil {
			return err
		}
		page.Holds.Kind, page.Shown = entry.Asset.Kind, entry.Masks
		if page.Guardrails, err = s.GuardrailsOf(ctx, by, page.At); err != nil {
			return err
		}
		if !entry.Asset.Kind.Container() {
			return nil
		}
	}
	page.Holds.Container = true
	return s.readInside(r, page, catalog.Ref(after), set)
}

func (s *room) readInside(r *http.Request, page *treePage, after catalog.Ref, set settings) error {
	found, err := s.Engine.Assets().Search(r.Context(), site.VisitOf(r.Context()).By, catalog.Query{In: page.At, After: after, Limit: frame.ListLength})
	if err != nil {
		return err
	}
	for _, a := range found {
		inside := placeAt(a.Ref, a.Kind, page.Type, set)
		inside.Container = a.Kind.Container()
		page.Inside = append(page.Inside, inside)
	}
	if last := frame.LastOf(found, func(a catalog.Asset) string { return string(a.Ref) }); last != "" {
		page.Next = s.NextPage(r, store.Position{ID: last})
	}
	return nil
}

func (s *room) readConnections(r *http.Request, page *treePage, after string, set settings) error {
	connections, err := s.Engine.Connections().All(r.Context(), site.VisitOf(r.Context()).By, after, frame.ListLength)
	if err != nil {
		return err
	}
	for _, c := range connections {
		at := placeAt(catalog.Ref(c.Name), "", page.Type, set)
		at.Container = true
		page.Inside = append(page.Inside, at)
	}
	if last := frame.LastOf(connections, func(c catalog.Connection) string { return c.Name }); last != "" {
		page.Next = s.NextPage(r, store.Position{ID: last})
	}
	return nil
}

// settings reads what is set around a place, at it and below it.
func (s *room) settings(ctx context.Context, by request.Identity, page *treePage) (settings, error) {
	g, set := s.Engine.Governance(), settings{attached: map[catalog.Ref]request.Attachment{}}
	var err error
	if set.rails, err = g.Guardrails.List(ctx, by, "", store.MaxPage); err != nil {
		return set, err
	}
	if set.masks, err = g.Masks.List(ctx, by, "", store.MaxPage); err != nil {
		return set, err
	}
	var lineage []catalog.Ref
	if page.At != "" {
		lineage = page.At.Lineage()
	}
	for _, at := range lineage {
		a, err := g.Attachments.Newest(ctx, by, request.Attachment{At: at, Type: page.Type}.Key())
		if err == nil {
			set.attached[at] = a
		} else if !errors.Is(err, store.ErrNotFound) {
			return set, err
		}
	}
	below, err := s.AttachmentsOf(ctx, by, page.Type, page.At, store.MaxPage)
	for _, a := range below {
		set.attached[a.At] = a
	}
	page.More = len(below) == store.MaxPage || len(set.rails) == store.MaxPage || len(set.masks) == store.MaxPage
	for _, m := range set.masks {
		if page.At != "" && m.At.Covers(page.At) {
			page.Masks = append(page.Masks, m)
		}
	}
	return set, err
}

// placeAt is a place with what holds there by what is set.
func placeAt(ref catalog.Ref, kind catalog.Kind, t request.Type, set settings) place {
	p := place{Ref: ref, Kind: kind, Set: set.attached[ref]}
	var lineage []request.Attachment
	for _, at := range ref.Lineage() {
		if a, is := set.attached[at]; is {
			lineage = append(lineage, a)
		}
	}
	p.From = request.Resolve(t, lineage)
	for _, g := range set.rails {
		if slices.Contains(g.At, ref) {
			p.Rails = append(p.Rails, string(g.Name))
		}
	}
	for _, m := range set.masks {
		if m.At == ref {
			p.Masks = append(p.Masks, m.Name)
		}
	}
	return p
}

// origin is where something that holds was set.
type origin struct {
	Here bool
	From catalog.Ref // empty for what is built in
	To   string
}

// Origin says where something that holds at the place was set.
func (t treePage) Origin(base string, from catalog.Ref) origin {
	return origin{Here: from == t.At, From: from, To: base + t.Here(from)}
}

// Here is the address of a place in the tree.
func (t treePage) Here(at catalog.Ref) string {
	return "/attachments?" + url.Values{"at": {string(at)}, "type": {string(t.Type)}}.Encode()
}

// As is the address of the same place for the other type of requests.
func (t treePage) As(kind string) string {
	return "/attachments?" + url.Values{"at": {string(t.At)}, "type": {kind}}.Encode()
}

// Build is the address at which something is attached to a place.
func (t treePage) Build(at catalog.Ref) string {
	return "/build/attachment?" + url.Values{"at": {string(at)}, "type": {string(t.Type)}}.Encode()
}
