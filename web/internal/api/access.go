package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/route"
	"github.com/grantwright/grantwright/web/internal/sheet"
	"github.com/grantwright/grantwright/web/internal/site"
)

// AsOf is the time about which a route of access answers.
type AsOf struct {
	At time.Time `query:"at" doc:"When the access stood, in RFC 3339; now if it is missing" example:"2026-03-01T12:00:00Z"`
}

// OnlyOf narrows the access to an asset to that of one person.
type OnlyOf struct {
	Of request.PersonID `query:"person" maxLength:"512" doc:"Only the access of this person, group or service, also through their groups; me for yourself, which takes no rights"`
}

// PersonNamed is a route about one person.
type PersonNamed struct {
	Person request.PersonID `path:"person" maxLength:"512" doc:"The id of a person, a group or a service, escaped as one segment of a path; me for yourself"`
}

func (s *server) routeAccess() {
	const rights = "Takes GOVERNANCE or AUDIT, or to be a data steward or the owner of the asset. What others gave on the platform is counted in others of the first page, and listed by foreign-access."
	serve(s, http.MethodGet, "/assets/{ref}/access", "asset-access", "Who has access to an asset, or had at a time, also through its containers", s.assetAccess, described(rights))
	serve(s, http.MethodGet, "/assets/{ref}/access.csv", "asset-access-csv", "Who has access to an asset, as CSV", s.assetAccessCSV, described("Takes GOVERNANCE or AUDIT, or to be a data steward or the owner of the asset."+csvOthers), asCSV)
	serve(s, http.MethodGet, "/people/{person}/access", "person-access", "What somebody has access to, or had at a time, also through their groups", s.personAccess, described("That of others takes GOVERNANCE or AUDIT."))
	serve(s, http.MethodGet, "/people/{person}/access.csv", "person-access-csv", "What a person has access to, as CSV", s.personAccessCSV, described("That of others takes GOVERNANCE or AUDIT."+csvOthers), asCSV)
	serve(s, http.MethodGet, "/assets/{ref}/foreign", "foreign-access", "The access at and below an asset, a container or a connection that others gave on the platform, as it stands now", s.foreign,
		described("It is only reported. Takes GOVERNANCE or AUDIT, or to be a data steward or the owner of the asset."))
}

// csvOthers says where a file has what others gave.
const csvOthers = " Access that others gave on the platform stands at the end, with the state FOREIGN and who gave it; a line with the state NOTE says what is not listed."

// asCSV documents an answer as CSV.
func asCSV(op *huma.Operation) {
	op.Responses["200"] = &huma.Response{Description: "At most 10,000 lines, with a header; Link leads to the next ones",
		Content: map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}}
}

func (s *server) assetAccess(ctx context.Context, by request.Identity, in *struct {
	AssetNamed
	AsOf
	OnlyOf
	Paged
}) (*entitled, error) {
	return s.accessPage(ctx, by, in.Ref, s.AccessTo(by, in.Ref), grantwright.AccessQuery{At: in.At, Person: in.Of}, in.Paged)
}

func (s *server) personAccess(ctx context.Context, by request.Identity, in *struct {
	PersonNamed
	AsOf
	Paged
}) (*entitled, error) {
	return s.accessPage(ctx, by, "", s.AccessOf(by, in.Person), grantwright.AccessQuery{At: in.At}, in.Paged)
}

// ListEntitlement is a page of who has access to what. Clients go through it as through each List.
type ListEntitlement struct {
	route.List[grantwright.Entitlement]
	Others *OthersGave `json:"others,omitempty" doc:"On the first page: the access that others gave on the platform, which items does not have"`
}

// OthersGave counts access that others gave on a platform.
type OthersGave struct {
	Count int    `json:"count" doc:"How many accesses others gave at and below the asset; at least so many where more is true"`
	More  bool   `json:"more,omitempty"`
	Link  string `json:"link,omitempty" doc:"Where they are listed, by foreign-access; missing where they are not known"`
	Note  string `json:"note,omitempty" doc:"Why they are not counted: of a time before and by person alone they are not known, and some platforms cannot say"`
}

type entitled struct{ Body ListEntitlement }

// Next is the parameter that leads to the next page.
func (e *entitled) Next() (name, value string) { return "cursor", e.Body.List.Next }

