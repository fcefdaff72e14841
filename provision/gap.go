package provision

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/request"
)

// MaxGaps bounds how many gaps of one access are listed.
const MaxGaps = 50

// Gap is a part of a container that access to it covers, and that its principal cannot use.
type Gap struct {
	Part   string `json:"part"`   // as the platform writes it
	Reason string `json:"reason"` // what it lacks, in words that a person understands

	Writing bool `json:"writing,omitempty"` // it can be read, and only writing lacks something
}

// Gaps are the parts of a container that cannot be used, although access to the container
// works. They are zero where all of it works.
type Gaps struct {
	Count int   `json:"count"` // of parts
	Parts []Gap `json:"parts"` // the first MaxGaps, by their names

	Writing int `json:"writing,omitempty"` // how many of the parts can be read, and not written
}

// GapsOf counts some gaps, and lists as many as may be. Of parts that are not named, more
// says how many there are.
func GapsOf(all []Gap, more int) Gaps {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Gap) int { return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Reason, b.Reason)) })
	g := Gaps{Count: len(all) + more}
	for _, one := range all[:min(len(all), MaxGaps)] {
		g.Parts = append(g.Parts, Gap{excerpt.Storable(one.Part, MaxPathBytes), excerpt.Storable(one.Reason, MaxPathBytes), one.Writing})
	}
	for _, one := range all {
		if one.Writing {
			g.Writing++
		}
	}
	return g
}

// Of are the gaps of an access with a privilege: whoever only reads has none in parts that
// cannot be written.
func (g Gaps) Of(p request.Privilege) Gaps {
	if p == request.ReadWrite || g.Writing == 0 {
		return g
	}
	if g.Count -= g.Writing; g.Count <= 0 {
		return Gaps{}
	}
	g.Writing, g.Parts = 0, slices.DeleteFunc(slices.Clone(g.Parts), func(one Gap) bool { return one.Writing })
	return g
}

// Equal reports whether the same parts do not work, for the same reasons.
func (g Gaps) Equal(o Gaps) bool { return g.Count == o.Count && slices.Equal(g.Parts, o.Parts) }

// Lines name each part with its reason, and say how many more there are.
func (g Gaps) Lines() []string {
	var lines []string
	for _, p := range g.Parts {
		lines = append(lines, p.Part+": "+p.Reason)
	}
	if more := g.Count - len(g.Parts); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return lines
}

// storable bounds what a grant keeps of the gaps that a provisioner has named.
func (g Gaps) storable() Gaps {
	if g.Count == 0 {
		return Gaps{}
	}
	kept := GapsOf(g.Parts, max(0, g.Count-len(g.Parts)))
	kept.Writing = min(max(kept.Writing, g.Writing), kept.Count)
	return kept
}

// againSoon reports whether somebody wants parts that did not work to be looked at again.
// Otherwise reconciliation looks at them.
func (g Grant) againSoon() bool { return g.Gapped() && !g.Retry.IsZero() }

// Gapped reports whether the access works but for some parts of its container.
func (g Grant) Gapped() bool { return g.State == Active && g.Gaps.Count > 0 }
