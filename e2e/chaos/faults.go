package main

import (
	"context"
	"maps"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

// faults does to a world what happens to worlds, until its context ends.
type faults struct {
	world   *world
	engines []*process
	client  *client
	long    time.Duration // how long a table is locked at the most, and at first
	random  []*rand.Rand  // one for each of lanes

	mu     sync.Mutex
	counts map[string]int
	locks  []lockedTable
	err    error // the first thing that went wrong with the faults themselves
}

// lockedTable is a time during which nobody got at one table.
type lockedTable struct {
	table    catalog.Ref
	from, to time.Time
}

func (f *faults) count(what string) { f.countMany(what, 1) }

func (f *faults) countMany(what string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counts[what] += n
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
	lanes := []weather{
		{3 * time.Second, network(f.world.toStore)},
		{5 * time.Second, []happening{f.kill, f.restart, f.terminate, f.kill, f.terminate}},
		{8 * time.Second, []happening{f.dropPerson, f.withdraw, f.renamePerson, f.leaveTeam, f.renamePerson}},
		{4 * time.Second, []happening{f.recreateTable, f.renameTable, f.swapTable, f.renameTable, f.sync}},
		{5 * time.Second, []happening{f.lockTable}},
		{5 * time.Second, []happening{f.remask, f.rotate, f.detach, f.remake}},
	}
	for _, p := range f.world.platforms {
		lanes = append(lanes, weather{4 * time.Second, network(p.network)})
	}
	return lanes
}

// run lets all kinds happen. It returns when everything has an end.
func (f *faults) run(ctx context.Context) {
	var all sync.WaitGroup
	for i, w := range f.lanes() {
		all.Go(func() { w.blow(ctx, f.random[i]) })
	}
	all.Wait()
	f.world.toStore.heal()
	for _, p := range f.world.platforms {
		p.network.heal()
	}
}

// blow lets each kind happen once, in any order, and then again.
func (w weather) blow(ctx context.Context, random *rand.Rand) {
	for {
		for _, i := range random.Perm(len(w.kinds)) {
			pause(ctx, random, w.pause/10, w.pause)
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

// pause waits for some time, at random.
func pause(ctx context.Context, random *rand.Rand, least, most time.Duration) {
	ctx, cancel := lasting(ctx, random, least, most)
	defer cancel()
	<-ctx.Done()
}

// injected is everything that was done, by kind.
func (f *faults) injected() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := maps.Clone(f.counts)
	for kind, n := range f.world.toStore.counts() {
		all["store: "+string(kind)] += n
	}
	for _, p := range f.world.platforms {
		for kind, n := range p.network.counts() {
			all[p.name+": "+string(kind)] += n
		}
	}
	return all
}
