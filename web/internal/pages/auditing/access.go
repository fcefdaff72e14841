package auditing

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// accessList is a page of who has access to an asset, or of what somebody has
// access to.
type accessList struct {
	Asset    string // as it was asked for; empty on the page of a person
	Person   request.PersonID
	Own      bool   // the person is whoever looks
	Overseer bool   // may look at everybody
	At       string // as it was asked for
	When     time.Time
	First    bool // this is the first page

	Entitlements []grantwright.Entitlement
	CSV          string // the address of the same as CSV
	Next         string // the address of the next page
	Trouble      string
}

// Ref is the asset that the page is about.
func (l accessList) Ref() catalog.Ref { return catalog.Ref(l.Asset) }

func (s *room) accessPage(w http.ResponseWriter, r *http.Request) {
	by, q := site.VisitOf(r.Context()).By, r.URL.Query()
	page := accessList{Asset: strings.TrimSpace(q.Get("asset")), Person: request.PersonID(strings.TrimSpace(q.Get("person"))), At: q.Get("at"),
		Overseer: by.Has(request.Governance) || by.Has(request.Audit)}
	if page.Asset == "" && page.Person == "" {
		page.Person = by.Person()
	}
	page.Own = page.Person == by.Person()
	status := http.StatusOK
	if err := s.listAccess(r, &page); err != nil {
		p := s.Problem(r, err)
		page.Trouble, status = p.Detail, p.Status
	}
	s.show(w, r, status, "access", page)
}

func (s *room) listAccess(r *http.Request, page *accessList) error {
	by, q := site.VisitOf(r.Context()).By, r.URL.Query()
	after, err := site.ParseCursor(q.Get("cursor"))
	if err != nil {
		return err
	}
	page.First = after.Zero()
	if page.At != "" {
		if page.When, err = time.Parse(frame.AtInput, page.At); err != nil {
			return site.Invalid("query", "at", "must be a time such as 2026-03-01T12:00, in UTC")
		}
	}
	read, csv := s.AccessOf(by, page.Person), "/people/"+url.PathEscape(string(page.Person))
	if page.Asset != "" {
		ref, err := catalog.ParseRef(page.Asset)
		if err != nil {
			return err
		}
		page.Asset = string(ref)
		read, csv = s.AccessTo(by, ref), "/assets/"+url.PathEscape(string(ref))
	}
	found, err := read(r.Context(), grantwright.AccessQuery{At: page.When, After: after, Limit: frame.ListLength})
	if err != nil {
		return err
	}
	page.Entitlements = found.Entitlements
	page.CSV = s.To(r, site.APIRoot+csv+"/access.csv")
	if !page.When.IsZero() {
		page.CSV += "?" + url.Values{"at": {page.When.Format(time.RFC3339)}}.Encode()
	}
	if !found.Next.Zero() {
		q.Set("cursor", site.FormatCursor(found.Next))
		page.Next = s.To(r, r.URL.Path) + "?" + q.Encode()
	}
	return nil
}
