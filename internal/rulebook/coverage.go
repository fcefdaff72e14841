package rulebook

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// WithCovered fills Standing.Below of containers with the assets that they cover,
// and Standing.Masked of all.
func (r *Rulebook) WithCovered(ctx context.Context, ref catalog.Ref, standings []provision.Standing) ([]provision.Standing, error) {
	if !slices.ContainsFunc(standings, func(s provision.Standing) bool { return s.Asset.Kind.Container() }) {
		return r.WithMasks(ctx, ref, standings, nil)
	}
	below, err := r.covered(ctx, ref)
	if err != nil {
		return nil, err
	}
	masked, err := r.WithMasks(ctx, ref, standings, below)
	if err != nil {
		return nil, err
	}
	for i := range below {
		below[i].Columns = nil
	}
	deciding, err := r.decidingElsewhere(ctx, ref)
	if err != nil {
		return nil, err
	}
	covering := slices.Clone(masked)
	for i := range covering {
		covering[i].Below, covering[i].Deciding = below, deciding
	}
	return covering, nil
}

// decidingElsewhere lists the places at which others decide than about a container, or
// masks hold that do not come from it or from above.
func (r *Rulebook) decidingElsewhere(ctx context.Context, container catalog.Ref) ([]catalog.Ref, error) {
	g, err := r.reaching(ctx, container.Connection())
	if err != nil {
		return nil, err
	}
	return catalog.Outermost(slices.DeleteFunc(g.withMasks(), func(at catalog.Ref) bool { return at.Covers(container) })), nil
}

// covered lists the assets below a container that access to it covers: those for
// which no nearer form, flow or guardrail is set, and through which nothing is read for
// which one is. Those who decide about the container decide about these, and about no
// others.
func (r *Rulebook) covered(ctx context.Context, container catalog.Ref) ([]catalog.Asset, error) {
	var below []catalog.Asset
	err := r.eachCovered(ctx, container, func(a catalog.Asset) error {
		below = append(below, a)
		return nil
	})
	return below, err
}

// eachCovered calls f with each asset that access to a container covers.
func (r *Rulebook) eachCovered(ctx context.Context, container catalog.Ref, f func(catalog.Asset) error) error {
	excluded, err := r.Excluded(ctx, container, request.DataAccess)
	if err != nil {
		return err
	}
	g, err := r.reaching(ctx, container.Connection())
	if err != nil {
		return err
	}
	count := 0
	for after := catalog.Ref(""); ; {
		page, err := r.Inventory.Search(ctx, catalog.Query{Below: container, After: after})
		if err == nil {
			err = g.loadBelow(ctx, container, page...)
		}
		if err != nil {
			return err
		}
		for _, a := range page {
			if after = a.Ref; slices.ContainsFunc(excluded, func(x catalog.Ref) bool { return x.Covers(a.Ref) }) || len(g.strict(container, a)) > 0 {
				continue
			}
			if count++; count > provision.MaxCovered {
				return fmt.Errorf("%w: %s holds more than %d assets; ask for something smaller in it", provision.ErrPermanent, container, provision.MaxCovered)
			}
			if err := f(a); err != nil {
				return err
			}
		}
		if len(page) < catalog.MaxPage {
			return nil
		}
	}
}

// Excluded lists what access to a container does not cover, with all that is below
// it: where another form or flow, or a guardrail, is set, or masks hold that do not
// come from the container or from above. Of places within each other only the
// outermost is named. It is empty for what holds nothing.
func (r *Rulebook) Excluded(ctx context.Context, container catalog.Ref, t request.Type) ([]catalog.Ref, error) {
	var nearer []catalog.Ref
	err := records.AttachmentsBelow.Each(ctx, r.Store, container, func(a store.Stored[request.Attachment]) error {
		if a.Value.Type == t && a.Value.Decides() {
			nearer = append(nearer, a.Value.At)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = records.GuardrailsBelow.Each(ctx, r.Store, container, func(g store.Stored[records.Definition]) error {
		for _, at := range g.Value.At {
			if at != container && container.Covers(at) {
				nearer = append(nearer, at)
			}
		}
		return nil
	})
	if err != nil || t != request.DataAccess {
		return catalog.Outermost(nearer), err
	}
	masked, err := r.nearerMasks(ctx, container)
	return catalog.Outermost(append(nearer, masked...)), err
}

// Covers reports whether access to a container covers something below it: nothing
// nearer is set on the way, and others decide about nothing that is read through it.
func (r *Rulebook) Covers(ctx context.Context, container, ref catalog.Ref) (bool, error) {
	var keys []string
	for at := ref; at != container && at != ""; at = at.Parent() {
		keys = append(keys, request.Attachment{At: at, Type: request.DataAccess}.Key())
		guarded, err := records.GuardrailsAt.Find(ctx, r.Store, at, store.Position{}, 1)
		if err != nil || len(guarded) > 0 {
			return false, err
		}
	}
	attached, err := journal.Values(records.Attachments.Some(ctx, r.Store, keys...))
	if err != nil || slices.ContainsFunc(attached, request.Attachment.Decides) {
		return false, err
	}
	masked, err := r.nearerMasks(ctx, container)
	if err != nil || slices.ContainsFunc(masked, func(at catalog.Ref) bool { return at.Covers(ref) }) || container == ref {
		return err == nil && container == ref, err
	}
	a, err := r.Inventory.Asset(ctx, ref)
	if errors.Is(err, catalog.ErrNotFound) {
		return true, nil
	}
	if err != nil || !isLinked(a) {
		return err == nil, err
	}
	g, err := r.reaching(ctx, container.Connection())
	if err == nil {
		err = g.loadBelow(ctx, container, a)
	}
	return err == nil && len(g.strict(container, a)) == 0, err
}
