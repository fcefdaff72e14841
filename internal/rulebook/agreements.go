package rulebook

import (
	"context"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
)

// agreements returns the newest versions of what a form wants accepted.
func (r *Rulebook) agreements(ctx context.Context, f request.Form) ([]request.Agreement, error) {
	var all []request.Agreement
	for _, name := range f.Agreements {
		a, err := Newest(ctx, r, AgreementNamed(name), records.Agreements)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// Acceptances records that somebody has accepted some agreements to submit a
// request.
func (r *Rulebook) Acceptances(by request.Identity, agreements []request.Agreement) []request.Acceptance {
	var all []request.Acceptance
	for _, a := range agreements {
		all = append(all, request.Acceptance{Name: a.Name, Version: a.Version, By: by.Person(), At: r.Now()})
	}
	return all
}

// AcceptedTexts are the agreements of a request, in the versions that were accepted.
func (r *Rulebook) AcceptedTexts(ctx context.Context, req request.Request) ([]request.Agreement, error) {
	var keys []string
	for _, a := range req.Agreements {
		keys = append(keys, records.VersionKey(a.Name, a.Version))
	}
	if len(keys) == 0 {
		return nil, nil
	}
	return journal.Values(records.Agreements.Some(ctx, r.Store, keys...))
}
