package governance

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// checkEffects refuses a change after which an attachment would have no effect:
// one that it makes, or one that names a form which it saves, or a form whose flow
// it saves.
func (d *Revision) checkEffects(ctx context.Context) error {
	for _, key := range slices.Sorted(maps.Keys(d.attached)) {
		if err := d.checkEffect(ctx, d.attached[key]); err != nil {
			return err
		}
	}
	forms, err := d.formsTouched(ctx)
	if err != nil {
		return err
	}
	for _, name := range forms {
		err := records.AttachmentsNaming.Each(ctx, d.governance.Store, rulebook.FormNamed(name).Key(), func(s store.Stored[request.Attachment]) error {
			if _, changed := d.attached[s.Value.Key()]; changed {
				return nil
			}
			return d.checkEffect(ctx, s.Value)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// formsTouched lists the forms that a change saves, and those of whose flows it
// saves another version.
func (d *Revision) formsTouched(ctx context.Context) ([]request.FormName, error) {
	touched := map[request.FormName]bool{}
	for name := range d.forms {
		touched[name] = true
	}
	for name := range d.flows {
		err := records.DefinitionsNeeding.Each(ctx, d.governance.Store, rulebook.FlowNamed(name).Key(), func(s store.Stored[records.Definition]) error {
			if !s.Value.Deleted && s.Value.Kind == manifest.FormDefinition {
				touched[request.FormName(s.Value.Name)] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return slices.Sorted(maps.Keys(touched)), nil
}

// checkEffect refuses a flow that would never decide about anything: that of a
// form which is attached at the same place comes first, and passes nothing on.
func (d *Revision) checkEffect(ctx context.Context, a request.Attachment) error {
	if a.Form == "" || a.Flow == "" {
		return nil
	}
	form, err := d.formNow(ctx, a.Form)
	if err != nil || form.Flow == "" {
		return err
	}
	own, err := d.flowNow(ctx, form.Flow)
	if err != nil || own.Delegates() {
		return err
	}
	return &request.InvalidError{What: "attachment", Faults: []request.Fault{{Field: "flow", Reason: fmt.Sprintf(
		"%q at %s would have no effect: form %q, attached at the same place, has the flow %q, which decides before it and never delegates; leave the flow out, or attach it to what lies nearer", a.Flow, a.At, a.Form, form.Flow)}}}
}

// formNow is a form as it is after this change.
func (d *Revision) formNow(ctx context.Context, name request.FormName) (request.Form, error) {
	if f, saved := d.forms[name]; saved {
		return f, nil
	}
	return d.governance.Rules.Form(ctx, name)
}

func (d *Revision) flowNow(ctx context.Context, name request.FlowName) (review.Flow, error) {
	if f, saved := d.flows[name]; saved {
		return f, nil
	}
	return d.governance.Rules.Flow(ctx, name)
}
