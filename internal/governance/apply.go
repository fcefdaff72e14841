package governance

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// CheckDefinitions lists all faults of definitions that show without the records.
func (gov *Governance) CheckDefinitions(ctx context.Context, want manifest.Definitions) error {
	faults := []error{unique("agreements", want.Agreements, func(a request.Agreement) string { return string(a.Name) }),
		unique("forms", want.Forms, func(f request.Form) string { return string(f.Name) }),
		unique("flows", want.Flows, func(f review.Flow) string { return string(f.Name) }),
		unique("guardrails", want.Guardrails, func(g review.Guardrail) string { return string(g.Name) }),
		unique("attachments", want.Attachments, request.Attachment.Key),
		unique("masks", want.Masks, func(m catalog.Mask) string { return m.Name }),
		unique("classifications", want.Classifications, func(c catalog.Classification) string { return string(c.At) })}
	for _, m := range want.Masks {
		faults = append(faults, gov.checkMask(ctx, m))
	}
	for _, c := range want.Classifications {
		faults = append(faults, gov.checkClassification(ctx, c))
	}
	for _, a := range want.Agreements {
		faults = append(faults, a.Validate())
	}
	for _, f := range want.Flows {
		faults = append(faults, CheckFlow(f))
	}
	for _, f := range want.Forms {
		faults = append(faults, checkForm(f))
	}
	for _, g := range want.Guardrails {
		if err := gov.checkGuardrail(ctx, g); err != nil {
			faults = append(faults, fmt.Errorf("guardrail %s: %w", g.Name, err))
		}
	}
	for _, a := range want.Attachments {
		if err := gov.checkAttachment(ctx, a); err != nil {
			faults = append(faults, fmt.Errorf("attachment at %s: %w", a.At, err))
		}
	}
	return errors.Join(faults...)
}

func unique[T any](list string, all []T, key func(T) string) error {
	seen := map[string]bool{}
	for i, v := range all {
		k := key(v)
		if seen[k] {
			return &request.InvalidError{What: "definitions", Faults: []request.Fault{{Field: fmt.Sprintf("%s[%d]", list, i), Reason: fmt.Sprintf("%q is there already", k)}}}
		}
		seen[k] = true
	}
	return nil
}

// Definitions reads everything that is defined.
func (gov *Governance) Definitions(ctx context.Context) (d manifest.Definitions, err error) {
	for _, read := range []func() error{
		func() error {
			return pages(&d.Agreements, func(after request.Agreement) ([]request.Agreement, error) {
				return rulebook.List(ctx, gov.Rules, manifest.AgreementDefinition, records.Agreements, string(after.Name), store.MaxPage)
			})
		},
		func() error {
			return pages(&d.Forms, func(after request.Form) ([]request.Form, error) {
				return rulebook.List(ctx, gov.Rules, manifest.FormDefinition, records.Forms, string(after.Name), store.MaxPage)
			})
		},
		func() error {
			return pages(&d.Flows, func(after review.Flow) ([]review.Flow, error) {
				return rulebook.List(ctx, gov.Rules, manifest.FlowDefinition, records.Flows, string(after.Name), store.MaxPage)
			})
		},
		func() error {
			return pages(&d.Guardrails, func(after review.Guardrail) ([]review.Guardrail, error) {
				return rulebook.List(ctx, gov.Rules, manifest.GuardrailDefinition, records.Guardrails, string(after.Name), store.MaxPage)
			})
		},
		func() error {
			return pages(&d.Masks, func(after catalog.Mask) ([]catalog.Mask, error) {
				return rulebook.List(ctx, gov.Rules, manifest.MaskDefinition, records.Masks, after.Name, store.MaxPage)
			})
		},
		func() error {
			return pages(&d.Classifications, func(after catalog.Classification) ([]catalog.Classification, error) {
				return rulebook.List(ctx, gov.Rules, manifest.ClassificationDefinition, records.Classifications, string(after.At), store.MaxPage)
			})
		},
		func() error {
			return pages(&d.Attachments, func(after request.Attachment) ([]request.Attachment, error) {
				key := after.Key()
				if after.At == catalog.Ref("") {
					key = ""
				}
				return journal.Values(records.Attachments.All(ctx, gov.Store, key, store.MaxPage))
			})
		},
	} {
		if err := read(); err != nil {
			return d, err
		}
	}
	return d, nil
}

