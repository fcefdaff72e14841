package asking

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// assetPage is the page of one asset.
type assetPage struct {
	grantwright.Outlook
	Path  []step // from the connection to the asset
	Link  string // by which it is asked for, for a catalog
	Ask   string // the same on this host
	Clear string // leads to the form of a masking exception; empty where nothing is masked
	Usual string // how long a decision takes, in words; empty where too few were made

	Held    []held
	Open    []request.Request // of whoever reads, for it
	Earlier []request.Request

	Guardrails []review.Placed           // nil where they are not for whoever reads
	Access     []grantwright.Entitlement // the first few
	Others     *site.Others              // what others gave; nil where it is not for whoever reads
	SeesAccess bool
	Overseer   bool
	Tags       map[string][]string // of columns, by governance; nil where they are not for whoever reads
	Inside     string              // lists what lies directly in it; empty for what has columns
}

// held is access that somebody has already.
type held struct {
	provision.Grant
	Elsewhere bool // on a container of the asset
	Query     string
	Works     bool
	Own       bool // not of a group
}

// Waits reports whether a page should look again soon: access is on its way.
func (p assetPage) Waits() bool {
	return slices.ContainsFunc(p.Held, func(h held) bool {
		return h.How == provision.Auto && (h.State == provision.Pending || h.State == provision.Provisioning || h.State == provision.Revoking)
	})
}

// Mask is how a column is shown masked; nil for one that is shown as it is.
func (p assetPage) Mask(column string) *catalog.MaskedColumn {
	for _, c := range p.Entry.Masks.Show.Columns {
		if c.Name == column {
			return &c
		}
	}
	return nil
}

// Hidden reports whether a column is not shown at all.
func (p assetPage) Hidden(column string) bool { return p.Entry.Masks.Show.Hides(column) }

// accessShown bounds the people whom the page of an asset names.
const accessShown = 10

func (s *room) assetPage(w http.ResponseWriter, r *http.Request) {
	ref, by := catalog.Ref(r.PathValue("ref")), site.VisitOf(r.Context()).By
	found, err := s.Engine.Assets().Outlook(r.Context(), by, ref, request.DataAccess)
	if errors.Is(err, catalog.ErrNotFound) {
		_, err = s.Engine.Assets().Entry(r.Context(), by, ref, request.DataAccess) // which says what is similar
		if unknown := (*catalog.UnknownError)(nil); errors.As(err, &unknown) {
			s.show(w, r, http.StatusNotFound, "missing", missing{Name: unknown.Name, Similar: listedOf(r, unknown.Similar), Unlinked: true})
			return
		}
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := assetPage{Outlook: found, Path: s.steps(r, ref), Ask: catalog.LinkTo(found.Entry.Asset, catalog.LinkDataAccess).URL(site.VisitOf(r.Context()).Base), Usual: usual(words.Of(r), found.Usual)}
	page.Link = s.absolute(r) + catalog.LinkTo(found.Entry.Asset, catalog.LinkDataAccess).URL("")
	page.Clear = requestForm{Entry: found.Entry}.Exception(site.VisitOf(r.Context()).Base)
	if found.Entry.Asset.Kind.Container() {
		page.Inside = s.To(r, "/assets?in="+url.QueryEscape(string(ref)))
	}
	page.mine(by)
	if err := s.overseen(r, &page); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "asset", page)
}

// absolute is what request links for other sites begin with.
func (s *room) absolute(r *http.Request) string {
	if s.URL != "" {
		return s.URL
	}
	scheme := "http://"
	if site.VisitOf(r.Context()).Secure {
		scheme = "https://"
	}
	return scheme + r.Host + site.VisitOf(r.Context()).Base
}

// mine sorts what somebody has and has asked for.
func (p *assetPage) mine(by request.Identity) {
	for _, g := range p.Grants {
		p.Held = append(p.Held, held{Grant: g, Elsewhere: g.Asset.Ref != p.Entry.Asset.Ref, Query: p.query(g), Works: g.State == provision.Active, Own: g.Beneficiary == by.Person()})
	}
	for _, req := range p.Requested {
		switch {
		case req.Status == request.Pending:
			p.Open = append(p.Open, req)
		case req.Status != request.Approved:
			p.Earlier = append(p.Earlier, req)
		}
	}
}

// query is the name by which a grant of this very asset is queried: the masked view, or the
// asset itself; empty for a container, where each of its assets has one of its own.
func (p *assetPage) query(g provision.Grant) string {
	a := p.Entry.Asset
	switch {
	case a.Kind.Container() || g.State != provision.Active:
		return ""
	case g.Query != "" && g.Asset.Ref == a.Ref:
		return g.Query
	case p.Entry.Masks.Show.Masked() && len(g.Access.Unmasked) == 0:
		return p.Entry.Masks.Query
	}
	path := a.Ref.Path()
	return catalog.FormatPath(path[max(0, len(path)-2):]) // schema and name, as within its database
}

// overseen reads what is for those who look after the asset; to others it says nothing.
func (s *room) overseen(r *http.Request, page *assetPage) (err error) {
	by, ref := site.VisitOf(r.Context()).By, page.Entry.Asset.Ref
	page.Overseer = by.Has(request.Governance) || by.Has(request.Audit)
	access, err := s.Engine.Access().To(r.Context(), by, ref, grantwright.AccessQuery{Limit: accessShown})
	if errors.Is(err, request.ErrForbidden) {
		return nil
	}
	if err != nil {
		return err
	}
	page.Access, page.SeesAccess = access.Entitlements, true
	others, err := s.Others(r.Context(), by, ref, grantwright.AccessQuery{Limit: accessShown})
	if err != nil {
		return err
	}
	if others.Why != "" {
		others.Why = words.Of(r).T(others.Why)
	}
	page.Others = &others
	if page.Guardrails, err = s.Engine.Assets().Guardrails(r.Context(), by, ref); err != nil {
		return err
	}
	said, err := s.Engine.Governance().Classifications.Newest(r.Context(), by, ref)
	switch {
	case errors.Is(err, request.ErrForbidden) || errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	page.Tags = map[string][]string{}
	for _, c := range said.Columns {
		page.Tags[c.Name] = c.Tags
	}
	return nil
}

// usual writes how long a decision takes, roundly; empty for none.
func usual(w *words.Words, d time.Duration) string {
	hours := int((d + time.Hour/2).Hours())
	switch {
	case d <= 0:
		return ""
	case d < 45*time.Minute:
		return w.T("%d minutes", max(1, int((d+time.Minute/2).Minutes())))
	case hours < 36:
		return w.T("%d hours", max(1, hours))
	}
	return w.T("%d days", (hours+12)/24)
}

// Comment is what the platform says of the asset, as one text.
func (p assetPage) Comment() string { return strings.TrimSpace(p.Entry.Asset.Source.Comment) }
