package main

import (
	"context"
	"math/rand/v2"
	"time"
)

// administer does something on a platform, also when the storm is over by then:
// half of it would be left otherwise.
func (f *faults) administer(ctx context.Context, p *platform, statements ...string) {
	f.fail(p.administer(context.WithoutCancel(ctx), statements...))
}

// dropPerson drops the role of a person, and makes another of the name. Who is
// gone when the storm ends stays gone.
func (f *faults) dropPerson(ctx context.Context, random *rand.Rand) {
	p, person := pick(random, f.world.platforms...), pick(random, f.world.people...)
	f.administer(ctx, p, p.dropPerson(login(person)))
	f.count("principal dropped")
	pause(ctx, random, 0, 5*time.Second)
	if ctx.Err() != nil {
		return
	}
	f.administer(ctx, p, p.createPerson(login(person))...)
	f.count("principal made anew")
}

// withdraw takes from a person what we gave them, as an administrator does who
// knows nothing of us.
func (f *faults) withdraw(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.platforms...)
	all, err := p.withdrawals(context.WithoutCancel(ctx), p.super)
	if err != nil || len(all) == 0 {
		return // the server was restarted just now, or nobody has anything
	}
	if _, err := p.super.ExecContext(context.WithoutCancel(ctx), pick(random, all...)); err == nil {
		f.count("access taken away by hand")
	}
}

// recreateTable drops a table, makes another under its name, and syncs.
func (f *faults) recreateTable(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.platforms...)
	table := p.unlocked(random)
	f.administer(ctx, p, "drop table "+table)
	pause(ctx, random, 0, time.Second)
	f.administer(ctx, p, p.make(furnished(table))...)
	f.count("table dropped and made anew")
	f.syncAll(ctx, random, p)
}

// swapTable does what dbt does: it makes a table beside one, swaps their names,
// and drops the old one. Where the storm ends before that, the old one stays. What is masked
// is swapped as well: what shows the old one masked goes with it.
func (f *faults) swapTable(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.platforms...)
	table := pick(random, p.unlocked(random), customers)
	if p.masks {
		table = pick(random, table, clients)
	}
	f.administer(ctx, p, append([]string{"drop table if exists " + table + "_past cascade"}, p.swap(table)...)...)
	f.count("table swapped")
	pause(ctx, random, 0, 5*time.Second)
	if ctx.Err() != nil {
		return
	}
	f.administer(ctx, p, "drop table if exists "+table+"_past cascade")
}

// renameTable renames a table, and back.
func (f *faults) renameTable(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.platforms...)
	table := p.unlocked(random)
	f.administer(ctx, p, p.rename(table, table+"_away"))
	f.count("table renamed")
	pause(ctx, random, 500*time.Millisecond, 3*time.Second)
	f.administer(ctx, p, p.rename(table+"_away", table))
}

// unlocked picks a table that nobody holds: what is done to tables should not
// wait for a minute.
func (p *platform) unlocked(random *rand.Rand) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if table := pick(random, p.tables...); table != p.locked {
			return table
		}
	}
}

func (p *platform) setLocked(table string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.locked = table
}

// lockTable holds everybody off a table for some time: the first and now and then
// another for as long as any.
func (f *faults) lockTable(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.platforms...)
	p.running.Lock()
	defer p.running.Unlock()
	table := pick(random, p.tables...)
	free, err := p.hold(context.WithoutCancel(ctx), table)
	if err != nil {
		return // the server was restarted just now, or the table is renamed, or not there
	}
	defer free()
	p.setLocked(table)
	defer p.setLocked("")
	from := time.Now().Add(f.world.ahead)
	if f.lockedNothing() || random.IntN(4) == 0 {
		pause(ctx, random, f.long-time.Millisecond, f.long)
	} else {
		pause(ctx, random, f.long/30, f.long/6)
	}
	f.count("table locked")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.locks = append(f.locks, lockedTable{p.ref(table), from, time.Now().Add(f.world.ahead)})
}

// hold locks a table on a connection of its own, until it is freed.
func (p *platform) hold(ctx context.Context, table string) (free func(), err error) {
	c, err := p.super.Conn(ctx)
	if err != nil {
		return nil, err
	}
	free = func() {
		_, _ = c.ExecContext(ctx, p.unlock())
		_ = c.Close()
	}
	for _, statement := range p.lock(table) {
		if _, err := c.ExecContext(ctx, statement); err != nil {
			free()
			return nil, err
		}
	}
	return free, nil
}

func (f *faults) lockedNothing() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.locks) == 0
}

// sync reads one of the platforms into the inventory.
func (f *faults) sync(ctx context.Context, random *rand.Rand) {
	f.syncAll(ctx, random, pick(random, f.world.platforms...))
}

// syncAll reads a platform into the inventory, as an administrator does.
func (f *faults) syncAll(ctx context.Context, random *rand.Rand, p *platform) {
	err := repeatedly(context.WithoutCancel(ctx), random, func() (bool, error) {
		err := f.client.call(context.WithoutCancel(ctx), random, admin, "POST", "/connections/"+p.name+"/sync", "", nil, new(any))
		return err == nil, err
	})
	if err == nil {
		f.count("sync")
	} else {
		f.count("sync not answered")
	}
}
