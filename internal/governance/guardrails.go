package governance

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Guardrails are the guardrails. Their heads are found by where they are set.
var Guardrails = Kind[review.GuardrailName, review.Guardrail]{
	File:    manifest.Guardrails,
	Records: records.Guardrails,
	Stamp: func(g *review.Guardrail, version int, by, _ request.PersonID) {
		g.Version, g.SavedBy = version, by
	},
	Check: checkGuardrail,
	Warn: func(ctx context.Context, gov *Governance, g review.Guardrail) ([]review.Warning, error) {
		return gov.warnOfPlaces(ctx, g.At...)
	},
	Places:  func(g review.Guardrail) []catalog.Ref { return g.At },
	Holds:   func(g review.Guardrail) []catalog.Ref { return g.At },
	Changed: guard,
	Saved: func(g review.Guardrail) event.Event {
		return event.GuardrailSaved.With(event.Guardrail{Name: string(g.Name), Version: g.Version, At: g.At})
	},
	Deleted: func(g review.Guardrail) event.Event {
		return event.GuardrailDeleted.With(event.Guardrail{Name: string(g.Name), Version: g.Version})
	},
	Where: func(g review.Guardrail) string { return "guardrail " + string(g.Name) },
}

func checkGuardrail(ctx context.Context, gov *Governance, rail review.Guardrail) error {
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

// guard notes where a guardrail was set and is set now, and how an event speaks of
// these places.
func guard(_ context.Context, d *Revision, was, is *review.Guardrail) (about []store.Subject, err error) {
	var places []catalog.Ref
	for _, g := range []*review.Guardrail{was, is} {
		if g != nil {
			places = append(places, g.At...)
		}
	}
	slices.Sort(places)
	for _, at := range slices.Compact(places) {
		d.guarded = append(d.guarded, at)
		about = append(about, records.GuardedAt(at))
	}
	return about, nil
}
