package drift

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// dryRunFinding is the finding of a dry run about an ACTIVE grant; its Kind is empty
// where all is well.
func dryRunFinding(g provision.Grant, plan provision.Plan) provision.Finding {
	f := provision.Finding{Asset: g.Asset.Ref, Principal: g.Principal.Name, Grant: g.ID, Access: []provision.Access{g.Access}, Statements: plan.Statements}
	next := g.Applied(provision.Outcome{Err: plan.Err, Withdrawn: plan.Withdrawn, Remaining: plan.Paths, Definition: plan.Definition, Remarks: plan.Remarks, Reach: plan.Reach, Gaps: g.Gaps}, g.Started, store.Backoff)
	switch {
	case next.State == provision.Suspended:
		f.Kind, f.Detail = provision.FoundSuspended, next.Withheld
	case next.State == provision.Provisioning:
		f.Kind, f.Detail = provision.FoundReplaced, plan.Err.Error()
	case errors.Is(plan.Err, provision.ErrPermanent), errors.As(plan.Err, new(*provision.LackingError)):
		f.Kind, f.Detail = provision.FoundBroken, plan.Err.Error()
	case plan.Err != nil:
		f.Kind, f.Detail = provision.FoundUnknown, plan.Err.Error()
	case len(next.ColumnsSince(g)) > 0:
		f.Kind, f.Detail = provision.FoundReplaced, strings.Join(next.ColumnsSince(g), "; ")
	case len(plan.Statements) > 0:
		f.Kind, f.Detail = provision.FoundMissing, "what stands is not what is wanted"
	case next.ReplacedBeside(g) != "":
		f.Kind, f.Detail = provision.FoundReplaced, next.ReplacedBeside(g)
	case plan.Gaps.Count > g.Gaps.Count:
		f.Kind, f.Detail = provision.FoundGaps, gapsIn(plan.Gaps)
	case !slices.Equal(next.Remaining, g.Remaining):
		f.Kind, f.Detail = provision.FoundForeign, fmt.Sprintf("other ways in: %q, before: %q", next.Remaining, g.Remaining)
	case next.RemarksSince(g) != "":
		f.Kind, f.Detail = provision.FoundRemarks, next.RemarksSince(g)
	}
	return f
}
