package auditing

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// accessList is a page of who has access to an asset, of what somebody has access to, or of
// the access of somebody to an asset.
type accessList struct {
	Asset    string // as it was asked for
	Person   request.PersonID
	Own      bool   // the person is whoever looks
	Overseer bool   // may look at everybody
	At       string // as it was asked for
	When     time.Time
	First    bool // this is the first page

	Entitlements []grantwright.Entitlement
	CSV          string // the addresses of the same as CSV, and as JSON lines
	Lines        string
	Next         string // the address of the next page

	Foreign    *foreign // that others gave; nil on later pages
	Faults     []frame.ShownFault
	Unknown    string // the name that nothing or nobody has
	Assets     []catalog.Asset
	People     []request.Identity
	Trouble    string
	Everywhere bool // the asset is a connection

	Acts *frame.GrantActs // on what is listed; nil where that is of a time before
}

// foreign is the access that others gave on the platform.
type foreign struct {
	All  []provision.Foreign
	Next string // the address of the next part
	Why  string // it is not listed
}

// shownForeign is how much of that a page lists.
const shownForeign = 20

// Ref is the asset that the page is about.
func (l accessList) Ref() catalog.Ref { return catalog.Ref(l.Asset) }

func (s *room) accessPage(w http.ResponseWriter, r *http.Request) {
	page, status := accessList{}, http.StatusOK
	if err := s.listAccess(r, &page); err != nil {
		status = s.explain(r, &page, err)
	}
	s.show(w, r, status, "access", page)
}

// explain puts an error into the page, with the names that are like one that nothing has.
func (s *room) explain(r *http.Request, page *accessList, err error) int {
	noAsset, nobody := (*catalog.UnknownError)(nil), (*request.UnknownError)(nil)
	p := s.Problem(r, err)
	switch {
	case errors.As(err, &noAsset):
		page.Unknown, page.Assets = noAsset.Name, noAsset.Similar
	case errors.As(err, &nobody):
		page.Unknown, page.People = nobody.Person.Identity().ID, nobody.Similar
	case errors.Is(err, catalog.ErrRef):
		page.Faults = []frame.ShownFault{{Field: "asset", Text: words.Of(r).T("Enter the reference of an asset, such as warehouse:sales.public.orders.")}}
	case len(p.Errors) == 1 && p.Errors[0].Field() == "at":
		page.Faults = []frame.ShownFault{{Field: "at", Text: words.Of(r).T("Enter a time such as 2026-03-01T12:00, in UTC.")}}
	default:
		page.Trouble = words.Of(r).Say(p.Detail)
	}
	return p.Status
}

// asked reads what a page or a download is about.
func (s *room) asked(r *http.Request, page *accessList) (site.Entitlements, grantwright.AccessQuery, error) {
	by, q := site.VisitOf(r.Context()).By, r.URL.Query()
	page.Asset, page.Person, page.At = strings.TrimSpace(q.Get("asset")), request.PersonID(strings.TrimSpace(q.Get("person"))), strings.TrimSpace(q.Get("at"))
	page.Overseer = by.Has(request.Governance) || by.Has(request.Audit)
	if page.Asset == "" && page.Person == "" || page.Person == "me" {
		page.Person = by.Person()
	}
	page.Own = page.Person == by.Person()
	var err error
	if page.When, err = moment(page.At); err != nil {
		return nil, grantwright.AccessQuery{}, site.Invalid("query", "at", "must be a time such as 2026-03-01T12:00, in UTC")
	}
	out := grantwright.AccessQuery{At: page.When}
	if page.Asset == "" {
		return s.AccessOf(by, page.Person), out, nil
	}
	ref, err := catalog.ParseRef(page.Asset)
	if err != nil {
		return nil, out, err
	}
	page.Asset, page.Everywhere, out.Person = string(ref), ref.Path() == nil, page.Person
	return s.AccessTo(by, ref), out, nil
}

func (s *room) listAccess(r *http.Request, page *accessList) error {
	read, q, err := s.asked(r, page)
	if err != nil {
		return err
	}
	if q.After, err = site.ParseCursor(r.URL.Query().Get("cursor")); err != nil {
		return err
	}
	page.First, q.Limit = q.After.Zero(), frame.ListLength
	found, err := read(r.Context(), q)
	if err != nil {
		return err
	}
	page.Entitlements, page.Next = found.Entitlements, s.NextPage(r, found.Next)
	page.CSV, page.Lines = s.to(r, "/access.csv"), s.to(r, "/access.jsonl")
	if by := site.VisitOf(r.Context()).By; page.When.IsZero() && by.Acts() && len(page.Entitlements) > 0 {
		page.Acts = &frame.GrantActs{Base: s.To(r, ""), From: frame.ListedAt(r), End: true, Renew: page.Own}
	}
	if page.First {
		page.Foreign, err = s.others(r, page, q)
	}
	return err
}

// others asks the platform for the access that others gave, on the first page of a list.
func (s *room) others(r *http.Request, page *accessList, q grantwright.AccessQuery) (*foreign, error) {
	after, err := site.ParseCursor(r.URL.Query().Get("others"))
	if err != nil {
		return nil, err
	}
	q.After, q.Limit = after, shownForeign
	found, err := s.Others(r.Context(), site.VisitOf(r.Context()).By, page.Ref(), q)
	if err != nil {
		return nil, err
	}
	out := &foreign{All: found.All}
	if found.Why != "" {
		out.Why = words.Of(r).T(found.Why)
	}
	if found.Next != "" {
		next := r.URL.Query()
		next.Set("others", found.Next)
		out.Next = s.To(r, "/access") + "?" + next.Encode() + "#others"
	}
	return out, nil
}
