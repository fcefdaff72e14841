package api

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/conditional"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Named is a route about a definition.
type Named struct {
	Name string `path:"name" maxLength:"200"`
}

// AtVersion is a route about one version of it.
type AtVersion struct {
	Named
	Version int `path:"version" minimum:"1"`
}

// Deleting are the parameters of a route that deletes.
type Deleting struct {
	Named
	conditional.Seen
	Version int `query:"version" minimum:"1" doc:"The newest version that you have seen; or else If-Match"`
}

// seen is the version that somebody has seen who deletes.
func (d Deleting) seen() (int, error) {
	based, err := conditional.Change{IfMatch: d.IfMatch}.Based(d.Version)
	if err == nil && based <= 0 {
		err = &site.Problem{Status: http.StatusPreconditionRequired, Code: "VERSION", Detail: "Say which version you have seen: by If-Match, with the ETag of GET, or by version.",
			Errors: []site.Fault{{Parameter: "version", Detail: "is required, or else the header If-Match"}}}
	}
	return int(based), err
}

// listing lists the definitions of a kind by name.
func listing[N ~string, T any](d grantwright.Definitions[N, T], k manifest.Kind[T]) handler[Paged, listed[T]] {
	return func(ctx context.Context, by request.Identity, in *Paged) (*listed[T], error) {
		return byName(in, func(after string, limit int) ([]T, error) { return d.List(ctx, by, N(after), limit) },
			func(v T) string { name, _ := k.Named(v); return name })
	}
}

// newest shows a definition in its newest version.
func newest[N ~string, T any](d grantwright.Definitions[N, T], k manifest.Kind[T]) handler[Named, shown[T]] {
	return func(ctx context.Context, by request.Identity, in *Named) (*shown[T], error) {
		v, err := d.Newest(ctx, by, N(in.Name))
		if err == nil {
			tagOf(ctx, k, v)
		}
		return &shown[T]{v}, err
	}
}

// atVersion shows a definition in one of its versions.
func atVersion[N ~string, T any](d grantwright.Definitions[N, T]) handler[AtVersion, shown[T]] {
	return func(ctx context.Context, by request.Identity, in *AtVersion) (*shown[T], error) {
		v, err := d.At(ctx, by, N(in.Name), in.Version)
		return &shown[T]{v}, err
	}
}

// deleting deletes a definition.
func deleting[N ~string, T any](d grantwright.Definitions[N, T]) handler[Deleting, struct{}] {
	return func(ctx context.Context, by request.Identity, in *Deleting) (*struct{}, error) {
		version, err := in.seen()
		if err != nil {
			return nil, err
		}
		return nil, d.Delete(ctx, by, N(in.Name), version)
	}
}

// byName lists one page of definitions by name.
func byName[T any](in *Paged, read func(after string, limit int) ([]T, error), name func(T) string) (*listed[T], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	found, err := read(after.ID, limit)
	if err != nil {
		return nil, err
	}
	next := ""
	if len(found) == limit {
		next = site.FormatCursor(store.Position{ID: name(found[limit-1])})
	}
	return list(found, next), nil
}
