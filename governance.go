package grantwright

import (
	"context"
	"errors"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Governance is what governance users do: forms, flows, and where they hold.
type Governance struct{ e *Engine }

// Governance returns the governance of the engine.
func (e *Engine) Governance() Governance { return Governance{e} }

// Form returns the newest version of a form, the built-in one included. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Form(ctx context.Context, by request.Identity, name request.FormName) (request.Form, error) {
	if err := permit(by, "read a form", request.Governance, request.Audit); err != nil {
		return request.Form{}, err
	}
	return g.e.form(ctx, name)
}

// Flow returns the newest version of a flow, the built-in one included. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Flow(ctx context.Context, by request.Identity, name request.FlowName) (review.Flow, error) {
	if err := permit(by, "read a flow", request.Governance, request.Audit); err != nil {
		return review.Flow{}, err
	}
	return g.e.flow(ctx, name)
}

// SaveForm saves the next version of a form: f.Version names the version that it
// was based on, 0 for a new form. If someone has saved another meanwhile, the
// error is store.ErrConflict. It takes GOVERNANCE.
func (g Governance) SaveForm(ctx context.Context, by request.Identity, f request.Form) (request.FormVersion, error) {
	if err := permit(by, "save a form", request.Governance); err != nil {
		return request.FormVersion{}, err
	}
	if err := errors.Join(f.Validate(), checkConditions(f)); err != nil {
		return request.FormVersion{}, err
	}
	base := f.Version
	f.Version, f.SavedBy = base+1, by.Person()
	return f.Of(), g.save(ctx, func(c *store.Change) error {
		if err := errors.Join(g.based(ctx, store.Forms.Name, store.VersionKey(f.Name, base), base), g.flowExists(ctx, f.Flow)); err != nil {
			return err
		}
		store.Forms.Insert(c, f)
		g.e.tell(c, FormSaved, by.Person(), nil, nil, store.Forms.Subject(store.VersionKey(f.Name, f.Version)))
		return nil
	})
}

func checkConditions(f request.Form) error {
	var faults []error
	for _, q := range f.Questions {
		if q.When != "" {
			_, err := review.CompileQuestion("question "+q.ID, q.When)
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// SaveFlow saves the next version of a flow: f.Version names the version that it
// was based on, 0 for a new flow. If someone has saved another meanwhile, the
// error is store.ErrConflict. Requests that are pending keep the version that
// they were submitted under. It takes GOVERNANCE.
func (g Governance) SaveFlow(ctx context.Context, by request.Identity, f review.Flow) (review.FlowVersion, error) {
	if err := permit(by, "save a flow", request.Governance); err != nil {
		return review.FlowVersion{}, err
	}
	if f.Name == review.DefaultFlow.Name {
		return review.FlowVersion{}, &request.InvalidError{What: "flow", Faults: []request.Fault{{Field: "name", Reason: `must not be "default", which is built in`}}}
	}
	if _, err := review.Compile(f); err != nil {
		return review.FlowVersion{}, err
	}
	base := f.Version
	f.Version, f.SavedBy = base+1, by.Person()
	return f.Of(), g.save(ctx, func(c *store.Change) error {
		if err := g.based(ctx, store.Flows.Name, store.VersionKey(f.Name, base), base); err != nil {
			return err
		}
		store.Flows.Insert(c, f)
		g.e.tell(c, FlowSaved, by.Person(), nil, nil, store.Flows.Subject(store.VersionKey(f.Name, f.Version)))
		return nil
	})
}

// save commits once: who loses against another save is told so.
func (g Governance) save(ctx context.Context, decide func(c *store.Change) error) error {
	var c store.Change
	if err := decide(&c); err != nil {
		return err
	}
	if err := c.Commit(ctx, g.e.config.Store); err != nil {
		return err
	}
	g.e.committed()
	return nil
}

// based refuses a version to build on that does not exist.
func (g Governance) based(ctx context.Context, kind, key string, base int) error {
	if base == 0 {
		return nil
	}
	found, err := g.e.config.Store.Get(ctx, kind, key)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: %s %q to build on", store.ErrNotFound, kind, key)
	}
	return err
}

func (g Governance) flowExists(ctx context.Context, name request.FlowName) error {
	if name == "" {
		return nil
	}
	_, err := g.e.newestPolicies(ctx, []request.FlowName{name})
	return err
}

// Attach sets the form and the flow at an asset, a container or a connection, for
// one type of request and everything below, until something nearer overrides it.
// An attachment without a form and a flow takes away what was set. Requests that
// are open are not touched. It takes GOVERNANCE.
func (g Governance) Attach(ctx context.Context, by request.Identity, a request.Attachment) error {
	if err := permit(by, "attach a form or a flow", request.Governance); err != nil {
		return err
	}
	if err := g.checkAttachment(ctx, a); err != nil {
		return err
	}
	return g.e.change(ctx, func(c *store.Change) error {
		old, err := store.Attachments.Get(ctx, g.e.config.Store, a.Key())
		if err := unlessMissing(err); err != nil {
			return err
		}
		clears := a.Form == "" && a.Flow == ""
		switch missing := err != nil; {
		case missing && clears:
			return nil
		case missing:
			store.Attachments.Insert(c, a)
		case clears:
			store.Attachments.Delete(c, old)
		default:
			store.Attachments.Update(c, old, a)
		}
		g.e.tell(c, AttachmentSet, by.Person(), nil, a, store.Attachments.Subject(a.Key()))
		return nil
	})
}

func (g Governance) checkAttachment(ctx context.Context, a request.Attachment) error {
	if _, err := catalog.ParseRef(string(a.At)); err != nil {
		return err
	}
	if a.Type != request.DataAccess && a.Type != request.MaskingException {
		return &request.InvalidError{What: "attachment", Faults: []request.Fault{{Field: "type", Reason: "must be DATA_ACCESS or MASKING_EXCEPTION"}}}
	}
	if _, err := store.Connections.Get(ctx, g.e.config.Store, a.At.Connection()); err != nil {
		return err
	}
	if a.Form != "" {
		if _, err := g.e.form(ctx, a.Form); err != nil {
			return err
		}
	}
	return g.flowExists(ctx, a.Flow)
}
