package governance

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
)

func (gov *Governance) checkAttachment(ctx context.Context, a request.Attachment) error {
	if same, err := catalog.ParseRef(string(a.At)); err != nil || same != a.At {
		if err == nil {
			err = fmt.Errorf("%w: must be spelled %s", catalog.ErrRef, same)
		}
		return err
	}
	if err := a.Validate(); err != nil {
		return err
	}
	_, err := records.Connections.Get(ctx, gov.Store, a.At.Connection())
	return err
}

func (d *Revision) attach(ctx context.Context, a request.Attachment) error {
	for _, need := range records.AttachmentNeeds(a) {
		if err := d.need(ctx, need); err != nil {
			return err
		}
	}
	old, err := records.Attachments.Get(ctx, d.governance.Store, a.Key())
	if err := journal.UnlessMissing(err); err != nil {
		return err
	}
	d.attached[a.Key()] = a
	clears := a.Form == "" && a.Flow == ""
	switch missing := err != nil; {
	case missing && clears:
		return nil
	case missing:
		records.Attachments.Insert(d.C, a)
	case clears:
		records.Attachments.Delete(d.C, old)
	default:
		records.Attachments.Update(d.C, old, a)
	}
	d.governance.Emit(d.C, event.AttachmentSet.With(a), d.By, nil, records.Attachments.Subject(a.Key()))
	return nil
}
