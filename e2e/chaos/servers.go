package main

import (
	"context"
	"math/rand/v2"
	"time"
)

// network is how one network fails.
func network(p *proxy) []happening {
	return []happening{
		func(_ context.Context, r *rand.Rand) { p.cut(faultCut, 0.3+0.7*r.Float64()) },
		func(_ context.Context, r *rand.Rand) { p.halfClose(0.5) },
		func(_ context.Context, r *rand.Rand) { p.truncate(0.5) },
		func(_ context.Context, r *rand.Rand) { p.silence(0.3) },
		func(_ context.Context, r *rand.Rand) { p.loseAnswers(1 + r.IntN(5)) },
		during(500*time.Millisecond, 2500*time.Millisecond, p.stall),
		during(500*time.Millisecond, 2*time.Second, p.refuse),
		during(time.Second, 3*time.Second, func(ctx context.Context) { p.slow(ctx, 30*time.Millisecond) }),
	}
}

// during is something that goes on for some time.
func during(least, most time.Duration, do func(context.Context)) happening {
	return func(ctx context.Context, r *rand.Rand) {
		ctx, cancel := lasting(ctx, r, least, most)
		defer cancel()
		do(ctx)
	}
}

// kill ends one of the engines as kill -9 does, and starts it again.
func (f *faults) kill(ctx context.Context, random *rand.Rand) {
	victim := pick(random, f.engines...)
	if err := victim.died(); err != nil {
		f.fail(err)
		return
	}
	victim.kill()
	f.count("kill -9")
	pause(ctx, random, 0, time.Second)
	f.fail(victim.start(context.WithoutCancel(ctx)))
}

// restart ends the server of a platform, in order or by a crash, and starts it.
func (f *faults) restart(ctx context.Context, random *rand.Rand) {
	p, crash := pick(random, f.world.platforms...), random.IntN(2) == 0
	if !p.running.TryLock() {
		return // a table of it is locked, which a restart would end
	}
	defer p.running.Unlock()
	f.fail(p.Restart(context.WithoutCancel(ctx), crash))
	if crash {
		f.count(p.name + ": crashed")
	} else {
		f.count(p.name + ": restarted")
	}
}

// terminate ends some of the store's sessions on its server.
func (f *faults) terminate(ctx context.Context, random *rand.Rand) {
	var ended int
	err := f.world.store.DB.QueryRowContext(context.WithoutCancel(ctx), `
		select count(*) filter (where pg_terminate_backend(pid)) from pg_stat_activity
		where datname = 'records' and pid <> pg_backend_pid() and hashint4(pid # $1) % 2 = 0`, random.Int32()).Scan(&ended)
	f.fail(err)
	f.countMany("store: session terminated", ended)
}
