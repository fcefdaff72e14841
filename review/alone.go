package review

import (
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/request"
)

// Alone is something that leads to a decision, and that one person has set without a
// second: no rule approves by it for them.
type Alone struct {
	What   string           `json:"what"` // such as "attachment at warehouse:sales"
	By     request.PersonID `json:"by"`
	Tags   bool             `json:"-"` // it leads to a decision only where tags are read
	Pinned bool             `json:"-"` // with the flows, when the request is submitted
}

// forSetters says why no rule of a flow approves for the people of a request, because one
// of them alone has set something that led to it: one of the flows, or something else;
// empty where rules may approve.
func (o *opening) forSetters(rule string, led []*Policy) string {
	mine := func(p request.PersonID) bool {
		return p != "" && (slices.Contains(o.facts.by, p) || slices.Contains(o.facts.Members, p))
	}
	last := led[len(led)-1].flow.Name
	for _, p := range slices.Backward(led) {
		if who := p.SavedAlone(); mine(who) && p.flow.Name == last {
			return fmt.Sprintf("flow %s, %s: approves nothing for %s, who saved it", last, rule, who)
		} else if mine(who) {
			return fmt.Sprintf("flow %s, %s: approves nothing for %s, who saved flow %s, which leads to it", last, rule, who, p.flow.Name)
		}
	}
	tags := ReadOfCovered(led...).Tags
	for _, a := range o.facts.Alone {
		if mine(a.By) && (tags || !a.Tags) {
			return fmt.Sprintf("flow %s, %s: approves nothing for %s, who alone has set or taken away: %s", last, rule, a.By, a.What)
		}
	}
	return ""
}

// pinnedAlone is the part of what one person has set alone that goes with pinned flows.
func (o *opening) pinnedAlone() []Alone {
	return slices.DeleteFunc(slices.Clone(o.facts.Alone), func(a Alone) bool { return !a.Pinned || !slices.Contains(append(o.facts.by, o.facts.Members...), a.By) })
}

// Pin returns what was pinned when the review was opened, for facts of later.
func (r Review) Pin() []Alone {
	all := slices.Clone(r.Alone)
	for i := range all {
		all[i].Pinned = true
	}
	return all
}

// formAlone is the form, if one person has saved it without a second.
func formAlone(f request.Form) []Alone {
	if f.SavedBy == "" || f.AgreedBy != "" {
		return nil
	}
	return []Alone{{What: "form " + string(f.Name), By: f.SavedBy}}
}
