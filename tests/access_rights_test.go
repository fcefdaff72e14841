package tests

import (
	"context"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// accessActs are those about who has access, and who never may.
var accessActs = []struct {
	method string
	may    []string
	do     func(ctx context.Context, w *world, by request.Identity, pending, granted request.Request) error
}{
	{"Access.To", []string{"steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Access().To(ctx, by, orders, grantwright.AccessQuery{})
		return err
	}},
	{"Access.Of", []string{"requester", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Access().Of(ctx, by, eve.Person(), grantwright.AccessQuery{})
		return err
	}},
	{"Access.Foreign", []string{"steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Access().Foreign(ctx, by, orders, grantwright.AccessQuery{Limit: 10})
		return err
	}},
	{"Access.Claim", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Access().Claim(ctx, by, []provision.Claim{claimFor(frank)}, true)
		return err
	}},
	{"Assets.Guardrails", []string{"steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Assets().Guardrails(ctx, by, orders)
		return err
	}},
	{"Governance.Guardrails.Newest", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Guardrails.Newest(ctx, by, "none")
		return err
	}},
	{"Governance.Guardrails.At", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Guardrails.At(ctx, by, "none", 1)
		return err
	}},
	{"Governance.Guardrails.List", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Guardrails.List(ctx, by, "", 10)
		return err
	}},
	{"Governance.Guardrails.Save", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Guardrails.Save(ctx, by, review.Guardrail{Name: "x", At: []catalog.Ref{"warehouse"}, Require: "true"})
		return err
	}},
	{"Governance.Guardrails.Delete", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Governance().Guardrails.Delete(ctx, by, "none", 1)
	}},
}
