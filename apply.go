package grantwright

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// apply asks the platform for what is wanted, and returns what it said of the
// principal of a grant. Where nothing more may be given, and something ends, it
// asks for what stands beside.
func (e *Engine) apply(ctx context.Context, ref catalog.Ref, want, beside []provision.Standing) func(provision.Grant) provision.Outcome {
	ctx, cancel := sparing(ctx)
	defer cancel()
	var outcomes []provision.Outcome
	p, err := e.provisioner(ctx, ref.Connection())
	if err == nil && p == nil {
		err = fmt.Errorf("%w: connection %s has no provisioner any more", ErrNoPlatform, ref.Connection())
	}
	if err != nil {
		outcomes = failed(len(want), err)
	} else {
		outcomes = e.applyResolved(ctx, p, ref, want, beside)
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

// applyResolved gives nothing more to whoever is no longer the principal that was
// approved. What ends is taken from them all the same.
func (e *Engine) applyResolved(ctx context.Context, p provision.Provisioner, ref catalog.Ref, want, beside []provision.Standing) []provision.Outcome {
	outcomes, refused := make([]provision.Outcome, len(want)), make([]error, len(want))
	var ask []provision.Standing
	var places []int
	for i, w := range want {
		if len(w.Want) > 0 {
			refused[i] = e.stillPrincipal(ctx, ref.Connection(), w.Principal)
		}
		if outcomes[i].Err = refused[i]; refused[i] != nil {
			at := slices.IndexFunc(beside, func(b provision.Standing) bool { return b.SamePair(w) })
			if at < 0 {
				continue
			}
			w = beside[at]
		}
		ask, places = append(ask, w), append(places, i)
	}
	for i, o := range e.ask(ctx, p, ask) {
		at := places[i]
		if refused[at] != nil {
			o.Taken, o.Err = o.Taken || o.Err == nil, &withheldError{errors.Join(refused[at], o.Err)}
		}
		outcomes[at] = o
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
