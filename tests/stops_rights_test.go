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
	{"StopSwitches.All", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.StopSwitches().All(ctx, by, "", 10)
		return err
	}},
	{"StopSwitches.FreezeApprovals", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.StopSwitches().FreezeApprovals(ctx, by, "because")
	}},
	{"StopSwitches.ThawApprovals", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return errors.Join(w.StopSwitches().FreezeApprovals(ctx, gov, "because"), w.StopSwitches().ThawApprovals(ctx, by, "over"))
	}},
	{"StopSwitches.FreezeConnection", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.StopSwitches().FreezeConnection(ctx, by, "warehouse", "because")
	}},
	{"StopSwitches.ThawConnection", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return errors.Join(w.StopSwitches().FreezeConnection(ctx, gov, "warehouse", "because"), w.StopSwitches().ThawConnection(ctx, by, "warehouse", "over"))
	}},
	{"StopSwitches.RetireConnection", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.StopSwitches().RetireConnection(ctx, by, "warehouse", "because", false)
	}},
	{"StopSwitches.RevokeAll", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.StopSwitches().RevokeAll(ctx, by, eve.Person(), "because")
	}},
	{"StopSwitches.Disable", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.StopSwitches().Disable(ctx, by, frank.Person(), "because")
	}},
	{"StopSwitches.Enable", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return errors.Join(w.StopSwitches().Disable(ctx, gov, frank.Person(), "because"), w.StopSwitches().Enable(ctx, by, frank.Person(), "over"))
	}},
}
