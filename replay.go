package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Replay runs a changed flow over requests that were submitted under any of its
// versions, the newest first, and changes nothing. It looks at one page of them, and
// for as long as a platform may take to answer: Next says where to go on. The flow
// need not be saved; its Version does not matter. It takes GOVERNANCE or AUDIT.
func (g Governance) Replay(ctx context.Context, by request.Identity, f review.Flow, q manifest.ReplayQuery) (manifest.Replay, error) {
	if err := permit(by, "run a flow over past requests", request.Governance, request.Audit); err != nil {
		return manifest.Replay{}, err
	}
	if err := governance.CheckFlow(f); err != nil {
		return manifest.Replay{}, err
	}
	two, err := g.e.governance.TakesTwo(ctx, by)
	if err != nil {
		return manifest.Replay{}, err
	}
	if f.SavedBy, f.AgreedBy = by.Person(), ""; two {
		f.AgreedBy = request.SystemID // whoever approves it
	}
	changed, err := review.Compile(f)
	if err != nil {
		return manifest.Replay{}, err
	}
	return g.e.decisions.Replay(ctx, by, changed, q)
}
