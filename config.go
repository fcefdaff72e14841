package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// Export returns all definitions as they are. It takes GOVERNANCE or AUDIT.
func (g Governance) Export(ctx context.Context, by request.Identity) (manifest.Definitions, error) {
	if err := permit(by, "export the definitions", request.Governance, request.Audit); err != nil {
		return manifest.Definitions{}, err
	}
	return g.e.governance.Definitions(ctx)
}

// Diff says in what the wanted definitions differ from those that are stored: what
// Apply would do. It takes GOVERNANCE or AUDIT.
func (g Governance) Diff(ctx context.Context, by request.Identity, want manifest.Definitions) (manifest.Differences, error) {
	if err := permit(by, "compare the definitions", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	stored, err := g.e.governance.Definitions(ctx)
	return manifest.Diff(stored, want), err
}

// Apply brings all definitions to the wanted ones in one commit, or changes
// nothing: what they do not hold is deleted. Reviewed is the hash of the
// differences that somebody has looked at; if they are others by now, the error is
// a *StaleDiffError. It is held to what the single acts are held to, and takes
// GOVERNANCE.
func (g Governance) Apply(ctx context.Context, by request.Identity, want manifest.Definitions, reviewed string) (manifest.Differences, error) {
	if err := permit(by, "apply definitions", request.Governance); err != nil {
		return nil, err
	}
	if err := g.e.governance.CheckDefinitions(ctx, want); err != nil {
		return nil, err
	}
	stored, err := g.e.governance.Definitions(ctx)
	if err != nil {
		return nil, err
	}
	differences := manifest.Diff(stored, want)
	if now := differences.Hash(); now != reviewed {
		return nil, &manifest.StaleDiffError{Reviewed: reviewed, Now: now}
	}
	a := g.e.governance.NewApplication(want, differences)
	if err := g.e.governance.Alter(ctx, by, a); err != nil {
		return nil, err
	}
	return a.Applied, nil
}
