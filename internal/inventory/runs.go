package inventory

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// tellRun is how often a sync tells other processes how far it is.
const tellRun = 5 * time.Second

// run is a sync of this process.
type run struct {
	inventory *Inventory
	began     provision.SyncRun
	read      atomic.Int64
	stop      chan struct{}
}

// now is how far the sync is.
func (r *run) now() provision.SyncRun {
	now := r.began
	now.Seen, now.Read = r.inventory.Now(), int(r.read.Load())
	return now
}

// beginRun notes that a sync has begun, and goes on to say how far it is until it ends.
func (i *Inventory) beginRun(ctx context.Context, by request.PersonID, root catalog.Ref) (*run, error) {
	r := &run{inventory: i, began: provision.SyncRun{Root: root, By: by, Began: i.Now()}, stop: make(chan struct{})}
	if err := i.noteRun(ctx, root.Connection(), func(s provision.Syncs) provision.Syncs { return s.Begin(r.now()) }); err != nil {
		return nil, err
	}
	i.runs.Store(root.Connection(), r)
	i.Background(r.tell)
	return r, nil
}

// tell says from time to time how far a sync is, until it ends.
func (r *run) tell(ctx context.Context) {
	ticker := time.NewTicker(tellRun)
	defer ticker.Stop()
	for {
		select {
		case <-r.stop:
			return
		case <-ticker.C:
		}
		within, cancel := context.WithTimeout(ctx, tellRun)
		err := r.inventory.noteRun(within, r.began.Root.Connection(), func(s provision.Syncs) provision.Syncs {
			if s.Running == nil || !s.Running.Began.Equal(r.began.Began) {
				return s // it has ended, or another has begun since
			}
			return s.Begin(r.now())
		})
		cancel()
		if err != nil {
			r.inventory.Logger.WarnContext(ctx, "how far a sync is cannot be told", "connection", r.began.Root.Connection(), "error", err)
		}
	}
}

// counted counts the assets of a sync.
func (r *run) counted(assets iter.Seq2[catalog.Asset, error]) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		for a, err := range assets {
			if err == nil {
				r.read.Add(1)
			}
			if !yield(a, err) {
				return
			}
		}
	}
}

// end notes the outcome of a sync.
func (r *run) end(ctx context.Context, synced catalog.Synced, failed error) {
	i, done := r.inventory, r.now()
	done.Ended, done.Added, done.Changed, done.Gone = done.Seen, synced.Added, synced.Changed, synced.Gone
	for _, part := range synced.Unread {
		done.Unread = append(done.Unread, part.Ref)
	}
	if failed != nil {
		done.Error = excerpt.Storable(i.Platforms.Hide(r.began.Root.Connection(), failed).Error(), provision.MaxErrorBytes)
	}
	close(r.stop)
	i.runs.CompareAndDelete(r.began.Root.Connection(), r)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), i.Timeout)
	defer cancel()
	if err := i.noteRun(ctx, r.began.Root.Connection(), func(s provision.Syncs) provision.Syncs { return s.End(done) }); err != nil {
		i.Logger.WarnContext(ctx, "the outcome of a sync cannot be kept", "connection", r.began.Root.Connection(), "error", err)
	}
}

// noteRun changes what is known of the syncs of a connection.
func (i *Inventory) noteRun(ctx context.Context, connection string, next func(provision.Syncs) provision.Syncs) error {
	return i.Commit(ctx, func(c *store.Change) error {
		read, err := records.Syncs.Get(ctx, i.Store, connection)
		if journal.UnlessMissing(err) != nil {
			return err
		}
		now := records.Synced{Connection: connection, Syncs: next(read.Value.At(i.Now()))}
		if err != nil {
			records.Syncs.Insert(c, now)
		} else {
			records.Syncs.Update(c, read, now)
		}
		return nil
	})
}

// Health is how some connections are, in the order of their names: their syncs, with how far
// those of this process are, and their last reconciliation.
func (i *Inventory) Health(ctx context.Context, names ...string) ([]provision.Health, error) {
	all := make([]provision.Health, len(names))
	for at, name := range names {
		all[at].Connection = name
	}
	syncs, err := records.Syncs.Some(ctx, i.Store, names...)
	if err != nil {
		return nil, err
	}
	compared, err := records.Comparisons.Some(ctx, i.Store, names...)
	if err != nil {
		return nil, err
	}
	for at := range all {
		for _, read := range syncs {
			if read.Value.Connection == all[at].Connection {
				all[at].Syncs = i.here(read.Value)
			}
		}
		for _, read := range compared {
			if read.Value.Connection == all[at].Connection {
				all[at].Compared = read.Value.Result
			}
		}
	}
	return all, nil
}

// here is what is known of the syncs of a connection, with how far one of this process is.
func (i *Inventory) here(read records.Synced) provision.Syncs {
	known := read.At(i.Now())
	if r, is := i.runs.Load(read.Connection); is && known.Running != nil && known.Running.Began.Equal(r.(*run).began.Began) {
		known = known.Begin(r.(*run).now())
	}
	return known
}

// SyncSoon begins a sync in the background, unless one is under way.
func (i *Inventory) SyncSoon(ctx context.Context, by request.Identity, root catalog.Ref) error {
	if err := i.mayRead(ctx, root); err != nil {
		return err
	}
	if _, err := records.Connections.Get(ctx, i.Store, root.Connection()); err != nil {
		return err
	}
	known, err := i.Health(ctx, root.Connection())
	if err != nil {
		return err
	}
	if running := known[0].Syncs.Running; running != nil {
		return fmt.Errorf("%w: connection %s is being synced since %s", store.ErrState, root.Connection(), running.Began.Format(time.RFC3339))
	}
	r, err := i.beginRun(ctx, by.Person(), root)
	if err != nil {
		return err
	}
	i.Background(func(ctx context.Context) {
		if _, err := i.finish(ctx, r); err != nil {
			i.Logger.WarnContext(ctx, "a sync has failed", "connection", root.Connection(), "error", err)
		}
	})
	return nil
}
