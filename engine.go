package grantwright

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/internal/metrics"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// New returns an engine. It does not touch the store or any platform.
func New(c Config) (*Engine, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c.setDefaults()
	m, err := metrics.New(c.Meter, c.Tracer, metrics.Source{Store: c.Store, Now: c.Now, Channels: c.Channels, Rooms: c.Rooms})
	if err != nil {
		return nil, err
	}
	e := &Engine{config: c, metrics: m}
	e.furnish(c)
	e.invert()
	e.background.Employ(c.Now, c.Lease)
	return e, nil
}

// Run does the work in the background: it provisions what another process left undone,
// ends what has expired, retries what failed, and syncs connections. It returns when
// ctx ends. Run it in every process that has an engine, or call Work now and then.
func (e *Engine) Run(ctx context.Context) error {
	return e.background.Run(ctx)
}

// Work does once what Run does all the time, and returns.
func (e *Engine) Work(ctx context.Context) error {
	return e.background.Work(ctx)
}

// Ready says whether the engine can do its work: whether its store answers, and takes writes.
// It changes nothing. Only after a write that the store could not do it writes in earnest: an
// engine whose store was away is ready once that is back.
func (e *Engine) Ready(ctx context.Context) error {
	read, err := records.Installations.Some(ctx, e.store, records.InstallationKey)
	if err != nil || len(read) == 0 || !e.store.Away() {
		return errors.Join(err, e.store.Writable(ctx))
	}
	var c store.Change
	records.Installations.Update(&c, read[0], read[0].Value)
	if err := c.Commit(ctx, e.store); err != nil && !errors.Is(err, store.ErrConflict) {
		return err // a conflict is a store that writes
	}
	return nil
}

// Close waits for the work in the background, and closes the connections to the
// platforms. End Run and all calls first; the engine must not be used afterwards.
func (e *Engine) Close() error {
	e.metrics.Close()
	e.journal.Close()
	return e.platforms.Close()
}
