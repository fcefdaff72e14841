package grantwright

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Guardrail returns the newest version of a guardrail. It takes GOVERNANCE or
// AUDIT.
func (g Governance) Guardrail(ctx context.Context, by request.Identity, name review.GuardrailName) (review.Guardrail, error) {
	if err := permit(by, "read a guardrail", request.Governance, request.Audit); err != nil {
		return review.Guardrail{}, err
	}
	return g.e.guardrail(ctx, name)
}

// guardrail returns the newest version of a guardrail.
func (e *Engine) guardrail(ctx context.Context, name review.GuardrailName) (review.Guardrail, error) {
	return newest(ctx, e, guardrailNamed(name), store.Guardrails)
}

// GuardrailAt returns one version of a guardrail, also of one that was deleted. It
// takes GOVERNANCE or AUDIT.
func (g Governance) GuardrailAt(ctx context.Context, by request.Identity, v review.GuardrailVersion) (review.Guardrail, error) {
	if err := permit(by, "read a guardrail", request.Governance, request.Audit); err != nil {
		return review.Guardrail{}, err
	}
	read, err := store.Guardrails.Get(ctx, g.e.config.Store, store.VersionKey(v.Name, v.Version))
	return read.Value, err
}

// Guardrails lists the newest versions of all guardrails by name, from the one
// after a given name, at most limit of them. It takes GOVERNANCE or AUDIT.
func (g Governance) Guardrails(ctx context.Context, by request.Identity, after review.GuardrailName, limit int) ([]review.Guardrail, error) {
	if err := permit(by, "list the guardrails", request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return listed(ctx, g.e, store.GuardrailDefinition, store.Guardrails, string(after), limit)
}

// SaveGuardrail saves the next version of a guardrail: its Version names the
// version that it was based on, 0 for a new one. It holds at once, also for what
// was approved before: live grants that it prevents end, and containers cover
// nothing any more where a guardrail is set below them. Errors are those of
// SaveFlow. It takes GOVERNANCE.
func (g Governance) SaveGuardrail(ctx context.Context, by request.Identity, rail review.Guardrail) (review.GuardrailVersion, error) {
	if err := permit(by, "save a guardrail", request.Governance); err != nil {
		return review.GuardrailVersion{}, err
	}
	a := &savingGuardrail{e: g.e, Guardrail: rail}
	if err := g.e.alter(ctx, by, a); err != nil {
		return review.GuardrailVersion{}, err
	}
	return a.saved, nil
}

// DeleteGuardrail takes a guardrail away. Its versions stay readable, and grants
// that it has ended stay ended. The version is the newest that was seen. It takes
// GOVERNANCE.
func (g Governance) DeleteGuardrail(ctx context.Context, by request.Identity, v review.GuardrailVersion) error {
	if err := permit(by, "delete a guardrail", request.Governance); err != nil {
		return err
	}
	return g.e.alter(ctx, by, &deletingGuardrail{g.e, v})
}

// Guardrails lists those that hold for an asset, and where they are set, nearest
// first: to those who may see who has access to it.
func (a Assets) Guardrails(ctx context.Context, by request.Identity, ref catalog.Ref) ([]Placed, error) {
	if err := a.e.mayOversee(ctx, by, ref, "see the guardrails of this asset"); err != nil {
		return nil, err
	}
	return a.e.guarding().guardrails(ctx, ref)
}

func guardrailNamed(name review.GuardrailName) store.DefinitionNeed {
	return store.DefinitionNeed{Kind: store.GuardrailDefinition, Name: string(name)}
}

// checkGuardrail says everything that is wrong with a guardrail by itself.
func (e *Engine) checkGuardrail(ctx context.Context, rail review.Guardrail) error {
	if _, err := review.CompileGuardrail(rail); err != nil {
		return err
	}
	for i, at := range rail.At {
		if _, err := store.Connections.Get(ctx, e.config.Store, at.Connection()); err != nil {
			return fmt.Errorf("at[%d]: %w", i, err)
		}
	}
	return nil
}

func (d *defining) saveGuardrail(ctx context.Context, rail review.Guardrail) (review.GuardrailVersion, error) {
	n := guardrailNamed(rail.Name)
	h, err := d.head(ctx, n)
	if err != nil {
		return review.GuardrailVersion{}, err
	}
	about := d.guard(h.next.At, rail.At)
	if rail.Version, err = d.next(ctx, n, rail.Version, nil); err != nil {
		return review.GuardrailVersion{}, err
	}
	rail.SavedBy, h.next.At = d.by, rail.At
	store.Guardrails.Insert(d.c, rail)
	d.e.tell(d.c, event.GuardrailSaved.With(event.Guardrail{Name: string(rail.Name), Version: rail.Version, At: rail.At}), d.by, nil, append(about, store.Guardrails.Subject(store.VersionKey(rail.Name, rail.Version)))...)
	return rail.Of(), nil
}

func (d *defining) deleteGuardrail(ctx context.Context, v review.GuardrailVersion) error {
	h, err := d.head(ctx, guardrailNamed(v.Name))
	if err != nil {
		return err
	}
	about := d.guard(h.next.At, nil)
	version, err := d.remove(ctx, guardrailNamed(v.Name))
	if err != nil {
		return err
	}
	if version != v.Version {
		return &StaleError{store.GuardrailDefinition, string(v.Name), v.Version, version}
	}
	d.e.tell(d.c, event.GuardrailDeleted.With(event.Guardrail{Name: string(v.Name), Version: v.Version}), d.by, nil, about...)
	return nil
}

// guard notes where a guardrail was set and is set now, and how an event speaks of
// these places.
func (d *defining) guard(was, now []catalog.Ref) []store.Subject {
	places := slices.Concat(was, now)
	slices.Sort(places)
	var about []store.Subject
	for _, at := range slices.Compact(places) {
		d.guarded = append(d.guarded, at)
		about = append(about, store.GuardedAt(at))
	}
	return about
}
