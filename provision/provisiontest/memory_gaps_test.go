package provisiontest

import (
	"slices"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

const (
	hidesGaps     flaw = "calls what does not work no gap"
	failsOnGaps   flaw = "fails a container for one part of it"
	keepsGaps     flaw = "calls a gap what was mended"
	nothingWorks  flaw = "gives a container of which nothing works"
	showsReplaced flaw = "shows a view that masks whatever it shows"
	hidesReplaced flaw = "says nothing of what a view that masks shows"
)

var gapFlaws = []flaw{hidesGaps, failsOnGaps, keepsGaps, nothingWorks, showsReplaced, hidesReplaced}

// gap makes an asset that nobody can read, with a function that mends it.
func (m *memory) gap(t testing.TB, container catalog.Asset) (catalog.Asset, func()) {
	a := m.inside(t, container)
	m.change(func() { m.useless[a.Ref] = true })
	return a, func() { m.change(func() { m.useless[a.Ref] = false }) }
}

// gaps are those of what a Standing covers.
func (d *door) gaps(w provision.Standing) (provision.Gaps, error) {
	var found []provision.Gap
	for _, a := range w.Below {
		useless, made := d.useless[a.Ref]
		if useless || made && d.flaw == keepsGaps {
			found = append(found, provision.Gap{Part: string(a.Ref), Reason: "nobody can read it"})
		}
	}
	if len(found) > 0 && (len(found) == len(w.Below) && d.flaw != nothingWorks || d.flaw == failsOnGaps) {
		return provision.Gaps{}, &provision.LackingError{Principal: w.Principal.Name, Lacks: []string{"all"}}
	}
	if d.flaw == hidesGaps {
		found = nil
	}
	return provision.GapsOf(found, 0), nil
}

// maskedBy masks an asset by a view, with a function by which the view shows all.
func (m *memory) maskedBy(t testing.TB) (provision.Masking, func()) {
	a := m.asset(t)
	view, redefine := m.view(t)
	return provision.Masking{Asset: a, Show: catalog.Masking{View: view.Ref}}, func() {
		redefine()
		m.change(func() {
			now := m.masked.shown[a.Ref]
			now.clear = true
			m.masked.shown[a.Ref] = now
		})
	}
}

// maskByView shows an asset by a view of governance's.
func (d *door) maskByView(w provision.Masking) provision.Masked {
	masked := provision.Masked{Name: "masked:" + d.objects[w.Asset.Ref], Definition: d.shows[w.Show.View], Err: d.redefined(w)}
	if d.flaw == hidesReplaced {
		masked.Definition = ""
	}
	if masked.Err == nil {
		d.masked.shown[w.Asset.Ref] = shown{object: d.objects[w.Asset.Ref], show: w.Show, clear: d.masked.shown[w.Asset.Ref].clear}
	}
	return masked
}

func (d *door) redefined(w provision.Masking) error {
	if w.Show.View == "" || w.Pinned == "" || w.Pinned == d.shows[w.Show.View] || d.flaw == showsReplaced {
		return nil
	}
	return provision.ErrRedefined
}

// hideReplaced takes from a person a view that was replaced, and says so.
func (d *door) hideReplaced(w provision.Standing) error {
	m, is := w.MaskingOf(w.Asset.Ref)
	if !is || d.redefined(m) == nil {
		return nil
	}
	for _, e := range slices.Clone(privilegesOf(d.memory, w)) {
		if e.object == "masked:"+w.Asset.ID {
			delete(d.granted, e)
		}
	}
	return d.redefined(m)
}
