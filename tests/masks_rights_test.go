package tests

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// eMail is a mask that is right.
var eMail = catalog.Mask{Name: "e-mail", At: "warehouse", Columns: []string{"email"}, How: catalog.MaskNull}

// maskActs are the acts about masks, see acts.
var maskActs = []struct {
	method string
	may    []string
	do     func(ctx context.Context, w *world, by request.Identity, pending, granted request.Request) error
}{
	{"Governance.Masks.Save", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Masks.Save(ctx, by, eMail)
		return err
	}},
	{"Governance.Masks.Delete", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Governance().Masks.Delete(ctx, by, "e-mail", 1)
	}},
	{"Governance.Masks.Newest", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Masks.Newest(ctx, by, "e-mail")
		return err
	}},
	{"Governance.Masks.At", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Masks.At(ctx, by, "e-mail", 1)
		return err
	}},
	{"Governance.Masks.List", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Masks.List(ctx, by, "", 10)
		return err
	}},
	{"Governance.Classifications.Save", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Classifications.Save(ctx, by, catalog.Classification{At: orders})
		return err
	}},
	{"Governance.Classifications.Newest", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Classifications.Newest(ctx, by, orders)
		return err
	}},
	{"Governance.Classifications.At", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Classifications.At(ctx, by, orders, 1)
		return err
	}},
	{"Governance.Classifications.Delete", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Governance().Classifications.Delete(ctx, by, orders, 1)
	}},
	{"Governance.Classifications.List", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Classifications.List(ctx, by, "", 10)
		return err
	}},
	{"Masks.Of", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Masks().Of(ctx, by, orders)
		return err
	}},
	{"Masks.Masked", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Masks().Masked(ctx, by, "warehouse", "", 10)
		return err
	}},
	{"Masks.Suspend", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Masks().Suspend(ctx, by, "warehouse", time.Hour, "")
		return err
	}},
	{"Masks.Resume", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Masks().Resume(ctx, by, "warehouse")
		return err
	}},
	{"Masks.Enforce", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Masks().Enforce(ctx, by, "warehouse")
	}},
}
