package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"time"
)

// faults does to a world what happens to worlds, until its context ends.
type faults struct {
	world   *world
	engines []*process
	client  *client
	long    time.Duration // how long a table is locked at the most
	random  []*rand.Rand  // one for each of lanes

	mu     sync.Mutex
	counts map[string]int
	locks  []lockedTable
	err    error // the first thing that went wrong with the faults themselves
}

// lockedTable is a time during which nobody got at one table.
type lockedTable struct {
	table    string
	from, to time.Time
}

func (f *faults) count(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts[what]++
}

func (f *faults) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil && err != nil {
		f.err = err
	}
}

// happening is one kind of fault.
type happening func(ctx context.Context, random *rand.Rand)

// weather is some kinds of faults, one after another, with pauses between them.
type weather struct {
	pause time.Duration // at the most
	kinds []happening
}

// lanes are what goes on beside each other. There is less of what ends for good
// what people have: they need some time to get it.
func (f *faults) lanes() []weather {
	return []weather{
		{3 * time.Second, network(f.world.toPlatform)},
		{3 * time.Second, network(f.world.toStore)},
		{5 * time.Second, []happening{f.kill, f.restart, f.terminate, f.kill, f.terminate}},
		{8 * time.Second, []happening{f.dropPerson}},
		{4 * time.Second, []happening{f.recreateTable, f.renameTable, f.renameTable, f.sync}},
		{5 * time.Second, []happening{f.lockTable}},
	}
}

// run lets all kinds happen. It returns when everything has an end.
func (f *faults) run(ctx context.Context) {
	var all sync.WaitGroup
	for i, w := range f.lanes() {
		all.Go(func() { w.blow(ctx, f.random[i]) })
	}
	all.Wait()
	f.world.toPlatform.heal()
	f.world.toStore.heal()
}

// blow lets each kind happen once, in any order, and then again.
func (w weather) blow(ctx context.Context, random *rand.Rand) {
	for {
		for _, i := range random.Perm(len(w.kinds)) {
			pause, cancel := lasting(ctx, random, w.pause/10, w.pause)
			<-pause.Done()
			cancel()
			if ctx.Err() != nil {
				return
			}
			w.kinds[i](ctx, random)
		}
	}
}

// lasting is a context that ends after some time, at random.
func lasting(ctx context.Context, random *rand.Rand, least, most time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, least+time.Duration(random.Int64N(int64(most-least))))
}

// network is how one network fails.
func network(p *proxy) []happening {
	return []happening{
		func(_ context.Context, r *rand.Rand) { p.cut(faultCut, 0.3+0.7*r.Float64()) },
		func(_ context.Context, r *rand.Rand) { p.halfClose(0.5) },
		func(_ context.Context, r *rand.Rand) { p.truncate(0.5) },
		func(_ context.Context, r *rand.Rand) { p.silence(0.3) },
		func(_ context.Context, r *rand.Rand) { p.loseAnswers(1 + r.IntN(5)) },
		func(ctx context.Context, r *rand.Rand) {
			ctx, cancel := lasting(ctx, r, 500*time.Millisecond, 2500*time.Millisecond)
			defer cancel()
			p.stall(ctx)
		},
		func(ctx context.Context, r *rand.Rand) {
			ctx, cancel := lasting(ctx, r, 500*time.Millisecond, 2*time.Second)
			defer cancel()
			p.refuse(ctx)
		},
		func(ctx context.Context, r *rand.Rand) {
			ctx, cancel := lasting(ctx, r, time.Second, 3*time.Second)
			defer cancel()
			p.slow(ctx, 30*time.Millisecond)
		},
	}
}

// kill ends one of the engines as kill -9 does, and starts it again.
func (f *faults) kill(ctx context.Context, random *rand.Rand) {
	victim := pick(random, f.engines...)
	if f.fail(victim.died()); f.err != nil {
		return
	}
	victim.kill()
	f.count("kill -9")
	pause, cancel := lasting(ctx, random, 0, time.Second)
	defer cancel()
	<-pause.Done()
	f.fail(victim.start(context.WithoutCancel(ctx)))
}

