package tests

import (
	"context"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// The people of the tests.
var (
	eve, frank, owner, privacy, twice = enginetest.Eve, enginetest.Frank, enginetest.Owner, enginetest.Privacy, enginetest.Both
	gov, admin, auditor, nobody       = enginetest.Gov, enginetest.Admin, enginetest.Auditor, enginetest.Nobody

	everybody = request.Roster{eve, frank, owner, privacy, twice, gov, admin, auditor, nobody}
)

const (
	orders                     = enginetest.Orders
	customersTable catalog.Ref = "warehouse:sales.public.customers"
)

var errPlatform = enginetest.ErrDown

// patience is how long a test waits for what must come: only a failure takes that
// long, on any machine.
const patience = 2 * time.Minute

// ledger is an asset on a platform where people do everything.
const ledger catalog.Ref = "paper:ledger"

var paper = manifest.Source([]catalog.Asset{{Ref: ledger, Kind: catalog.Table, ID: "1"}})

// world is an engine over a platform of the test's own.
type world struct {
	*grantwrighttest.World
	store    store.Store
	platform *enginetest.Platform
	robot    *enginetest.Service // another platform
	clock    *grantwrighttest.Clock
}

// newWorld makes an engine with a connection that is synced, and a flow at it.
func newWorld(t testing.TB, change ...func(*grantwright.Config)) *world {
	t.Helper()
	w := emptyWorld(t, change...)
	w.furnish(t)
	return w
}

// emptyWorld makes an engine to which nothing is connected yet.
func emptyWorld(t testing.TB, change ...func(*grantwright.Config)) *world {
	t.Helper()
	w := &world{platform: newPlatform(), robot: &enginetest.Service{Platform: enginetest.NewPlatform(catalog.Asset{Ref: "robot:ledger", Kind: catalog.Table, ID: "1"})}}
	ours := func(c *grantwright.Config) {
		c.AllowedSecrets = []string{"env:HOOK", "env:HOOK_SECRET", "env:GRANTWRIGHT_TEST_NOTHING"}
		c.Platforms = map[string]provision.Platform{
			"fake":    w.platform.Open(),
			"hand":    {Source: func(context.Context, provision.Target) (catalog.Source, error) { return paper, nil }},
			"service": w.robot.Open(),
		}
	}
	var err error
	w.World, err = grantwrighttest.New(append([]func(*grantwright.Config){ours}, change...)...)
	must(t, err)
	t.Cleanup(func() { _ = w.Close() })
	w.store, w.clock = w.Config.Store, w.Clock
	w.Directory.Put(everybody...)
	return w
}

// newPlatform holds the sales database of the warehouse.
func newPlatform() *enginetest.Platform {
	return enginetest.NewPlatform(
		catalog.Asset{Ref: "warehouse:sales", Kind: catalog.Database, ID: "1"},
		catalog.Asset{Ref: "warehouse:sales.public", Kind: catalog.Schema, ID: "2"},
		catalog.Asset{Ref: customersTable, Kind: catalog.Table, ID: "4"},
		catalog.Asset{Ref: orders, Kind: catalog.Table, ID: "3", Columns: []catalog.Column{{Name: "id"}, {Name: "email"}}})
}

// restart makes the engine anew. What the old one had begun is over then.
func (w *world) restart(t testing.TB) {
	t.Helper()
	must(t, w.Restart())
}

// refusing leaves eve with an approved request that the platform has refused
// once, and may be tried again.
func (w *world) refusing(t *testing.T) request.Request {
	t.Helper()
	w.platform.Fail(errPlatform)
	req := w.approved(t, eve, "30 DAYS")
	w.restart(t)
	w.platform.Fail(nil)
	w.clock.Move(store.MaxBackoff)
	return req
}

// flow is the flow of the tests.
var flow = enginetest.Flow

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
	must(t, w.Finish(t.Context()))
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
