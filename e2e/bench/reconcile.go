package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

// measureReconcile compares records and platform where nothing is wrong, at a tenth of
// the grants and at all of them. The floor reads both once.
func measureReconcile(ctx context.Context, b *bench) ([]row, error) {
	if _, err := b.postgres(ctx); err != nil {
		return nil, err
	}
	var rows []row
	var each []float64
	for _, count := range []int{b.size.Reconciled / 10, b.size.Reconciled} {
		r, err := b.reconcileMany(ctx, count)
		if err != nil {
			return rows, err
		}
		rows, each = append(rows, r), append(each, r.Ours/float64(count))
	}
	return append(rows, row{Figure: "reconcile", Case: "a grant, of all ÷ of a tenth", Ours: each[1] / each[0], Target: atMost("ours", 1.3), Note: "1 is linear"}), nil
}

func (b *bench) reconcileMany(ctx context.Context, count int) (row, error) {
	w, err := b.largeWorld(ctx, size{Requests: count, Live: count})
	if err != nil {
		return row{}, err
	}
	defer func() { _ = w.remove() }()
	var rounds []pair
	var peak uint64
	for range b.rounds {
		var took, floor time.Duration
		peak = max(peak, peakOf(func() {
			begin := time.Now()
			var found provision.Reconciliation
			if found, err = w.engine.Reconcile(ctx, admin, "warehouse", provision.Reconcile{DryRun: true}); err == nil && found.Stopped {
				err = errors.New("more would be removed than may be")
			}
			took = time.Since(begin)
		}))
		if err != nil {
			return row{}, err
		}
		if floor, err = w.readBoth(ctx); err != nil {
			return row{}, err
		}
		rounds = append(rounds, pair{took.Seconds(), floor.Seconds()})
	}
	return row{Figure: "reconcile", Case: grouped(float64(count)) + " grants", Unit: "s", Note: fmt.Sprintf("%s MB more than before", short(float64(peak)/1e6))}.fill(rounds), nil
}

// readBoth takes the time of reading the grants and the memberships once.
func (w *world) readBoth(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	err := records.LiveGrants.Each(ctx, w.store, w.orders(), func(store.Stored[provision.Grant]) error { return nil })
	if err != nil {
		return 0, err
	}
	rows, err := w.place.server.DB.QueryContext(ctx, `select r.rolname, u.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
		where starts_with(r.rolname, $1)`, "gw_"+w.installation+"_")
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var role, member string
		if err := rows.Scan(&role, &member); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), rows.Err()
}

// peakOf does something, and returns by how much the heap was larger meanwhile at most.
func peakOf(do func()) uint64 {
	runtime.GC()
	before := heap()
	over := make(chan struct{})
	var watching sync.WaitGroup
	var most uint64
	watching.Go(func() {
		ticker := time.NewTicker(10 * time.Millisecond)
		defer ticker.Stop()
		for {
			most = max(most, heap())
			select {
			case <-over:
				return
			case <-ticker.C:
			}
		}
	})
	do()
	close(over)
	watching.Wait()
	return most - min(most, before)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}
