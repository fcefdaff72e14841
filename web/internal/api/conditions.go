package api

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/conditional"
	"github.com/grantwright/grantwright/web/internal/site"
)

// AsRead are the fields of a definition that GET returns and that nobody sets.
type AsRead struct {
	Name    string `json:"name,omitempty" maxLength:"512" doc:"As GET returns it: the name in the path"`
	Version int    `json:"version,omitempty" minimum:"0" doc:"As GET returns it: what it is based on. If nothing differs from that version, nothing is saved"`

	SavedBy  request.PersonID `json:"savedBy,omitempty" doc:"As GET returns it: not read"`
	AgreedBy request.PersonID `json:"agreedBy,omitempty" doc:"As GET returns it: not read"`
}

// change is what a route that saves a definition was sent, beside the definition.
type change struct {
	conditional.Change
	name  string // in the path
	read  AsRead
	based int
}

// save saves the next version of a definition, or returns the one that stands if the body is
// just that. of makes the definition of a version that it is based on.
func save[N ~string, T any](ctx context.Context, by request.Identity, d grantwright.Definitions[N, T], k manifest.Kind[T], c change, of func(based int) T) (T, error) {
	v := of(0)
	if c.read.Name != "" && c.read.Name != c.name {
		return v, site.Invalid(k.Kind.Singular(), "name", "must be that of the path")
	}
	based, err := c.Based(c.based, c.read.Version)
	if err == nil && based == conditional.AnyVersion {
		based, err = newestOf(ctx, by, d, k, N(c.name))
	}
	if err != nil {
		return v, err
	}
	v = of(int(max(based, 0)))
	if c.read.Version > 0 {
		if stands, is, err := d.Stands(ctx, by, v); err != nil || is {
			tagOf(ctx, k, stands)
			return stands, err
		}
	}
	saved, err := d.Save(ctx, by, v)
	if err == nil {
		tagOf(ctx, k, saved)
	}
	return saved, err
}

// newestOf is the version of a definition that there must be.
func newestOf[N ~string, T any](ctx context.Context, by request.Identity, d grantwright.Definitions[N, T], k manifest.Kind[T], name N) (int64, error) {
	newest, err := d.Newest(ctx, by, name)
	if err != nil && site.ProblemOf(err).Status == http.StatusNotFound {
		return 0, conditional.Stale("If-Match wants that it is there, and it is not.", 0)
	}
	_, version := k.Named(newest)
	return int64(version), err
}

func tagOf[T any](ctx context.Context, k manifest.Kind[T], v T) {
	_, version := k.Named(v)
	tag(ctx, version)
}
