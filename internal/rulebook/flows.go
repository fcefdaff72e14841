package rulebook

import (
	"context"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Policy returns one version of a flow, compiled. Versions never change, so that a
// cached one stays right.
func (r *Rulebook) Policy(ctx context.Context, v review.FlowVersion) (*review.Policy, error) {
	return r.policies.Load(v, func() (*review.Policy, error) {
		if v == review.DefaultFlow.Of() {
			return review.Compile(review.DefaultFlow)
		}
		read, err := records.Flows.Get(ctx, r.Store, records.VersionKey(v.Name, v.Version))
		if err != nil {
			return nil, err
		}
		return review.Compile(read.Value)
	})
}

// NewestPolicies returns the newest versions of some flows.
func (r *Rulebook) NewestPolicies(ctx context.Context, names []request.FlowName) ([]*review.Policy, error) {
	var all []*review.Policy
	for _, name := range names {
		newest, err := r.Flow(ctx, name)
		if err != nil {
			return nil, err
		}
		p, err := r.Policy(ctx, newest.Of())
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// Flow returns the newest version of a flow.
func (r *Rulebook) Flow(ctx context.Context, name request.FlowName) (review.Flow, error) {
	if name == review.DefaultFlow.Name {
		return review.DefaultFlow, nil
	}
	return Newest(ctx, r, FlowNamed(name), records.Flows)
}
