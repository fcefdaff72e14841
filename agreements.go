package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Agreement returns the newest version of a data use agreement. Everyone may read
// it: it is shown before it is accepted.
func (g Governance) Agreement(ctx context.Context, by request.Identity, name request.AgreementName) (request.Agreement, error) {
	if err := by.Check(); err != nil {
		return request.Agreement{}, err
	}
	return g.e.agreement(ctx, name)
}

// AgreementAt returns one version of an agreement, also of one that was deleted,
// to everyone.
func (g Governance) AgreementAt(ctx context.Context, by request.Identity, v request.AgreementVersion) (request.Agreement, error) {
	if err := by.Check(); err != nil {
		return request.Agreement{}, err
	}
	read, err := store.Agreements.Get(ctx, g.e.config.Store, store.VersionKey(v.Name, v.Version))
	return read.Value, err
}

// Agreements lists the newest versions of all agreements by name, from the one
// after a given name, at most limit of them. It takes GOVERNANCE or AUDIT.
func (g Governance) Agreements(ctx context.Context, by request.Identity, after request.AgreementName, limit int) ([]request.Agreement, error) {
	if err := permit(by, "list the agreements", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return listed(ctx, g.e, store.AgreementDefinition, store.Agreements, string(after), limit)
}

// SaveAgreement saves the next version of an agreement: a.Version names the
// version that it was based on, 0 for a new one. If someone has saved another
// meanwhile, the error is a *StaleError. What was accepted stays what it was: who
// submits from then on accepts the new version. It takes GOVERNANCE.
func (g Governance) SaveAgreement(ctx context.Context, by request.Identity, a request.Agreement) (request.AgreementVersion, error) {
	if err := permit(by, "save an agreement", request.Governance); err != nil {
		return request.AgreementVersion{}, err
	}
	saving := &savingAgreement{e: g.e, Agreement: a}
	if err := g.e.alter(ctx, by, saving); err != nil {
		return request.AgreementVersion{}, err
	}
	return saving.saved, nil
}

// DeleteAgreement deletes an agreement that no form names; otherwise the error is
// an *InUseError. Its versions stay readable. The version is the newest that was
// seen. It takes GOVERNANCE.
func (g Governance) DeleteAgreement(ctx context.Context, by request.Identity, v request.AgreementVersion) error {
	if err := permit(by, "delete an agreement", request.Governance); err != nil {
		return err
	}
	return g.e.alter(ctx, by, &deletingAgreement{g.e, v})
}

func (d *defining) saveAgreement(ctx context.Context, a request.Agreement) (request.AgreementVersion, error) {
	version, err := d.next(ctx, agreementNamed(a.Name), a.Version, nil)
	if err != nil {
		return request.AgreementVersion{}, err
	}
	a.Version, a.SavedBy, a.AgreedBy = version, d.by, d.agreed
	store.Agreements.Insert(d.c, a)
	d.e.tell(d.c, event.AgreementSaved.With(a.Of()), d.by, nil, store.Agreements.Subject(store.VersionKey(a.Name, a.Version)))
	return a.Of(), nil
}

func (d *defining) deleteAgreement(ctx context.Context, v request.AgreementVersion) error {
	version, err := d.remove(ctx, agreementNamed(v.Name))
	if err != nil {
		return err
	}
	if version != v.Version {
		return &StaleError{store.AgreementDefinition, string(v.Name), v.Version, version}
	}
	d.e.tell(d.c, event.AgreementDeleted.With(v), d.by, nil)
	return nil
}

func (e *Engine) agreement(ctx context.Context, name request.AgreementName) (request.Agreement, error) {
	return newest(ctx, e, agreementNamed(name), store.Agreements)
}

// agreements returns the newest versions of what a form wants accepted.
func (e *Engine) agreements(ctx context.Context, f request.Form) ([]request.Agreement, error) {
	var all []request.Agreement
	for _, name := range f.Agreements {
		a, err := e.agreement(ctx, name)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// accepted records what somebody has accepted to submit a request.
func (e *Engine) accepted(by request.Identity, agreements []request.Agreement) []request.Acceptance {
	var all []request.Acceptance
	for _, a := range agreements {
		all = append(all, request.Acceptance{Name: a.Name, Version: a.Version, By: by.Person(), At: e.now()})
	}
	return all
}

// acceptedTexts are the agreements of a request, as they were accepted.
func (e *Engine) acceptedTexts(ctx context.Context, req request.Request) ([]request.Agreement, error) {
	var keys []string
	for _, a := range req.Agreements {
		keys = append(keys, store.VersionKey(a.Name, a.Version))
	}
	if len(keys) == 0 {
		return nil, nil
	}
	return values(store.Agreements.Some(ctx, e.config.Store, keys...))
}
