package review

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/cel-go/common/types/ref"

	"github.com/grantwright/grantwright/review/internal/condition"
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
func evaluate(ctx context.Context, program *condition.Program, variables map[string]any) (ref.Val, error) {
	missing := unknownOf(variables)
	if program.Reads(condition.OfStages) && variables[condition.OfStages] == (AssistFacts{}) {
		missing = append(missing, condition.Unknown{Variable: condition.OfStages, Field: "risk"})
	}
	value, unknown, err := program.Eval(ctx, variables, missing)
	if len(unknown) > 0 {
		return nil, &UnknownError{Facts: unknown}
	}
	return value, err
}

// whose are the variables that are people.
var whose = [...]string{"beneficiary", "person", "requester", "steward"}

// unknownOf lists the facts of people that are not known.
func unknownOf(variables map[string]any) (all []condition.Unknown) {
	for _, name := range whose {
		person, is := variables[name].(PersonFacts)
		if !is {
			continue
		}
		if person.Groups == nil {
			all = append(all, condition.Unknown{Variable: name, Field: "groups"})
		}
		if person.Attributes == nil {
			all = append(all, condition.Unknown{Variable: name, Field: "attributes"})
		}
	}
	return all
}

// unsure reports whether what some policies do depends on a fact that is not known, for the
// asset or for something that it covers.
func unsure(ctx context.Context, f Facts, policies []*Policy) bool {
	if len(unknownOf(f.variables())) == 0 {
		return false
	}
	o := opening{facts: f}
	for i, p := range policies {
		all := []Facts{f}
		for _, c := range p.apart(f) {
			all = append(all, f.on(c))
		}
		people := f.AskPeople != "" || o.forSetters("", policies[:i+1]) != ""
		delegates := false
		for _, one := range all {
			a, unknown := p.meets(ctx, one.variables(), people)
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

// meets finds the action of the first rule that holds, or that of people where a rule fails,
// or may not approve; unknown says that it, or one of its stages, depends on what is not
// known.
func (p *Policy) meets(ctx context.Context, variables map[string]any, people bool) (a Action, unknown bool) {
	a = p.flow.Default
	for i, r := range p.flow.Rules {
		yes, err := holds(ctx, p.rules[i], variables)
		if errors.Is(err, ErrUnknown) {
			return p.flow.People(), true
		}
		if err != nil {
			a = p.flow.People()
			break
		}
		if yes {
			a = r.Then
			break
		}
	}
	if a.Act == Approve && people {
		a = p.flow.People()
	}
	for _, s := range a.Stages {
		if s.When == "" {
			continue
		}
		_, err := holds(ctx, p.stages[s.When], variables)
		if unknown := (*UnknownError)(nil); errors.As(err, &unknown) && !slices.Equal(unknown.Facts, []string{"assist.risk"}) {
			return a, true // what is not known of the risk stays so
		}
	}
	return a, false
}
