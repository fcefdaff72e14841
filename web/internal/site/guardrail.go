package site

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Placed is a guardrail that holds for an asset.
type Placed struct {
	Guardrail     review.Guardrail `json:"guardrail"`
	InheritedFrom catalog.Ref      `json:"inheritedFrom,omitempty" doc:"The container at which it is set; missing for what is set at the asset itself"`
}

// GuardrailsOf lists the guardrails that hold for an asset.
func (s *Site) GuardrailsOf(ctx context.Context, by request.Identity, asset catalog.Ref) ([]Placed, error) {
	placed, err := s.Engine.Assets().Guardrails(ctx, by, asset)
	if err != nil {
		return nil, err
	}
	all := []Placed{}
	for _, p := range placed {
		all = append(all, Placed{p.Guardrail, InheritedFrom(p.From, asset)})
	}
	return all, nil
}

// InheritedFrom is the container from which an asset inherits; empty for a thing
// that is set at the asset itself.
func InheritedFrom(from, asset catalog.Ref) catalog.Ref {
	if from == asset {
		return ""
	}
	return from
}
