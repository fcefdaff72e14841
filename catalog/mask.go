package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// Limits of masks. What exceeds them is refused.
const (
	MaxMasks         = 500 // that hold on one connection
	MaxMaskNames     = 200 // columns, and tags, of one mask
	MaxMaskNameBytes = 200 // of a mask's name, of a column and of a tag
	MaxConstantBytes = 1000
	MaxLast          = 100 // characters that LAST may show
)

// MaskHow is how a mask shows a column.
type MaskHow string

// The ways to show a column, the strictest first.
const (
	MaskNull     MaskHow = "NULL"     // nothing
	MaskConstant MaskHow = "CONSTANT" // always the same
	MaskHash     MaskHow = "HASH"     // a keyed hash: equal values stay equal
	MaskLast     MaskHow = "LAST"     // the last characters
	MaskClear    MaskHow = "CLEAR"    // as it is: an exception from a mask that holds for more
	MaskView     MaskHow = "VIEW"     // an existing view shows the whole asset
)

// MaskHows lists them, the strictest first.
func MaskHows() []MaskHow {
	return []MaskHow{MaskView, MaskNull, MaskConstant, MaskHash, MaskLast, MaskClear}
}

// Mask says how governance has some columns shown to those who may not see them
// clear. Of two masks for one column the nearer holds; at the same place one that
// names the column goes before one that names a tag, and then the stricter one.
type Mask struct {
	Name    string `json:"name"`
	Version int    `json:"version"` // from 1; a saved version never changes

	At      Ref      `json:"at"`                // the asset, or the container or connection for all below
	Columns []string `json:"columns,omitempty"` // of these names
	Tags    []string `json:"tags,omitempty"`    // tagged so by a Classification

	How      MaskHow `json:"how"`
	Constant string  `json:"constant,omitempty"` // of CONSTANT: what is shown, as text that the column's type reads
	Last     int     `json:"last,omitempty"`     // of LAST: how many characters
	Key      string  `json:"key,omitempty"`      // of HASH: env:NAME or file:/path; none is a key that the platform makes for itself
	View     Ref     `json:"view,omitempty"`     // of VIEW: on the same database

	SavedBy  string `json:"savedBy,omitempty"`
	AgreedBy string `json:"agreedBy,omitempty"` // the second person, where two have seen the version
}

// Fault is one thing that is wrong with something that was declared.
type Fault struct{ Field, Reason string }

// Faults lists everything that is wrong with the mask by itself.
func (m Mask) Faults() []Fault {
	var f faults
	f.name("name", m.Name)
	f.place("at", m.At)
	f.names("columns", m.Columns)
	f.names("tags", m.Tags)
	whole := m.How == MaskView
	switch {
	case !slices.Contains(MaskHows(), m.How):
		f.add("how", "is %q, must be one of %v", excerpt.Of(m.How, maxShown), MaskHows())
	case whole && len(m.Columns)+len(m.Tags) > 0:
		f.add("columns", "must be empty: a view shows the whole asset")
	case whole && len(m.At.Path()) < 2:
		f.add("at", "must be the asset that the view shows")
	case !whole && len(m.Columns)+len(m.Tags) == 0:
		f.add("columns", "must name a column, or tags must name a tag")
	}
	m.faultsOfHow(&f)
	return f
}

// faultsOfHow refuses what belongs to another way of masking, and what is missing.
func (m Mask) faultsOfHow(f *faults) {
	only := func(field string, is bool, how MaskHow) {
		if is && m.How != how {
			f.add(field, "must be empty unless how is %s", how)
		}
	}
	only("constant", m.Constant != "", MaskConstant)
	only("last", m.Last != 0, MaskLast)
	only("key", m.Key != "", MaskHash)
	only("view", m.View != "", MaskView)
	switch {
	case m.How == MaskLast && (m.Last < 1 || m.Last > MaxLast):
		f.add("last", "is %d, must be 1 to %d", m.Last, MaxLast)
	case m.How == MaskConstant && (len(m.Constant) > MaxConstantBytes || checkText(m.Constant) != nil):
		f.add("constant", "must be text of at most %d bytes", MaxConstantBytes)
	case m.Key != "" && !secretReference.MatchString(m.Key):
		f.add("key", "must be a reference, env:NAME or file:/path") // the text may be the key itself
	case m.How == MaskView:
		f.place("view", m.View)
		if m.View.Connection() != m.At.Connection() || m.View == m.At {
			f.add("view", "must be another asset of the same connection")
		}
	}
}

// Classification is what governance has said of the columns of one asset: their
// tags, by which masks find them. A column of a masked asset that nobody has said
// anything of is not shown at all.
type Classification struct {
	At      Ref                `json:"at"` // the asset
	Version int                `json:"version"`
	Columns []ClassifiedColumn `json:"columns"`
	SavedBy string             `json:"savedBy,omitempty"`

	AgreedBy string `json:"agreedBy,omitempty"` // the second person, where two have seen the version
}