// accessPage reads a page of access, and beside the first one counts what others gave at a place.
func (s *server) accessPage(ctx context.Context, by request.Identity, ref catalog.Ref, read site.Entitlements, q grantwright.AccessQuery, paged Paged) (*entitled, error) {
	after, err := site.ParseCursor(paged.Cursor)
	if err != nil {
		return nil, err
	}
	q.After, q.Limit = after, site.PageSize(paged.Limit)
	page, err := read(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &entitled{ListEntitlement{List: list(page.Entitlements, site.FormatCursor(page.Next)).Body}}
	if !after.Zero() {
		return out, nil
	}
	q.Limit = store.MaxPage
	others, err := s.Others(ctx, by, ref, q)
	if err != nil {
		return nil, err
	}
	out.Body.Others = &OthersGave{Count: len(others.All), More: others.Next != "", Note: others.Why}
	if others.Why == "" {
		out.Body.Others.Link = s.LinkBase(ctx) + site.APIRoot + "/assets/" + url.PathEscape(string(ref)) + "/foreign"
		if q.Person != "" {
			out.Body.Others.Link += "?person=" + url.QueryEscape(string(q.Person))
		}
	}
	return out, nil
}

// CSVPaged are the parameters of a route that lists as CSV.
type CSVPaged struct {
	Cursor string `query:"cursor" maxLength:"4000" doc:"From the Link of the part before; without it, the first part"`
}

// personOf is who an id names; me is whoever asks.
func personOf(by request.Identity, id request.PersonID) request.PersonID {
	if id == "me" {
		return by.Person()
	}
	return id
}

// csvAnswer is a part of a list as CSV.
type csvAnswer struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Link        string `header:"Link"`
	Body        []byte
}

func (s *server) assetAccessCSV(ctx context.Context, by request.Identity, in *struct {
	AssetNamed
	AsOf
	OnlyOf
	CSVPaged
}) (*csvAnswer, error) {
	return s.accessCSV(ctx, by, in.Ref, s.AccessTo(by, in.Ref), grantwright.AccessQuery{At: in.At, Person: in.Of}, in.CSVPaged)
}

func (s *server) personAccessCSV(ctx context.Context, by request.Identity, in *struct {
	PersonNamed
	AsOf
	CSVPaged
}) (*csvAnswer, error) {
	return s.accessCSV(ctx, by, "", s.AccessOf(by, in.Person), grantwright.AccessQuery{At: in.At}, in.CSVPaged)
}

// maxLines bounds how many entitlements one answer holds as CSV.
const maxLines = 10_000

func (s *server) accessCSV(ctx context.Context, by request.Identity, ref catalog.Ref, read site.Entitlements, q grantwright.AccessQuery, paged CSVPaged) (*csvAnswer, error) {
	after, err := site.ParseCursor(paged.Cursor)
	if err != nil {
		return nil, err
	}
	var all []grantwright.Entitlement
	q.After = after
	for pages := 0; pages == 0 || !q.After.Zero() && len(all)+store.MaxPage <= maxLines && pages < maxLines/store.MaxPage; pages++ {
		page, err := read(ctx, q)
		if err != nil {
			return nil, err
		}
		all, q.After = append(all, page.Entitlements...), page.Next
	}
	var others site.Others
	if q.After.Zero() { // the last part
		if others, err = s.Others(ctx, by, ref, q); err != nil {
			return nil, err
		}
	}
	return s.csvOf(ctx, "access.csv", sheet.Entitlements(all, others.All, others.Note()), q.After), nil
}

// csvOf is a part of a list as CSV, with a Link to the next part, which asks for the same.
func (s *server) csvOf(ctx context.Context, file string, lines []byte, next store.Position) *csvAnswer {
	out := &csvAnswer{ContentType: "text/csv; charset=utf-8; header=present", Disposition: `attachment; filename="` + file + `"`, Body: lines}
	if !next.Zero() {
		q := asked(ctx).URL.Query()
		q.Set("cursor", site.FormatCursor(next))
		out.Link = "<" + s.LinkBase(ctx) + asked(ctx).URL.EscapedPath() + "?" + q.Encode() + `>; rel="next"`
	}
	return out
}

func (s *server) foreign(ctx context.Context, by request.Identity, in *struct {
	AssetNamed
	OnlyOf
	Paged
}) (*listed[provision.Foreign], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	found, next, err := s.Engine.Access().Foreign(ctx, by, in.Ref, grantwright.AccessQuery{After: after, Limit: site.PageSize(in.Limit), Person: personOf(by, in.Of)})
	if err != nil {
		return nil, err
	}
	return list(found, site.FormatCursor(next)), nil
}
