package tests

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// The people of the tests.
var (
	eve     = request.Identity{ID: "eve@example.com", Name: "Eve", Groups: []string{"analysts"}, Attributes: map[string][]string{"login": {"eve"}}}
	frank   = request.Identity{ID: "frank@example.com", Name: "Frank", Groups: []string{"analysts"}, Attributes: map[string][]string{"login": {"frank"}}}
	owner   = request.Identity{ID: "sales-owner@example.com", Groups: []string{"sales-owners"}}
	privacy = request.Identity{ID: "privacy@example.com", Groups: []string{"privacy"}}
	twice   = request.Identity{ID: "both@example.com", Groups: []string{"privacy", "sales-owners"}}
	gov     = request.Identity{ID: "governance@example.com", Permissions: []request.Permission{request.Governance}}
	admin   = request.Identity{ID: "admin@example.com", Permissions: []request.Permission{request.Admin}}
	auditor = request.Identity{ID: "auditor@example.com", Permissions: []request.Permission{request.Audit}}
	nobody  = request.Identity{ID: "nobody@example.com"}

	everybody = request.Roster{eve, frank, owner, privacy, twice, gov, admin, auditor, nobody}
)

const orders catalog.Ref = "warehouse:sales.public.orders"

// patience is how long a test waits for what must come: only a failure takes that
// long, on any machine.
const patience = 2 * time.Minute

// ledger is an asset on a platform where people do everything.
const ledger catalog.Ref = "paper:ledger"

var paper = manifest.Source([]catalog.Asset{{Ref: ledger, Kind: catalog.Table, ID: "1"}})

// world is an engine over a platform of the test's own.
type world struct {
	*grantwright.Engine
	store    store.Store
	platform *fakePlatform
	robot    *service // another platform
	clock    *clock
	config   grantwright.Config
}

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// newWorld makes an engine with a connection that is synced, and a flow at it:
// eve's table needs the sales owners and privacy, short requests are approved at
// once, and those for writing are denied.
func newWorld(t testing.TB, change ...func(*grantwright.Config)) *world {
	t.Helper()
	w := &world{
		store:    new(store.Memory),
		platform: newFakePlatform(),
		robot:    &service{fakePlatform: newFakePlatform(catalog.Asset{Ref: "robot:ledger", Kind: catalog.Table, ID: "1"})},
		clock:    &clock{t: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)},
	}
	config := grantwright.Config{
		Store:     w.store,
		Inventory: new(catalog.Memory),
		Directory: everybody,
		Now:       w.clock.Now,
		Platforms: map[string]provision.Platform{
			"fake": {
				Source:      func(context.Context, provision.Target) (catalog.Source, error) { return w.platform, nil },
				Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) { return w.platform, nil },
			},
			"hand": {Source: func(context.Context, provision.Target) (catalog.Source, error) { return paper, nil }},
			"service": {How: provision.Webhook,
				Source:      func(context.Context, provision.Target) (catalog.Source, error) { return w.robot, nil },
				Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) { return w.robot, nil }},
		},
	}
	for _, f := range change {
		f(&config)
	}
	w.store, w.config = config.Store, config
	w.restart(t)
	w.furnish(t)
	return w
}

// restart makes the engine anew. What the old one had begun is over then.
func (w *world) restart(t testing.TB) {
	t.Helper()
	if w.Engine != nil {
		must(t, w.Close())
	}
	engine, err := grantwright.New(w.config)
	must(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	w.Engine = engine
}

// refusing leaves eve with an approved request that the platform has refused
// once, and may be tried again.
func (w *world) refusing(t *testing.T) request.Request {
	t.Helper()
	w.platform.fails(errPlatform)
	req := w.approved(t, eve, "30 DAYS")
	w.restart(t)
	w.platform.fails(nil)
	w.clock.Move(store.MaxBackoff)
	return req
}

// flow is the flow of the tests.
var flow = review.Flow{
	Name: "sales",
	Rules: []review.Rule{
		{Name: "short", When: `request.duration <= duration("1h")`, Then: review.Action{Act: review.Approve, Comment: "an hour is fine"}},
		{Name: "no writing", When: `request.privilege == "READ_WRITE"`, Then: review.Action{Act: review.Deny, Comment: "read only"}},
		{Name: "any owner", When: `request.duration < duration("48h")`, Then: review.Action{Act: review.Ask, Stages: []review.Stage{
			{Name: "owners", Mode: review.Any, Selectors: []review.Selector{{Group: "sales-owners"}, {Group: "privacy"}}}}}},
	},
	Default: review.Action{Act: review.Ask, Stages: []review.Stage{
		{Name: "owners and privacy", Mode: review.All, Selectors: []review.Selector{{Group: "sales-owners"}, {Group: "privacy"}}}}},
}

func (w *world) furnish(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	must(t, w.Connections().Register(ctx, admin, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
	if _, err := w.Sync(ctx, admin, "warehouse"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Governance().Flows.Save(ctx, gov, flow); err != nil {
		t.Fatal(err)
	}
	must(t, attach(ctx, w.Governance(), gov, request.Attachment{At: "warehouse:sales", Type: request.DataAccess, Flow: "sales"}))
}

// submit asks for the orders, for some time.
func (w *world) submit(t *testing.T, by request.Identity, duration string) request.Request {
	t.Helper()
	req, err := w.Submit(t.Context(), by, asking(duration))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func asking(duration string) request.Submission {
	return request.Submission{Asset: orders, Answers: request.Answers{"purpose": {"monthly report"}, "duration": {duration}}}
}

// approved asks for the orders and has the request approved and granted.
func (w *world) approved(t *testing.T, by request.Identity, duration string) request.Request {
	t.Helper()
	req := w.submit(t, by, duration)
	if req.Status == request.Pending {
		req = w.determine(t, twice, req, review.Approve)
	}
	w.settle(t, req)
	return req
}

func (w *world) determine(t *testing.T, by request.Identity, req request.Request, act review.Act) request.Request {
	t.Helper()
	req, err := w.Determine(t.Context(), by, req.ID, review.Determination{Act: act, Reason: "because"})
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func (w *world) settle(t *testing.T, req request.Request) provision.Grant {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	g, err := w.WaitForGrant(ctx, gov, req.ID)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// work does everything that is due, and waits for those who are at it already.
func (w *world) work(t *testing.T) {
	t.Helper()
	for {
		must(t, w.Work(t.Context()))
		tasks, err := store.Tasks.All(t.Context(), w.store, "", store.MaxPage)
		must(t, err)
		if !slices.ContainsFunc(tasks, func(task store.Stored[store.Task]) bool {
			due := task.Value.Due
			return task.Value.Holder != "" || !due.IsZero() && !due.After(w.clock.Now())
		}) {
			return
		}
		runtime.Gosched()
	}
}

// caseOf reads everything about a request.
func (w *world) caseOf(t *testing.T, req request.Request) grantwright.Case {
	t.Helper()
	all, err := w.Request(t.Context(), gov, req.ID)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// attach sets what holds at a place.
func attach(ctx context.Context, g grantwright.Governance, by request.Identity, a request.Attachment) error {
	_, err := g.Attachments.Save(ctx, by, a)
	return err
}
