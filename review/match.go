package review

import (
	"context"
	"errors"
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
	people := []stewarding{{who: steward}}
	for _, other := range standsFor {
		if other.Acts() && !r.Bars(other) {
			people = append(people, stewarding{other, other.Person()})
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
				if p.matches(ctx, approval, f, person.who) {
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
	standsFor request.PersonID // empty for the steward
}

func (f *Facts) variablesFor(steward request.Identity) map[string]any {
	variables := f.variables()
	variables["steward"] = FactsOf(steward)
	return variables
}

// Meets reports whether somebody meets a selector of the flow. Known is false where that
// depends on a fact that is not known, or ctx has ended.
func (p *Policy) Meets(ctx context.Context, s Selector, f Facts, who request.Identity) (yes, known bool) {
	program := p.conditions[s.When]
	if program == nil {
		return s.names(&f, who), true
	}
	yes, err := holds(ctx, program, f.variablesFor(who))
	return yes, !errors.Is(err, ErrUnknown) && ctx.Err() == nil
}

func (p *Policy) matches(ctx context.Context, a Approval, f Facts, who request.Identity) bool {
	yes, _ := p.Meets(ctx, a.Selector, f, who)
	return yes || a.Fallback && who.Has(request.Governance)
}
