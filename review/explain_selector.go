package review

import (
	"context"

	"github.com/grantwright/grantwright/request"
)

// ExplainedSelector says whether somebody is a data steward by one selector of a
// review.
type ExplainedSelector struct {
	Stage    string  `json:"stage"`
	Selector string  `json:"selector"`           // in words
	Fallback bool    `json:"fallback,omitempty"` // GOVERNANCE may act too, because nobody is known who could
	Verdict  Verdict `json:"verdict"`            // HOLDS if it matches them
	Error    string  `json:"error,omitempty"`    // of a condition that cannot be told, which matches nobody
	Parts    []Part  `json:"parts,omitempty"`    // of a condition: all of which must hold
}

// ExplainSelectors says by which selectors of a review somebody is a data steward
// now, in their own right, in the order of its stages; those that are passed ask
// nobody. Of a condition it says what each of its parts comes to, as Explain does of
// rules.
func (p *Policy) ExplainSelectors(ctx context.Context, r Review, f Facts, steward request.Identity) ([]ExplainedSelector, error) {
	var all []ExplainedSelector
	for _, stage := range r.Stages {
		if stage.Passed != "" {
			continue
		}
		for _, a := range stage.Approvals {
			e := p.explainSelector(ctx, a, f, steward)
			e.Stage = stage.Name
			all = append(all, e)
		}
	}
	return all, ctx.Err()
}

func (p *Policy) explainSelector(ctx context.Context, a Approval, f Facts, steward request.Identity) ExplainedSelector {
	e := ExplainedSelector{Selector: a.Selector.String(), Fallback: a.Fallback, Verdict: HoldsNot}
	if program := p.conditions[a.Selector.When]; program != nil {
		found := explained(ctx, program, f, f.variablesFor(steward), ExplainedRule{When: a.Selector.When})
		e.Verdict, e.Error, e.Parts = found.Verdict, found.Error, found.Parts
	}
	if p.matches(ctx, a, f, steward) {
		e.Verdict = Holds
	}
	return e
}
