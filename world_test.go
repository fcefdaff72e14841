package grantwright_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
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

// world is an engine over a platform of the test's own.
type world struct {
	*grantwright.Engine
	store    store.Store
	platform *fakePlatform
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

// fakePlatform gives and takes access in memory, and can be made to fail.
type fakePlatform struct {
	mu     sync.Mutex
	access map[string][]provision.Access // by principal and asset
	fail   error                         // what Apply says while it is set
	refuse map[string]error              // what Check says of a principal
	acts   int                           // calls of Apply that changed something
	before func()                        // called before anything is done
	more   []catalog.Asset               // that stand beside those of the tests
}

func (p *fakePlatform) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	return provision.Each(p.apply).Apply(ctx, want)
}

func (p *fakePlatform) apply(_ context.Context, want provision.Standing) provision.Outcome {
	if p.before != nil {
		p.before()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return provision.Outcome{Err: p.fail}
	}
	key := want.Principal.Name + " " + string(want.Asset.Ref)
	p.access[key] = want.Want
	p.acts++
	return provision.Outcome{Ran: []provision.Statement{provision.Statement(fmt.Sprint(key, want.Want))}}
}

func (p *fakePlatform) Check(_ context.Context, want provision.Standing) (provision.Standing, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	want.Principal.ID = "id of " + want.Principal.Name
	return want, p.refuse[want.Principal.Name]
}

func (p *fakePlatform) fails(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = err
}

// Allows reports whether a principal has access.
func (p *fakePlatform) Allows(principal string, ref catalog.Ref) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.access[principal+" "+string(ref)]) > 0
}

func (p *fakePlatform) Assets(context.Context, catalog.Ref) iter.Seq2[catalog.Asset, error] {
	return func(yield func(catalog.Asset, error) bool) {
		_ = yield(catalog.Asset{Ref: "warehouse:sales", Kind: catalog.Database, ID: "1"}, nil) &&
			yield(catalog.Asset{Ref: "warehouse:sales.public", Kind: catalog.Schema, ID: "2"}, nil) &&
			yield(catalog.Asset{Ref: orders, Kind: catalog.Table, ID: "3", Columns: []catalog.Column{{Name: "id"}, {Name: "email"}}}, nil) &&
			yield(catalog.Asset{Ref: "warehouse:sales.public.customers", Kind: catalog.Table, ID: "4"}, nil) && p.yieldMore(yield)
	}
}

// add makes an asset that the next sync finds.
func (p *fakePlatform) add(a catalog.Asset) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.more = append(p.more, a)
}

func (p *fakePlatform) yieldMore(yield func(catalog.Asset, error) bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.more {
		if !yield(a, nil) {
			return false
		}
	}
	return true
}

var errPlatform = errors.New("the platform is down")

// newWorld makes an engine with a connection that is synced, and a flow at it:
// eve's table needs the sales owners and privacy, short requests are approved at
// once, and those for writing are denied.
func newWorld(t *testing.T, change ...func(*grantwright.Config)) *world {
	t.Helper()
	w := &world{
		store:    new(store.Memory),
		platform: &fakePlatform{access: map[string][]provision.Access{}, refuse: map[string]error{}},
		clock:    &clock{t: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)},
	}
	config := grantwright.Config{
		Store:     w.store,
		Inventory: new(catalog.Memory),
		Directory: everybody,
		Now:       w.clock.Now,
		Platforms: map[string]provision.Platform{"fake": {
			Source:      func(context.Context, provision.Target) (catalog.Source, error) { return w.platform, nil },
			Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) { return w.platform, nil },
		}},
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
func (w *world) restart(t *testing.T) {
	t.Helper()
	if w.Engine != nil {
		must(t, w.Close())
	}
	engine, err := grantwright.New(w.config)
	must(t, err)
	t.Cleanup(func() { engine.Close() })
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

func (w *world) furnish(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	must(t, w.Connections().Register(ctx, admin, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
	if _, err := w.Sync(ctx, admin, "warehouse"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Governance().SaveFlow(ctx, gov, flow); err != nil {
		t.Fatal(err)
	}
	must(t, w.Governance().Attach(ctx, gov, request.Attachment{At: "warehouse:sales", Type: request.DataAccess, Flow: "sales"}))
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

func asking(duration string) grantwright.Submission {
	return grantwright.Submission{Asset: orders, Answers: request.Answers{"purpose": {"monthly report"}, "duration": {duration}}}
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
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	g, err := w.Settle(ctx, gov, req.ID)
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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
