package inventory

import (
	"context"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/platforms"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// SyncNow syncs the assets at and below root, unless the connection is taken out of
// use.
func (i *Inventory) SyncNow(ctx context.Context, by request.Identity, root catalog.Ref) (catalog.Synced, error) {
	if err := i.mayRead(ctx, root); err != nil {
		return catalog.Synced{}, err
	}
	return i.sync(ctx, by.Person(), root)
}

// mayRead refuses a sync of a connection that is taken out of use.
func (i *Inventory) mayRead(ctx context.Context, root catalog.Ref) error {
	if _, err := catalog.ParseRef(string(root)); err != nil {
		return err
	}
	stop, err := i.People.Stop(ctx, provision.StoppedConnection(root.Connection()))
	if err == nil && stop != nil && stop.Retiring {
		err = fmt.Errorf("%w: connection %s is taken out of use: %s", store.ErrState, root.Connection(), stop.Reason)
	}
	return err
}

func (i *Inventory) sync(ctx context.Context, by request.PersonID, root catalog.Ref) (catalog.Synced, error) {
	if _, err := records.Connections.Get(ctx, i.Store, root.Connection()); err != nil {
		return catalog.Synced{}, err
	}
	r, err := i.beginRun(ctx, by, root)
	if err != nil {
		return catalog.Synced{}, err
	}
	return i.finish(ctx, r)
}

// finish does a sync that has begun, and notes its outcome.
func (i *Inventory) finish(ctx context.Context, r *run) (catalog.Synced, error) {
	synced, err := i.read(ctx, r)
	r.end(ctx, synced, err)
	return synced, err
}

func (i *Inventory) read(ctx context.Context, r *run) (catalog.Synced, error) {
	by, root := r.began.By, r.began.Root
	read, err := records.Connections.Get(ctx, i.Store, root.Connection())
	if err != nil {
		return catalog.Synced{}, err
	}
	source, err := i.Platforms.Source(ctx, read.Value)
	if err != nil {
		return catalog.Synced{}, err
	}
	defer func() { _ = platforms.CloseIfPossible(source) }()
	place, err := i.place(ctx)
	if err != nil {
		return catalog.Synced{}, err
	}
	assets := r.counted(platforms.WithPlatform(read.Value, read.Value.Scoped(source.Assets(ctx, root), place)))
	// Masks that were declared before anybody has read the platform were meant for
	// what it holds: its columns count as looked at.
	known, err := i.Rules.Inventory.Search(ctx, catalog.Query{Below: catalog.Ref(read.Value.Name), Gone: true, Limit: 1})
	if err != nil {
		return catalog.Synced{}, err
	}
	alike := &lookalikes{}
	if len(known) > 0 {
		if alike, err = i.lookalikes(ctx, read.Value.Name); err != nil {
			return catalog.Synced{}, err
		}
	}
	synced, err := i.Rules.Inventory.Replace(ctx, root, alike.mark(ctx, assets), i.Now())
	if err != nil {
		return synced, i.Platforms.Unreachable(root.Connection(), err)
	}
	if err := i.Masking.FindMasked(ctx, read.Value.Name, len(known) == 0, synced.Moved...); err != nil {
		return synced, err
	}
	held, err := i.heldNow(ctx, read.Value.Name, slices.Concat(synced.Moved, alike.found))
	if err != nil {
		return synced, err
	}
	if err := i.answerWanted(ctx); err != nil {
		i.Logger.WarnContext(ctx, "who waits for an asset is told after the next sync", "error", err)
	}
	if synced.Added+synced.Changed+synced.Gone > 0 {
		decisions.RecheckSoon(ctx, i.Decisions, records.RechecksOn, root.Connection())
	}
	return synced, i.Change(ctx, func(c *store.Change) error {
		i.Emit(c, event.ConnectionSynced.With(counts(root, synced)), by, nil, records.Connections.Subject(read.Value.Name))
		if len(held.Assets) > 0 {
			i.Emit(c, event.AssetHeld.With(held), request.SystemID, nil, records.Connections.Subject(read.Value.Name))
		}
		if synced.Added+synced.Changed+synced.Gone == 0 {
			return nil
		}
		if err := i.Governance.EnforceMasksSoon(ctx, c, []catalog.Ref{root}); err != nil {
			return err
		}
		return i.Drift.ReconcileSoon(ctx, c, read.Value) // what changed may be what was granted
	})
}

// place is the id of the database of the records, which is no asset.
func (i *Inventory) place(ctx context.Context) (string, error) {
	if i.Placed == nil {
		return "", nil
	}
	return i.Placed.Place(ctx)
}

// counts is the payload of a sync.
func counts(root catalog.Ref, s catalog.Synced) event.Sync {
	c := event.Sync{Root: root, Added: s.Added, Changed: s.Changed, Same: s.Same, Gone: s.Gone}
	for _, partial := range s.Unread {
		c.Unread = append(c.Unread, partial.Ref)
	}
	return c
}
