//go:build unix

package tests

import (
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// workOn takes the lease of the grants on an asset, as another process does, until left is
// called.
func workOn(t testing.TB, s store.Store, ref catalog.Ref) (left func()) {
	t.Helper()
	id := journal.GrantTask(ref)
	hold := func(holder string, due time.Time) {
		t.Helper()
		enginetest.Until(t, "the lease is held", func() bool {
			read, err := store.Tasks.Get(t.Context(), s, id)
			must(t, err)
			if read.Value.Holder != "" && read.Value.Holder != "another" {
				return false
			}
			task := read.Value
			task.Holder, task.Due = holder, due
			var c store.Change
			store.Tasks.Update(&c, read, task)
			return c.Commit(t.Context(), s) == nil
		})
	}
	hold("another", time.Now().Add(time.Hour))
	return func() { hold("", time.Time{}) }
}

// Grants follow a change of the masks also where others work on them just then: on the
// asset itself, or on a container around it. Until they have, nothing says that the masks
// are in force.
func TestGrantsFollowTheMasksLater(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"public.orders", "public"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			var s store.Store
			p, e, mask := masked(t, func(c *grantwright.Config) { s = c.Store })
			view := p.masked(t, e, "public.orders", "the mask is in force", func(m request.AssetMasks) bool { return m.Show.Masks("email") }).Query
			eve := p.login(t, "eve")
			p.gets(t, e, eve, at)
			p.mustShow(t, eve, "coalesce(email, 'none')", view, "none")

			left := workOn(t, s, p.at(at))
			mask.How, mask.Last = catalog.MaskLast, 4
			mask, err := e.Governance().Masks.Save(t.Context(), gov, mask)
			must(t, err)
			behind := func() bool {
				must(t, e.Work(t.Context()))
				m, err := e.Masks().Of(t.Context(), gov, p.at("public.orders"))
				must(t, err)
				return m.Changes
			}
			for range 3 {
				if !behind() {
					t.Error("the masks are said to be in force, and the grants have not followed")
				}
			}
			left()
			enginetest.Until(t, "the grants have followed", func() bool { return !behind() })
			p.mustShow(t, eve, "email", view, "***")

			left = workOn(t, s, p.at(at))
			must(t, e.Governance().Masks.Delete(t.Context(), gov, mask.Name, mask.Version))
			for range 3 {
				must(t, e.Work(t.Context()))
			}
			p.mustShow(t, eve, "email", view, "***") // until she reads the table
			left()
			enginetest.Until(t, "eve reads the table itself", func() bool {
				must(t, e.Work(t.Context()))
				m, err := e.Masks().Of(t.Context(), gov, p.at("public.orders"))
				must(t, err)
				return m.Query == "" && !m.Changes
			})
			p.mustShow(t, eve, "email", "public.orders", "@")
		})
	}
}
