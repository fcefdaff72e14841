package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// revokedTogether is how many the bare statements take away at a time.
const revokedTogether = 80

// measureEnds has the time of many grants on one asset run out at the same moment, and
// waits until they are gone. The floor revokes as many memberships.
func measureEnds(ctx context.Context, b *bench) ([]row, error) {
	if _, err := b.postgres(ctx); err != nil {
		return nil, err
	}
	count := b.size.Ends
	w, err := b.largeWorld(ctx, size{Requests: count, Live: count})
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.remove() }()
	floor, err := w.place.revokeBare(ctx, count)
	if err != nil {
		return nil, err
	}
	w.ahead.Store(int64(31 * 24 * time.Hour))
	if err := w.reopen(ctx); err != nil {
		return nil, err
	}
	begin := time.Now()
	w.start()
	if err := w.awaitEmpty(ctx); err != nil {
		return nil, err
	}
	gone := time.Since(begin)
	return []row{row{Figure: "ends", Case: grouped(float64(count)) + " grants at once", Unit: "s", Target: atMost("ratio", 10)}.
		fill([]pair{{gone.Seconds(), floor.Seconds()}})}, nil
}

// awaitEmpty waits until no grant may stand on the asset any more.
func (w *world) awaitEmpty(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	for {
		live, err := records.LiveGrants.Find(ctx, w.store, w.orders(), store.Position{}, 1)
		if err != nil || len(live) == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), fmt.Errorf("the grants do not end: one is %s %s", live[0].Value.State, live[0].Value.Error))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// revokeBare makes many members of a role, and takes the time of revoking that from
// some at a time, each in a transaction of its own.
func (p *place) revokeBare(ctx context.Context, count int) (time.Duration, error) {
	role := p.name("bare_") + "_"
	defer func() { _ = p.drop(nil, role) }()
	var members []string
	for n := range count {
		members = append(members, person(n).Attributes["login"][0])
	}
	err := p.run(ctx, "postgres", "create role "+role, "grant "+role+" to "+strings.Join(members, ", "))
	if err != nil {
		return 0, err
	}
	var statements []string
	for some := range slices.Chunk(members, revokedTogether) {
		statements = append(statements, fmt.Sprintf("revoke %s from %s", role, strings.Join(some, ", ")))
	}
	if err := p.settle(ctx); err != nil {
		return 0, err
	}
	begin := time.Now()
	err = p.run(ctx, "postgres", statements...)
	return time.Since(begin), err
}
