package rulebook

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// reaching judges what is read through assets of one connection: where others decide about
// it, and where it would be shown clear although it is masked.
type reaching struct {
	rules    *Rulebook
	deciding []catalog.Ref // where a form, a flow or a guardrail is set
	book     MaskBook
	masked   map[catalog.Ref]Masking       // of what was loaded, that is masked
	known    map[catalog.Ref]catalog.Asset // the same, as far as what it was and what it looks like
	looked   map[catalog.Ref]bool          // of what may be held back: governance has looked at it under its name

	rulings map[catalog.Ref]*rulings      // by the container
	unasked map[catalog.Ref][]catalog.Ref // by what came to a container: about which a rule would have asked people
}

// reaching reads the places of a connection at which somebody decides, and its masks.
func (r *Rulebook) reaching(ctx context.Context, connection string) (*reaching, error) {
	g := &reaching{rules: r, masked: map[catalog.Ref]Masking{}, known: map[catalog.Ref]catalog.Asset{}, looked: map[catalog.Ref]bool{},
		rulings: map[catalog.Ref]*rulings{}, unasked: map[catalog.Ref][]catalog.Ref{}}
	root := catalog.Ref(connection)
	err := records.AttachmentsBelow.Each(ctx, r.Store, root, func(a store.Stored[request.Attachment]) error {
		if a.Value.Type == request.DataAccess && a.Value.Decides() {
			g.deciding = append(g.deciding, a.Value.At)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = records.GuardrailsBelow.Each(ctx, r.Store, root, func(d store.Stored[records.Definition]) error {
		for _, at := range d.Value.At {
			if at != root && root.Covers(at) {
				g.deciding = append(g.deciding, at)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	g.book, err = r.MaskBook(ctx, connection)
	return g, err
}

// isLinked reports whether something else is read through an asset, or it is a part of
// something, or was something else.
func isLinked(a catalog.Asset) bool {
	return len(a.PartOf)+len(a.Was)+len(a.Like)+len(a.Had) > 0 || slices.ContainsFunc(a.Through, catalog.Through.Opens)
}

// load reads how the assets are masked, and all that is read through them, and what these
// were. What is masked has a record.
func (g *reaching) load(ctx context.Context, assets ...catalog.Asset) error {
	if err := g.loadHeld(ctx, assets); err != nil || len(g.book.Masks) == 0 {
		return err
	}
	var parts []catalog.Ref
	wanted := map[catalog.Ref]bool{}
	for _, t := range g.opened(assets...) {
		if _, known := g.masked[t.Ref]; !known && !wanted[t.Ref] {
			wanted[t.Ref] = true
			parts = append(parts, t.Ref)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	for some := range slices.Chunk(parts, RecordBatch) {
		found, err := records.MaskedAssets.Some(ctx, g.rules.Store, some...)
		if err != nil {
			return err
		}
		if err := g.add(ctx, AssetsOf(found)); err != nil {
			return err
		}
	}
	return g.add(ctx, slices.DeleteFunc(slices.Clone(assets), func(a catalog.Asset) bool { return !g.book.Touches(a) }))
}

func (g *reaching) add(ctx context.Context, assets []catalog.Asset) error {
	all, err := g.rules.Maskings(ctx, g.book, assets)
	for _, m := range all {
		if m.Show.Masked() {
			g.masked[m.Asset.Ref] = m
		}
	}
	return err
}

// opened lists what is opened with some assets, and what materialized views among that may
// hold from before.
func (g *reaching) opened(assets ...catalog.Asset) provision.Reach {
	opened := provision.ReachOf(assets...).Opened()
	for _, t := range opened {
		opened = slices.Concat(opened, g.known[t.Ref].Had)
	}
	return opened.Opened()
}

// strict lists what is read through an asset, what it and those are parts of, and what it
// was, where others decide than about a place: the asset itself, or a container that covers it. What is
// masked, and would be shown clear, counts too. The masks of what it is a part of hold for a
// part: only a container, for which nearer masks do not hold, leaves it out.
func (g *reaching) strict(place catalog.Ref, a catalog.Asset) []catalog.Ref {
	strict := g.held(place, a.Ref)
	if place != a.Ref {
		strict = append(strict, g.unasked[a.Ref]...)
	}
	for _, t := range g.opened(a) {
		if provision.Stricter(g.deciding, place, t.Ref) || g.clear(a, t) || len(g.heldBy(g.deciding, place, t.Ref)) > 0 {
			strict = append(strict, t.Ref)
		}
		for _, whole := range g.known[t.Ref].PartOf { // a view of a part shows rows of the whole
			if provision.Stricter(g.deciding, place, whole) {
				strict = append(strict, whole)
			}
		}
	}
	deciding := g.deciding
	if place != a.Ref {
		deciding = g.withMasks()
	}
	for _, whole := range a.PartOf {
		if provision.Stricter(deciding, place, whole) {
			strict = append(strict, whole)
		}
	}
	slices.Sort(strict)
	return slices.Compact(strict)
}

// withMasks are the places at which somebody decides, or a mask holds.
func (g *reaching) withMasks() []catalog.Ref {
	all := slices.Clone(g.deciding)
	for _, m := range g.book.Masks {
		all = append(all, m.At)
	}
	return all
}

// clear reports whether an asset shows something as it is that is masked where it stands, or
// not shown there at all.
// The view by which governance itself masks an asset shows it masked, unless it has become
// another since governance saw it. A view that hides a column of the name shows the data as
// it is all the same where it has a column whose data is not known.
func (g *reaching) clear(a catalog.Asset, t catalog.Through) bool {
	part, masked := g.masked[t.Ref]
	if !masked || part.Show.View == a.Ref && !part.replaced() {
		return false
	}
	own := g.masked[a.Ref].Show
	if part.Show.View != "" || part.Show.Under != "" {
		return own.View == "" && own.Under == ""
	}
	hidden := slices.Clone(part.Show.Out)
	for _, c := range part.Show.Columns {
		hidden = append(hidden, c.Name)
	}
	return slices.ContainsFunc(hidden, func(name string) bool {
		read := len(t.Columns) == 0 || slices.Contains(t.Columns, name)
		return read && (!own.Hides(name) || g.renames(a, own))
	})
}

// renames reports whether a view may show, under another name and as it is, what it reads: it
// has a column of a name that nothing it reads has. A platform tells the columns that a view
// reads, and not which of its own shows which.
func (g *reaching) renames(a catalog.Asset, own catalog.Masking) bool {
	if a.Kind != catalog.View && a.Kind != catalog.MaterializedView {
		return false
	}
	read := map[string]bool{}
	for _, t := range g.opened(a) {
		if len(t.Columns) == 0 {
			for _, c := range g.masked[t.Ref].Asset.Columns {
				read[c.Name] = true
			}
		}
		for _, name := range t.Columns {
			read[name] = true
		}
	}
	return slices.ContainsFunc(a.Columns, func(c catalog.Column) bool { return !own.Hides(c.Name) && !read[c.Name] })
}

// StrictParts lists what would be read through an asset, or what it is a part of, although
// others decide there: where a form, a flow or a guardrail is nearer than what both have in
// common, or where it is masked and would be shown clear. At most MaxExcluded. A container
// leaves such things out.
//
// Writes asks about whoever writes too: of what is changed with the asset, or with what a
// container covers, by foreign keys.
func (r *Rulebook) StrictParts(ctx context.Context, asset catalog.Asset, writes bool) ([]catalog.Ref, error) {
	changed, err := r.changedWith(ctx, asset, writes)
	if err != nil {
		return nil, err
	}
	if (asset.Kind.Container() || !isLinked(asset)) && len(changed) == 0 {
		return nil, nil
	}
	g, err := r.reaching(ctx, asset.Ref.Connection())
	if err == nil && !asset.Kind.Container() {
		err = g.load(ctx, asset)
	}
	if err != nil {
		return nil, err
	}
	var strict []catalog.Ref
	if !asset.Kind.Container() {
		strict = g.strict(asset.Ref, asset)
	}
	for _, t := range changed {
		if provision.Stricter(g.deciding, asset.Ref, t.Ref) {
			strict = append(strict, t.Ref)
		}
	}
	slices.Sort(strict)
	strict = slices.Compact(strict)
	return strict[:min(len(strict), provision.MaxExcluded)], nil
}

// changedWith lists what is changed by whoever writes to an asset, or to what a container
// covers; nothing where nobody does. Of a container that covers too much it is not known,
// and access to that is refused.
func (r *Rulebook) changedWith(ctx context.Context, asset catalog.Asset, writes bool) (provision.Reach, error) {
	if !writes {
		return nil, nil
	}
	all := []catalog.Asset{asset}
	if asset.Kind.Container() {
		covered, err := r.covered(ctx, asset.Ref)
		if err != nil && !errors.Is(err, provision.ErrPermanent) {
			return nil, err
		}
		all = append(covered, asset)
	}
	return provision.ReachOf(all...).Changed(), nil
}

// Left is an asset that access to a container leaves out.
type Left struct {
	Ref catalog.Ref
	Of  []catalog.Ref // about which others decide

	// Held says that the asset itself was one of these under another name, or has the
	// masked columns of one, until governance has looked at it.
	Held bool

	// Asks are those of Of about which a rule that approved access to the container by
	// itself would have asked people.
	Asks []catalog.Ref
}

// LeftOut lists the assets below a container that access to it does not cover, because
// others decide about something that is read through them, or about what they were. At most
// MaxExcluded.
func (r *Rulebook) LeftOut(ctx context.Context, container catalog.Ref, t request.Type) ([]Left, error) {
	if t != request.DataAccess {
		return nil, nil
	}
	g, err := r.reaching(ctx, container.Connection())
	if err != nil {
		return nil, err
	}
	ruled, err := g.isRuled(ctx, container)
	elsewhere := func(at catalog.Ref) bool { return !at.Covers(container) }
	if err != nil || len(g.book.Masks) == 0 && !ruled && !slices.ContainsFunc(g.deciding, elsewhere) {
		return nil, err
	}
	excluded, err := r.Excluded(ctx, container, t)
	if err != nil {
		return nil, err
	}
	var out []Left
	for after := catalog.Ref(""); ; {
		page, err := r.Inventory.Search(ctx, catalog.Query{Below: container, After: after})
		if err == nil {
			err = g.loadBelow(ctx, container, page...)
		}
		if err != nil {
			return nil, err
		}
		for _, a := range page {
			within := func(x catalog.Ref) bool { return x.Covers(a.Ref) }
			if after = a.Ref; len(out) == provision.MaxExcluded || slices.ContainsFunc(excluded, within) {
				continue
			}
			if strict := g.strict(container, a); len(strict) > 0 {
				out = append(out, Left{a.Ref, strict, len(g.held(container, a.Ref)) > 0, g.unasked[a.Ref]})
			}
		}
		if len(page) < catalog.MaxPage {
			return out, nil
		}
	}
}

// NotCovered lists all that access to a container does not cover, for people to read: see
// Excluded and LeftOut. It is empty for what holds nothing.
func (r *Rulebook) NotCovered(ctx context.Context, container catalog.Ref, t request.Type) ([]catalog.Ref, error) {
	excluded, err := r.Excluded(ctx, container, t)
	if err != nil {
		return nil, err
	}
	out, err := r.LeftOut(ctx, container, t)
	for _, left := range out {
		excluded = append(excluded, left.Ref)
	}
	all := catalog.Outermost(excluded)
	return all[:min(len(all), provision.MaxExcluded)], err
}
