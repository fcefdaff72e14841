package tests

import (
	"context"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// proposes has a change of a second governance user's wait, and returns which.
func proposes(ctx context.Context, w *world) manifest.ProposalID {
	config := w.Config
	config.FourEyes = manifest.FourEyesAlways
	e, err := grantwright.New(config)
	if err == nil {
		_, err = e.Governance().Flows.Save(ctx, second, longer())
		defer func() { _ = e.Close() }()
	}
	all, _, _ := w.Proposals().All(ctx, gov, manifest.ProposalPending, store.Position{}, 1)
	if len(all) == 0 {
		panic(err)
	}
	return all[0].ID
}

// proposalActs are acts with flows as they were and would be, and with proposed
// changes.
var proposalActs = []struct {
	method string
	may    []string
	do     func(ctx context.Context, w *world, by request.Identity, pending, granted request.Request) error
}{
	{"Explain", []string{"steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Explain(ctx, by, pending.ID)
		return err
	}},
	{"EraseEvidence", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, granted request.Request) error {
		_, err := w.EraseEvidence(ctx, by, granted.ID, []string{"beneficiary"}, "")
		return err
	}},
	{"Governance.Replay", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Replay(ctx, by, flow, manifest.ReplayQuery{})
		return err
	}},
	{"Governance.Flows.Lint", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Flows.Lint(ctx, by, flow)
		return err
	}},
	{"Governance.Masks.Lint", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Masks.Lint(ctx, by, catalog.Mask{Name: "m", At: orders, How: catalog.MaskNull, Columns: []string{"id"}})
		return err
	}},
	{"Governance.Try", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Governance().Try(ctx, by, flow, request.Request{ID: pending.ID})
		return err
	}},
	{"Governance.Matching", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Governance().Matching(ctx, by, review.Selector{Group: "sales-owners"})
		return err
	}},
	{"Governance.Flows.At", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Flows.At(ctx, by, "sales", 1)
		return err
	}},
	{"Proposals.All", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Proposals().All(ctx, by, "", store.Position{}, 10)
		return err
	}},
	{"Proposals.Proposal", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Proposals().Proposal(ctx, by, proposes(ctx, w))
		return err
	}},
	{"Proposals.Replay", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Proposals().Replay(ctx, by, proposes(ctx, w), "sales", manifest.ReplayQuery{})
		return err
	}},
	{"Proposals.Approve", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Proposals().Approve(ctx, by, proposes(ctx, w), "")
		return err
	}},
	{"Proposals.Refuse", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Proposals().Refuse(ctx, by, proposes(ctx, w), "")
		return err
	}},
	{"Proposals.Withdraw", nil, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Proposals().Withdraw(ctx, by, proposes(ctx, w))
		return err
	}},
}
