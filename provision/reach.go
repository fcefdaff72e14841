package provision

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/visible"
)

// Reach is what is read or touched through one asset, or through all that a container
// covers, each thing once. Two looks at it add up: by catalog.Join, so that the later one
// can only be stricter.
type Reach []catalog.Through

// ReachOf is the Reach of some assets together, as they were read, with what materialized
// views may hold from before.
func ReachOf(assets ...catalog.Asset) Reach {
	all := make([][]catalog.Through, len(assets))
	for i, a := range assets {
		all[i] = slices.Concat(a.Through, a.Had)
	}
	return catalog.Join(all...)
}

// Opened lists the assets that are opened with it, each once, with all columns that are
// read by whatever way.
func (r Reach) Opened() Reach {
	var opened []catalog.Through
	for _, t := range r {
		if t.Opens() {
			t.Way = catalog.ByQuery
			opened = append(opened, t)
		}
	}
	return catalog.Join(opened)
}

// Changed lists the assets that are changed with it by whoever writes to it, each once.
func (r Reach) Changed() Reach {
	return slices.DeleteFunc(slices.Clone(r), func(t catalog.Through) bool { return !t.Changes() })
}

// Used lists the assets that are opened with it, or changed, by whoever has a privilege on
// it, each once, with the columns.
func (r Reach) Used(writes bool) Reach {
	used := r.Opened()
	if !writes {
		return used
	}
	for _, t := range r.Changed() {
		if !slices.ContainsFunc(used, func(o catalog.Through) bool { return o.Ref == t.Ref }) {
			used = append(used, t)
		}
	}
	return used
}

// Digest stands for all that it opens, with the columns: another digest is another reach.
// It is empty where nothing is opened.
func (r Reach) Digest() string {
	opened := r.Opened()
	if len(opened) == 0 {
		return ""
	}
	sum := sha256.New()
	for _, t := range opened {
		_, _ = fmt.Fprintf(sum, "%q %q\n", t.Ref, t.Columns)
	}
	return hex.EncodeToString(sum.Sum(nil)[:12])
}

// names lists the first of the assets that are opened.
func (r Reach) names() string {
	var refs []catalog.Ref
	for _, t := range r.Opened() {
		refs = append(refs, t.Ref)
	}
	if len(refs) == 0 {
		return "none any more"
	}
	return namesOf(refs)
}

func namesOf(refs []catalog.Ref) string {
	names := make([]string, len(refs))
	for i, ref := range refs {
		names[i] = visible.Text(string(ref))
	}
	return few(names)
}

// Beyond lists what it opens, and another look does not: assets, and columns of assets.
func (r Reach) Beyond(known Reach) Reach {
	was := known.Opened()
	return slices.DeleteFunc(slices.Clone(r), func(t catalog.Through) bool {
		return !t.Opens() || slices.ContainsFunc(was, func(o catalog.Through) bool { return o.Ref == t.Ref && reads(o, t) })
	})
}

// Grown says why a part of a container that was approved as another look saw it is not given
// by that: a view reads more by now, or a function that decides what is shown was replaced;
// empty for neither. What only came to a table, as tomorrow's partition does, is no reason,
// and nor is anything where the other look has seen nothing at all: it may be older than that.
func (r Reach) Grown(known Reach) string {
	if len(known) == 0 {
		return ""
	}
	for _, t := range r.Beyond(known) {
		if t.Way == catalog.ByQuery {
			return fmt.Sprintf("reads more of %s than the last sync saw, and is not given until the next one", t.Ref)
		}
	}
	for _, t := range r {
		if t.Way != catalog.ByFunction || t.Writes || t.Digest == "" {
			continue
		}
		i := slices.IndexFunc(known, func(k catalog.Through) bool { return k.Way == t.Way && k.Name == t.Name && !k.Writes })
		if i < 0 || known[i].Digest != "" && known[i].Digest != t.Digest {
			return fmt.Sprintf("calls %s, which is not as the last sync saw it, and is not given until the next one", visible.Text(t.Name))
		}
	}
	return ""
}

// reads reports whether one reads all columns that another does.
func reads(all, some catalog.Through) bool {
	outside := func(column string) bool { return !slices.Contains(all.Columns, column) }
	return len(all.Columns) == 0 || len(some.Columns) > 0 && !slices.ContainsFunc(some.Columns, outside)
}

// Remarks say what cannot be known of it, for those who decide and for those who use it:
// what functions do, and what stands on other servers; and what foreign keys change. What is touched by writing alone
// is left out for whoever does not write.
func (r Reach) Remarks(writes bool) []string {
	said := []struct {
		way  catalog.Way
		own  bool
		text string
	}{
		{catalog.ByFunction, false, "functions are called with the rights of whoever made them, and what they read or touch is not known: %s"},
		{catalog.ByFunction, true, "functions are called, and what they read, or need, is not known: %s"},
		{catalog.ByTrigger, false, "writing runs triggers with the rights of whoever made them, and what they touch is not known: %s"},
		{catalog.ByTrigger, true, "writing runs triggers, and what they touch, or need, is not known: %s"},
		{catalog.ByCascade, false, "writing changes rows of other tables with it, by their foreign keys: %s"},
		{catalog.ByServer, true, "rows come from foreign servers, and what stands there is not known: %s"},
	}
	var remarks []string
	for _, s := range said {
		var names []string
		for _, t := range r {
			if t.Way == s.way && t.Own == s.own && (writes || !t.Writes) {
				names = append(names, visible.Text(cmp.Or(t.Name, catalog.FormatPath(t.Ref.Path()))))
			}
		}
		if len(names) > 0 {
			remarks = append(remarks, fmt.Sprintf(s.text, few(names)))
		}
	}
	return remarks
}

// maxNamed is how many names one remark holds.
const maxNamed = 5

func few(names []string) string {
	text := strings.Join(names[:min(len(names), maxNamed)], ", ")
	if more := len(names) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Stricter reports whether others decide about what lies at part than about what lies at
// place: one of the places where somebody decides covers the first and not the second.
func Stricter(deciding []catalog.Ref, place, part catalog.Ref) bool {
	return slices.ContainsFunc(deciding, func(at catalog.Ref) bool { return at.Covers(part) && !at.Covers(place) })
}
