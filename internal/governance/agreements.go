package governance

import (
	"context"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
)

// Agreements are the data use agreements.
var Agreements = Kind[request.AgreementName, request.Agreement]{
	File:    manifest.Agreements,
	Records: records.Agreements,
	Stamp: func(a *request.Agreement, version int, by, agreed request.PersonID) {
		a.Version, a.SavedBy, a.AgreedBy = version, by, agreed
	},
	Check:   func(_ context.Context, _ *Governance, a request.Agreement) error { return a.Validate() },
	Saved:   func(a request.Agreement) event.Event { return event.AgreementSaved.With(a.Of()) },
	Deleted: func(a request.Agreement) event.Event { return event.AgreementDeleted.With(a.Of()) },
}
