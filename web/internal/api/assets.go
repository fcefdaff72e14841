package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Entry is where a link leads: an asset and the form by which it is asked for.
type Entry struct {
	Asset catalog.Asset `json:"asset"`
	Type  request.Type  `json:"type"`
	Form  request.Form  `json:"form"`

	Agreements []request.Agreement `json:"agreements" nullable:"false" doc:"What must be accepted to submit the form"`
	Masks      request.AssetMasks  `json:"masks" doc:"How the asset is shown to those who may not see it clear, and what to query"`

	InheritedFrom Origins `json:"inheritedFrom" doc:"The containers that the form and the flow come from"`
}

// Origins are the containers from which an asset inherits its form and its flow. One
// that is set at the asset itself, or built in, is missing.
type Origins struct {
	Form catalog.Ref `json:"form,omitempty"`
	Flow catalog.Ref `json:"flow,omitempty"`
}

func entryOf(e request.Entry) *shown[Entry] {
	origins := Origins{site.InheritedFrom(e.From.FormFrom, e.Asset.Ref), site.InheritedFrom(e.From.FlowFrom, e.Asset.Ref)}
	return &shown[Entry]{Entry{e.Asset, e.Type, e.Form, append([]request.Agreement{}, e.Agreements...), e.Masks, origins}}
}

// AssetNamed is a route about one asset.
type AssetNamed struct {
	Ref catalog.Ref `path:"ref" maxLength:"512" doc:"The reference of the asset, escaped as one segment of a path" example:"warehouse:sales.public.orders"`
}

func (s *server) routePeople() {
	serve(s, http.MethodDelete, "/people/{person}", "forget-person", "Delete somebody who has left", s.forget, answering(http.StatusNoContent),
		described("Takes ADMIN. They are not found until they are seen again. What the log and the requests say of them stays; it ends no access: see disable-person."))
}

func (s *server) forget(ctx context.Context, by request.Identity, in *struct {
	Person request.PersonID `path:"person" maxLength:"512"`
}) (*struct{}, error) {
	return nil, s.Engine.People().Forget(ctx, by, in.Person)
}

func (s *server) routeAssets() {
	serve(s, http.MethodGet, "/assets", "search-assets", "Search the assets, or list what lies below one", s.assets, described("For everybody. What the platform says of an asset, its columns included, is part of it."))
	serve(s, http.MethodGet, "/assets/{ref}", "asset", "One asset", s.asset, described("For everybody."))
	serve(s, http.MethodGet, "/assets/{ref}/form", "asset-form", "The form by which an asset is asked for", s.form, described("For everybody: with the agreements that have to be accepted, and how the asset is shown to those who may not see it clear."))
	serve(s, http.MethodGet, "/assets/{ref}/outlook", "asset-outlook", "What you can know of an asset before you ask for it", s.outlook,
		described("For everybody, about themselves: who would decide, how long that usually takes, what would keep you out, and what you have there or have asked for already."))
	serve(s, http.MethodGet, "/assets/{ref}/grants", "asset-grants", "The grants on an asset, the oldest first", s.assetGrants, described("Takes GOVERNANCE or AUDIT."))
	serve(s, http.MethodGet, "/resolve", "resolve", "Find the asset that a request link leads to, and its form", s.resolve,
		described("Takes the parameters of a request link. Where the name fits several assets the answer is 409, and lists them in candidates."),
		func(op *huma.Operation) { op.SkipValidateParams = true }) // catalogs append parameters of their own
}

func (s *server) assets(ctx context.Context, by request.Identity, in *struct {
	Paged
	Text  string       `query:"text" maxLength:"512" doc:"Only assets with words that begin with each of these, in their name, comment or tags"`
	Tag   string       `query:"tag" maxLength:"4000" doc:"Only assets with just this tag"`
	Owner string       `query:"owner" maxLength:"512" doc:"Only assets with just this owner on the platform"`
	In    catalog.Ref  `query:"in" maxLength:"512" doc:"Only what lies directly in this container or connection: one level of the tree" example:"warehouse:sales"`
	Kind  catalog.Kind `query:"kind" enum:"DATABASE,SCHEMA,TABLE,PARTITIONED_TABLE,VIEW,MATERIALIZED_VIEW,FOREIGN_TABLE"`
	Below catalog.Ref  `query:"below" maxLength:"512" doc:"Only what lies below this asset or connection" example:"warehouse:sales"`
	Gone  bool         `query:"gone" doc:"Also what the platform no longer holds"`
}) (*listed[catalog.Asset], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	found, err := s.Engine.Assets().Search(ctx, by, catalog.Query{
		Below: in.Below, In: in.In, Kind: in.Kind, Text: in.Text, Tag: in.Tag, Owner: in.Owner, Gone: in.Gone, After: catalog.Ref(after.ID), Limit: limit})
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) == limit {
		next = site.FormatCursor(store.Position{ID: string(found[limit-1].Ref)})
	}
	return list(found, next), nil
}

func (s *server) asset(ctx context.Context, by request.Identity, in *AssetNamed) (*shown[catalog.Asset], error) {
	entry, err := s.Engine.Assets().Entry(ctx, by, in.Ref, request.DataAccess)
	return &shown[catalog.Asset]{Body: entry.Asset}, err
}

func (s *server) form(ctx context.Context, by request.Identity, in *struct {
	AssetNamed
	Type request.Type `query:"type" enum:"DATA_ACCESS,MASKING_EXCEPTION" default:"DATA_ACCESS"`
}) (*shown[Entry], error) {
	entry, err := s.Engine.Assets().Entry(ctx, by, in.Ref, in.Type)
	return entryOf(entry), err
}

func (s *server) assetGrants(ctx context.Context, by request.Identity, in *struct {
	AssetNamed
	Paged
}) (*listed[provision.Grant], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	found, next, err := s.Engine.Grants().On(ctx, by, in.Ref, after, limit)
	if err != nil {
		return nil, err
	}
	return list(found, nextIfFull(len(found), limit, next)), nil
}

// linkQuery is the query of a request link, as it came.
type linkQuery struct {
	FullyQualifiedName string `query:"fullyQualifiedName" required:"true" example:"sales.public.orders"`
	Technology         string `query:"technology" doc:"Required with a host" example:"postgres"`
	Host               string `query:"host" doc:"The host that catalogs know, or the name of the connection" example:"warehouse"`
	RequestType        string `query:"requestType" enum:"data-access,masking-exception" default:"data-access"`

	asked url.Values
}

// Resolve passes the whole query on: package catalog reads it.
func (l *linkQuery) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	l.asked = u.Query()
	return nil
}

func (s *server) resolve(ctx context.Context, by request.Identity, in *linkQuery) (*shown[Entry], error) {
	link, err := catalog.ParseLink(in.asked)
	if err != nil {
		return nil, err
	}
	entry, err := s.Engine.Resolve(ctx, by, link)
	return entryOf(entry), err
}
