package api

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
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
	const rights = "Takes GOVERNANCE or AUDIT, or to be a data steward or the owner of the asset. Access that others gave on the platform is not listed: foreign-access does."
	serve(s, http.MethodGet, "/assets/{ref}/access", "asset-access", "Who has access to an asset, or had at a time, also through its containers", s.assetAccess, described(rights))
	serve(s, http.MethodGet, "/assets/{ref}/access.csv", "asset-access-csv", "Who has access to an asset, as CSV", s.assetAccessCSV, described(rights), asCSV)
	serve(s, http.MethodGet, "/people/{person}/access", "person-access", "What somebody has access to, or had at a time, also through their groups", s.personAccess, described("That of others takes GOVERNANCE or AUDIT."))
	serve(s, http.MethodGet, "/people/{person}/access.csv", "person-access-csv", "What a person has access to, as CSV", s.personAccessCSV, described("That of others takes GOVERNANCE or AUDIT."), asCSV)
}

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
}) (*listed[grantwright.Entitlement], error) {
	return accessPage(ctx, s.AccessTo(by, in.Ref), grantwright.AccessQuery{At: in.At, Person: in.Of}, in.Paged)
}

func (s *server) personAccess(ctx context.Context, by request.Identity, in *struct {
	PersonNamed
	AsOf
	Paged
}) (*listed[grantwright.Entitlement], error) {
	return accessPage(ctx, s.AccessOf(by, in.Person), grantwright.AccessQuery{At: in.At}, in.Paged)
}

func accessPage(ctx context.Context, read site.Entitlements, q grantwright.AccessQuery, paged Paged) (*listed[grantwright.Entitlement], error) {
	after, err := site.ParseCursor(paged.Cursor)
	if err != nil {
		return nil, err
	}
	q.After, q.Limit = after, site.PageSize(paged.Limit)
	page, err := read(ctx, q)
	if err != nil {
		return nil, err
	}
	return list(page.Entitlements, site.FormatCursor(page.Next)), nil
}

// CSVPaged are the parameters of a route that lists as CSV.
type CSVPaged struct {
	Cursor string `query:"cursor" maxLength:"4000" doc:"From the Link of the part before; without it, the first part"`
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
	return s.accessCSV(ctx, s.AccessTo(by, in.Ref), grantwright.AccessQuery{At: in.At, Person: in.Of}, in.CSVPaged)
}

func (s *server) personAccessCSV(ctx context.Context, by request.Identity, in *struct {
	PersonNamed
	AsOf
	CSVPaged
}) (*csvAnswer, error) {
	return s.accessCSV(ctx, s.AccessOf(by, in.Person), grantwright.AccessQuery{At: in.At}, in.CSVPaged)
}

// maxLines bounds how many entitlements one answer holds as CSV.
const maxLines = 10_000

// accessLines writes entitlements as CSV.
func accessLines(all []grantwright.Entitlement) []byte {
	var b bytes.Buffer
	lines := sheet.New(&b, sheet.Access)
	for _, e := range all {
		lines.Entitlement(e)
	}
	_ = lines.Flush() // into memory: it cannot fail
	return b.Bytes()
}

func (s *server) accessCSV(ctx context.Context, read site.Entitlements, q grantwright.AccessQuery, paged CSVPaged) (*csvAnswer, error) {
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
	out := &csvAnswer{ContentType: "text/csv; charset=utf-8; header=present", Disposition: `attachment; filename="access.csv"`, Body: accessLines(all)}
	if !q.After.Zero() {
		next := url.Values{"cursor": {site.FormatCursor(q.After)}}
		if !q.At.IsZero() {
			next.Set("at", q.At.Format(time.RFC3339Nano))
		}
		if q.Person != "" {
			next.Set("person", string(q.Person))
		}
		out.Link = "<" + s.LinkBase(ctx) + asked(ctx).URL.EscapedPath() + "?" + next.Encode() + `>; rel="next"`
	}
	return out, nil
}
