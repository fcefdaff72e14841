package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

// remake makes the view that shows with its owner's rights anew, as a tool does that knows no
// other way to change it.
func (f *faults) remake(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.platforms...)
	f.administer(ctx, p, "drop view "+lentView)
	pause(ctx, random, 0, time.Second)
	f.administer(ctx, p, p.make(p.relation(lentView))...)
	f.count("view made anew")
	f.syncAll(ctx, random, p)
}

// detach takes a partition off its table, and puts it back.
func (f *faults) detach(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.partitioned()...)
	part := p.relation(laterPart)
	f.administer(ctx, p, "alter table "+part.of+" detach partition "+part.name)
	f.count("partition detached")
	if random.IntN(2) == 0 {
		f.syncAll(ctx, random, p)
	}
	pause(ctx, random, 0, 3*time.Second)
	f.administer(ctx, p, "alter table "+part.of+" attach partition "+part.name+" for values from (1000000) to (2000000)")
}

// partitioned are the platforms with partitions, groups and masks.
func (w *world) partitioned() []*platform {
	var all []*platform
	for _, p := range w.platforms {
		if p.masks {
			all = append(all, p)
		}
	}
	return all
}

// renamePerson gives the login of a person another name, and the old one back.
func (f *faults) renamePerson(ctx context.Context, random *rand.Rand) {
	p, name := pick(random, f.world.platforms...), login(pick(random, f.world.people...))
	f.administer(ctx, p, p.renamePerson(name, name+"_away"))
	f.count("login renamed")
	pause(ctx, random, 500*time.Millisecond, 4*time.Second)
	f.administer(ctx, p, p.renamePerson(name+"_away", name))
}

// leaveTeam takes somebody out of the team on a platform, or puts somebody into it.
func (f *faults) leaveTeam(ctx context.Context, random *rand.Rand) {
	p, name := pick(random, f.world.partitioned()...), login(pick(random, f.world.people[:2*teamSize]...))
	statement := "grant " + team + " to " + name
	if random.IntN(2) == 0 {
		statement = "revoke " + team + " from " + name
	}
	f.administer(ctx, p, statement)
	f.count("team changed")
}

// rotate has the engines log in to a platform as the other of our two logins.
func (f *faults) rotate(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.platforms...)
	p.mu.Lock()
	if p.ours == ours {
		p.ours = oursToo
	} else {
		p.ours = ours
	}
	p.mu.Unlock()
	c := p.connection()
	body := map[string]any{"technology": c.Technology, "url": c.URL, "secret": c.Secret, "principals": c.Principals}
	f.insistOn(ctx, random, "our login alternated", func(ctx context.Context) error {
		return f.client.call(ctx, random, admin, "PUT", "/connections/"+p.name, "", body, new(any))
	})
}

// remask has what is masked shown in another way.
func (f *faults) remask(ctx context.Context, random *rand.Rand) {
	p := pick(random, f.world.platforms...)
	m := pick(random, p.maskings()...)
	body := map[string]any{"at": m.At, "columns": m.Columns, "how": pick(random, catalog.MaskNull, catalog.MaskHash, catalog.MaskConstant, catalog.MaskLast)}
	switch body["how"] {
	case catalog.MaskConstant:
		body["constant"] = "hidden"
	case catalog.MaskLast:
		body["last"] = 4
	}
	f.insistOn(ctx, random, "mask changed", func(ctx context.Context) error {
		var now catalog.Mask
		if err := f.client.call(ctx, random, governance, "GET", "/masks/"+m.Name, "", nil, &now); err != nil {
			return err
		}
		body["based"] = now.Version
		return f.client.call(ctx, random, governance, "PUT", "/masks/"+m.Name, "", body, new(any))
	})
}

// insistOn repeats something until it is done, and counts it.
func (f *faults) insistOn(ctx context.Context, random *rand.Rand, what string, do func(context.Context) error) {
	ctx = context.WithoutCancel(ctx)
	err := repeatedly(ctx, random, func() (bool, error) {
		err := do(ctx)
		var refused *refusedError
		if errors.As(err, &refused) && refused.Status == 400 {
			f.fail(fmt.Errorf("%s: %w", what, err))
			return true, err
		}
		return err == nil, err
	})
	if err != nil {
		what += ", not answered: " + err.Error()
	}
	f.count(what)
}
