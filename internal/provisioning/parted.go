package provisioning

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/provision"
)

// parted says of each grant of a Standing why it is not given; nil where it is.
type parted interface{ of(g provision.Grant) error }

// FaultOf is what a fault about a Standing is for one of its grants; nil where it is none.
func FaultOf(err error, g provision.Grant) error {
	if each := parted(nil); errors.As(err, &each) {
		return each.of(g)
	}
	if lacking := (*provision.LackingError)(nil); errors.As(err, &lacking) && lacking.Of != nil && !lacking.Of(g.Access) {
		return nil
	}
	return err
}

// refusedInPart says that the platform refuses some of the access of a Standing, and what
// became of the rest.
type refusedInPart struct {
	error
	refused func(provision.Access) bool
	rest    error
}

func (r *refusedInPart) of(g provision.Grant) error {
	if r.refused(g.Access) {
		return r.error
	}
	return FaultOf(r.rest, g)
}

// withoutRefused are the Standings of which the platform refuses some access alone, without
// that, and their places. Their faults become those of the refused part.
func withoutRefused(want []provision.Standing, faults []*error) (again []provision.Standing, places []int) {
	for i, err := range faults {
		refused := (*provision.RefusedError)(nil)
		if errors.As(*err, new(*withheldError)) || !errors.As(*err, &refused) || refused.Of == nil {
			continue // to whoever nothing may be given, the rest may not either
		}
		w := want[i]
		w.Want = slices.DeleteFunc(slices.Clone(w.Want), refused.Of)
		if left := len(w.Want); left > 0 && left < len(want[i].Want) {
			*err = &refusedInPart{*err, refused.Of, nil}
			again, places = append(again, w), append(places, i)
		}
	}
	return again, places
}

// withRest adds to the fault of a refused part what became of the rest.
func withRest(refused, rest error) error {
	if part := (*refusedInPart)(nil); errors.As(refused, &part) {
		part.rest = rest
	}
	return refused
}

// giveRest asks again for those of whose access the platform refuses some, without that: who
// may not write is no reason why they should not read.
func (pr *Provisioning) giveRest(ctx context.Context, p provision.Provisioner, live []provision.Grant, want []provision.Standing, outcomes []provision.Outcome) {
	var faults []*error
	for i := range outcomes {
		faults = append(faults, &outcomes[i].Err)
	}
	again, places := withoutRefused(want, faults)
	rest := pr.Ask(ctx, p, again, live)
	pr.judgeReach(ctx, p, live, again, rest)
	for i, o := range rest {
		was := outcomes[places[i]]
		o.Ran, o.Err = slices.Concat(was.Ran, o.Ran), withRest(was.Err, o.Err)
		outcomes[places[i]] = o
	}
}
