package grantwright

import (
	"context"
	"fmt"
	"iter"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Sync reads what a platform holds, at and below root, into the inventory. It
// takes ADMIN. What could not be read is named in the result and stays as it was.
func (e *Engine) Sync(ctx context.Context, by request.Identity, root catalog.Ref) (catalog.Synced, error) {
	if err := permit(by, "sync a connection", request.Admin); err != nil {
		return catalog.Synced{}, err
	}
	return e.syncNow(ctx, by, root)
}

// syncNow syncs what is at and below root, unless the connection is taken out of use.
func (e *Engine) syncNow(ctx context.Context, by request.Identity, root catalog.Ref) (catalog.Synced, error) {
	if _, err := catalog.ParseRef(string(root)); err != nil {
		return catalog.Synced{}, err
	}
	if stop, err := e.stop(ctx, store.StoppedConnection(root.Connection())); err != nil {
		return catalog.Synced{}, err
	} else if stop != nil && stop.Retiring {
		return catalog.Synced{}, fmt.Errorf("%w: connection %s is taken out of use: %s", ErrState, root.Connection(), stop.Reason)
	}
	return e.sync(ctx, by.Person(), root)
}

func (e *Engine) sync(ctx context.Context, by request.PersonID, root catalog.Ref) (catalog.Synced, error) {
	read, err := store.Connections.Get(ctx, e.config.Store, root.Connection())
	if err != nil {
		return catalog.Synced{}, err
	}
	source, err := e.source(ctx, read.Value)
	if err != nil {
		return catalog.Synced{}, err
	}
	defer closeIfPossible(source)
	assets := onConnection(read.Value, source.Assets(ctx, root))
	// Masks that were declared before anybody has read the platform were meant for
	// what it holds: its columns count as looked at.
	known, err := e.config.Inventory.Search(ctx, catalog.Query{Below: catalog.Ref(read.Value.Name), Gone: true, Limit: 1})
	if err != nil {
		return catalog.Synced{}, err
	}
	synced, err := e.config.Inventory.Replace(ctx, root, assets, e.now())
	if err != nil {
		return synced, unasked(root.Connection(), err)
	}
	if err := e.findMasked(ctx, read.Value.Name, len(known) == 0); err != nil {
		return synced, err
	}
	if err := e.answerWanted(ctx); err != nil {
		e.config.Logger.Warn("who waits for an asset is told after the next sync", "error", err)
	}
	if synced.Added+synced.Changed+synced.Gone > 0 {
		lookSoon(ctx, e, store.LooksOn, root.Connection())
	}
	return synced, e.change(ctx, func(c *store.Change) error {
		e.tell(c, event.ConnectionSynced.With(counts(root, synced)), by, nil, store.Connections.Subject(read.Value.Name))
		if synced.Added+synced.Changed+synced.Gone == 0 {
			return nil
		}
		if err := e.maskAnew(ctx, c, []catalog.Ref{root}); err != nil {
			return err
		}
		return e.reconcileSoon(ctx, c, read.Value) // what changed may be what was granted
	})
}

// counts is the payload of a sync.
func counts(root catalog.Ref, s catalog.Synced) event.Sync {
	c := event.Sync{Root: root, Added: s.Added, Changed: s.Changed, Same: s.Same, Gone: s.Gone}
	for _, partial := range s.Unread {
		c.Unread = append(c.Unread, partial.Ref)
	}
	return c
}

func (e *Engine) source(ctx context.Context, c catalog.Connection) (catalog.Source, error) {
	platform, err := e.platform(c)
	if err != nil {
		return nil, err
	}
	if platform.Source == nil {
		return nil, fmt.Errorf("%w: technology %q has nothing that reads its assets", ErrNoPlatform, c.Technology)
	}
	target, err := e.target(ctx, c)
	if err != nil {
		return nil, err
	}
	source, err := platform.Source(ctx, target)
	if err != nil {
		return nil, unasked(c.Name, err)
	}
	return source, nil
}

// onConnection says of each asset which platform it is on.
func onConnection(c catalog.Connection, assets iter.Seq2[catalog.Asset, error]) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		for a, err := range assets {
			a.Technology, a.Host = c.Technology, c.Host
			if !yield(a, err) {
				return
			}
		}
	}
}