// ClassifiedColumn is what governance has said of one column: its tags, or just
// that it was looked at.
type ClassifiedColumn struct {
	Name string   `json:"name"`
	Tags []string `json:"tags,omitempty"`
}

// of are the tags of a column; false if nothing was said of it.
func (c Classification) of(column string) ([]string, bool) {
	i := slices.IndexFunc(c.Columns, func(o ClassifiedColumn) bool { return o.Name == column })
	if i < 0 {
		return nil, false
	}
	return c.Columns[i].Tags, true
}

// Inherited adds to the classification of an asset those of Asset.Wholes: a tag of a table
// holds for its partitions and children, and for the same object under another name.
func (c Classification) Inherited(wholes ...Classification) Classification {
	c.Columns = slices.Clone(c.Columns)
	for _, whole := range wholes {
		for _, column := range whole.Columns {
			i := slices.IndexFunc(c.Columns, func(o ClassifiedColumn) bool { return o.Name == column.Name })
			if i < 0 {
				c.Columns = append(c.Columns, column)
				continue
			}
			c.Columns[i].Tags = sortedOnce(slices.Concat(c.Columns[i].Tags, column.Tags))
		}
	}
	return c
}

// TagsOf are the tags of some columns, or of all if none is named, sorted.
func (c Classification) TagsOf(columns ...string) []string {
	var tags []string
	for _, column := range c.Columns {
		if len(columns) == 0 || slices.Contains(columns, column.Name) {
			tags = append(tags, column.Tags...)
		}
	}
	return sortedOnce(tags)
}

// Faults lists everything that is wrong with the classification by itself.
func (c Classification) Faults() []Fault {
	var f faults
	f.place("at", c.At)
	if len(c.At.Path()) == 0 {
		f.add("at", "must be an asset, not a connection")
	}
	if len(c.Columns) > MaxClassified {
		f.add("columns", "are %d, at most %d are allowed", len(c.Columns), MaxClassified)
	}
	for i, column := range c.Columns {
		at := fmt.Sprintf("columns[%d]", i)
		f.name(at+".name", column.Name)
		f.names(at+".tags", column.Tags)
		if slices.ContainsFunc(c.Columns[:i], func(o ClassifiedColumn) bool { return o.Name == column.Name }) {
			f.add(at+".name", "is %q, which is there already", excerpt.Of(column.Name, maxShown))
		}
	}
	return f
}

// MaxClassified bounds the columns of one Classification.
const MaxClassified = 2000

// Masking is what of one asset is shown, and how, to those who may not see it
// clear.
type Masking struct {
	Columns []MaskedColumn `json:"columns,omitempty"` // that are masked, in the asset's order
	Clear   []string       `json:"clear,omitempty"`   // that are shown as they are
	Out     []string       `json:"out,omitempty"`     // that are not shown: nobody has classified them yet, or they are hidden under another name, or are computed from such a column
	Lost    []string       `json:"lost,omitempty"`    // that were hidden, and are matched by no mask any more: the asset stays masked for them
	View    Ref            `json:"view,omitempty"`    // that shows the asset instead; then nothing is said of columns
	Under   Ref            `json:"under,omitempty"`   // of which the asset is a part, or which it was, and which a view shows: nothing shows the part alone
	By      []string       `json:"by,omitempty"`      // the names of the masks that hold, sorted
}

// MaskedColumn is one column with the mask that holds for it.
type MaskedColumn struct {
	Name string `json:"name"`
	Mask Mask   `json:"mask"`

	// From is the masked column that this one is computed from, where that is why it is
	// masked: then it shows nothing, whatever the mask has the other one show.
	From string `json:"from,omitempty"`
}

// Masked reports whether anything of the asset is masked, or was and is to stay so.
func (m Masking) Masked() bool {
	return len(m.Columns) > 0 || m.View != "" || m.Under != "" || len(m.Lost) > 0
}

// Hides reports whether a column of the asset is not shown as it is.
func (m Masking) Hides(column string) bool {
	return m.View != "" || m.Under != "" || m.Masks(column) || slices.Contains(m.Out, column)
}

// Masks reports whether a column is masked.
func (m Masking) Masks(column string) bool {
	return slices.ContainsFunc(m.Columns, func(c MaskedColumn) bool { return c.Name == column })
}

// MaskingOf says what masks make of an asset, with what is known of it from before. What
// holds for a table holds for its partitions and children too, and for the same object
// under another name, unless a mask names these themselves: of several, the strictest.
// Wholes are the classifications of Asset.Wholes. It is pure; the masks may be any of the asset's connection.
func MaskingOf(a Asset, masks []Mask, c Classification, h History, wholes ...Classification) Masking {
	here := holding(masks, a.Ref)
	if len(here) > 0 && here[0].How == MaskView && here[0].At == a.Ref {
		return Masking{View: here[0].View, By: []string{here[0].Name}}
	}
	wholesOf := a.Wholes()
	above, all := make([][]Mask, len(wholesOf)), here
	for i, whole := range wholesOf {
		above[i] = holding(masks, whole)
		if all = slices.Concat(all, above[i]); len(above[i]) > 0 && above[i][0].How == MaskView && above[i][0].At == whole {
			return Masking{Under: whole, By: []string{above[i][0].Name}}
		}
	}
	return shown(a, here, above, c.Inherited(wholes...), h.Seen, h.hiddenIn(a, all, c))
}

