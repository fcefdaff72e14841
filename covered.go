package grantwright

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxCovered bounds how many assets access to one container may cover.
const MaxCovered = 20_000

// cover says in Standings on a container which assets below it they cover, and in
// all of them which masks hold.
func (e *Engine) cover(ctx context.Context, ref catalog.Ref, standings []provision.Standing) ([]provision.Standing, error) {
	if !slices.ContainsFunc(standings, func(s provision.Standing) bool { return s.Asset.Kind.Container() }) {
		return e.veil(ctx, ref, standings, nil)
	}
	below, err := e.covered(ctx, ref)
	if err != nil {
		return nil, err
	}
	veiled, err := e.veil(ctx, ref, standings, below)
	if err != nil {
		return nil, err
	}
	for i := range below {
		below[i].Columns = nil
	}
	covering := slices.Clone(veiled)
	for i := range covering {
		covering[i].Below = below
	}
	return covering, nil
}

// covered lists the assets below a container that access to it covers: those for
// which no nearer form, flow or guardrail is set. Those who decide about the
// container decide about these, and about no others.
func (e *Engine) covered(ctx context.Context, container catalog.Ref) ([]catalog.Asset, error) {
	var below []catalog.Asset
	err := e.eachCovered(ctx, container, func(a catalog.Asset) error {
		below = append(below, a)
		return nil
	})
	return below, err
}

// eachCovered calls f with each asset that access to a container covers.
func (e *Engine) eachCovered(ctx context.Context, container catalog.Ref, f func(catalog.Asset) error) error {
	excluded, err := e.excluded(ctx, container, request.DataAccess)
	if err == nil {
		excluded, err = e.withParts(ctx, excluded)
	}
	if err != nil {
		return err
	}
	count := 0
	for after := catalog.Ref(""); ; {
		page, err := e.config.Inventory.Search(ctx, catalog.Query{Below: container, After: after})
		if err != nil {
			return err
		}
		for _, a := range page {
			if after = a.Ref; slices.ContainsFunc(excluded, func(x catalog.Ref) bool { return x.Covers(a.Ref) }) {
				continue
			}
			if count++; count > MaxCovered {
				return fmt.Errorf("%w: %s holds more than %d assets; ask for something smaller in it", provision.ErrPermanent, container, MaxCovered)
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

// excluded lists what access to a container does not cover, with all that is below
// it: where another form or flow, or a guardrail, is set, or masks hold that do not
// come from the container or from above. Of places within each other only the
// outermost is named. It is empty for what holds nothing.
func (e *Engine) excluded(ctx context.Context, container catalog.Ref, t request.Type) ([]catalog.Ref, error) {
	var nearer []catalog.Ref
	err := store.AttachmentsBelow.Each(ctx, e.config.Store, container, func(a store.Stored[request.Attachment]) error {
		if a.Value.Type == t && a.Value.Decides() {
			nearer = append(nearer, a.Value.At)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = store.GuardrailsBelow.Each(ctx, e.config.Store, container, func(g store.Stored[store.Definition]) error {
		for _, at := range g.Value.At {
			if at != container && container.Covers(at) {
				nearer = append(nearer, at)
			}
		}
		return nil
	})
	if err != nil || t != request.DataAccess {
		return outermost(nearer), err
	}
	masked, err := e.nearerMasks(ctx, container)
	return outermost(append(nearer, masked...)), err
}

// outermost leaves out the places that lie within others.
func outermost(refs []catalog.Ref) []catalog.Ref {
	slices.Sort(refs) // what holds others comes before them
	var outer []catalog.Ref
	for _, ref := range refs {
		if !slices.ContainsFunc(outer, func(o catalog.Ref) bool { return o.Covers(ref) }) {
			outer = append(outer, ref)
		}
	}
	return outer
}

// covers reports whether access to a container covers something below it: nothing
// nearer is set on the way.
func (e *Engine) covers(ctx context.Context, container, ref catalog.Ref) (bool, error) {
	var keys []string
	for at := ref; at != container && at != ""; at = at.Parent() {
		keys = append(keys, request.Attachment{At: at, Type: request.DataAccess}.Key())
		guarded, err := store.GuardrailsAt.Find(ctx, e.config.Store, at, store.Position{}, 1)
		if err != nil || len(guarded) > 0 {
			return false, err
		}
	}
	attached, err := values(store.Attachments.Some(ctx, e.config.Store, keys...))
	if err != nil || slices.ContainsFunc(attached, request.Attachment.Decides) {
		return false, err
	}
	masked, err := e.nearerMasks(ctx, container)
	return !slices.ContainsFunc(masked, func(at catalog.Ref) bool { return at.Covers(ref) }), err
}

// coverAnew has what a change of definitions sets taken into account: by the
// grants on containers of those places, which cover more now, or less, and by all
// that live on a connection where guardrails differ.
func (e *Engine) coverAnew(ctx context.Context, c *store.Change, d *defining) error {
	connections := map[string]bool{} // whether guardrails differ there
	for _, at := range d.guarded {
		connections[at.Connection()] = true
	}
	for _, at := range d.changedPlaces() {
		for _, container := range at.Lineage()[1:] {
			live, err := store.LiveGrants.Find(ctx, e.config.Store, container, store.Position{}, 1)
			if err != nil {
				return err
			}
			if len(live) > 0 {
				connections[at.Connection()] = connections[at.Connection()]
				break
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(connections)) {
		on, err := store.Connections.Get(ctx, e.config.Store, name)
		switch {
		case err != nil:
		case connections[name]:
			err = store.Ring(ctx, e.config.Store, c, reconcileTask(name), e.now())
		default:
			err = e.reconcileSoon(ctx, c, on.Value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
