package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// busy is what the people of the run do, counted.
type busy struct {
	world  *world
	client *client
	until  time.Time
	least  int // requests that are made, however long it takes
	round  int

	mu      sync.Mutex
	made    map[request.ID]bool
	acts    map[string]int // what was done and answered, by what it was
	refused map[string]int // what was refused, by code
	gaveUp  map[string]int // what was not answered for so long that nobody waited any more
}

func (b *busy) count(act string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acts[act]++
}

func (b *busy) refuse(code string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused[code]++
}

func (b *busy) giveUp(act string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gaveUp[act]++
}

// note keeps a request, and reports whether it is a new one.
func (b *busy) note(id request.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	known := b.made[id]
	b.made[id] = true
	return !known
}

// lateLimit is how long after the storm people may still be making requests.
const lateLimit = 5 * time.Minute

func (b *busy) goesOn(ctx context.Context) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	return ctx.Err() == nil && (now.Before(b.until) || len(b.made) < b.least && now.Before(b.until.Add(lateLimit)))
}

func (b *busy) tooFew() error {
	if len(b.made) < b.least {
		return fmt.Errorf("only %d of %d requests were made", len(b.made), b.least)
	}
	return nil
}

// lane is one person who asks for one thing after another, and the stewards who
// see to it.
type lane struct {
	*busy
	person request.Identity
	random *rand.Rand
}

func (l *lane) run(ctx context.Context) {
	for n := 0; l.goesOn(ctx); n++ {
		req, ok := l.submit(ctx, fmt.Sprintf("%s %d %d", l.person.ID, l.round, n))
		if ok && req.Status == request.Pending {
			l.decide(ctx, req)
		}
		if ok && l.random.IntN(2) == 0 {
			l.rest(ctx, 1500)
			l.revoke(ctx, req.ID)
		}
		l.rest(ctx, 1000)
	}
}

// rest waits for up to so many milliseconds.
func (l *lane) rest(ctx context.Context, most int) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(l.random.IntN(most)) * time.Millisecond):
	}
}

func pick[T any](random *rand.Rand, all ...T) T { return all[random.IntN(len(all))] }

// submit asks for something, and repeats it under its key until it is answered.
func (l *lane) submit(ctx context.Context, key string) (request.Request, bool) {
	body := wish(l.random, pick(l.random, l.world.platforms...))
	body["answers"] = request.Answers{"purpose": {"to see what happens"},
		"duration": {pick(l.random, "1 SECONDS", "2 SECONDS", "3 SECONDS", "5 SECONDS", "30 DAYS", "30 DAYS", "ENDLESS")}}
	var req request.Request
	if !l.persist(ctx, "submit", func() (bool, error) {
		err := l.client.call(ctx, l.random, l.person, "POST", "/requests", key, body, &req)
		return answered(err), err
	}) {
		return req, false
	}
	l.note(req.ID)
	return req, true
}

// answered reports whether an error, or none, is an answer.
func answered(err error) bool {
	var refused *refusedError
	return err == nil || errors.As(err, &refused)
}

// persist repeats an act until it is answered, counts it, and reports whether it
// was done. Whether what was given up was done shows in the records.
func (l *lane) persist(ctx context.Context, what string, do func() (bool, error)) bool {
	err := repeatedly(ctx, l.random, do)
	var refused *refusedError
	switch {
	case err == nil:
		l.count(what)
	case errors.As(err, &refused):
		l.refuse(refused.Code)
	case ctx.Err() == nil:
		l.giveUp(what)
	}
	return err == nil
}

// decide lets stewards agree, disagree, or race each other.
func (l *lane) decide(ctx context.Context, req request.Request) {
	approve := func(by request.Identity) func() { return func() { l.determine(ctx, by, req, "APPROVE") } }
	deny := func(by request.Identity) func() { return func() { l.determine(ctx, by, req, "DENY") } }
	switch l.random.IntN(8) {
	case 0:
		deny(owner)()
	case 1, 2:
		l.count("approve racing deny")
		l.race(approve(owner), deny(privacy))
	case 3:
		l.count("approve racing approve")
		l.race(approve(owner), approve(privacy))
	case 4:
		l.count("approve racing cancel")
		l.race(approve(privacy), func() { l.cancel(ctx, req.ID) })
	default:
		approve(owner)()
	}
	if req.Privilege == request.ReadWrite {
		l.rest(ctx, 200)
		l.race(approve(owner), approve(privacy))
	}
}

// race does things at the same moment, each with a randomness of its own.
func (l *lane) race(all ...func()) {
	var both sync.WaitGroup
	for _, f := range all {
		both.Go(f)
	}
	both.Wait()
}

// apart is a lane for something that goes on beside this one.
func (l *lane) apart() *lane {
	own := *l
	own.random = rand.New(rand.NewPCG(l.seed(), l.seed()))
	return &own
}

var seeding sync.Mutex

func (l *lane) seed() uint64 {
	seeding.Lock()
	defer seeding.Unlock()
	return l.random.Uint64()
}

// aCase is what the API tells of a request.
type aCase struct {
	Request request.Request `json:"request"`
	Review  struct {
		Determinations []struct {
			By request.PersonID `json:"by"`
		} `json:"determinations"`
	} `json:"review"`
	Grant *provision.Grant `json:"grant"`
}

// determine decides, and where the answer was lost reads back before it tries again.
func (l *lane) determine(ctx context.Context, by request.Identity, req request.Request, act string) {
	l = l.apart()
	path := "/requests/" + string(req.ID)
	l.persist(ctx, act, func() (bool, error) {
		err := l.client.call(ctx, l.random, by, "POST", path+"/determinations", "", map[string]string{"act": act}, new(request.Request))
		if answered(err) {
			return true, err
		}
		return l.stands(ctx, by, path, err, func(c aCase) bool {
			for _, d := range c.Review.Determinations {
				if d.By == by.Person() {
					return true
				}
			}
			return c.Request.Status != request.Pending
		})
	})
}

// stands reads a request, and reports whether something stands there already.
func (l *lane) stands(ctx context.Context, by request.Identity, path string, cause error, holds func(aCase) bool) (bool, error) {
	var now aCase
	if err := l.client.call(ctx, l.random, by, "GET", path, "", nil, &now); err != nil {
		return false, errors.Join(cause, err)
	}
	if holds(now) {
		l.count("lost answers that were read back")
		return true, nil
	}
	return false, cause
}

func (l *lane) cancel(ctx context.Context, id request.ID) {
	l = l.apart()
	path := "/requests/" + string(id)
	l.persist(ctx, "cancel", func() (bool, error) {
		err := l.client.call(ctx, l.random, l.person, "POST", path+"/cancel", "", nil, new(request.Request))
		if answered(err) {
			return true, err
		}
		return l.stands(ctx, l.person, path, err, func(c aCase) bool { return c.Request.Status != request.Pending })
	})
}

func (l *lane) revoke(ctx context.Context, id request.ID) {
	by := pick(l.random, l.person, governance)
	path := "/requests/" + string(id)
	l.persist(ctx, "revoke", func() (bool, error) {
		err := l.client.call(ctx, l.random, by, "POST", path+"/revoke", "", map[string]string{"reason": "enough"}, new(request.Request))
		if answered(err) {
			return true, err
		}
		return l.stands(ctx, by, path, err, func(c aCase) bool { return c.Request.Status != request.Approved })
	})
}
