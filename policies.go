package grantwright

import (
	"context"
	"sync"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// maxKept bounds how many compiled things of a kind are kept.
const maxKept = 1000

// kept keeps what is compiled, by what it was compiled from. The zero kept is
// empty and ready.
type kept[K comparable, V any] struct {
	mu  sync.Mutex
	all map[K]V
}

// get returns what is kept, or else what compile makes.
func (k *kept[K, V]) get(from K, compile func() (V, error)) (V, error) {
	k.mu.Lock()
	v, is := k.all[from]
	k.mu.Unlock()
	if is {
		return v, nil
	}
	v, err := compile()
	if err != nil {
		return v, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil || len(k.all) >= maxKept {
		k.all = map[K]V{}
	}
	k.all[from] = v
	return v, nil
}

// policy returns one version of a flow, ready to run. Versions never change, so
// that what is kept stays right.
func (e *Engine) policy(ctx context.Context, v review.FlowVersion) (*review.Policy, error) {
	return e.policies.get(v, func() (*review.Policy, error) {
		if v == review.DefaultFlow.Of() {
			return review.Compile(review.DefaultFlow)
		}
		read, err := store.Flows.Get(ctx, e.config.Store, store.VersionKey(v.Name, v.Version))
		if err != nil {
			return nil, err
		}
		return review.Compile(read.Value)
	})
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
	return newest(ctx, e, flowNamed(name), store.Flows)
}
