package governance

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Application brings many definitions to what somebody has reviewed: it holds those
// that differ, and the names of those that go.
type Application struct {
	governance *Governance

	Changed  manifest.Definitions `json:"changed"`
	Removed  []removed            `json:"removed,omitempty"`
	Reviewed string               `json:"reviewed"` // the hash of the differences

	Applied manifest.Differences
}

// removed names a definition or an attachment.
type removed struct {
	What string `json:"what"`
	Name string `json:"name"`
}

// NewApplication keeps of wanted definitions what differs.
func (gov *Governance) NewApplication(want manifest.Definitions, differences manifest.Differences) *Application {
	a := &Application{governance: gov, Reviewed: differences.Hash()}
	changed := map[removed]bool{}
	for _, d := range differences {
		if d.How == manifest.Removed {
			a.Removed = append(a.Removed, removed{d.What, d.Name})
		} else {
			changed[removed{d.What, d.Name}] = true
		}
	}
	a.Changed = selected(want, func(what, name string) bool { return changed[removed{what, name}] })
	return a
}

// selected is the part of definitions that fits.
func selected(d manifest.Definitions, fits func(what, name string) bool) manifest.Definitions {
	return manifest.Definitions{
		Agreements:  those(d.Agreements, func(a request.Agreement) bool { return fits("agreement", string(a.Name)) }),
		Forms:       those(d.Forms, func(f request.Form) bool { return fits("form", string(f.Name)) }),
		Flows:       those(d.Flows, func(f review.Flow) bool { return fits("flow", string(f.Name)) }),
		Guardrails:  those(d.Guardrails, func(g review.Guardrail) bool { return fits("guardrail", string(g.Name)) }),
		Attachments: those(d.Attachments, func(a request.Attachment) bool { return fits("attachment", a.Key()) }),
		Masks:       those(d.Masks, func(m catalog.Mask) bool { return fits("mask", m.Name) }),

		Classifications: those(d.Classifications, func(c catalog.Classification) bool { return fits("classification", string(c.At)) }),
	}
}

func those[T any](all []T, fit func(T) bool) (some []T) {
	for _, v := range all {
		if fit(v) {
			some = append(some, v)
		}
	}
	return some
}

func (*Application) Kind() manifest.ProposalKind { return "definitions.apply" }

func (*Application) Of() (what, name string) { return "definitions", "of a file" }

func (*Application) Needs() request.Permission { return request.Governance }

func (a *Application) Check(ctx context.Context) error {
	return a.governance.CheckDefinitions(ctx, a.Changed)
}

func (a *Application) Differences(ctx context.Context) (manifest.Differences, error) {
	stored, err := a.governance.Definitions(ctx)
	return manifest.Diff(stored, a.wanted(stored)), err
}

// wanted is what is stored with what changes, and without what goes.
func (a *Application) wanted(stored manifest.Definitions) manifest.Definitions {
	return selected(stored.With(a.Changed), func(what, name string) bool { return !slices.Contains(a.Removed, removed{what, name}) })
}

func (a *Application) CarryOut(ctx context.Context, d *Revision) error {
	stored, err := a.governance.Definitions(ctx)
	if err != nil {
		return err
	}
	want := a.wanted(stored)
	a.Applied = manifest.Diff(stored, want)
	if now := a.Applied.Hash(); now != a.Reviewed {
		return &manifest.StaleDiffError{Reviewed: a.Reviewed, Now: now}
	}
	if len(a.Applied) > manifest.MaxApplied {
		return &request.InvalidError{What: "definitions", Faults: []request.Fault{{Field: "definitions", Reason: fmt.Sprintf(
			"differ in %d places, at most %d can be applied at once; apply a part of them first", len(a.Applied), manifest.MaxApplied)}}}
	}
	return d.apply(ctx, a.Applied, want)
}
