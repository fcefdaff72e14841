package review

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// ErrUnknown is wrapped when a condition depends on a fact that is not known, such as the
// groups of somebody who came without a claim of them. It asks people, and ends nothing.
var ErrUnknown = errors.New("is not known")

// UnknownError names the facts that are not known, such as beneficiary.groups.
type UnknownError struct{ Facts []string }

func (e *UnknownError) Error() string {
	if len(e.Facts) == 1 {
		return e.Facts[0] + " is not known"
	}
	return strings.Join(e.Facts, ", ") + " are not known"
}

func (e *UnknownError) Unwrap() error { return ErrUnknown }

// evaluate runs a program. A result that depends on what is not known is an
// *UnknownError; one that holds whatever the unknown would be is a result.
func evaluate(ctx context.Context, program cel.Program, variables map[string]any) (ref.Val, error) {
	unknown := unknownOf(variables)
	if len(unknown) == 0 {
		value, _, err := program.ContextEval(ctx, variables)
		return value, err
	}
	input, err := cel.PartialVars(variables, patterns(unknown)...)
	if err != nil {
		return nil, err
	}
	value, _, err := program.ContextEval(ctx, input)
	if err != nil {
		return nil, err
	}
	if met, is := value.(*types.Unknown); is {
		return nil, &UnknownError{Facts: named(met, unknown)}
	}
	return value, nil
}

// unknownFact is a field of a variable that is not known.
type unknownFact struct{ variable, field string }

func (f unknownFact) String() string { return f.variable + "." + f.field }

// unknownOf lists the facts of people that are not known.
func unknownOf(variables map[string]any) (all []unknownFact) {
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		person, is := variables[name].(PersonFacts)
		if !is {
			continue
		}
		if person.Groups == nil {
			all = append(all, unknownFact{name, "groups"})
		}
		if person.Attributes == nil {
			all = append(all, unknownFact{name, "attributes"})
		}
	}
	return all
}

func patterns(unknown []unknownFact) []*cel.AttributePatternType {
	all := make([]*cel.AttributePatternType, len(unknown))
	for i, f := range unknown {
		all[i] = cel.AttributePattern(f.variable).QualString(f.field)
	}
	return all
}

// named are the unknown facts on which a result depends; all, where it names none.
func named(met *types.Unknown, unknown []unknownFact) []string {
	var some, all []string
	for _, f := range unknown {
		all = append(all, f.String())
		for _, id := range met.IDs() {
			trails, _ := met.GetAttributeTrails(id)
			if slices.ContainsFunc(trails, func(t *types.AttributeTrail) bool {
				return t.String() == f.variable || strings.HasPrefix(t.String(), f.String())
			}) {
				some = append(some, f.String())
				break
			}
		}
	}
	if len(some) == 0 {
		return all
	}
	return some
}

// unsure reports whether what some policies do depends on a fact that is not known, for the
// asset or for something that it covers.
func unsure(ctx context.Context, f Facts, policies []*Policy) bool {
	if len(unknownOf(f.variables())) == 0 {
		return false
	}
	for _, p := range policies {
		all := []Facts{f}
		for _, c := range p.apart(f) {
			all = append(all, f.on(c))
		}
		delegates := false
		for _, one := range all {
			a, unknown := p.meets(ctx, one.variables())
			if unknown {
				return true
			}
			delegates = delegates || a.Act == Delegate
		}
		if !delegates {
			return false
		}
	}
	return false
}

// meets finds the action of the first rule that holds; unknown says that it, or one of its
// stages, depends on what is not known.
func (p *Policy) meets(ctx context.Context, variables map[string]any) (a Action, unknown bool) {
	a = p.flow.Default
	for i, r := range p.flow.Rules {
		yes, err := holds(ctx, p.rules[i], variables)
		if err != nil {
			return p.people(), errors.Is(err, ErrUnknown)
		}
		if yes {
			a = r.Then
			break
		}
	}
	for _, s := range a.Stages {
		if s.When == "" {
			continue
		}
		if _, err := holds(ctx, p.stages[s.When], variables); errors.Is(err, ErrUnknown) {
			return a, true
		}
	}
	return a, false
}
