package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/provision"
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

// world is a store and some platforms, each a server of its own behind a network that fails.
type world struct {
	platforms []*platform
	store     *pgserver.Server
	toStore   *proxy
	records   *sqlstore.Store // past the network
	password  string          // of everybody on the platforms
	people    []request.Identity
	ahead     time.Duration // by which the clocks of the engines are ahead of the real one
}

func login(person request.Identity) string { return person.Attributes["login"][0] }

// analysts are a group of the platforms that have groups, for which people may ask.
var analysts = request.Identity{ID: team, Kind: request.Group, Attributes: map[string][]string{"login": {team}}}

// clerk reads something on each platform from the beginning on, so that roles of ours always
// stand there: where none does, the login that makes the next is the one as which the other has
// to act.
var clerk = request.Identity{ID: "clerk@example.com", Attributes: map[string][]string{"login": {constant}}}

// everyone is who the engines know.
func (w *world) everyone() []request.Identity {
	return append([]request.Identity{owner, privacy, governance, admin, analysts, clerk}, w.people...)
}

// newPeople are so many people. The first are in the team, and the last are interns.
func newPeople(n int) []request.Identity {
	var all []request.Identity
	for i := range n {
		name := fmt.Sprintf("p%02d", i)
		person := request.Identity{ID: name + "@example.com", Attributes: map[string][]string{"login": {name}}}
		switch {
		case i < teamSize:
			person.Groups = []string{team}
		case i >= n-teamSize:
			person.Groups = []string{"interns"}
		}
		all = append(all, person)
	}
	return all
}

// teamSize is how many people are in the team, and how many are interns.
const teamSize = 4

// newWorld starts all servers and furnishes them: each platform has a login for
// each of the people, and some tables.
func newWorld(ctx context.Context, versions []string, people, tables int, random func() *mrand.Rand) (*world, error) {
	w := &world{password: rand.Text(), people: newPeople(people)}
	err := w.startAll(ctx, versions, tables, random)
	if err == nil {
		err = w.furnishEngine(ctx)
	}
	if err != nil {
		w.stop()
		return nil, err
	}
	return w, nil
}

// startAll starts the servers beside each other.
func (w *world) startAll(ctx context.Context, versions []string, tables int, random func() *mrand.Rand) error {
	var all sync.WaitGroup
	errs := make([]error, len(versions)+2)
	platforms := make([]*platform, len(versions)+1)
	for i := range platforms {
		r := random()
		all.Go(func() {
			var server product
			if i < len(versions) {
				server, errs[i] = startPostgres(ctx, versions[i])
			} else {
				server, errs[i] = startMariaDB(ctx)
			}
			if errs[i] == nil {
				platforms[i], errs[i] = w.furnished(ctx, server, tables, r)
			}
		})
	}
	r := random()
	all.Go(func() { errs[len(errs)-1] = w.startStore(ctx, r) })
	all.Wait()
	for _, p := range platforms {
		if p != nil {
			w.platforms = append(w.platforms, p)
		}
	}
	return errors.Join(errs...)
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

// furnished makes a platform of a server, with all that is to stand on it.
func (w *world) furnished(ctx context.Context, server product, tables int, random *mrand.Rand) (*platform, error) {
	p, err := open(ctx, server, random)
	if err != nil {
		return p, err
	}
	p.password, p.people, p.groups = w.password, append([]request.Identity{clerk}, w.people...), map[string][]string{}
	for i := range tables {
		p.tables = append(p.tables, fmt.Sprintf("sales.orders%d", i))
	}
	p.relations = furniture(p.tables, p.masks)
	for _, person := range w.people {
		if p.masks && slices.Contains(person.Groups, team) {
			p.groups[login(person)] = []string{team}
		}
	}
	return p, p.furnish(ctx)
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
	return engineSpec{Store: through(w.store.SuperURL("records"), w.toStore), Installation: installation, Ahead: w.ahead,
		Password: w.password, People: w.everyone(), Lease: 8 * time.Second, Reconcile: 15 * time.Second, Remask: 5 * time.Second}
}

// furnishEngine registers and syncs the platforms, and says what holds there.
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
	guard := review.Guardrail{Name: "interns", Require: `!("interns" in beneficiary.groups)`, Reason: "interns see no wages"}
	for _, p := range w.platforms {
		if err := register(ctx, e, p); err != nil {
			return err
		}
		for _, r := range p.relations {
			if r.guarded {
				guard.At = append(guard.At, p.ref(r.name))
			}
		}
	}
	if _, err = e.Governance().Guardrails.Save(ctx, governance, guard); err != nil {
		return err
	}
	for _, p := range w.platforms {
		if err := p.alternate(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// alternate has the clerk read something, and prepares the platform for the second of our
// logins, which takes turns with the first from then on.
func (p *platform) alternate(ctx context.Context, e *grantwright.Engine) error {
	req, err := e.Submit(ctx, clerk, request.Submission{Asset: p.ref("shop.items"), Answers: request.Answers{"purpose": {"to keep books"}, "duration": {"ENDLESS"}}})
	if err != nil {
		return err
	}
	if _, err := e.Determine(ctx, owner, req.ID, review.Determination{Act: review.Approve}); err != nil {
		return err
	}
	if err := e.Work(ctx); err != nil {
		return err
	}
	if c, err := e.Request(ctx, governance, req.ID); err != nil || c.Grant.State != provision.Active {
		return fmt.Errorf("%s: the clerk's grant is %s (%s), %w", p.name, c.Grant.State, c.Grant.Error, err)
	}
	steps, err := p.setup(ctx, p.product.connection(oursToo, p.host()), p.password)
	if err != nil {
		return err
	}
	return p.run(ctx, steps)
}

// register has the engine know a platform, with its masks and its flow.
func register(ctx context.Context, e *grantwright.Engine, p *platform) error {
	if err := e.Connections().Register(ctx, admin, p.connection()); err != nil {
		return err
	}
	if _, err := e.Sync(ctx, admin, catalog.Ref(p.name)); err != nil {
		return err
	}
	for _, m := range p.maskings() {
		if _, err := e.Governance().Masks.Save(ctx, governance, m); err != nil {
			return err
		}
	}
	for _, t := range []request.Type{request.DataAccess, request.MaskingException} {
		if _, err := e.Governance().Attachments.Save(ctx, governance, request.Attachment{At: catalog.Ref(p.name), Type: t, Flow: flow.Name}); err != nil {
			return err
		}
	}
	return nil
}

// maskings hide mailboxes: one those of the whole platform, which a schema then covers masked,
// and one those of a table.
func (p *platform) maskings() []catalog.Mask {
	return []catalog.Mask{
		{Name: p.name + "-all", At: catalog.Ref(p.name), Columns: []string{mailbox}, How: catalog.MaskNull},
		{Name: p.name + "-customers", At: p.ref(customers), Columns: []string{mailbox}, How: catalog.MaskNull}}
}
