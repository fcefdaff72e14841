package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/store/pgstore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// replicasAt is how many flows go on at a time, over all replicas.
const replicasAt = 8

// measureReplicas has one, two and four engines share a store. The floor is one of
// them. Chaos kills them in the middle.
func measureReplicas(ctx context.Context, b *bench) ([]row, error) {
	if _, err := b.postgres(ctx); err != nil {
		return nil, err
	}
	counts := []int{1, 2, 4}
	rounds := make([][]pair, len(counts))
	var shares []pair
	for round := range b.rounds {
		var alone float64
		for i, count := range counts {
			perSecond, share, err := b.replicas(ctx, count)
			if err != nil {
				return nil, err
			}
			if count == 1 {
				alone = perSecond
			}
			if count == 2 {
				shares = append(shares, pair{ours: 100 * share})
			}
			rounds[i] = append(rounds[i], pair{perSecond, alone})
			b.at("%d replicas, round %d: %s flows/s", count, round+1, short(perSecond))
		}
	}
	var rows []row
	for i, count := range counts {
		r := row{Figure: "replicas", Case: fmt.Sprintf("%d on one store", count), Unit: "/s", Note: fmt.Sprintf("%d at a time over all; the floor is one", replicasAt)}.fill(rounds[i])
		if count > 1 {
			r.Target = atLeast("ratio", 0.95)
		}
		rows = append(rows, r)
	}
	return append(rows, row{Figure: "replicas", Case: "work of the busier of 2", Unit: "%", Target: atMost("ours", 60), Note: "of the statements on the platform"}.fill(shares)), nil
}

// replica is an engine with connections of its own.
type replica struct {
	engine   *grantwright.Engine
	store    *sqlstore.Store
	platform *pgserver.Wire // over which it alone goes to the platform
}

// replicas has flows go on over some engines in turn, and returns which share of the
// work on the platform the busiest did.
func (b *bench) replicas(ctx context.Context, count int) (perSecond, share float64, err error) {
	w, err := b.place.newWorld(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = w.remove() }()
	var all []*replica
	running, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	defer func() {
		stop()
		work.Wait()
		for _, r := range all {
			r.close()
		}
	}()
	for range count {
		r, err := w.replica()
		if err != nil {
			return 0, 0, err
		}
		all = append(all, r)
		work.Go(func() { _ = r.engine.Run(running) })
	}
	do := func(first int) func(context.Context, int) error {
		return func(ctx context.Context, n int) error {
			return flow(ctx, all[n%count].engine, person(first+n), w.submission())
		}
	}
	if _, err := times(ctx, replicasAt, replicasAt, do(0)); err != nil {
		return 0, 0, err
	}
	before := statementsOf(all)
	t, err := inLanes(ctx, replicasAt, b.lasts, do(replicasAt))
	if err != nil {
		return 0, 0, err
	}
	var did []float64
	var sum float64
	for i, n := range statementsOf(all) {
		did = append(did, float64(n-before[i]))
		sum += did[i]
	}
	return t.perSecond(), slices.Max(did) / sum, nil
}

func statementsOf(all []*replica) []int64 {
	var counts []int64
	for _, r := range all {
		counts = append(counts, r.platform.Statements.Load())
	}
	return counts
}

// replica makes another engine of the world, which does not run yet.
func (w *world) replica() (*replica, error) {
	records, err := pgstore.Open(w.place.server.SuperURL(w.records))
	if err != nil {
		return nil, err
	}
	r := &replica{store: records}
	var over string
	if r.platform, over, err = pgserver.NewWire(w.connection().URL); err != nil {
		return nil, err
	}
	c := w.config(records)
	c.Platforms = map[string]provision.Platform{"postgres": overWire(pgprovision.Platform, over)}
	r.engine, err = grantwright.New(c)
	return r, err
}

// overWire has a platform reached under another address than its connection says.
func overWire(p provision.Platform, address string) provision.Platform {
	source, provisioner := p.Source, p.Provisioner
	to := func(t provision.Target) provision.Target {
		known, err := url.Parse(t.Connection.URL)
		over, other := url.Parse(address)
		if err == nil && other == nil {
			known.Host = over.Host
			t.Connection.URL = known.String()
		}
		return t
	}
	p.Source = func(ctx context.Context, t provision.Target) (catalog.Source, error) { return source(ctx, to(t)) }
	p.Provisioner = func(ctx context.Context, t provision.Target) (provision.Provisioner, error) {
		return provisioner(ctx, to(t))
	}
	return p
}

func (r *replica) close() {
	_ = r.engine.Close()
	_ = r.store.Close()
	_ = r.platform.Close()
}
