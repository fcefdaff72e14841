package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/lib/pq"
)

// administer does something on a platform, also when the storm is over by then:
// half of it would be left otherwise.
func (f *faults) administer(ctx context.Context, p *platform, statement string) {
	f.fail(p.administer(context.WithoutCancel(ctx), statement))
}

// dropPerson drops the role of a person, and makes another of the name. Who is
// gone when the storm ends stays gone.
func (f *faults) dropPerson(ctx context.Context, random *rand.Rand) {
	p, person := pick(random, f.world.platforms...), pick(random, f.world.people...)
	f.administer(ctx, p, "drop role "+login(person))
	f.count("principal dropped")
	pause(ctx, random, 0, 5*time.Second)
	if ctx.Err() != nil {
		return
	}
	f.administer(ctx, p, p.createPerson(person))
	f.count("principal made anew")
}

// withdraw takes from a person what we gave them, as an administrator does who
// knows nothing of us.
func (f *faults) withdraw(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.platforms...)
	var revokes []string
	err := p.each(context.WithoutCancel(ctx), func(role, person, grantor string) {
		revokes = append(revokes, fmt.Sprintf("revoke %s from %s granted by %s", pq.QuoteIdentifier(role), pq.QuoteIdentifier(person), pq.QuoteIdentifier(grantor)))
	}, `
		select r.rolname, u.rolname, g.rolname
		from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member join pg_roles g on g.oid = m.grantor
		where r.rolname like 'gw\_`+installation+`\_%' and u.rolcanlogin and u.rolname <> 'grantwright'
		order by 1, 2, 3`)
	if err != nil || len(revokes) == 0 {
		return // the server was restarted just now, or nobody has anything
	}
	f.administer(ctx, p, pick(random, revokes...))
	f.count("access taken away by hand")
}

// recreateTable drops a table, makes another under its name, and syncs.
func (f *faults) recreateTable(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.platforms...)
	table := p.unlocked(random)
	f.administer(ctx, p, "drop table "+schema+"."+table)
	pause(ctx, random, 0, time.Second)
	f.administer(ctx, p, createTable(table))
	f.count("table dropped and made anew")
	f.syncAll(ctx, random, p)
}

// swapTable does what dbt does: it makes a table beside one, swaps their names,
// and drops the old one. Where the storm ends before that, the old one stays.
func (f *faults) swapTable(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.platforms...)
	table := p.unlocked(random)
	f.administer(ctx, p, "drop table if exists "+schema+"."+table+"_past")
	f.administer(ctx, p, fmt.Sprintf("%[1]s; alter table %[2]s.%[3]s rename to %[3]s_past; alter table %[2]s.%[3]s_next rename to %[3]s", createTable(table+"_next"), schema, table))
	f.count("table swapped")
	pause(ctx, random, 0, 5*time.Second)
	if ctx.Err() != nil {
		return
	}
	f.administer(ctx, p, "drop table if exists "+schema+"."+table+"_past")
}

// renameTable renames a table, and back.
func (f *faults) renameTable(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.platforms...)
	table := p.unlocked(random)
	f.administer(ctx, p, fmt.Sprintf("alter table %s.%s rename to %s_away", schema, table, table))
	f.count("table renamed")
	pause(ctx, random, 500*time.Millisecond, 3*time.Second)
	f.administer(ctx, p, fmt.Sprintf("alter table %s.%s_away rename to %s", schema, table, table))
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
	tx, err := p.super.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return // the server was restarted just now
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.Exec("lock table " + schema + "." + table + " in access exclusive mode"); err != nil {
		return // it is renamed, or not there, just now
	}
	p.setLocked(table)
	defer p.setLocked("")
	from := time.Now()
	if f.lockedNothing() || random.IntN(4) == 0 {
		pause(ctx, random, f.long-time.Millisecond, f.long)
	} else {
		pause(ctx, random, f.long/30, f.long/6)
	}
	f.count("table locked")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.locks = append(f.locks, lockedTable{p.ref(table), from, time.Now()})
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
