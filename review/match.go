package review

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/request"
)

// Matches lists the selectors of a review, of all stages that apply, that a steward matches
// now: in their own right, or else as the substitute of others, who must not be
// barred. Whoever does not act, a group or a service, matches none. A selector that fails does not match. GOVERNANCE matches what has fallen
// back to it.
func (p *Policy) Matches(ctx context.Context, r Review, f Facts, steward request.Identity, standsFor ...request.Identity) ([]Match, error) {
	if !steward.Acts() {
		return nil, nil
	}
	var matches []Match
	people := []stewarding{{who: steward, variables: f.variablesFor(steward)}}
	for _, other := range standsFor {
		if other.Acts() && !r.Bars(other) {
			people = append(people, stewarding{other, f.variablesFor(other), other.Person()})
		}
	}
	for s, stage := range r.Stages {
		if stage.Passed != "" {
			continue // a stage that does not apply is no stage of the request
		}
		for a, approval := range stage.Approvals {
			for _, person := range people {
				if person.standsFor != "" && slices.Contains(matches, Match{Stage: s, Selector: a}) {
					break
				}
				if p.matches(ctx, approval, &f, person) {
					matches = append(matches, Match{s, a, person.standsFor})
				}
			}
		}
	}
	return matches, ctx.Err()
}

// stewarding is somebody in whose right a steward acts.
type stewarding struct {
	who       request.Identity
	variables map[string]any
	standsFor request.PersonID // empty for the steward
}

func (f *Facts) variablesFor(steward request.Identity) map[string]any {
	variables := f.variables()
	variables["steward"] = FactsOf(steward)
	return variables
}

func (p *Policy) matches(ctx context.Context, a Approval, f *Facts, s stewarding) bool {
	if a.Selector.names(f, s.who) || a.Fallback && s.who.Has(request.Governance) {
		return true
	}
	program := p.conditions[a.Selector.When]
	if a.Selector.When == "" || program == nil {
		return false
	}
	yes, err := holds(ctx, program, s.variables)
	return yes && err == nil
}
