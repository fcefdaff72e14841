package provision

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/request"
)

// PinOfRows names the entry of a definition for the row policies that hold for who reads the
// asset. It is catalog.PinOpen where none does.
const PinOfRows = "rows"

// maxPinned bounds how many functions are pinned with one asset.
const maxPinned = 30

// Pinned is the definition of an asset with that of the functions that are called through
// it, as they are known by now; catalog.SameDefinition compares it. Functions that views and
// policies call decide what is shown. Those that only writing calls, with the rights of
// whoever made them, may show more to who writes. With one's own rights they show nothing
// more: that they were replaced is said, and no more. Of a container a sync has seen what is
// called through each part.
func Pinned(a catalog.Asset, writes bool) string {
	if a.Kind.Container() {
		return a.Definition
	}
	entries := strings.Fields(a.Definition)
	pinned := 0
	for _, t := range a.Through {
		if called := t.Way == catalog.ByFunction || t.Way == catalog.ByTrigger; !called || t.Digest == "" || t.Writes && !writes || pinned == maxPinned {
			continue
		}
		pinned++
		entries = append(entries, pinOf(t)+"="+t.Digest)
	}
	return strings.Join(entries, " ")
}

// pinOf names a function in a definition.
func pinOf(t catalog.Through) string {
	sum := sha256.Sum256([]byte(string(t.Way) + " " + t.Name))
	name := hex.EncodeToString(sum[:6])
	if t.Writes {
		name = "w" + name
	}
	if t.Writes && t.Own {
		name = catalog.Beside + name
	}
	return name
}

// pinned is what of the grant's asset a platform has found.
func (g Grant) pinned(o Outcome) string {
	a := g.Asset
	a.Through, a.Definition = o.Reach, o.Definition
	return Pinned(a, g.Access.Privilege == request.ReadWrite)
}

// redefined says why an asset is not what was approved any more; empty if it is.
func (g Grant) redefined(o Outcome) string {
	now := g.pinned(o)
	if catalog.SameDefinition(g.Asset.Definition, now) {
		return ""
	}
	if names := o.Reach.replaced(catalog.ChangedBeneath(g.Asset.Definition, now), false); len(names) > 0 {
		return "functions that decide what it shows are not those that were approved, they were replaced: " + few(names)
	}
	if slices.Contains(catalog.ChangedBeneath(g.Asset.Definition, now), PinOfRows) {
		return "the row policies that decide which of its rows are shown are not those that were approved"
	}
	return "it shows something else than what was approved: the view was replaced, or one that it reads"
}

// replaced names the functions whose pins have changed: those that are only said, or the
// others.
func (r Reach) replaced(pins []string, said bool) (names []string) {
	changed := map[string]bool{}
	for _, pin := range pins {
		changed[pin] = strings.HasPrefix(pin, catalog.Beside) == said
	}
	for _, t := range r {
		if t.Digest != "" && changed[pinOf(t)] {
			names = append(names, visible.Text(t.Name))
		}
	}
	return names
}

// remarked are the remarks of a grant that works. That functions were replaced stays among
// them until others are.
func (g Grant) remarked(o Outcome, definition string) []string {
	said := slices.DeleteFunc(slices.Clone(g.Remarks), func(r string) bool { return !strings.HasPrefix(r, replacedBeside) })
	if names := o.Reach.replaced(catalog.ChangedBeneath(g.Asset.Definition, definition), true); len(names) > 0 {
		said = []string{replacedBeside + few(names)}
	}
	return remarksOf(slices.Concat(said, o.Remarks))
}

// replacedBeside begins the remark about functions that show nothing more.
const replacedBeside = "functions that writing calls with one's own rights were replaced: "

// ReplacedBeside says which functions were replaced since an earlier state of the grant, and
// show nothing more by that; empty for none.
func (g Grant) ReplacedBeside(was Grant) string {
	if len(catalog.ChangedBeneath(was.Asset.Definition, g.Asset.Definition)) > 0 {
		for _, remark := range g.Remarks {
			if strings.HasPrefix(remark, replacedBeside) {
				return remark
			}
		}
	}
	return ""
}
