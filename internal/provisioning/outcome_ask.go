package provisioning

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"

	"github.com/grantwright/grantwright/provision"
)

// Ask makes an error of what no provisioner may do. An outcome that is missing
// would read as if the platform were as it should be. Live are the grants of the
// principals that it is about.
func (pr *Provisioning) Ask(ctx context.Context, p provision.Provisioner, want []provision.Standing, live []provision.Grant) (outcomes []provision.Outcome) {
	if len(want) == 0 {
		return nil
	}
	defer func() {
		if fault := recover(); fault != nil {
			pr.Logger.Error("a provisioner panicked", "panic", fault, "stack", string(debug.Stack()))
			outcomes = failed(len(want), errors.New("grantwright: the provisioner panicked; the log says where"))
		}
	}()
	if later, is := p.(provision.Later); is {
		return pr.askLater(ctx, later, want, live)
	}
	outcomes = p.Apply(ctx, want)
	return complete(outcomes, want)
}

// askLater is ask for a platform that may answer later: what it is called for is
// kept first, so that an answer finds it however soon it comes.
func (pr *Provisioning) askLater(ctx context.Context, p provision.Later, want []provision.Standing, live []provision.Grant) []provision.Outcome {
	back, err := pr.openCalls(ctx, want, live)
	if err != nil {
		return failed(len(want), err)
	}
	outcomes := complete(p.ApplyLater(ctx, want, back), want)
	if err := pr.saveDeadlines(ctx, back, outcomes); err != nil {
		return failed(len(want), err)
	}
	return outcomes
}

func complete(outcomes []provision.Outcome, want []provision.Standing) []provision.Outcome {
	if len(outcomes) != len(want) {
		return failed(len(want), fmt.Errorf("grantwright: the provisioner returned %d outcomes, and was asked for %d", len(outcomes), len(want)))
	}
	return outcomes
}

// failed says the same of everything that was asked.
func failed(n int, err error) []provision.Outcome {
	return slices.Repeat([]provision.Outcome{{Err: err}}, n)
}

// withheldError says why we give no more. It says nothing of what works already.
type withheldError struct{ error }

func (e *withheldError) Unwrap() error { return e.error }
