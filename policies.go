package grantwright

import (
	"context"
	"fmt"
	"sync"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// keptPolicies bounds how many compiled flow versions are kept.
const keptPolicies = 1000

// policies keeps flows that are compiled. Versions never change, so that what is
// kept stays right.
type policies struct {
	mu   sync.Mutex
	kept map[review.FlowVersion]*review.Policy
}

// policy returns one version of a flow, ready to run.
func (e *Engine) policy(ctx context.Context, v review.FlowVersion) (*review.Policy, error) {
	e.rules.mu.Lock()
	p := e.rules.kept[v]
	e.rules.mu.Unlock()
	if p != nil {
		return p, nil
	}
	flow := review.DefaultFlow
	if v != flow.Of() {
		read, err := store.Flows.Get(ctx, e.config.Store, store.VersionKey(v.Name, v.Version))
		if err != nil {
			return nil, err
		}
		flow = read.Value
	}
	p, err := review.Compile(flow)
	if err != nil {
		return nil, err
	}
	e.rules.keep(v, p)
	return p, nil
}

func (k *policies) keep(v review.FlowVersion, p *review.Policy) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil || len(k.kept) >= keptPolicies {
		k.kept = map[review.FlowVersion]*review.Policy{}
	}
	k.kept[v] = p
}

// newestPolicies returns the newest versions of some flows.
func (e *Engine) newestPolicies(ctx context.Context, names []request.FlowName) ([]*review.Policy, error) {
	var all []*review.Policy
	for _, name := range names {
		newest, err := e.flow(ctx, name)
		if err != nil {
			return nil, err
		}
		p, err := e.policy(ctx, newest.Of())
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// flow returns the newest version of a flow.
func (e *Engine) flow(ctx context.Context, name request.FlowName) (review.Flow, error) {
	if name == review.DefaultFlow.Name {
		return review.DefaultFlow, nil
	}
	newest, err := store.FlowVersions.Newest(ctx, e.config.Store, name, store.Position{}, 1)
	if err == nil && len(newest) == 0 {
		err = fmt.Errorf("%w: flow %q", store.ErrNotFound, name)
	}
	if err != nil {
		return review.Flow{}, err
	}
	return newest[0].Value, nil
}
