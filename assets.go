package grantwright

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Assets is what can be asked for.
type Assets struct{ e *Engine }

// Assets returns the assets of the engine.
func (e *Engine) Assets() Assets { return Assets{e} }

// Search lists assets by Ref, a page at a time. Everyone may: what can be asked
// for is no secret.
func (a Assets) Search(ctx context.Context, by request.Identity, q catalog.Query) ([]catalog.Asset, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	return a.e.rules.Inventory.Search(ctx, q)
}

// Connections lists the connections on which there are assets to ask for, by name, from the
// one after a given name, at most limit of them: their Name, Technology and Host alone.
// Everyone may.
func (a Assets) Connections(ctx context.Context, by request.Identity, after string, limit int) ([]catalog.Connection, error) {
	if err := by.Check(); err != nil {
		return nil, err
	}
	all, err := journal.Values(records.Connections.All(ctx, a.e.journal.Store, after, limit))
	for i, c := range all {
		all[i] = catalog.Connection{Name: c.Name, Technology: c.Technology, Host: c.Host}
	}
	return all, err
}

// Entry returns an asset with the form by which it is asked for. A name that none has is a
// *catalog.UnknownError, with those that are similar.
func (a Assets) Entry(ctx context.Context, by request.Identity, ref catalog.Ref, t request.Type) (request.Entry, error) {
	if err := by.Check(); err != nil {
		return request.Entry{}, err
	}
	asset, err := a.e.rules.KnownAsset(ctx, ref)
	if err != nil {
		return request.Entry{}, err
	}
	return a.e.rules.Entry(ctx, asset, t)
}

// Resolve finds the asset that a request link leads to, and its form. A name that
// none has is read as its platform reads it without quotes. If the name fits several assets, the error is an *AmbiguousError; if it fits none, it
// is a *catalog.UnknownError, with the assets that have a similar name.
func (e *Engine) Resolve(ctx context.Context, by request.Identity, link catalog.Link) (request.Entry, error) {
	if err := by.Check(); err != nil {
		return request.Entry{}, err
	}
	found, err := e.rules.Find(ctx, link)
	if err != nil {
		return request.Entry{}, err
	}
	switch len(found) {
	case 0:
		return request.Entry{}, e.rules.Unknown(ctx, link.Path, "")
	case 1:
		return e.rules.Entry(ctx, found[0], rulebook.RequestType(link.Type))
	}
	return request.Entry{}, &catalog.AmbiguousError{Candidates: found}
}

// Guardrails lists those that hold for an asset, and where they are set, nearest
// first, and then those of what it is a part of: to those who may see who has access to it.
func (a Assets) Guardrails(ctx context.Context, by request.Identity, ref catalog.Ref) ([]review.Placed, error) {
	if err := a.e.lists.MayOversee(ctx, by, ref, "see the guardrails of this asset"); err != nil {
		return nil, err
	}
	return a.e.rules.GuardrailChecker().Holding(ctx, ref)
}

// Outlook is what somebody can know of an asset before they ask for it.
type Outlook struct {
	Entry     request.Entry
	Steps     []Step              // who would have to approve, if the form does not settle it
	Status    request.Status      // APPROVED or DENIED where a rule decides at once, whatever is answered; else PENDING
	Prevented []review.Prevention // guardrails that keep them from reading it, approved or not
	Stopped   []request.Fault     // why they cannot ask for it now; then nothing is said of the five above
	Excluded  []catalog.Ref       // what access to a container would not cover, at most MaxExcluded
	Emergency *review.Emergency   // who may have it at once, and for how long; nil where nobody may
	AtOnce    bool                // they may

	// Usual is the median of how long people took for the last Decisions: on the asset, if
	// OfAsset, or else under the same flow. Below three of them nothing is said.
	Usual     time.Duration
	Decisions int
	OfAsset   bool

	Grants    []provision.Grant // theirs and of their groups that may stand, on it or on a container of it, the newest first
	Requested []request.Request // the newest that concern them, at most 10 of the last store.MaxPage
}

// Outlook says what somebody can know of an asset before they ask for it: of their own
// access and requests, and of how such requests are decided.
func (a Assets) Outlook(ctx context.Context, by request.Identity, ref catalog.Ref, t request.Type) (Outlook, error) {
	if err := by.Check(); err != nil {
		return Outlook{}, err
	}
	found, err := a.e.outlooks.Of(ctx, by, ref, t)
	if err != nil {
		return Outlook{}, err
	}
	reader := decisions.Reader{Own: true, Explains: by.Has(request.Governance) || by.Has(request.Audit)}
	for i, g := range found.Grants {
		found.Grants[i] = reader.Grant(g)
	}
	return Outlook{Entry: found.Entry, Steps: stepsOf(found.Review), Status: found.Review.Status, Prevented: reader.Prevented(found.Prevented), Stopped: found.Stopped,
		Excluded: found.Excluded, Emergency: found.Emergency, AtOnce: found.AtOnce, Usual: found.Usual.Median, Decisions: found.Usual.Decisions, OfAsset: found.Usual.OfAsset, Grants: found.Grants, Requested: found.Requested}, nil
}
