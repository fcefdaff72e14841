package main

import (
	"context"
	"crypto/rand"
	"fmt"
	mrand "math/rand/v2"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store/pgstore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// The people who are not beneficiaries.
var (
	owner      = request.Identity{ID: "sales-owner@example.com", Groups: []string{"owners"}}
	privacy    = request.Identity{ID: "privacy@example.com", Groups: []string{"privacy"}}
	governance = request.Identity{ID: "governance@example.com", Permissions: []request.Permission{request.Governance}}
	admin      = request.Identity{ID: "admin@example.com", Permissions: []request.Permission{request.Admin}}
)

// flow: very short reading is approved by a rule, reading takes any steward, and
// writing takes one of each group.
var flow = review.Flow{
	Name: "chaos",
	Rules: []review.Rule{
		{Name: "moments", When: `request.privilege == "READ" && request.duration <= duration("2s")`, Then: review.Action{Act: review.Approve, Comment: "two seconds are fine"}},
		{Name: "reading", When: `request.privilege == "READ"`, Then: review.Action{Act: review.Ask, Stages: []review.Stage{
			{Name: "anyone", Mode: review.Any, Selectors: []review.Selector{{Group: "owners"}, {Group: "privacy"}}}}}},
	},
	Default: review.Action{Act: review.Ask, Stages: []review.Stage{
		{Name: "both", Mode: review.All, Selectors: []review.Selector{{Group: "owners"}, {Group: "privacy"}}}}},
}

// world is a store and a platform of each version, each a server of its own
// behind a network that fails.
type world struct {
	platforms []*platform
	store     *pgserver.Server
	toStore   *proxy
	records   *sqlstore.Store // past the network
	password  string          // of everybody on the platforms
	people    []request.Identity
}

func login(person request.Identity) string { return person.Attributes["login"][0] }

// everyone is who the engines know.
func (w *world) everyone() []request.Identity {
	return append([]request.Identity{owner, privacy, governance, admin}, w.people...)
}

// newWorld starts all servers and furnishes them: each platform has a login for
// each of the people, and some tables.
func newWorld(ctx context.Context, versions []string, people, tables int, random func() *mrand.Rand) (*world, error) {
	w := &world{password: rand.Text()}
	for i := range people {
		name := fmt.Sprintf("p%02d", i)
		w.people = append(w.people, request.Identity{ID: name + "@example.com", Attributes: map[string][]string{"login": {name}}})
	}
	err := w.startStore(ctx, random())
	for _, version := range versions {
		if err == nil {
			err = w.addPlatform(ctx, version, tables, random())
		}
	}
	if err == nil {
		err = w.furnishEngine(ctx)
	}
	if err != nil {
		w.stop()
		return nil, err
	}
	return w, nil
}

func (w *world) startStore(ctx context.Context, random *mrand.Rand) error {
	var err error
	if w.store, err = pgserver.Start(ctx, "max_connections=300", "deadlock_timeout=200ms"); err != nil {
		return err
	}
	if w.toStore, err = newProxy(hostOf(w.store), random); err != nil {
		return err
	}
	if err = w.store.CreateDatabase(ctx, "records"); err != nil {
		return err
	}
	w.records, err = pgstore.Open(w.store.SuperURL("records"))
	return err
}

func (w *world) addPlatform(ctx context.Context, version string, tables int, random *mrand.Rand) error {
	p, err := startPlatform(ctx, version, random)
	w.platforms = append(w.platforms, p)
	if err != nil {
		return err
	}
	p.password, p.people = w.password, w.people
	for i := range tables {
		p.tables = append(p.tables, fmt.Sprintf("orders%d", i))
	}
	return p.furnish(ctx)
}

func (w *world) stop() {
	if w.toStore != nil {
		w.toStore.close()
	}
	if w.records != nil {
		_ = w.records.Close()
	}
	if w.store != nil {
		w.store.Stop()
	}
	for _, p := range w.platforms {
		p.stop()
	}
}

// spec is what each engine process works with.
func (w *world) spec() engineSpec {
	return engineSpec{Store: through(w.store.SuperURL("records"), w.toStore), Installation: installation,
		Password: w.password, People: w.everyone(), Lease: 8 * time.Second, Reconcile: 15 * time.Second}
}

// furnishEngine registers and syncs the platforms, and sets the flow.
func (w *world) furnishEngine(ctx context.Context) error {
	if err := w.records.Migrate(ctx); err != nil {
		return err
	}
	e, err := w.spec().engine(w.records)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	if _, err := e.Governance().Flows.Save(ctx, governance, flow); err != nil {
		return err
	}
	for _, p := range w.platforms {
		if err := register(ctx, e, p); err != nil {
			return err
		}
	}
	return nil
}

func register(ctx context.Context, e *grantwright.Engine, p *platform) error {
	if err := e.Connections().Register(ctx, admin, p.connection()); err != nil {
		return err
	}
	if _, err := e.Sync(ctx, admin, catalog.Ref(p.name)); err != nil {
		return err
	}
	_, err := e.Governance().Attachments.Save(ctx, governance, request.Attachment{At: catalog.Ref(p.name), Type: request.DataAccess, Flow: flow.Name})
	return err
}
