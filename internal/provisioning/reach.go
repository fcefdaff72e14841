package provisioning

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/provision"
)

// judgedReach says of each grant of a Standing why it is not given with what is opened with
// its asset now.
type judgedReach struct {
	error
	grants map[provision.GrantID]error
}

// of is the fault of one grant.
func (j *judgedReach) of(g provision.Grant) error {
	if fault := j.grants[g.ID]; fault != nil {
		return fault
	}
	return errors.New("grantwright: another grant to the same principal is looked at first")
}

// judgeReach decides where the platform says that others are opened with an asset than was
// known when it was approved, such as a new part of a table. Where those who decided would
// have decided about these too, and no guardrail prevents it, it is given all the same;
// else the grant ends, or waits until somebody has looked.
func (pr *Provisioning) judgeReach(ctx context.Context, p provision.Provisioner, live []provision.Grant, want []provision.Standing, outcomes []provision.Outcome) {
	var again []provision.Standing
	var places []int
	for i, o := range outcomes {
		var reached *provision.ReachedError
		if !errors.As(o.Err, &reached) {
			continue
		}
		faults, err := pr.faultsOfReach(ctx, want[i], live, reached)
		switch {
		case err != nil:
			outcomes[i].Err = fmt.Errorf("grantwright: what is read through the asset could not be looked at: %w", err)
		case len(faults) > 0:
			outcomes[i].Err = &judgedReach{reached, faults}
		default:
			w := want[i]
			w.Reached = []string{reached.Reach.Digest()}
			again, places = append(again, w), append(places, i)
		}
	}
	for i, o := range pr.Ask(ctx, p, again, live) {
		o.Ran = slices.Concat(outcomes[places[i]].Ran, o.Ran)
		if errors.As(o.Err, new(*provision.ReachedError)) {
			o.Err = errors.New("grantwright: what is read through the asset changes while it is looked at")
		}
		outcomes[places[i]] = o
	}
}

// faultsOfReach asks about each grant that is still to be given.
func (pr *Provisioning) faultsOfReach(ctx context.Context, w provision.Standing, live []provision.Grant, reached *provision.ReachedError) (map[provision.GrantID]error, error) {
	faults, checker := map[provision.GrantID]error{}, pr.Rules.GuardrailChecker()
	for _, g := range live {
		if !toGive(g) || !w.Includes(g) {
			continue
		}
		fault, err := pr.Rules.FaultOfReach(ctx, checker, g, reached)
		if err != nil {
			return nil, err
		}
		if fault != nil {
			faults[g.ID] = fault
		}
	}
	return faults, nil
}
