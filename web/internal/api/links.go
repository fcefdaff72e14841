package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/once"
	"github.com/grantwright/grantwright/web/internal/route"
	"github.com/grantwright/grantwright/web/internal/sheet"
	"github.com/grantwright/grantwright/web/internal/site"
)

// LinkBody is the query of a request link that leads to nothing.
type LinkBody struct {
	FullyQualifiedName string `json:"fullyQualifiedName" example:"sales.public.refunds"`
	Technology         string `json:"technology,omitempty"`
	Host               string `json:"host,omitempty"`
	RequestType        string `json:"requestType,omitempty" enum:"data-access,masking-exception"`
}

// DismissalBody dismisses a wanted asset, with a reason.
type DismissalBody struct {
	Reason string `json:"reason,omitempty"`
}

func (s *server) routeLinks() {
	serve(s, http.MethodGet, "/assets/{ref}/links", "asset-links", "The request links of an asset, for a data catalog", s.assetLinks, described("For everybody."))
	serve(s, http.MethodGet, "/connections/{name}/links", "connection-links", "The request links of everything on a connection, as CSV or as JSON lines", s.connectionLinks,
		described("Takes ADMIN, GOVERNANCE or AUDIT. The answer is a stream: one that breaks off is not whole."), s.streaming)
	serve(s, http.MethodPost, "/connections/{name}/links/publish", "publish-links", "Write the request links of everything on a connection into a data catalog", s.publishLinks,
		described("Takes ADMIN. The operator of the server says which catalogs there are. Answers when it is done, after ten minutes at most. What was written before is replaced, so that it may be called again at any time. Where some links could not be written, failed counts them, and the log of the server says why."), once.Reads)
	serve(s, http.MethodPost, "/wanted", "report-wanted", "Tell governance that a request link leads to nothing", s.report, answering(http.StatusCreated),
		described("Nobody can approve it. When the asset appears you are told. The same again gives the first report."))
	serve(s, http.MethodGet, "/wanted", "list-wanted", "List what people have looked for in vain, the oldest first", s.wanted, described("Takes GOVERNANCE, ADMIN or AUDIT."))
	serve(s, http.MethodPost, "/wanted/{id}/dismiss", "dismiss-wanted", "Say that a wanted asset will not be there", s.dismiss, described("Takes GOVERNANCE or ADMIN. Whoever reported it is told."))
}

func (s *server) assetLinks(ctx context.Context, by request.Identity, in *AssetNamed) (*shown[catalog.AssetLinks], error) {
	entry, err := s.Engine.Assets().Entry(ctx, by, in.Ref, request.DataAccess)
	if err != nil {
		return nil, err
	}
	return &shown[catalog.AssetLinks]{catalog.LinksTo(entry.Asset, s.LinkBase(ctx))}, nil
}

// streaming describes an answer that is no JSON document.
func (s *server) streaming(op *huma.Operation) {
	text := &huma.Schema{Type: huma.TypeString}
	lines := &huma.Schema{Type: huma.TypeArray, Items: s.API.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[catalog.AssetLinks](), true, ""), Description: "A JSON text in each line, without a comma between two"}
	op.Responses["200"] = &huma.Response{Description: "A line for each asset, in the order of their references",
		Content: map[string]*huma.MediaType{"text/csv": {Schema: text}, "application/jsonl": {Schema: lines}}}
}

// lineTimeout bounds the time in which a client takes one page of a stream.
const lineTimeout = 30 * time.Second

