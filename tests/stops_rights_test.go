package tests

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/request"
)

// stopActs are what people do with the stop switches.
var stopActs = []struct {
	method string
	may    []string
	do     func(ctx context.Context, w *world, by request.Identity, pending, granted request.Request) error
}{
	{"Stops.All", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Stops().All(ctx, by, "", 10)
		return err
	}},
	{"Stops.FreezeApprovals", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Stops().FreezeApprovals(ctx, by, "because")
	}},
	{"Stops.ThawApprovals", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return errors.Join(w.Stops().FreezeApprovals(ctx, gov, "because"), w.Stops().ThawApprovals(ctx, by, "over"))
	}},
	{"Stops.FreezeConnection", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Stops().FreezeConnection(ctx, by, "warehouse", "because")
	}},
	{"Stops.ThawConnection", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return errors.Join(w.Stops().FreezeConnection(ctx, gov, "warehouse", "because"), w.Stops().ThawConnection(ctx, by, "warehouse", "over"))
	}},
	{"Stops.RetireConnection", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Stops().RetireConnection(ctx, by, "warehouse", "because", false)
	}},
	{"Stops.RevokeAll", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Stops().RevokeAll(ctx, by, eve.Person(), "because")
	}},
	{"Stops.Disable", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Stops().Disable(ctx, by, frank.Person(), "because")
	}},
	{"Stops.Enable", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return errors.Join(w.Stops().Disable(ctx, gov, frank.Person(), "because"), w.Stops().Enable(ctx, by, frank.Person(), "over"))
	}},
}