// pages reads one page after the other, each after the last one of those before.
func pages[T any](all *[]T, read func(after T) ([]T, error)) error {
	var after T
	for {
		page, err := read(after)
		if err != nil {
			return err
		}
		if *all = append(*all, page...); len(page) < store.MaxPage {
			return nil
		}
		after = page[len(page)-1]
	}
}

func (d *Revision) apply(ctx context.Context, differences manifest.Differences, want manifest.Definitions) error {
	based := map[string]int{}
	for _, one := range differences {
		based[one.What+" "+one.Name] = one.Based
	}
	differs := func(what, name string) bool { _, is := based[what+" "+name]; return is }
	for _, a := range want.Agreements {
		if a.Version = based["agreement "+string(a.Name)]; differs("agreement", string(a.Name)) {
			if _, err := d.saveAgreement(ctx, a); err != nil {
				return err
			}
		}
	}
	for _, f := range want.Flows {
		if f.Version = based["flow "+string(f.Name)]; differs("flow", string(f.Name)) {
			if _, err := d.saveFlow(ctx, f); err != nil {
				return err
			}
		}
	}
	for _, f := range want.Forms {
		if f.Version = based["form "+string(f.Name)]; differs("form", string(f.Name)) {
			if _, err := d.saveForm(ctx, f); err != nil {
				return err
			}
		}
	}
	for _, g := range want.Guardrails {
		if g.Version = based["guardrail "+string(g.Name)]; differs("guardrail", string(g.Name)) {
			if _, err := d.saveGuardrail(ctx, g); err != nil {
				return err
			}
		}
	}
	if err := d.applyMasks(ctx, based, differs, want); err != nil {
		return err
	}
	for _, a := range want.Attachments {
		if differs("attachment", a.Key()) {
			if err := d.attach(ctx, a); err != nil {
				return fmt.Errorf("attachment at %s: %w", a.At, err)
			}
		}
	}
	return d.removeAll(ctx, differences)
}

func (d *Revision) applyMasks(ctx context.Context, based map[string]int, differs func(what, name string) bool, want manifest.Definitions) error {
	for _, c := range want.Classifications {
		if c.Version = based["classification "+string(c.At)]; differs("classification", string(c.At)) {
			if _, err := d.classify(ctx, c); err != nil {
				return err
			}
		}
	}
	for _, m := range want.Masks {
		if m.Version = based["mask "+m.Name]; differs("mask", m.Name) {
			if _, err := d.saveMask(ctx, m); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Revision) removeAll(ctx context.Context, differences manifest.Differences) error {
	for _, kind := range []string{"guardrail", "attachment", "form", "flow", "agreement", "mask", "classification"} {
		for _, one := range differences {
			if one.What != kind || one.How != manifest.Removed {
				continue
			}
			if err := d.removeOne(ctx, one); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Revision) removeOne(ctx context.Context, one manifest.Difference) error {
	switch one.What {
	case "mask":
		return d.deleteMask(ctx, one.Name, one.Based)
	case "classification":
		return d.unclassify(ctx, catalog.Ref(one.Name), one.Based)
	case "form":
		return d.deleteForm(ctx, request.FormVersion{Name: request.FormName(one.Name), Version: one.Based})
	case "flow":
		return d.deleteFlow(ctx, review.FlowVersion{Name: request.FlowName(one.Name), Version: one.Based})
	case "guardrail":
		return d.deleteGuardrail(ctx, review.GuardrailVersion{Name: review.GuardrailName(one.Name), Version: one.Based})
	case "agreement":
		return d.deleteAgreement(ctx, request.AgreementVersion{Name: request.AgreementName(one.Name), Version: one.Based})
	}
	read, err := records.Attachments.Get(ctx, d.governance.Store, one.Name)
	if err != nil {
		return err
	}
	return d.attach(ctx, request.Attachment{At: read.Value.At, Type: read.Value.Type})
}

// Application brings many definitions to what somebody has reviewed: it holds those
// that differ, and the names of those that go.
type Application struct {
	governance *Governance

	Changed  manifest.Definitions `json:"changed"`
	Removed  []removed            `json:"removed,omitempty"`
	Reviewed string               `json:"reviewed"` // the hash of the differences

	Applied manifest.Differences `json:"-"`
}

// removed names a definition or an attachment.
type removed struct {
	What string `json:"what"`
	Name string `json:"name"`
}

// NewApplication returns the alteration that brings about the differences, with the
// wanted definitions that it needs.
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

// selected are the definitions that fit.
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

// wanted are the stored definitions with those that change, and without those that
// go.
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
