package governance

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// flowPayload is the payload of a flow that was saved.
func flowPayload(f review.Flow) event.Flow {
	news := event.Flow{Name: f.Name, Version: f.Version}
	found, _ := review.Lint(f) // it compiles, and what cannot be looked at has no warnings
	for _, w := range found {
		news.Warnings = append(news.Warnings, string(w.Code))
	}
	return news
}

// maxUses bounds how many places a lint looks at where a flow is used.
const maxUses = 100

// FormsWith finds the forms that a flow is used with now: those that name it, and
// those that hold where it is attached.
func (gov *Governance) FormsWith(ctx context.Context, flow request.FlowName) ([]request.Form, error) {
	names := map[request.FormName]bool{}
	naming, err := records.DefinitionsNeeding.Find(ctx, gov.Store, rulebook.FlowNamed(flow).Key(), store.Position{}, maxUses)
	if err != nil {
		return nil, err
	}
	for _, n := range naming {
		names[request.FormName(n.Value.Name)] = n.Value.Kind == manifest.FormDefinition && !n.Value.Deleted
	}
	attached, err := records.AttachmentsNaming.Find(ctx, gov.Store, rulebook.FlowNamed(flow).Key(), store.Position{}, maxUses)
	if err != nil {
		return nil, err
	}
	for _, a := range attached {
		entry, err := gov.Rules.Entry(ctx, catalog.Asset{Ref: a.Value.At}, a.Value.Type)
		if err != nil {
			return nil, err
		}
		names[entry.Form.Name] = true
	}
	var forms []request.Form
	for name, uses := range names {
		if !uses {
			continue
		}
		form, err := gov.Rules.Form(ctx, name)
		if err != nil {
			return nil, err
		}
		forms = append(forms, form)
	}
	slices.SortFunc(forms, func(a, b request.Form) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return forms, nil
}

// checkUses holds flows to the answers of the forms that they are used with, where
// one form is known: it names the flow, or both are attached at one place.
// Elsewhere a flow may serve several forms, and Lint warns.
func (d *Revision) checkUses(ctx context.Context) error {
	var faults []error
	check := func(flow request.FlowName, form request.FormName) error {
		f, err := d.flowNow(ctx, flow)
		if err != nil {
			return err
		}
		with, err := d.formNow(ctx, form)
		if err != nil {
			return err
		}
		faults = append(faults, review.CheckAnswers(f, with))
		return nil
	}
	for name, form := range d.forms {
		if form.Flow == "" {
			continue
		}
		if err := check(form.Flow, name); err != nil {
			return err
		}
	}
	for name := range d.flows {
		err := d.formsNaming(ctx, name, func(form request.FormName) error { return check(name, form) })
		if err != nil {
			return err
		}
	}
	for _, a := range d.attached {
		if a.Form == "" || a.Flow == "" {
			continue
		}
		if err := check(a.Flow, a.Form); err != nil {
			return err
		}
	}
	return errors.Join(faults...)
}

// formsNaming finds the forms that name a flow and that this change does not save.
func (d *Revision) formsNaming(ctx context.Context, flow request.FlowName, found func(request.FormName) error) error {
	return records.DefinitionsNeeding.Each(ctx, d.governance.Store, rulebook.FlowNamed(flow).Key(), func(s store.Stored[records.Definition]) error {
		name := request.FormName(s.Value.Name)
		_, saved := d.forms[name]
		if h := d.heads[s.Value.Of().Key()]; saved || s.Value.Kind != manifest.FormDefinition || s.Value.Deleted || h != nil && !h.stands() {
			return nil
		}
		return found(name)
	})
}
