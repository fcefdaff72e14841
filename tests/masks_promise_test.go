//go:build unix

package tests

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// A column that is masked stays hidden under another name: on the platform, for those who
// have access and those who ask for it, until governance says otherwise. Governance is
// told, once.
func TestAMaskStaysWithItsColumn(t *testing.T) {
	t.Parallel()
	p, e, _ := masked(t)
	eve, frank := p.login(t, "eve"), p.login(t, "frank")
	view := p.inForce(t, e, func(m request.AssetMasks) bool { return m.Query != "" }).Query
	p.access(t, e, eve)
	superuser(t, p.Database, "alter table public.orders rename column email to address")
	sync := func() {
		t.Helper()
		_, err := e.Sync(t.Context(), admin, "warehouse")
		must(t, err)
		must(t, e.Work(t.Context()))
	}
	sync()
	p.inForce(t, e, func(m request.AssetMasks) bool { return slices.Contains(m.Out, "address") })
	if g := p.access(t, e, frank); g.State != provision.Active || g.Query != view {
		t.Errorf("who asks now is given %s, %q: %s", g.State, g.Query, g.Error)
	}
	for _, who := range []request.Identity{eve, frank} {
		p.mustShow(t, who, "id", view, "1")
		p.mustShow(t, who, "address", view, "does not exist")
		p.mustShow(t, who, "address", "public.orders", "permission denied")
	}
	sync()
	told, _, err := e.Inbox().Notices(t.Context(), gov, false, store.Position{}, store.MaxPage)
	must(t, err)
	if told = slices.DeleteFunc(told, func(n notify.Notice) bool { return n.Topic != notify.Topic(event.MaskLost.Name()) }); len(told) != 1 {
		t.Errorf("governance is told %+v, want once that the mask matches nothing", told)
	}
	_, err = e.Governance().Classifications.Save(t.Context(), gov, catalog.Classification{At: p.orders(), Columns: []catalog.ClassifiedColumn{{Name: "address"}}})
	must(t, err)
	p.inForce(t, e, func(m request.AssetMasks) bool {
		return m.Query == "" && p.shows(t, frank, "address", "public.orders") == "1@example.com"
	})
}

// Two columns that exchange their names show nothing more than before.
func TestAMaskStaysWithItsColumnWhenNamesAreSwapped(t *testing.T) {
	t.Parallel()
	p, e, _ := masked(t)
	eve := p.login(t, "eve")
	view := p.inForce(t, e, func(m request.AssetMasks) bool { return m.Query != "" }).Query
	p.access(t, e, eve)
	superuser(t, p.Database, "alter table public.orders rename column email to x; alter table public.orders rename column id to email; alter table public.orders rename column x to id")
	_, err := e.Sync(t.Context(), admin, "warehouse")
	must(t, err)
	must(t, e.Work(t.Context()))
	p.inForce(t, e, func(m request.AssetMasks) bool { return slices.Contains(m.Out, "id") })
	p.mustShow(t, eve, "coalesce(email::text, 'null')", view, "null")
	p.mustShow(t, eve, "id", view, "does not exist")
	p.mustShow(t, eve, "id", "public.orders", "permission denied")
}

// Masks that are saved while a look is under way are in force after it: the answer to what
// was asked before them says nothing of them.
func TestMasksSavedDuringALook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked, answer := make(chan struct{}), make(chan struct{})
	var slow atomic.Bool
	w.platform.Masking = func() {
		if slow.CompareAndSwap(true, false) {
			close(asked)
			<-answer
		}
	}
	save := func(version int, how catalog.MaskHow) catalog.Mask {
		t.Helper()
		m, err := w.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "pii", Version: version, At: orders, Columns: []string{"email"}, How: how})
		must(t, err)
		return m
	}
	inForce := func(what string, fits func(request.AssetMasks) bool) {
		t.Helper()
		enginetest.Until(t, what, func() bool {
			m, err := w.Masks().Of(t.Context(), gov, orders)
			must(t, err)
			return fits(m)
		})
	}
	m := save(0, catalog.MaskNull)
	inForce("masked", func(m request.AssetMasks) bool { return m.Query != "" })
	req := w.approved(t, eve, "30 DAYS")

	// Meanwhile the mask is deleted; the platform is slow to answer, and the mask comes back.
	slow.Store(true)
	must(t, w.Governance().Masks.Delete(t.Context(), gov, m.Name, m.Version))
	<-asked
	save(0, catalog.MaskHash)
	close(answer)
	inForce("masked again", func(m request.AssetMasks) bool { return m.Query != "" && !m.Changes })
	w.work(t)
	if g := w.settle(t, req); g.State != provision.Active || g.Query == "" {
		t.Errorf("the grant is %s, to query %q: %s", g.State, g.Query, g.Error)
	}
}
