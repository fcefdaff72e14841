package drift

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/provision"
)

// sweep removes what nobody has access by. What cannot be removed now is left to the next
// reconciliation.
func (r *reconciliation) sweep(ctx context.Context) {
	sweeper, is := r.p.(provision.Sweeper)
	if !is || !r.acts() {
		return
	}
	if _, err := sweeper.Sweep(ctx); err != nil {
		r.drift.Logger.WarnContext(ctx, "what is left of ended access is removed later", "connection", r.on.Value.Name, "error", err)
	}
}

// doubtLater doubts the records where we have given access after the last act that they
// know of it: a backup of them was restored. Then nothing is removed.
func (r *reconciliation) doubtLater(o orphan) {
	if o.later() && r.result.Doubt == "" && !r.how.Adopt {
		r.result.Doubt = fmt.Sprintf("the access of %q to %s was given by act %d, and these records know of none after %d, as when a backup was restored", o.Principal.Name, o.Asset.Ref, o.Act, o.known)
	}
}

// why says by what an orphan is one.
func (o orphan) why() string {
	switch {
	case o.recorded():
		return "has ended by the records"
	case o.By != "":
		return fmt.Sprintf("was given by %s in a role of ours, and no record knows of it", o.By)
	}
	return "was given in our name, and no record knows of it"
}
