package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store/sqlitestore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// nothing is a platform on which giving access takes no time.
type nothing struct{ catalog.Source }

func (nothing) Apply(_ context.Context, want []provision.Standing) []provision.Outcome {
	return make([]provision.Outcome, len(want))
}

// emptyTable is the asset of that platform.
const emptyTable catalog.Ref = "nothing:sales.public.orders"

func nothingPlatform() provision.Platform {
	p := nothing{manifest.Source([]catalog.Asset{{Ref: emptyTable, Kind: catalog.Table, ID: "1"}})}
	return provision.Platform{
		Source:      func(context.Context, provision.Target) (catalog.Source, error) { return p, nil },
		Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) { return p, nil },
	}
}

// measureSQLite has flows go on with SQLite and no platform to speak of. It has no floor.
func measureSQLite(ctx context.Context, b *bench) ([]row, error) {
	var rows []row
	for _, at := range []int{1, 8} {
		var rounds, syncs []pair
		for range b.rounds {
			perSecond, synced, err := b.sqliteFlows(ctx, at)
			if err != nil {
				return rows, err
			}
			rounds, syncs = append(rounds, pair{ours: perSecond}), append(syncs, pair{ours: synced})
		}
		lane := fmt.Sprintf("%d at a time", at)
		rows = append(rows,
			row{Figure: "SQLite", Case: "flows, " + lane, Unit: "/s", Target: atLeast("ours", 100), Note: "no-op platform, every commit on the disk"}.fill(rounds),
			row{Figure: "SQLite", Case: "fsyncs of a flow, " + lane, Target: atMost("ours", 4), Note: "commits, and three for each restart of the log; telling too"}.fill(syncs))
	}
	return rows, nil
}

func (b *bench) sqliteFlows(ctx context.Context, at int) (perSecond, syncs float64, err error) {
	folder, err := os.MkdirTemp("", "grantwright-bench-")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "records.db")
	records, err := sqlitestore.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = records.Close() }()
	e, err := onNothing(ctx, records)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = e.Close() }()
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = e.Run(ctx) })
	defer running.Wait()
	defer stop()
	do := func(first int) func(context.Context, int) error {
		return func(ctx context.Context, n int) error { return flow(ctx, e, person(first+n), asking(emptyTable)) }
	}
	if _, err := times(ctx, at, at, do(0)); err != nil {
		return 0, 0, err
	}
	before, err := syncsOf(path)
	if err != nil {
		return 0, 0, err
	}
	t, err := inLanes(ctx, at, b.lasts, do(at))
	if err != nil {
		return 0, 0, err
	}
	after, err := syncsOf(path)
	return t.perSecond(), float64(after-before) / float64(len(t.each)), err
}

// onNothing furnishes an engine on the platform that does nothing.
func onNothing(ctx context.Context, records *sqlstore.Store) (*grantwright.Engine, error) {
	if err := records.Migrate(ctx); err != nil {
		return nil, err
	}
	e, err := grantwright.New(grantwright.Config{Store: records, Inventory: records.Inventory(), Logger: logger(),
		Platforms: map[string]provision.Platform{"nothing": nothingPlatform()}})
	if err != nil {
		return nil, err
	}
	if err := e.Connections().Register(ctx, admin, catalog.Connection{Name: "nothing", Technology: "nothing", Host: "nothing.example.com",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}); err != nil {
		return nil, err
	}
	if _, err := e.Sync(ctx, admin, "nothing"); err != nil {
		return nil, err
	}
	if err := saveFlow(ctx, e, twoSelectors); err != nil {
		return nil, err
	}
	_, err = e.Governance().Attachments.Save(ctx, governance, request.Attachment{At: "nothing", Type: request.DataAccess, Flow: twoSelectors.Name})
	return e, err
}

// syncsOf is how often SQLite has synced, from its own counters: with synchronous=FULL
// once for each commit (iChange in the header of the shared memory), and three times
// for each restart of the log (its number in the header of the log): of the log, of the
// database and of the log's new header.
func syncsOf(path string) (int64, error) {
	commits, err := numberAt(path+"-shm", 8, binary.NativeEndian)
	if err != nil {
		return 0, err
	}
	restarts, err := numberAt(path+"-wal", 12, binary.BigEndian)
	return commits + 3*restarts, err
}

func numberAt(path string, offset int64, order binary.ByteOrder) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	number := make([]byte, 4)
	_, err = f.ReadAt(number, offset)
	return int64(order.Uint32(number)), err
}
