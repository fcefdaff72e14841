package tests

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// pageActs are the acts behind the pages of data stewards and administrators.
var pageActs = []struct {
	method string
	may    []string
	do     func(ctx context.Context, w *world, by request.Identity, pending, granted request.Request) error
}{
	{"Grants.Amiss", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Grants().Amiss(ctx, by, store.Position{}, 10)
		return err
	}},
	{"StopSwitches.DisableUnknown", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.StopSwitches().DisableUnknown(ctx, by, "nobody@example.com", "because")
	}},
	{"Webhooks.Latest", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Webhooks().Latest(ctx, by)
		return err
	}},
	{"Reviews.Assign", []string{"steward", "GOV"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Reviews().Assign(ctx, by, pending.ID, privacy.Person(), "you know it")
		return err
	}},
	{"Reviews.Briefs", everyRole, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Reviews().Briefs(ctx, by, nil)
		return err
	}},
	{"Reviews.Dossier", []string{"steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, _, err := w.Reviews().Dossier(ctx, by, pending.ID)
		return err
	}},
	{"Reviews.Emergencies", everyRole, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Reviews().Emergencies(ctx, by, "", store.Position{}, 10)
		return err
	}},
	{"Reviews.ReviewEmergency", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, granted request.Request) error {
		_, err := w.Reviews().ReviewEmergency(ctx, by, granted.ID, request.Justified, "seen")
		if errors.Is(err, store.ErrState) { // it was none
			return nil
		}
		return err
	}},
	{"Reviews.Remind", []string{"requester", "steward", "GOV"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Reviews().Remind(ctx, by, pending.ID, "please")
		return err
	}},
	{"Reviews.Try", []string{"steward"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		tried, err := w.Reviews().Try(ctx, by, []review.Decision{{Request: pending.ID, Determination: review.Determination{Act: review.Approve}}})
		if err != nil || len(tried) == 0 {
			return err
		}
		return tried[0].Err
	}},
	{"Reviews.Waiting", everyRole, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Reviews().Waiting(ctx, by, 10)
		return err
	}},
	{"Connections.Health", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Connections().Health(ctx, by, "warehouse")
		return err
	}},
	{"Connections.SyncSoon", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Connections().SyncSoon(ctx, by, "warehouse")
	}},
	{"Connections.Test", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Connections().Test(ctx, by, catalog.Connection{Name: "lake", Technology: "fake"})
		return err
	}},
	{"People.Find", everyRole, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.People().Find(ctx, by, "ev", 10)
		return err
	}},
	{"People.Profile", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.People().Profile(ctx, by, eve.Person())
		return err
	}},
	{"People.Search", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.People().Search(ctx, by, "ev", "", 10)
		return err
	}},
}
