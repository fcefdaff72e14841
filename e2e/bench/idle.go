package main

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
)

// measureIdle counts the statements of an engine for which there is nothing to do, and
// looks at the server as a process of its own.
func measureIdle(ctx context.Context, b *bench) ([]row, error) {
	if _, err := b.postgres(ctx); err != nil {
		return nil, err
	}
	perSecond, err := b.idleStatements(ctx)
	rows := []row{{Figure: "idle", Case: "statements a second", Ours: perSecond, Target: atMost("ours", 2), Note: "one engine, after some flows"}}
	if b.server == "" || err != nil {
		return rows, err
	}
	more, err := b.measureServer(ctx)
	return append(rows, more...), err
}

// idleStatements has some flows behind it, and then counts for a while.
func (b *bench) idleStatements(ctx context.Context) (float64, error) {
	w, err := b.place.newWorld(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = w.remove() }()
	wire, over, err := pgserver.NewWire(w.place.server.SuperURL(w.records))
	if err != nil {
		return 0, err
	}
	defer func() { _ = wire.Close() }()
	w.over = over
	if err := w.reopen(ctx); err != nil {
		return 0, err
	}
	w.start()
	for n := range 5 {
		if err := flow(ctx, w.engine, person(n), w.submission()); err != nil {
			return 0, err
		}
	}
	if err := quiet(ctx, wire); err != nil {
		return 0, err
	}
	lasts := 4 * b.lasts
	before := wire.Statements.Load()
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(lasts):
	}
	return float64(wire.Statements.Load()-before) / lasts.Seconds(), nil
}

// quiet waits until the work that flows leave behind is done: until a second brings
// fewer than twenty statements.
func quiet(ctx context.Context, wire *pgserver.Wire) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	last := wire.Statements.Load()
	for range 60 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		now := wire.Statements.Load()
		if now-last < 20 {
			return nil
		}
		last = now
	}
	return errors.New("an engine with nothing to do does not come to rest")
}
