package api

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
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

// Saved is the answer to a definition that was saved.
type Saved struct {
	Name     string           `json:"name"`
	Version  int              `json:"version"`
	Warnings []review.Warning `json:"warnings" nullable:"false" doc:"What is dangerous in it, or most likely not meant: a place where nothing is, a column that nothing has, stewards of whom there are none"`
}

// savedOf answers with the name and the version of what was saved.
func savedOf[T any](k manifest.Kind[T], v T, warnings []review.Warning, err error) (*shown[Saved], error) {
	name, version := k.Named(v)
	return &shown[Saved]{Saved{name, version, warnings}}, err
}

// save saves the next version of a definition, or returns the one that stands if the body is
// just that, with what is most likely not meant in it. of makes the definition of a version
// that it is based on.
func save[N ~string, T any](ctx context.Context, s *server, by request.Identity, d grantwright.Definitions[N, T], k manifest.Kind[T], c change, of func(based int) T) (T, []review.Warning, error) {
	v, err := saved(ctx, by, d, k, c, of)
	if err != nil {
		return v, nil, err
	}
	return v, warningsOf(ctx, s, by, d, v), nil
}

// warningsOf are the warnings about a definition that stands. Where they cannot be found, one
// says so: it is saved nevertheless.
func warningsOf[N ~string, T any](ctx context.Context, s *server, by request.Identity, d grantwright.Definitions[N, T], v T) []review.Warning {
	found, err := d.Lint(ctx, by, v)
	if err != nil {
		s.Log.Warn("it is not known whether a definition is likely meant", "error", err)
		found = []review.Warning{{Code: review.NotLooked, Text: "it could not be found out whether anything in this is most likely not meant"}}
	}
	return append([]review.Warning{}, found...)
}

func saved[N ~string, T any](ctx context.Context, by request.Identity, d grantwright.Definitions[N, T], k manifest.Kind[T], c change, of func(based int) T) (T, error) {
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
	next, err := d.Save(ctx, by, v)
	if err == nil {
		tagOf(ctx, k, next)
	}
	return next, err
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
