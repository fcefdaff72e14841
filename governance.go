package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Governance is what governance users do: what they define, and where it holds. As
// soon as two people hold GOVERNANCE, each change takes two of them (Config.FourEyes):
// it is kept as a proposal, and the error is a *ProposedError.
type Governance struct {
	// Requests keep the version of a form that they were made with. A form is not
	// deleted while it is attached, or a pending request was made with it.
	Forms Definitions[request.FormName, request.Form]

	// Agreements are shown before they are accepted. What was accepted stays what it
	// was: who submits from then on accepts the new version.
	Agreements Definitions[request.AgreementName, request.Agreement]

	// Requests that are pending keep the version of a flow that they were submitted
	// under.
	Flows Definitions[request.FlowName, review.Flow]

	// A guardrail holds at once, also for what was approved before: live grants that it
	// prevents end, and stay ended when it is deleted. Containers cover nothing any more
	// where a guardrail is set below them.
	Guardrails Definitions[review.GuardrailName, review.Guardrail]

	// When a mask is saved, the columns that the assets have then count as looked at;
	// those that come later are not shown until they are classified. What was granted on
	// the assets becomes access to what shows them masked, until the mask is deleted.
	Masks Definitions[string, catalog.Mask]

	// Classifications say of the columns of an asset which tags they have, by which
	// masks find them, or none, so that a column is shown as it is unless a mask names it.
	Classifications Definitions[catalog.Ref, catalog.Classification]

	// Attachments set the form and the flow at an asset, a container or a connection, for
	// one type of request and everything below, until something nearer overrides it. One
	// that would have no effect is refused; requests that are open are not touched. Their
	// names are their Keys, in the order of types and places. They have no versions: the
	// only one is 0, and a save puts the new in the place of the old. One without a form
	// and a flow takes away what was set.
	Attachments Definitions[string, request.Attachment]

	e *Engine
}

// Governance returns the governance of the engine.
func (e *Engine) Governance() Governance {
	return Governance{
		Forms:           Definitions[request.FormName, request.Form]{e: e, kind: &governance.Forms},
		Agreements:      Definitions[request.AgreementName, request.Agreement]{e: e, kind: &governance.Agreements, open: true},
		Flows:           Definitions[request.FlowName, review.Flow]{e: e, kind: &governance.Flows},
		Guardrails:      Definitions[review.GuardrailName, review.Guardrail]{e: e, kind: &governance.Guardrails},
		Masks:           Definitions[string, catalog.Mask]{e: e, kind: &governance.Masks},
		Classifications: Definitions[catalog.Ref, catalog.Classification]{e: e, kind: &governance.Classifications},
		Attachments:     Definitions[string, request.Attachment]{e: e, kind: &governance.Attachments},
		e:               e,
	}
}

// Export returns all definitions as they are. It takes GOVERNANCE or AUDIT.
func (g Governance) Export(ctx context.Context, by request.Identity) (manifest.Definitions, error) {
	if err := permit(by, "export the definitions", request.Governance, request.Audit); err != nil {
		return manifest.Definitions{}, err
	}
	return g.e.governance.Definitions(ctx)
}

// Owned is what a file keeps for itself, see manifest.File.Owned, and what of it is stored
// otherwise. It takes GOVERNANCE or AUDIT.
func (g Governance) Owned(ctx context.Context, by request.Identity) (manifest.Ownership, error) {
	if err := permit(by, "see what a file keeps for itself", request.Governance, request.Audit); err != nil {
		return manifest.Ownership{}, err
	}
	return g.e.governance.Owned(ctx)
}

// Diff says in what the wanted definitions differ from those that are stored: what
// Apply would do, and what that would let through. It takes GOVERNANCE or AUDIT.
func (g Governance) Diff(ctx context.Context, by request.Identity, want manifest.Definitions) (manifest.Differences, error) {
	if err := permit(by, "compare the definitions", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	stored, err := g.e.governance.Definitions(ctx)
	if err != nil {
		return nil, err
	}
	differences, err := manifest.Compared(ctx, stored, want, manifest.Diff(stored, want))
	if err != nil {
		return nil, err
	}
	return g.e.governance.WarnInDifferences(ctx, differences, want), nil
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

// Replay runs a changed flow over requests that were submitted under any of its
// versions, or for what it is to be attached to, the newest first, and changes nothing. It looks at one page of them, and
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

// Report tells governance that a link leads to nothing: that an asset wants
// registering. Nobody can approve it. When the asset appears, whoever reported it
// is told. The same again returns the first report; at most request.MaxWanted of a
// person are open at once, and the error is a *LimitError then. A link that leads
// somewhere is refused with ErrState.
func (a Assets) Report(ctx context.Context, by request.Identity, link catalog.Link) (request.Wanted, error) {
	return a.e.inventory.Report(ctx, by, link)
}

// Wanted lists what people have looked for in vain, by its status, those first
// that have waited longest, from a position on. It takes GOVERNANCE, ADMIN or
// AUDIT.
func (g Governance) Wanted(ctx context.Context, by request.Identity, s request.WantedStatus, after store.Position, limit int) ([]request.Wanted, store.Position, error) {
	if err := permit(by, "list what is wanted", request.Governance, request.Admin, request.Audit); err != nil {
		return nil, after, err
	}
	if s == "" {
		s = request.StillWanted
	}
	read, err := records.WantedByStatus.Find(ctx, g.e.journal.Store, s, after, limit)
	return journal.PageOf(read, after, err)
}

// Dismiss says that a wanted asset will not be there, and why. Whoever reported it
// is told. It takes GOVERNANCE or ADMIN.
func (g Governance) Dismiss(ctx context.Context, by request.Identity, id request.WantedID, reason string) (request.Wanted, error) {
	if err := errors.Join(permit(by, "dismiss what is wanted", request.Governance, request.Admin), review.CheckReason(reason)); err != nil {
		return request.Wanted{}, err
	}
	return g.e.inventory.EndWanted(ctx, id, by.Person(), event.AssetDismissed, func(w request.Wanted) request.Wanted {
		w.Status, w.Reason = request.Dismissed, reason
		return w
	})
}
