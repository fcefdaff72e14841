package grantwright

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// apply asks the platform for what is wanted, and returns what it said of the
// principal of a grant.
func (e *Engine) apply(ctx context.Context, ref catalog.Ref, want []provision.Standing) func(provision.Grant) provision.Outcome {
	ctx, cancel := sparing(ctx)
	defer cancel()
	outcomes := make([]provision.Outcome, len(want))
	p, err := e.provisioner(ctx, ref.Connection())
	if err == nil && p == nil {
		err = fmt.Errorf("%w: connection %s has no provisioner any more", ErrNoPlatform, ref.Connection())
	}
	if err != nil {
		for i := range outcomes {
			outcomes[i].Err = err
		}
	} else {
		outcomes = e.applyResolved(ctx, p, ref, want)
	}
	return func(g provision.Grant) provision.Outcome {
		return outcomes[slices.IndexFunc(want, func(s provision.Standing) bool { return s.Includes(g) })]
	}
}

// sparing leaves a third of the time that is left for recording what a platform
// said, or that it said nothing.
func sparing(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)*2/3)
}

// applyResolved leaves out of what is given whoever is no longer the principal
// that was approved. What is taken needs no such check.
func (e *Engine) applyResolved(ctx context.Context, p provision.Provisioner, ref catalog.Ref, want []provision.Standing) []provision.Outcome {
	outcomes := make([]provision.Outcome, len(want))
	var ask []provision.Standing
	var places []int
	for i, w := range want {
		if len(w.Want) > 0 {
			outcomes[i].Err = e.stillPrincipal(ctx, ref.Connection(), w.Principal)
		}
		if outcomes[i].Err == nil {
			ask, places = append(ask, w), append(places, i)
		}
	}
	for i, o := range p.Apply(ctx, ask) {
		outcomes[places[i]] = o
	}
	return outcomes
}

// stillPrincipal says whether a principal is still that of the person who has
// claimed it.
func (e *Engine) stillPrincipal(ctx context.Context, connection string, p request.Principal) error {
	claim, err := store.PrincipalClaims.Get(ctx, e.config.Store, store.ClaimKey(connection, p.Name))
	if err != nil {
		return err
	}
	c, err := store.Connections.Get(ctx, e.config.Store, connection)
	if err != nil {
		return err
	}
	person, err := e.person(ctx, claim.Value.Person, request.Identity{})
	if err != nil {
		return fmt.Errorf("%w: %w", provision.ErrPermanent, err)
	}
	name, err := e.principal(ctx, c.Value, person)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", provision.ErrPermanent, err)
	case name != p.Name:
		return fmt.Errorf("%w: %s is principal %q now, and %q was approved", provision.ErrPermanent, claim.Value.Person, name, p.Name)
	}
	return nil
}