func (s *server) connectionLinks(ctx context.Context, by request.Identity, in *struct {
	ConnectionNamed
	Format string `query:"format" enum:"csv,jsonl" default:"csv"`
}) (*huma.StreamResponse, error) {
	links := s.Engine.Connections().Links(ctx, by, in.Name, s.LinkBase(ctx))
	for _, err := range links { // refuses before anything is sent
		if err != nil {
			return nil, err
		}
		break
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		write, flush := sheet.Links(c.BodyWriter())
		c.SetHeader("Content-Type", "text/csv; charset=utf-8")
		if in.Format == "jsonl" {
			write, flush = sheet.LinesOfLinks(c.BodyWriter())
			c.SetHeader("Content-Type", "application/jsonl")
		}
		_, w := humago.Unwrap(c)
		n := 0
		for one, err := range links {
			if n%catalog.MaxPage == 0 {
				err = errors.Join(err, sheet.MoreTime(w, lineTimeout))
			}
			if err == nil {
				err = write(one)
			}
			if err != nil {
				s.Log.Error("a stream of links broke off", "connection", in.Name, "after", n, "error", err)
				panic(http.ErrAbortHandler) // so that the client sees that it is not whole
			}
			n++
		}
		flush()
	}}, nil
}

func (s *server) report(ctx context.Context, by request.Identity, in *struct{ Body LinkBody }) (*shown[request.Wanted], error) {
	link, err := catalog.ParseLink(map[string][]string{"fullyQualifiedName": {in.Body.FullyQualifiedName}, "technology": {in.Body.Technology},
		"host": {in.Body.Host}, "requestType": {in.Body.RequestType}})
	if err != nil {
		return nil, err
	}
	w, err := s.Engine.Assets().Report(ctx, by, link)
	return &shown[request.Wanted]{w}, err
}

func (s *server) wanted(ctx context.Context, by request.Identity, in *struct {
	Paged
	Status request.WantedStatus `query:"status" enum:"WANTED,APPEARED,DISMISSED" default:"WANTED"`
}) (*listed[request.Wanted], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	found, next, err := s.Engine.Governance().Wanted(ctx, by, in.Status, after, limit)
	if err != nil {
		return nil, err
	}
	return list(found, nextIfFull(len(found), limit, next)), nil
}

func (s *server) dismiss(ctx context.Context, by request.Identity, in *struct {
	ID   request.WantedID `path:"id" maxLength:"255"`
	Body DismissalBody
}) (*shown[request.Wanted], error) {
	w, err := s.Engine.Governance().Dismiss(ctx, by, in.ID, in.Body.Reason)
	return &shown[request.Wanted]{w}, err
}

// PublishBody says into which catalog links are written.
type PublishBody struct {
	Catalog string `json:"catalog,omitempty" maxLength:"40" doc:"One of the catalogs of the server, by name; where there is one alone, it may be missing"`
}

// PublishedLinks counts the assets whose links were written.
type PublishedLinks struct {
	Catalog string `json:"catalog"`
	Written int    `json:"written" doc:"How many assets have their links there now"`
	Failed  int    `json:"failed" doc:"How many have not; calling it again tries them anew"`
}

// publishTime bounds the writing of all links.
const publishTime = 10 * time.Minute

func (s *server) publishLinks(ctx context.Context, by request.Identity, in *struct {
	ConnectionNamed
	Body PublishBody
}) (*shown[PublishedLinks], error) {
	name, into, err := s.catalog(in.Body.Catalog)
	if err != nil && by.Has(request.Admin) {
		return nil, err
	}
	route.Lasting(ctx, publishTime+lineTimeout)
	ctx, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	p, err := s.Engine.Connections().PublishLinks(ctx, by, in.Name, s.URL, into)
	if err != nil && !p.Whole {
		return nil, err
	}
	if err != nil { // it is of a catalog's, and may hold what is not to be shown
		s.Log.Warn("links were not written into a catalog", "catalog", name, "connection", in.Name, "written", p.Written, "failed", p.Failed, "error", err)
	}
	return &shown[PublishedLinks]{PublishedLinks{name, p.Written, p.Failed}}, nil
}

// catalog is one of the server's.
func (s *server) catalog(name string) (string, catalog.Linker, error) {
	names := slices.Sorted(maps.Keys(s.Catalogs))
	if name == "" && len(names) == 1 {
		name = names[0]
	}
	into := s.Catalogs[name]
	switch {
	case len(names) == 0:
		return "", nil, fmt.Errorf("%w: no data catalog is configured at this server", store.ErrState)
	case into == nil:
		return "", nil, site.Invalid("query", "catalog", "must be one of "+strings.Join(names, ", "))
	}
	return name, into, nil
}
