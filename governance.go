package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Governance is what governance users do: forms, agreements, flows, and where
// they hold. As soon as two people hold GOVERNANCE, each change takes two of them
// (Config.FourEyes): it is kept as a proposal, and the error is a *ProposedError.
type Governance struct{ e *Engine }

// Governance returns the governance of the engine.
func (e *Engine) Governance() Governance { return Governance{e} }

// Flow returns the newest version of a flow, the built-in one included. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Flow(ctx context.Context, by request.Identity, name request.FlowName) (review.Flow, error) {
	if err := permit(by, "read a flow", request.Governance, request.Audit); err != nil {
		return review.Flow{}, err
	}
	return g.e.rules.Flow(ctx, name)
}

// Flows lists the newest versions of all flows but the built-in one by name, from
// the one after a given name, at most limit of them. It takes GOVERNANCE or AUDIT.
func (g Governance) Flows(ctx context.Context, by request.Identity, after request.FlowName, limit int) ([]review.Flow, error) {
	if err := permit(by, "list the flows", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return rulebook.List(ctx, g.e.rules, manifest.FlowDefinition, records.Flows, string(after), limit)
}

// SaveFlow saves the next version of a flow: f.Version names the version that it
// was based on, 0 for a new flow. If someone has saved another meanwhile, the
// error is a *StaleError. Requests that are pending keep the version that they
// were submitted under. It takes GOVERNANCE.
func (g Governance) SaveFlow(ctx context.Context, by request.Identity, f review.Flow) (review.FlowVersion, error) {
	if err := permit(by, "save a flow", request.Governance); err != nil {
		return review.FlowVersion{}, err
	}
	a := &governance.SavingFlow{Governance: g.e.governance, Flow: f}
	if err := g.e.governance.Alter(ctx, by, a); err != nil {
		return review.FlowVersion{}, err
	}
	return a.Saved, nil
}

// DeleteFlow deletes a flow that is attached nowhere and that no form names;
// otherwise the error is an *InUseError. Its versions stay readable, and pending
// requests keep theirs. The version is the newest that was seen. It takes
// GOVERNANCE.
func (g Governance) DeleteFlow(ctx context.Context, by request.Identity, v review.FlowVersion) error {
	if err := permit(by, "delete a flow", request.Governance); err != nil {
		return err
	}
	return g.e.governance.Alter(ctx, by, &governance.DeletingFlow{Governance: g.e.governance, Flow: v})
}

// Lint finds what is dangerous in a flow, or most likely not meant: what it
// approves on claims alone, or for anybody, rules that can never decide, and the
// like. Nothing of it stops the flow from being saved. It knows the forms that the
// flow is used with now. It takes GOVERNANCE or AUDIT.
func (g Governance) Lint(ctx context.Context, by request.Identity, f review.Flow) ([]review.Warning, error) {
	if err := permit(by, "look for what is dangerous in a flow", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	if err := governance.CheckFlow(f); err != nil {
		return nil, err
	}
	forms, err := g.e.governance.FormsWith(ctx, f.Name)
	if err != nil {
		return nil, err
	}
	return review.Lint(f, forms...)
}

// FlowAt returns one version of a flow, also of one that was deleted. It takes
// GOVERNANCE or AUDIT.
func (g Governance) FlowAt(ctx context.Context, by request.Identity, v review.FlowVersion) (review.Flow, error) {
	if err := permit(by, "read a flow", request.Governance, request.Audit); err != nil {
		return review.Flow{}, err
	}
	if v.Name == review.DefaultFlow.Name {
		return review.DefaultFlow, nil
	}
	read, err := records.Flows.Get(ctx, g.e.journal.Store, records.VersionKey(v.Name, v.Version))
	return read.Value, err
}

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
