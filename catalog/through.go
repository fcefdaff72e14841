package catalog

import (
	"cmp"
	"encoding/json"
	"slices"
)

// Way says how something is reached through an asset.
type Way string

// The ways in which something is reached through an asset.
const (
	ByPartition Way = "PARTITION" // it is a partition of the table, at any depth
	ByChild     Way = "CHILD"     // it inherits from the table, at any depth
	ByQuery     Way = "QUERY"     // a view reads it
	ByPolicy    Way = "POLICY"    // a policy of row level security reads it
	BySequence  Way = "SEQUENCE"  // a default takes its values from it
	ByFunction  Way = "FUNCTION"  // a view, a policy, a default, a check or a generated column calls it
	ByTrigger   Way = "TRIGGER"   // it is called when the table is written to
	ByServer    Way = "SERVER"    // a foreign table takes its rows from there
	ByCascade   Way = "CASCADE"   // its rows are changed or deleted with those that they point to, by a foreign key
)

// Through is one thing that whoever uses an asset reads or touches through it, with no
// more rights on the platform than those on the asset.
type Through struct {
	Way  Way    `json:"way"`
	Ref  Ref    `json:"ref,omitempty"`  // the asset, where it is one
	Name string `json:"name,omitempty"` // as the platform writes it, where it is no asset

	// Columns are those of the asset that are read, sorted; none means all of them.
	Columns []string `json:"columns,omitempty"`

	// Own says that it is read with the rights of whoever uses the asset, who needs them
	// beside: the asset does not open it.
	Own bool `json:"own,omitempty"`

	// Writes says that only whoever writes to the asset touches it.
	Writes bool `json:"writes,omitempty"`

	// Digest stands for what a function, or that of a trigger, does and as whom; empty where
	// that is not known.
	Digest string `json:"digest,omitempty"`
}

// Opens reports whether access to the asset opens another asset with it.
func (t Through) Opens() bool {
	return t.Ref != "" && !t.Own && !t.Writes && (t.Way == ByPartition || t.Way == ByChild || t.Way == ByQuery)
}

// Changes reports whether whoever writes to the asset changes another asset with it, with no
// right on that one.
func (t Through) Changes() bool { return t.Ref != "" && t.Way == ByCascade }

// reached is what tells two of Through apart.
type reached struct {
	way    Way
	ref    Ref
	name   string
	writes bool
}

func (t Through) reached() reached { return reached{t.Way, t.Ref, t.Name, t.Writes} }

// Join brings together what several looks, or several ways, have found: each thing once,
// in order, with all columns that any of them reads. It is read with one's own rights
// only where all of them say so. Of a function the last of them counts that has seen it.
func Join(looks ...[]Through) []Through {
	at := map[reached]int{}
	var all []Through
	for _, t := range slices.Concat(looks...) {
		i, known := at[t.reached()]
		if !known {
			at[t.reached()] = len(all)
			t.Columns = sortedOnce(t.Columns)
			all = append(all, t)
			continue
		}
		was := &all[i]
		was.Own = was.Own && t.Own
		if t.Digest != "" {
			was.Digest = t.Digest
		}
		if len(was.Columns) == 0 || len(t.Columns) == 0 {
			was.Columns = nil
		} else {
			was.Columns = sortedOnce(slices.Concat(was.Columns, t.Columns))
		}
	}
	slices.SortFunc(all, func(a, b Through) int {
		return cmp.Or(cmp.Compare(a.Way, b.Way), cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Name, b.Name), compareBool(a.Writes, b.Writes))
	})
	return all
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func sortedOnce(all []string) []string {
	if len(all) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// Links are what an Inventory keeps of an asset beside itself: what is reached through
// it, what it is a part of, what it was before, and what it may hold from before.
type Links struct {
	Through []Through `json:"through,omitempty"`
	PartOf  []Ref     `json:"partOf,omitempty"`
	Was     []Ref     `json:"was,omitempty"`
	Like    Ref       `json:"like,omitempty"`
	Had     []Through `json:"had,omitempty"`
}

// Links returns those of the asset.
func (a Asset) Links() Links { return Links{a.Through, a.PartOf, a.Was, a.Like, a.Had} }

// Link sets those of the asset.
func (a *Asset) Link(l Links) {
	a.Through, a.PartOf, a.Was, a.Like, a.Had = l.Through, l.PartOf, l.Was, l.Like, l.Had
}

func (l Links) equal(o Links) bool {
	same := func(a, b Through) bool {
		return a.reached() == b.reached() && a.Own == b.Own && a.Digest == b.Digest && slices.Equal(a.Columns, b.Columns)
	}
	return slices.Equal(l.PartOf, o.PartOf) && slices.Equal(l.Was, o.Was) && l.Like == o.Like && slices.EqualFunc(l.Through, o.Through, same) && slices.EqualFunc(l.Had, o.Had, same)
}

// Text is how an Inventory may keep them; empty for none.
func (l Links) Text() (string, error) {
	if len(l.Through)+len(l.PartOf)+len(l.Was)+len(l.Like)+len(l.Had) == 0 {
		return "", nil
	}
	text, err := json.Marshal(l)
	return string(text), err
}

// ParseLinks reads what Text wrote.
func ParseLinks(text string) (l Links, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &l)
	}
	return l, err
}
