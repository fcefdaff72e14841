package tests

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/store"
)

// clientActs are the acts by which clients come in, find, and compare what they send.
var clientActs = []struct {
	method string
	may    []string
	do     func(ctx context.Context, w *world, by request.Identity, pending, granted request.Request) error
}{
	{"Once", everyRole, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Once(ctx, by, request.Attempt{Operation: "look", Key: "k"}, func(context.Context) (request.Answered, error) { return request.Answered{Status: 200}, nil })
		return err
	}},
	{"Assets.Outlook", everyRole, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Assets().Outlook(ctx, by, orders, request.DataAccess)
		return err
	}},
	{"Assets.Connections", everyRole, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Assets().Connections(ctx, by, "", 10)
		return err
	}},
	{"Reviews.Asked", []string{"requester", "steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Reviews().Asked(ctx, by, pending.ID, pending.Answers)
		return err
	}},
	{"Connections.Connection", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Connections().Connection(ctx, by, "warehouse")
		return err
	}},
	{"Connections.SetupScript", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Connections().SetupScript(ctx, by, "warehouse")
		return err
	}},
	{"Log.Find", []string{"AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Log().Find(ctx, by, event.Filter{}, 0, 10)
		return err
	}},
	{"Log.Newest", []string{"AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, _, err := w.Log().Newest(ctx, by, event.Filter{}, 0, 10)
		return err
	}},
	{"Log.Checkpoint", []string{"AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Log().Checkpoint(ctx, by)
		return err
	}},
	{"Log.Proof", []string{"AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Log().Proof(ctx, by, 1)
		return err
	}},
	{"Log.Story", []string{"AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, granted request.Request) error {
		_, err := w.Log().Story(ctx, by, granted.ID)
		return err
	}},
	{"Log.Consistency", []string{"AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Log().Consistency(ctx, by, 1, 0)
		return err
	}},
	{"Log.Export", []string{"AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Log().Export(ctx, by, 0, 10)
		return err
	}},
	{"Log.Verify", []string{"AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Log().Verify(ctx, by)
		return err
	}},
	{"Grants.Shorten", []string{"requester", "steward", "GOV"}, func(ctx context.Context, w *world, by request.Identity, _, granted request.Request) error {
		_, err := w.Grants().Shorten(ctx, by, provision.GrantID(granted.ID), w.clock.Now().Add(time.Hour), "needed no longer")
		return err
	}},
	{"Log.Tallies", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Log().Tallies(ctx, by)
		return err
	}},
	{"Log.FindCloudEvents", []string{"AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Log().FindCloudEvents(ctx, by, event.Filter{}, 0, 10)
		return err
	}},
	{"Assist.Advise", []string{"steward"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Assist().Advise(ctx, by, pending.ID)
		return err
	}},
	{"Assist.Shown", []string{"steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Assist().Shown(ctx, by, pending.ID)
		return err
	}},
	{"Assist.Briefs", everyRole, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Assist().Briefs(ctx, by, pending.ID) // of what is theirs to decide on
		return err
	}},
	{"Assist.Report", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Assist().Report(ctx, by, assist.Everywhere, 1)
		return err
	}},
	{"Assist.Rebuild", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Assist().Rebuild(ctx, by)
	}},
	{"People.Arrive", everyRole, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.People().Arrive(ctx, by)
	}},
	{"People.Lost", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.People().Lost(ctx, by, store.Position{}, 10)
		return err
	}},
	{"People.ConfirmLost", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.People().ConfirmLost(ctx, by, frank.Person(), "they have left")
	}},
	{"Sessions.Of", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Sessions().Of(ctx, by, frank.Person())
		return err
	}},
	{"Sessions.End", everyRole, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Sessions().End(ctx, by, "none") // to whom it is not theirs, none looks like any other
	}},
	{"Governance.Flows.Stands", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Governance().Flows.Stands(ctx, by, review.Flow{Name: "sales"})
		return err
	}},
	{"Governance.Forms.Stands", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Governance().Forms.Stands(ctx, by, request.Form{Name: "default"})
		return err
	}},
	{"Governance.Agreements.Stands", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Governance().Agreements.Stands(ctx, by, request.Agreement{Name: "terms"})
		return err
	}},
	{"Governance.Guardrails.Stands", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Governance().Guardrails.Stands(ctx, by, review.Guardrail{Name: "training"})
		return err
	}},
	{"Governance.Masks.Stands", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Governance().Masks.Stands(ctx, by, catalog.Mask{Name: "email"})
		return err
	}},
	{"Governance.Classifications.Stands", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Governance().Classifications.Stands(ctx, by, catalog.Classification{At: orders})
		return err
	}},
	{"Governance.Attachments.Stands", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Governance().Attachments.Stands(ctx, by, request.Attachment{At: orders, Type: request.DataAccess})
		return err
	}},
	{"Governance.Forms.Lint", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Forms.Lint(ctx, by, request.Form{Name: "form", Title: "Form"})
		return err
	}},
	{"Governance.Agreements.Lint", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Agreements.Lint(ctx, by, request.Agreement{Name: "terms", Title: "Terms", Text: "Terms."})
		return err
	}},
	{"Governance.Guardrails.Lint", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Guardrails.Lint(ctx, by, review.Guardrail{Name: "training", At: []catalog.Ref{orders}, Require: "true"})
		return err
	}},
	{"Governance.Classifications.Lint", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Classifications.Lint(ctx, by, catalog.Classification{At: orders, Columns: []catalog.ClassifiedColumn{{Name: "id"}}})
		return err
	}},
	{"Governance.Attachments.Lint", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Attachments.Lint(ctx, by, request.Attachment{At: orders, Type: request.DataAccess, Flow: "sales"})
		return err
	}},
}
