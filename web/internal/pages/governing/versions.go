package governing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/site"
)

// versionView is one version of a definition, and in what it differs from the one before.
type versionView struct {
	Word, Name string
	Version    int
	SavedBy    request.PersonID
	AgreedBy   request.PersonID
	Text       string // as YAML
	Changes    manifest.Differences
	All        []int // the versions around it, the newest first
	Newest     int   // 0 if it was deleted
}

// Newer is the version after it; 0 if there is none.
func (v versionView) Newer() int {
	if len(v.All) > 0 && v.All[0] > v.Version {
		return v.Version + 1
	}
	return 0
}

// Older is the version before it; 0 if there is none.
func (v versionView) Older() int { return v.Version - 1 }

// maxAfter bounds how many later versions of a definition are looked for.
const maxAfter = 20

// versioned is the page of the versions of one kind.
func versioned[N ~string, T any](s *room, of grantwright.Definitions[N, T], kind manifest.Kind[T], saved func(T) (by, agreed request.PersonID)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, by, name := r.Context(), site.VisitOf(r.Context()).By, N(r.PathValue("name"))
		page := versionView{Word: kind.Kind.Singular(), Name: string(name), Version: versionIn(r)}
		newest, err := of.Newest(ctx, by, name)
		if err == nil {
			_, page.Newest = kind.Named(newest)
		}
		if page.Version == 0 {
			page.Version = page.Newest
		}
		if err == nil && page.Version == 0 {
			err = fmt.Errorf("%w: it is built in, and has no versions", store.ErrNotFound)
		}
		if err != nil && (!errors.Is(err, store.ErrNotFound) || page.Version == 0) {
			s.Fail(w, r, err)
			return
		}
		v, err := of.At(ctx, by, name, page.Version)
		if err == nil {
			page.Text, page.Changes, err = differing(ctx, by, of, kind, name, v)
		}
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		page.SavedBy, page.AgreedBy = saved(v)
		page.All = beside(ctx, by, of, name, page.Version, page.Newest)
		s.show(w, r, http.StatusOK, "version", page)
	}
}

// differing is what a version differs in from the one before, and what it is as YAML.
func differing[N ~string, T any](ctx context.Context, by request.Identity, of grantwright.Definitions[N, T], kind manifest.Kind[T], name N, v T) (text string, all manifest.Differences, err error) {
	var is, was manifest.Definitions
	if err := kind.Put(&is, []T{v}); err != nil {
		return "", nil, err
	}
	var b bytes.Buffer
	if err := manifest.Export(&b, is); err != nil {
		return "", nil, err
	}
	_, version := kind.Named(v)
	if version > 1 {
		before, err := of.At(ctx, by, name, version-1)
		if err != nil {
			return "", nil, err
		}
		if err := kind.Put(&was, []T{before}); err != nil {
			return "", nil, err
		}
	}
	return b.String(), manifest.Diff(was, is), nil
}

// beside are the numbers of the versions around one, the newest first: of a definition that
// was deleted as far as there are any.
func beside[N ~string, T any](ctx context.Context, by request.Identity, of grantwright.Definitions[N, T], name N, version, newest int) (all []int) {
	last := newest
	if newest == 0 {
		last = version
		for ; last < version+maxAfter; last++ {
			if _, err := of.At(ctx, by, name, last+1); err != nil {
				break
			}
		}
	}
	for n := min(last, version+maxAfter); n > 0 && n > version-maxAfter; n-- {
		all = append(all, n)
	}
	return all
}

// versionPage shows a version of a definition of the kind in the address.
func (s *room) versionPage(w http.ResponseWriter, r *http.Request) {
	g := s.Engine.Governance()
	pages := map[string]http.HandlerFunc{
		"form":      versioned(s, g.Forms, manifest.Forms, func(f request.Form) (by, agreed request.PersonID) { return f.SavedBy, f.AgreedBy }),
		"flow":      versioned(s, g.Flows, manifest.Flows, func(f review.Flow) (by, agreed request.PersonID) { return f.SavedBy, f.AgreedBy }),
		"agreement": versioned(s, g.Agreements, manifest.Agreements, func(a request.Agreement) (by, agreed request.PersonID) { return a.SavedBy, a.AgreedBy }),
		"guardrail": versioned(s, g.Guardrails, manifest.Guardrails, func(r review.Guardrail) (by, agreed request.PersonID) { return r.SavedBy, "" }),
		"mask": versioned(s, g.Masks, manifest.Masks, func(m catalog.Mask) (by, agreed request.PersonID) {
			return request.PersonID(m.SavedBy), request.PersonID(m.AgreedBy)
		}),
		"classification": versioned(s, g.Classifications, manifest.Classifications, func(c catalog.Classification) (by, agreed request.PersonID) {
			return request.PersonID(c.SavedBy), request.PersonID(c.AgreedBy)
		}),
	}
	page := pages[r.PathValue("kind")]
	if page == nil {
		s.Fail(w, r, errNoKind(r))
		return
	}
	page(w, r)
}
