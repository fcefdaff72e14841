package grantwright

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Attach sets the form and the flow at an asset, a container or a connection, for
// one type of request and everything below, until something nearer overrides it.
// An attachment without a form and a flow takes away what was set. One that would
// have no effect is refused. Requests that are open are not touched. It takes
// GOVERNANCE.
func (g Governance) Attach(ctx context.Context, by request.Identity, a request.Attachment) error {
	if err := permit(by, "attach a form or a flow", request.Governance); err != nil {
		return err
	}
	return g.e.alter(ctx, by, &attaching{g.e, a})
}

// Attached lists what is attached for one type of request, in the order of the
// places, from the one after a given place, at most limit of them. It takes
// GOVERNANCE or AUDIT.
func (g Governance) Attached(ctx context.Context, by request.Identity, t request.Type, after catalog.Ref, limit int) ([]request.Attachment, error) {
	if err := permit(by, "list what is attached", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	if limit <= 0 || limit > store.MaxPage {
		limit = store.MaxPage
	}
	read, err := values(store.Attachments.All(ctx, g.e.config.Store, request.Attachment{At: after, Type: t}.Key(), limit))
	for i, a := range read {
		if a.Type != t {
			return read[:i], err
		}
	}
	return read, err
}

func (e *Engine) checkAttachment(ctx context.Context, a request.Attachment) error {
	if same, err := catalog.ParseRef(string(a.At)); err != nil || same != a.At {
		if err == nil {
			err = fmt.Errorf("%w: must be spelled %s", catalog.ErrRef, same)
		}
		return err
	}
	if err := a.Validate(); err != nil {
		return err
	}
	_, err := store.Connections.Get(ctx, e.config.Store, a.At.Connection())
	return err
}

func (d *defining) attach(ctx context.Context, a request.Attachment) error {
	for _, need := range store.AttachmentNeeds(a) {
		if err := d.need(ctx, need); err != nil {
			return err
		}
	}
	old, err := store.Attachments.Get(ctx, d.e.config.Store, a.Key())
	if err := unlessMissing(err); err != nil {
		return err
	}
	d.attached[a.Key()] = a
	clears := a.Form == "" && a.Flow == ""
	switch missing := err != nil; {
	case missing && clears:
		return nil
	case missing:
		store.Attachments.Insert(d.c, a)
	case clears:
		store.Attachments.Delete(d.c, old)
	default:
		store.Attachments.Update(d.c, old, a)
	}
	d.e.tell(d.c, event.AttachmentSet.With(a), d.by, nil, store.Attachments.Subject(a.Key()))
	return nil
}
