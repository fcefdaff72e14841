package provisiontest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// maskedMemory is what shows assets masked. Each asset has one column that is worth a mask.
type maskedMemory struct {
	column map[catalog.Ref]string // as it is called; note where nothing is said
	shown  map[catalog.Ref]shown
	clear  map[string]bool // by person and object: who sees it clear
}

// shown is one asset as it is shown.
type shown struct {
	object string // whose rows they are
	show   catalog.Masking
	clear  bool // the column is shown as it is
}

func newMaskedMemory() maskedMemory {
	return maskedMemory{column: map[catalog.Ref]string{}, shown: map[catalog.Ref]shown{}, clear: map[string]bool{}}
}

func (m *memory) masking(a catalog.Asset) provision.Masking {
	return provision.Masking{Asset: a, Show: maskOf("note", []catalog.Column{{Name: "id"}})}
}

func (m *memory) rename(_ testing.TB, a catalog.Asset) string {
	const next = "memo"
	m.change(func() { m.masked.column[a.Ref] = next })
	return next
}

// unshowable makes an asset and masks it by a constant, which no column of the memory takes.
func (m *memory) unshowable(t testing.TB) provision.Masking {
	masking := m.masking(m.asset(t))
	masking.Show.Columns[0].Mask.How = catalog.MaskConstant
	return masking
}

func (m *memory) secret(ref catalog.Ref) string {
	if name := m.masked.column[ref]; name != "" {
		return name
	}
	return "note"
}

// Mask shows the assets as their masks say. A column that is neither masked nor clear is
// left out.
func (d *door) Mask(_ context.Context, want []provision.Masking) []provision.Masked {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]provision.Masked, len(want))
	for i, w := range want {
		all[i] = d.mask(w)
	}
	return all
}

func (d *door) mask(w provision.Masking) provision.Masked {
	if w.Show.View != "" {
		return d.maskByView(w)
	}
	ref, was := w.Asset.Ref, d.masked.shown[w.Asset.Ref]
	masked := provision.Masked{Name: "masked:" + d.objects[ref], Ran: []provision.Statement{provision.Statement(d.quoted("show", w.Show.Columns[0].Name, namesRawMasks))}}
	if w.Show.Columns[0].Mask.How == catalog.MaskConstant && d.flaw != neverTries {
		return provision.Masked{Err: errors.New("it is no value of the column")}
	}
	if d.flaw == masksOnce && was.object != "" {
		masked.Name = "masked:" + was.object
		return masked
	}
	if d.flaw == shownAnew && was.object != "" {
		masked.Name += " again"
	}
	now := shown{object: d.objects[ref], show: w.Show}
	now.clear = d.clearNow(ref, w.Show)
	d.masked.shown[ref] = now
	return masked
}

// clearNow reports whether masks show the column of an asset as it is.
func (m *memory) clearNow(ref catalog.Ref, show catalog.Masking) bool {
	name := m.secret(ref)
	masks := slices.ContainsFunc(show.Columns, func(c catalog.MaskedColumn) bool { return c.Name == name })
	switch m.flaw {
	case showsClear:
		return true
	case showsUnknown:
		return !masks
	}
	return slices.Contains(show.Clear, name)
}

// unmasked says why an asset that is masked cannot be given.
func (d *door) unmasked(w provision.Standing) error {
	_, is := w.MaskingOf(w.Asset.Ref)
	now, stands := d.masked.shown[w.Asset.Ref]
	if !is || len(w.Want) == 0 || stands && now.object == d.objects[w.Asset.Ref] || d.flaw == givesUnmasked || d.flaw == masksOnce {
		return nil
	}
	return provision.ErrUnmasked
}

// underMasks puts what shows an asset masked in its place.
func (d *door) underMasks(w provision.Standing) (provision.Standing, string) {
	now, stands := d.masked.shown[w.Asset.Ref]
	if len(w.Masked) == 0 || !stands {
		return w, ""
	}
	isClear := func(a provision.Access) bool { return len(a.Unmasked) > 0 }
	for who := range d.masked.clear {
		if d.flaw != clearForAll && d.flaw != staysClear && who == w.Principal.Name+" "+now.object {
			delete(d.masked.clear, who)
		}
	}
	if slices.ContainsFunc(w.Want, isClear) {
		d.masked.clear[w.Principal.Name+" "+now.object] = true
	}
	w.Want, w.Given = slices.DeleteFunc(slices.Clone(w.Want), isClear), nil
	if now.object == w.Asset.ID { // else what shows another object now is given, or the asset itself
		w.Asset.ID = "masked:" + now.object
	}
	return w, "masked:" + now.object
}

// sees reads the column of what is queried.
func (m *memory) sees(_ context.Context, who request.Principal, query string) (reads, isClear bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for e := range m.granted {
		reads = reads || e.who == who.Name && e.object == query
	}
	object := strings.TrimPrefix(query, "masked:")
	for ref, now := range m.masked.shown {
		if now.object != object || !reads {
			continue
		}
		byName := m.flaw == followsNames && !slices.ContainsFunc(now.show.Columns, func(c catalog.MaskedColumn) bool { return c.Name == m.secret(ref) })
		isClear = now.clear || byName || m.masked.clear[who.Name+" "+object] || m.flaw == clearForAll && len(m.masked.clear) > 0
	}
	return reads, isClear, nil
}
