package assist

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
)

const (
	maxOtherwise = 3
	maxTried     = 20 // cohorts that are tried, of each place
)

// alteration is a request that differs in one thing.
type alteration struct {
	text     string
	features Features
}

// otherwise says what would change the advice: with one thing different, the risk would be
// lower. Nothing changes what is not known, or what a guardrail prevents.
func (v *view) otherwise(a Advice) (all []string) {
	if v.features.Unknown || len(v.Standing.Prevented) > 0 || a.Risk == Low {
		return nil
	}
	for _, alt := range slices.Concat(v.asking(), v.belonging()) {
		l := v.book.Lean(alt.features, v.Now)
		if l.Risk == Undetermined || rank(l.Risk) >= rank(v.lean.Risk) {
			continue
		}
		if all = append(all, fmt.Sprintf("%s, the chance of a denial would be %.0f %%: %s risk.", alt.text, 100*(1-l.Approve), l.Risk.word())); len(all) == maxOtherwise {
			break
		}
	}
	return all
}

// asking are the ways to ask for less.
func (v *view) asking() (all []alteration) {
	if v.features.Privilege == request.ReadWrite {
		f := v.features
		f.Privilege = request.Read
		all = append(all, alteration{"To read only", f})
	}
	if usual, of := v.usual(); of >= minUsual && usual.Length(v.Now) < v.features.Duration.Length(v.Now) {
		f := v.features
		f.Duration = usual
		all = append(all, alteration{"For " + usual.String(), f})
	}
	return all
}

// belonging are the groups and attributes that the beneficiary lacks, and that weigh most for
// an access, on the asset, beside it, on its connection and on its tags.
func (v *view) belonging() (all []alteration) {
	weights := map[string]float32{}
	for _, id := range v.features.Ledgers() {
		if l := v.book[id]; l != nil {
			for cohort, t := range l.Cohorts {
				if !strings.Contains(cohort, "|") {
					weights[cohort] += t[atMean]
				}
			}
		}
	}
	best := slices.SortedFunc(maps.Keys(weights), func(a, b string) int { return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(a, b)) })
	for _, cohort := range best {
		if len(all) == maxTried || weights[cohort] <= 0 {
			break
		}
		if alt, is := v.with(cohort); is {
			all = append(all, alt)
		}
	}
	return all
}

// with is the request of somebody who belongs to one more cohort.
func (v *view) with(cohort string) (alteration, bool) {
	kind, name, _ := strings.Cut(cohort, " ")
	f := v.features
	switch {
	case kind == "group" && !slices.Contains(f.Groups, name):
		f.Groups = append(slices.Clone(f.Groups), name)
		return alteration{"With the group " + name, f}, true
	case kind == "attribute" && !slices.Contains(f.Attributes, name):
		key, _, _ := strings.Cut(name, "=")
		f.Attributes = slices.DeleteFunc(slices.Clone(f.Attributes), func(a string) bool { return strings.HasPrefix(a, key+"=") })
		f.Attributes = append(f.Attributes, name)
		return alteration{"With " + name, f}, true
	}
	return alteration{}, false
}
