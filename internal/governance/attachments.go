package governance

import (
	"context"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Attachments set forms and flows at places, by their Keys. They have no versions: one
// without a form and a flow takes away what was set.
var Attachments = Kind[string, request.Attachment]{
	File:    manifest.Attachments,
	Records: records.Attachments,
	Check:   checkAttachment,
	Warn: func(ctx context.Context, gov *Governance, a request.Attachment) ([]review.Warning, error) {
		return gov.warnOfAttachment(ctx, a)
	},
	Needs: records.AttachmentNeeds,
	Holds: func(a request.Attachment) []catalog.Ref { return []catalog.Ref{a.At} },
	Changed: func(_ context.Context, d *Revision, _, is *request.Attachment) ([]store.Subject, error) {
		d.attached[is.Key()] = *is
		return nil, nil
	},
	Saved:  func(a request.Attachment) event.Event { return event.AttachmentSet.With(a) },
	Where:  func(a request.Attachment) string { return "attachment at " + string(a.At) },
	Empty:  func(a request.Attachment) bool { return !a.Decides() },
	Digest: func(a *request.Attachment) *int { return &a.Digest },
	Sum:    request.Attachment.Sum,
	Unset: func(name string) request.Attachment {
		t, at, _ := strings.Cut(name, " ")
		return request.Attachment{Type: request.Type(t), At: catalog.Ref(at)}
	},
}

func checkAttachment(ctx context.Context, gov *Governance, a request.Attachment) error {
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
