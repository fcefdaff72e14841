package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
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