// restart ends the platform's server, in order or by a crash, and starts it.
func (f *faults) restart(ctx context.Context, random *rand.Rand) {
	crash := random.IntN(2) == 0
	f.fail(f.world.platform.Restart(context.WithoutCancel(ctx), crash))
	if crash {
		f.count("platform crashed")
	} else {
		f.count("platform restarted")
	}
}

// terminate ends some of the store's sessions on its server.
func (f *faults) terminate(ctx context.Context, random *rand.Rand) {
	var ended int
	err := f.world.store.DB.QueryRowContext(context.WithoutCancel(ctx), `
		select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity
		where datname = 'records' and pid <> pg_backend_pid() and hashint4(pid # $1) % 2 = 0`, random.Int32()).Scan(&ended)
	f.fail(err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts["store session terminated"] += ended
}

func (f *faults) administer(ctx context.Context, statement string) {
	f.fail(f.world.administer(context.WithoutCancel(ctx), statement))
}

// dropPerson drops the role of a person, and makes another of the name. Who is
// gone when the storm ends stays gone.
func (f *faults) dropPerson(ctx context.Context, random *rand.Rand) {
	person := pick(random, f.world.people...)
	f.administer(ctx, "drop role "+login(person))
	f.count("principal dropped")
	pause, cancel := lasting(ctx, random, 0, 5*time.Second)
	defer cancel()
	<-pause.Done()
	if ctx.Err() != nil {
		return
	}
	f.administer(ctx, f.world.createPerson(person))
	f.count("principal made anew")
}

// recreateTable drops a table, makes another under its name, and syncs.
func (f *faults) recreateTable(ctx context.Context, random *rand.Rand) {
	table := pick(random, f.world.tables...)
	f.administer(ctx, "drop table "+schema+"."+table)
	pause, cancel := lasting(ctx, random, 0, time.Second)
	defer cancel()
	<-pause.Done()
	f.administer(ctx, f.world.createTable(table))
	f.count("table dropped and made anew")
	f.sync(ctx, random)
}

// renameTable renames a table, and back.
func (f *faults) renameTable(ctx context.Context, random *rand.Rand) {
	table := pick(random, f.world.tables...)
	f.administer(ctx, fmt.Sprintf("alter table %s.%s rename to %s_away", schema, table, table))
	f.count("table renamed")
	pause, cancel := lasting(ctx, random, 500*time.Millisecond, 3*time.Second)
	defer cancel()
	<-pause.Done()
	f.administer(ctx, fmt.Sprintf("alter table %s.%s_away rename to %s", schema, table, table))
}

// lockTable holds everybody off a table for some time.
func (f *faults) lockTable(ctx context.Context, random *rand.Rand) {
	table := pick(random, f.world.tables...)
	tx, err := f.world.super.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return // the platform was restarted just now
	}
	defer tx.Rollback()
	if _, err := tx.Exec("lock table " + schema + "." + table + " in access exclusive mode"); err != nil {
		return
	}
	from := time.Now()
	pause, cancel := lasting(ctx, random, 2*time.Second, f.long)
	defer cancel()
	<-pause.Done()
	f.count("table locked")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.locks = append(f.locks, lockedTable{table, from, time.Now()})
}

// sync reads the platform into the inventory, as an administrator does.
func (f *faults) sync(ctx context.Context, random *rand.Rand) {
	err := repeatedly(context.WithoutCancel(ctx), random, func() (bool, error) {
		err := f.client.call(context.WithoutCancel(ctx), random, admin, "POST", "/connections/"+connection+"/sync", "", nil, new(any))
		return err == nil, err
	})
	f.fail(err)
	f.count("sync")
}

// injected is everything that was done, by kind.
func (f *faults) injected() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := maps.Clone(f.counts)
	for kind, n := range f.world.toPlatform.counts() {
		all["platform: "+string(kind)] += n
	}
	for kind, n := range f.world.toStore.counts() {
		all["store: "+string(kind)] += n
	}
	return all
}
