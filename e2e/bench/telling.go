package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// measureTelling has flows go on, and takes the time from the end of the last one until
// everybody is told of all of them.
func measureTelling(ctx context.Context, b *bench) ([]row, error) {
	if _, err := b.postgres(ctx); err != nil {
		return nil, err
	}
	var rounds []pair
	for range b.rounds {
		behind, err := b.tellingBehind(ctx)
		if err != nil {
			return nil, err
		}
		rounds = append(rounds, pair{ours: behind.Seconds()})
	}
	rows := []row{row{Figure: "telling", Case: "notices, after the last flow", Unit: "s", Target: atMost("ours", 1), Note: fmt.Sprintf("%d flows at a time", flatAt)}.fill(rounds)}
	more, err := b.measureWebhooks(ctx)
	return append(rows, more...), err
}

func (b *bench) tellingBehind(ctx context.Context) (time.Duration, error) {
	w, err := b.place.newWorld(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = w.remove() }()
	if err := w.engine.People().Seen(ctx, steward); err != nil { // is told of each request
		return 0, err
	}
	w.start()
	_, err = inLanes(ctx, flatAt, b.lasts, func(ctx context.Context, n int) error {
		return flow(ctx, w.engine, person(n), w.submission())
	})
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	err = w.awaitTold(ctx)
	return time.Since(begin), err
}

// awaitTold waits until all events have their place in the log, and nobody has to be
// told of any of them.
func (w *world) awaitTold(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	for {
		told, err := w.told(ctx)
		if err != nil || told {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("telling does not come to its end: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (w *world) told(ctx context.Context) (bool, error) {
	last, err := store.LastNumber(ctx, w.store)
	if err != nil {
		return false, err
	}
	cursors, err := records.Cursors.All(ctx, w.store, "", store.MaxPage)
	return slices.ContainsFunc(cursors, func(c store.Stored[records.Cursor]) bool { return c.Value.After == last }), err
}
