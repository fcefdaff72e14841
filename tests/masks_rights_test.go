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
	{"Governance.SaveMask", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().SaveMask(ctx, by, eMail)
		return err
	}},
	{"Governance.DeleteMask", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Governance().DeleteMask(ctx, by, "e-mail", 1)
	}},
	{"Governance.Mask", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Mask(ctx, by, "e-mail")
		return err
	}},
	{"Governance.MaskAt", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().MaskAt(ctx, by, "e-mail", 1)
		return err
	}},
	{"Governance.Masks", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Masks(ctx, by, "", 10)
		return err
	}},
	{"Governance.Classify", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Classify(ctx, by, catalog.Classification{At: orders})
		return err
	}},
	{"Governance.Classification", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Classification(ctx, by, orders)
		return err
	}},
	{"Governance.Classifications", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Classifications(ctx, by, "", 10)
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
