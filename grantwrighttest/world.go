// Package grantwrighttest is for the tests of programs that embed Grantwright: an engine
// in memory, with a clock that the test moves, people who come and go, and a data platform
// that does what the test says.
//
// A test makes a [World], lets objects stand on its Platform and people in its Directory,
// and connects the platform. Then it calls the engine as the program does:
//
//	func TestAnalystsReadForADay(t *testing.T) {
//		world, err := grantwrighttest.New(func(c *grantwright.Config) { c.Channels = channels() })
//		if err != nil {
//			t.Fatal(err)
//		}
//		defer world.Close()
//		world.Platform.Add(catalog.Asset{Ref: "lake:orders", Kind: catalog.Table})
//		...
//	}
//
// Nothing waits for time to pass: [Clock.Move] moves the clock, [World.Finish] does
// everything that is due then, and [Until] waits for a condition.
package grantwrighttest

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Technology is the one of World.Platform in Config.Platforms.
const Technology = "test"

// World is an engine and all that is around it. Its engine is not running: it does what
// follows from a call, and what is due when Finish or Work is called.
type World struct {
	*grantwright.Engine

	Config    grantwright.Config // that the engine was made of; Restart makes it again
	Clock     *Clock             // at noon of 1 March 2026, UTC, until it is moved
	Directory *Directory         // nobody, until they are put there
	Platform  *Platform          // empty, until assets are added
}

// New makes a World. The configuration has a Store and an Inventory in memory, and the
// Clock, the Directory and the Platform of the World; each change may put others in their
// place, and add the rest. Close the World when the test is over.
func New(change ...func(*grantwright.Config)) (*World, error) {
	w := &World{
		Clock:     NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
		Directory: new(Directory),
		Platform:  NewPlatform(),
	}
	w.Config = grantwright.Config{
		Store:     new(store.Memory),
		Inventory: new(catalog.Memory),
		Directory: w.Directory,
		Now:       w.Clock.Now,
		Platforms: map[string]provision.Platform{Technology: w.Platform.Open()},
	}
	for _, f := range change {
		f(&w.Config)
	}
	return w, w.Restart()
}

// Restart closes the engine and makes it anew of Config, as when the process starts again.
// What the old engine had begun is over then.
func (w *World) Restart() error {
	if w.Engine != nil {
		if err := w.Close(); err != nil {
			return err
		}
	}
	engine, err := grantwright.New(w.Config)
	if err == nil {
		w.Engine = engine
	}
	return err
}

// Connect registers the Platform as a connection, and syncs it. A person's principal is
// the first of their attribute "login".
func (w *World) Connect(ctx context.Context, name string) error {
	c := catalog.Connection{Name: name, Technology: Technology, Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}
	if err := w.Connections().Register(ctx, Admin(), c); err != nil {
		return err
	}
	_, err := w.Sync(ctx, Admin(), catalog.Ref(name))
	return err
}

// LetDecide has anybody of a group decide about access to data at a place and below it.
func (w *World) LetDecide(ctx context.Context, at catalog.Ref, group string) error {
	f := review.Flow{Name: request.FlowName(group), Default: review.Action{Act: review.Ask, Stages: []review.Stage{
		{Mode: review.Any, Selectors: []review.Selector{{Group: group}}},
	}}}
	if _, err := w.Governance().Flows.Save(ctx, Admin(), f); err != nil {
		return err
	}
	_, err := w.Governance().Attachments.Save(ctx, Admin(), request.Attachment{At: at, Type: request.DataAccess, Flow: f.Name})
	return err
}

// Finish does everything that is due, and waits for those who are at it already.
func (w *World) Finish(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := w.Work(ctx); err != nil {
			return err
		}
		unfinished, err := w.unfinished(ctx)
		if err != nil || !unfinished {
			return err
		}
		runtime.Gosched()
	}
	return ctx.Err()
}

// unfinished reports whether a task is due, or a grant that no frozen connection holds up, or
// somebody is at one.
func (w *World) unfinished(ctx context.Context) (bool, error) {
	tasks, err := store.Tasks.All(ctx, w.Config.Store, "", store.MaxPage)
	if err != nil || slices.ContainsFunc(tasks, w.pending) {
		return err == nil, err
	}
	take, give := records.GrantsToTake.Query(records.AnyAsset), records.GrantsToGive.Query(records.AnyAsset)
	take.Until, give.Until = store.OrderTime(w.Config.Now()), store.OrderTime(w.Config.Now())
	take.Limit, give.Limit = 1, store.MaxPage
	due, err := store.Pages[provision.Grant](ctx, w.Config.Store, take, give)
	if err != nil || len(due[0]) > 0 {
		return err == nil, err
	}
	for _, g := range due[1] {
		stops, err := records.Stops.Some(ctx, w.Config.Store, provision.StoppedConnection(g.Value.Asset.Ref.Connection()))
		if err != nil || len(stops) == 0 {
			return err == nil, err
		}
	}
	return false, nil
}

// pending reports whether a task is due, or somebody is at it.
func (w *World) pending(task store.Stored[store.Task]) bool {
	due := task.Value.Due
	return task.Value.Holder != "" || !due.IsZero() && !due.After(w.Config.Now())
}

// Until waits until a condition holds. It asks again and again, and gives up with the error
// of ctx when that ends.
func Until(ctx context.Context, holds func() bool) error { return enginetest.Poll(ctx, holds) }
