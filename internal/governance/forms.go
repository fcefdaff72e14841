package governance

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Forms are the request forms.
var Forms = Kind[request.FormName, request.Form]{
	File:    manifest.Forms,
	Records: records.Forms,
	Stamp: func(f *request.Form, version int, by, agreed request.PersonID) {
		f.Version, f.SavedBy, f.AgreedBy = version, by, agreed
	},
	BuiltIn: &request.DefaultForm,
	Check: func(_ context.Context, _ *Governance, f request.Form) error {
		return errors.Join(f.Validate(), review.CheckQuestions(f))
	},
	Needs: formNeeds,
	Warn: func(ctx context.Context, gov *Governance, f request.Form) ([]review.Warning, error) {
		return gov.warnOfStewardsOf(ctx, f.Flow)
	},
	Users: func(ctx context.Context, d *Revision, name request.FormName, found func(string) error) error {
		return records.RequestsByStatus.Each(ctx, d.governance.Store, request.Pending, func(s store.Stored[request.Request]) error {
			if s.Value.Form.Name != name {
				return nil
			}
			return found("pending request " + string(s.Value.ID))
		})
	},
	Changed: func(_ context.Context, d *Revision, _, is *request.Form) ([]store.Subject, error) {
		if is != nil {
			d.forms[is.Name] = *is
		}
		return nil, nil
	},
	Saved:   func(f request.Form) event.Event { return event.FormSaved.With(f.Of()) },
	Deleted: func(f request.Form) event.Event { return event.FormDeleted.With(f.Of()) },
}

func formNeeds(f request.Form) []records.DefinitionNeed {
	var needs []records.DefinitionNeed
	if f.Flow != "" {
		needs = append(needs, rulebook.FlowNamed(f.Flow))
	}
	for _, name := range f.Agreements {
		needs = append(needs, rulebook.AgreementNamed(name))
	}
	return needs
}
