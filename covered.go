package grantwright

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxCovered bounds how many assets access to one container may cover.
const MaxCovered = 20_000

// cover says in Standings on a container which assets below it they cover.
func (e *Engine) cover(ctx context.Context, ref catalog.Ref, standings []provision.Standing) ([]provision.Standing, error) {
	if !slices.ContainsFunc(standings, func(s provision.Standing) bool { return s.Asset.Kind.Container() }) {
		return standings, nil
	}
	below, err := e.covered(ctx, ref)
	if err != nil {
		return nil, err
	}
	covering := slices.Clone(standings)
	for i := range covering {
		covering[i].Below = below
	}
	return covering, nil
}

// covered lists the assets below a container that access to it covers: those for
// which no nearer form or flow is attached. Those who decide about the container
// decide about these, and about no others.
func (e *Engine) covered(ctx context.Context, container catalog.Ref) ([]catalog.Asset, error) {
	excluded, err := e.excluded(ctx, container, request.DataAccess)
	if err != nil {
		return nil, err
	}
	var below []catalog.Asset
	for after := catalog.Ref(""); ; {
		page, err := e.config.Inventory.Search(ctx, catalog.Query{Below: container, After: after})
		if err != nil {
			return nil, err
		}
		for _, a := range page {
			if after = a.Ref; !slices.ContainsFunc(excluded, func(x catalog.Ref) bool { return x.Covers(a.Ref) }) {
				a.Columns = nil
				below = append(below, a)
			}
		}
		switch {
		case len(below) > MaxCovered:
			return nil, fmt.Errorf("%w: %s holds more than %d assets; ask for something smaller in it", provision.ErrPermanent, container, MaxCovered)
		case len(page) < catalog.MaxPage:
			return below, nil
		}
	}
}

// excluded lists what access to a container does not cover, with all that is below
// it: where another form or flow is attached. Of places within each other only the
// outermost is named. It is empty for what holds nothing.
func (e *Engine) excluded(ctx context.Context, container catalog.Ref, t request.Type) ([]catalog.Ref, error) {
	var refs []catalog.Ref
	err := store.AttachmentsBelow.Each(ctx, e.config.Store, container, func(a store.Stored[request.Attachment]) error {
		nearer := a.Value.Type == t && a.Value.Decides()
		if nearer && !slices.ContainsFunc(refs, func(x catalog.Ref) bool { return x.Covers(a.Value.At) }) {
			refs = append(refs, a.Value.At)
		}
		return nil
	})
	return refs, err
}

// covers reports whether access to a container covers something below it: nothing
// nearer is attached on the way.
func (e *Engine) covers(ctx context.Context, container, ref catalog.Ref) (bool, error) {
	var keys []string
	for at := ref; at != container && at != ""; at = at.Parent() {
		keys = append(keys, request.Attachment{At: at, Type: request.DataAccess}.Key())
	}
	attached, err := values(store.Attachments.Some(ctx, e.config.Store, keys...))
	return !slices.ContainsFunc(attached, request.Attachment.Decides), err
}

// coverAnew has what was attached taken into account by the grants on containers
// of those places: they cover more now, or less.
func (e *Engine) coverAnew(ctx context.Context, c *store.Change, attached []request.Attachment) error {
	var connections []string
	for _, a := range attached {
		name := a.At.Connection()
		if slices.Contains(connections, name) {
			continue
		}
		for _, container := range a.At.Lineage()[1:] {
			live, err := store.LiveGrants.Find(ctx, e.config.Store, container, store.Position{}, 1)
			if err != nil {
				return err
			}
			if len(live) > 0 {
				connections = append(connections, name)
				break
			}
		}
	}
	for _, name := range connections {
		on, err := store.Connections.Get(ctx, e.config.Store, name)
		if err != nil {
			return err
		}
		if err := e.reconcileSoon(ctx, c, on.Value); err != nil {
			return err
		}
	}
	return nil
}
