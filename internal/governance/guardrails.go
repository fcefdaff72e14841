package governance

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// checkGuardrail says everything that is wrong with a guardrail by itself.
func (gov *Governance) checkGuardrail(ctx context.Context, rail review.Guardrail) error {
	if _, err := review.CompileGuardrail(rail); err != nil {
		return err
	}
	for i, at := range rail.At {
		if _, err := records.Connections.Get(ctx, gov.Store, at.Connection()); err != nil {
			return fmt.Errorf("at[%d]: %w", i, err)
		}
	}
	return nil
}

func (d *Revision) saveGuardrail(ctx context.Context, rail review.Guardrail) (review.GuardrailVersion, error) {
	n := rulebook.GuardrailNamed(rail.Name)
	h, err := d.head(ctx, n)
	if err != nil {
		return review.GuardrailVersion{}, err
	}
	about := d.guard(h.next.At, rail.At)
	if rail.Version, err = d.next(ctx, n, rail.Version, nil); err != nil {
		return review.GuardrailVersion{}, err
	}
	rail.SavedBy, h.next.At = d.By, rail.At
	records.Guardrails.Insert(d.C, rail)
	d.governance.Emit(d.C, event.GuardrailSaved.With(event.Guardrail{Name: string(rail.Name), Version: rail.Version, At: rail.At}), d.By, nil, append(about, records.Guardrails.Subject(records.VersionKey(rail.Name, rail.Version)))...)
	return rail.Of(), nil
}

func (d *Revision) deleteGuardrail(ctx context.Context, v review.GuardrailVersion) error {
	h, err := d.head(ctx, rulebook.GuardrailNamed(v.Name))
	if err != nil {
		return err
	}
	about := d.guard(h.next.At, nil)
	version, err := d.remove(ctx, rulebook.GuardrailNamed(v.Name))
	if err != nil {
		return err
	}
	if version != v.Version {
		return &manifest.StaleError{What: manifest.GuardrailDefinition, Name: string(v.Name), Based: v.Version, Newest: version}
	}
	d.governance.Emit(d.C, event.GuardrailDeleted.With(event.Guardrail{Name: string(v.Name), Version: v.Version}), d.By, nil, about...)
	return nil
}

func (d *Revision) guard(was, now []catalog.Ref) []store.Subject {
	places := slices.Concat(was, now)
	slices.Sort(places)
	var about []store.Subject
	for _, at := range slices.Compact(places) {
		d.guarded = append(d.guarded, at)
		about = append(about, records.GuardedAt(at))
	}
	return about
}