// holding are the masks that hold at a place, the nearest first.
func holding(masks []Mask, at Ref) []Mask {
	here := slices.DeleteFunc(slices.Clone(masks), func(m Mask) bool { return !m.At.Covers(at) })
	slices.SortFunc(here, nearer)
	return here
}

// strictest picks the mask of a column: that which names the asset itself, or the
// strictest of those that hold there and for what the asset is a part of.
func strictest(a Asset, column string, tags []string, here []Mask, above [][]Mask) (best Mask, is bool) {
	best, is = maskOf(column, tags, here)
	if is && best.At == a.Ref {
		return best, true
	}
	for _, masks := range above {
		if m, has := maskOf(column, tags, masks); has && (!is || strictness(m) < strictness(best)) {
			best, is = m, true
		}
	}
	return best, is
}

// shown says how the columns of an asset are shown by the masks that hold here, and for
// what it is a part of; hidden by the places of its columns.
func shown(a Asset, here []Mask, above [][]Mask, c Classification, seen []string, hidden map[int][]Hidden) Masking {
	var all Masking
	for at, column := range a.Columns {
		_, classified := c.of(column.Name)
		m, is := maskFor(a, column, c, here, above)
		switch {
		case is && m.Mask.How != MaskClear:
			all.Columns = append(all.Columns, m)
			all.By = append(all.By, m.Mask.Name)
			delete(hidden, at)
		case is && lifted(column.Name, hidden[at]):
			all.Clear = append(all.Clear, column.Name)
			delete(hidden, at)
		case len(hidden[at]) > 0:
			all.Out = append(all.Out, column.Name)
		case is || classified || slices.Contains(seen, column.Name):
			all.Clear = append(all.Clear, column.Name)
		default:
			all.Out = append(all.Out, column.Name)
		}
	}
	all.leaveOut(a, func(column Column) bool {
		m, is := maskFor(a, column, c, here, above)
		return is && m.Mask.shows(column.Name)
	})
	for _, held := range hidden {
		for _, was := range held {
			all.Lost, all.By = append(all.Lost, was.Name), append(all.By, was.By)
		}
	}
	if !all.Masked() {
		return Masking{}
	}
	for _, names := range []*[]string{&all.By, &all.Lost} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}
	return all
}

// maskOf picks the mask of a column from those that hold here, the nearest first.
func maskOf(column string, tags []string, here []Mask) (best Mask, is bool) {
	named := func(m Mask) bool { return slices.Contains(m.Columns, column) }
	for _, m := range here {
		tagged := slices.ContainsFunc(m.Tags, func(t string) bool { return slices.Contains(tags, t) })
		switch {
		case m.How == MaskView || !named(m) && !tagged:
		case !is:
			best, is = m, true
		case best.At == m.At && named(m) && !named(best):
			best = m
		}
	}
	return best, is
}

// nearer orders masks: the longer place first, then the stricter way, then by name.
func nearer(a, b Mask) int {
	return cmp.Or(cmp.Compare(len(b.At.Path()), len(a.At.Path())), cmp.Compare(strictness(a), strictness(b)), cmp.Compare(a.Name, b.Name))
}

// strictness is lower for the stricter mask.
func strictness(m Mask) int { return slices.Index(MaskHows(), m.How) }

// faults collects what is wrong.
type faults []Fault

func (f *faults) add(field, reason string, args ...any) {
	*f = append(*f, Fault{field, fmt.Sprintf(reason, args...)})
}

func (f *faults) name(field, name string) {
	if name == "" || len(name) > MaxMaskNameBytes || checkText(name) != nil || strings.TrimSpace(name) != name {
		f.add(field, "holds %q, must be text of 1 to %d bytes that neither begins nor ends with a space", excerpt.Of(name, maxShown), MaxMaskNameBytes)
	}
}

func (f *faults) names(field string, names []string) {
	if len(names) > MaxMaskNames {
		f.add(field, "are %d, at most %d are allowed", len(names), MaxMaskNames)
	}
	for i, name := range names {
		f.name(fmt.Sprintf("%s[%d]", field, i), name)
		if slices.Contains(names[:i], name) {
			f.add(fmt.Sprintf("%s[%d]", field, i), "is %q, which is there already", excerpt.Of(name, maxShown))
		}
	}
}

func (f *faults) place(field string, ref Ref) {
	if err := checkRef(ref); err != nil {
		f.add(field, "%s", strings.TrimPrefix(err.Error(), "catalog: "))
	}
}
