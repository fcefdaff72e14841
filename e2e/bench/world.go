package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store/pgstore"
	"github.com/grantwright/grantwright/store/sqlstore"
)

// The people who are not beneficiaries.
var (
	steward    = request.Identity{ID: "steward@example.com", Groups: []string{"finance", "privacy"}}
	governance = request.Identity{ID: "governance@example.com", Permissions: []request.Permission{request.Governance}}
	admin      = request.Identity{ID: "admin@example.com", Permissions: []request.Permission{request.Admin}}
	auditor    = request.Identity{ID: "auditor@example.com", Permissions: []request.Permission{request.Audit}}
	bystander  = request.Identity{ID: "bystander@example.com"}
)

// twoSelectors asks for two groups, of which the steward is in both: one approval
// ends the review.
var twoSelectors = review.Flow{Name: "usual", Default: review.Action{Act: review.Ask, Stages: []review.Stage{
	{Name: "both", Mode: review.All, Selectors: []review.Selector{{Group: "finance"}, {Group: "privacy"}}}}}}

// world is an installation: an engine with its records in a database of the place,
// and another database as the platform. All access is asked for to one table of it.
type world struct {
	place        *place
	installation string
	platform     string // database
	records      string // database
	password     string // of the engine on the platform

	store   *sqlstore.Store
	engine  *grantwright.Engine
	over    string       // address of the records where it leads over something that counts
	ahead   atomic.Int64 // by which its clock is ahead of the real one
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// newWorld makes a furnished installation. Its engine does not run yet.
func (p *place) newWorld(ctx context.Context) (*world, error) {
	name := p.name("w")
	w := &world{place: p, installation: name, platform: "platform_" + name, records: "records_" + name, password: secret()}
	err := w.make(ctx)
	if err == nil {
		err = w.open(ctx, w.records)
	}
	if err == nil {
		err = w.furnish(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, w.remove())
	}
	return w, nil
}

// role is that of the engine on the platform.
func (w *world) role() string { return "ours_" + w.installation + "_" }

func (w *world) make(ctx context.Context) error {
	for _, name := range []string{w.platform, w.records} {
		if err := w.place.server.CreateDatabase(ctx, name); err != nil {
			return err
		}
	}
	err := w.place.run(ctx, w.platform,
		"create table public.orders (id int primary key, email text)",
		"insert into public.orders select n, n || '@example.com' from generate_series(1, 10) n",
		"create role "+w.role()+" login password "+quoted(w.password))
	if err != nil {
		return err
	}
	opened, err := pgprovision.Open(ctx, provision.Target{Connection: w.connection(), Password: w.password, Installation: w.installation})
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	steps, err := opened.SetupStatements(ctx, w.platform)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if err := w.place.run(ctx, w.platform, string(step.Statement)); err != nil {
			return err
		}
	}
	return nil
}

// open opens the records, and makes an engine on them.
func (w *world) open(ctx context.Context, records string) error {
	var err error
	if w.store, err = pgstore.Open(cmp.Or(w.over, w.place.server.SuperURL(records))); err != nil {
		return err
	}
	if err := w.store.Migrate(ctx); err != nil {
		return err
	}
	w.engine, err = grantwright.New(w.config(w.store))
	return err
}

func (w *world) config(records *sqlstore.Store) grantwright.Config {
	return grantwright.Config{
		Store: records, Inventory: records.Inventory(), Installation: w.installation, Logger: logger(), Reconcile: 24 * time.Hour,
		Now:       func() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) },
		Platforms: map[string]provision.Platform{"postgres": pgprovision.Platform},
		Secrets:   func(context.Context, string) (string, error) { return w.password, nil },
	}
}

// logger shows warnings where BENCH_LOG is set.
func logger() *slog.Logger {
	if os.Getenv("BENCH_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func (w *world) connection() catalog.Connection {
	return catalog.Connection{Name: "warehouse", Technology: "postgres", URL: w.place.server.URL(w.role(), "", w.platform), Secret: "env:PASSWORD",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}
}

func (w *world) orders() catalog.Ref {
	return catalog.Ref("warehouse:" + w.platform + ".public.orders")
}

// furnish registers and syncs the platform, and attaches the flow to it.
func (w *world) furnish(ctx context.Context) error {
	if err := w.engine.Connections().Register(ctx, admin, w.connection()); err != nil {
		return err
	}
	if _, err := w.engine.Sync(ctx, admin, catalog.Ref("warehouse:"+w.platform)); err != nil {
		return err
	}
	if err := saveFlow(ctx, w.engine, twoSelectors); err != nil {
		return err
	}
	for _, t := range []request.Type{request.DataAccess, request.MaskingException} {
		if _, err := w.engine.Governance().Attachments.Save(ctx, governance, request.Attachment{At: "warehouse", Type: t, Flow: twoSelectors.Name}); err != nil {
			return err
		}
	}
	return nil
}

// start lets the engine do its work in the background.
func (w *world) start() {
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	w.running.Go(func() { _ = w.engine.Run(ctx) })
}

// close ends the engine.
func (w *world) close() error {
	if w.cancel != nil {
		w.cancel()
		w.cancel = nil
	}
	w.running.Wait()
	var errs []error
	if w.engine != nil {
		errs = append(errs, w.engine.Close())
	}
	if w.store != nil {
		errs = append(errs, w.store.Close())
	}
	w.engine, w.store = nil, nil
	return errors.Join(errs...)
}

// remove ends the world and leaves nothing of it on the server.
func (w *world) remove() error {
	return errors.Join(w.close(), w.place.drop([]string{w.platform, w.records}, "gw_"+w.installation+"_", w.role()))
}

// submission asks for the table.
func (w *world) submission() request.Submission {
	return asking(w.orders())
}

func asking(ref catalog.Ref) request.Submission {
	return request.Submission{Asset: ref, Answers: request.Answers{"purpose": {"quarterly revenue report"}, "duration": {"30 DAYS"}}}
}

// flow has a person submit, the steward approve, and waits until the access stands.
func flow(ctx context.Context, e *grantwright.Engine, by request.Identity, s request.Submission) error {
	req, err := e.Submit(ctx, by, s)
	if err != nil {
		return err
	}
	return approve(ctx, e, by, req.ID)
}

// approve has the steward approve, and waits until the access stands.
func approve(ctx context.Context, e *grantwright.Engine, by request.Identity, id request.ID) error {
	if _, err := e.Determine(ctx, steward, id, review.Determination{Act: review.Approve}); err != nil {
		return err
	}
	g, err := e.WaitForGrant(ctx, by, id)
	if err == nil && g.State != provision.Active {
		err = fmt.Errorf("the grant is %s: %s", strings.ToLower(string(g.State)), g.Error)
	}
	return err
}
