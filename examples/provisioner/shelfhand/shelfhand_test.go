package shelfhand_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/examples/provisioner/shelf"
	"github.com/grantwright/grantwright/examples/provisioner/shelfhand"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/provisiontest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// TestByHand holds the engine and a person, who does what the tasks say, to what
// every provisioner is held to: access is asked for, approved by a rule, given by
// hand, attested, revoked, and taken by hand.
func TestByHand(t *testing.T) {
	h := shelf.Start(t, nil)
	desks := &desks{harness: h}
	provisiontest.Run(t, provisiontest.Harness{Open: desks.new, Asset: h.Asset, Person: h.Person, Allowed: h.Allowed, Give: h.Give, Break: desks.lock})
}

var (
	root = request.Identity{ID: "root@example.com", Permissions: []request.Permission{request.Admin, request.Governance}}
	hand = request.Identity{ID: "hand@example.com", Permissions: []request.Permission{request.Admin}}
)

// desks are all that people work at, on one platform.
type desks struct {
	harness *shelf.Harness
	mu      sync.Mutex
	one     *desk
}

// new opens another desk of the same engine: the suite opens several on one platform.
func (d *desks) new(t testing.TB) provision.Provisioner {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.one == nil {
		d.one = newDesk(d.harness)
	}
	return &place{desk: d.one}
}

// lock makes everything fail that is done at a desk.
func (d *desks) lock(_ testing.TB, p provision.Provisioner) (heal func()) {
	set := func(locked bool) {
		d.one.mu.Lock()
		defer d.one.mu.Unlock()
		p.(*place).locked = locked
	}
	set(true)
	return func() { set(false) }
}

// desk is an engine, with a person who does by hand what it asks for.
type desk struct {
	harness *shelf.Harness
	key     string
	engine  *grantwright.Engine
	mu      sync.Mutex // one thing at a time, as a person does
	known   map[catalog.Ref]catalog.Asset
}

type place struct {
	*desk
	locked bool
}

func newDesk(h *shelf.Harness) *desk {
	d := &desk{harness: h, key: h.Key("grantwright"), known: map[catalog.Ref]catalog.Asset{}}
	platform := shelfhand.Platform(h.Shelf, d.key)
	platform.Source = func(context.Context, provision.Target) (catalog.Source, error) {
		return manifest.Source(d.assets()), nil
	}
	ctx := context.Background()
	var err error
	d.engine, err = grantwright.New(grantwright.Config{Directory: directory{}, Platforms: map[string]provision.Platform{"shelf": platform}})
	must(err)
	must(d.engine.Connections().Register(ctx, root, catalog.Connection{Name: "shelf", Technology: "shelf", Principals: catalog.Principals{Expression: "person.id"}}))
	_, err = d.engine.Governance().Flows.Save(ctx, root, review.Flow{Name: "all", Default: review.Action{Act: review.Approve}, OwnRequests: true})
	must(err)
	_, err = d.engine.Governance().Attachments.Save(ctx, root, request.Attachment{At: "shelf", Type: request.DataAccess, Flow: "all"})
	must(err)
	return d
}

// directory knows everybody.
type directory struct{ request.Roster }

func (directory) Lookup(_ context.Context, p request.PersonID) (request.Identity, error) {
	return p.Identity(), nil
}

func (d *desk) assets() []catalog.Asset {
	var all []catalog.Asset
	for _, a := range d.known {
		all = append(all, a)
	}
	return all
}

// Apply brings about what is wanted, by requests and revokes.
func (d *place) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	d.mu.Lock()
	defer d.mu.Unlock()
	return provision.Each(d.apply).Apply(ctx, want)
}

func (d *place) apply(ctx context.Context, want provision.Standing) (o provision.Outcome) {
	if d.locked {
		return provision.Outcome{Err: errors.New("nobody is there")}
	}
	held, err := d.held(ctx, want)
	if err != nil {
		return provision.Outcome{Err: err}
	}
	for _, g := range held {
		if !slices.ContainsFunc(want.Want, g.Access.Equal) {
			_, err := d.engine.Revoke(ctx, root, request.ID(g.ID), "")
			o.Err = errors.Join(o.Err, err)
		}
	}
	for _, a := range want.Want {
		if !slices.ContainsFunc(held, func(g provision.Grant) bool { return g.Access.Equal(a) }) {
			o.Err = errors.Join(o.Err, d.ask(ctx, want, a))
		}
	}
	ran, err := d.work(ctx)
	o.Ran, o.Err = ran, errors.Join(o.Err, err)
	entries, _ := d.harness.Look(d.key, want.Asset.ID, want.Principal.Name)
	for _, e := range entries {
		if e.By != "grantwright" {
			o.Remaining = append(o.Remaining, provision.Path(e.Level+" from "+e.By))
		}
	}
	return o
}

// held are the grants of a principal that should stand on an asset.
func (d *place) held(ctx context.Context, want provision.Standing) ([]provision.Grant, error) {
	all, _, err := d.engine.Grants().On(ctx, root, want.Asset.Ref, store.Position{}, store.MaxPage)
	return slices.DeleteFunc(all, func(g provision.Grant) bool {
		return g.Principal.Name != want.Principal.Name || !g.Wanted()
	}), err
}

// ask hands in a request, which a rule approves.
func (d *place) ask(ctx context.Context, want provision.Standing, a provision.Access) error {
	if d.known[want.Asset.Ref].ID != want.Asset.ID {
		d.known[want.Asset.Ref] = want.Asset
		if _, err := d.engine.Sync(ctx, root, "shelf"); err != nil {
			return err
		}
	}
	who := request.Identity{ID: want.Principal.Name}
	_, err := d.engine.Submit(ctx, who, request.Submission{Asset: want.Asset.Ref, Privilege: a.Privilege, Answers: request.Answers{"purpose": {"work"}, "duration": {"30 DAYS"}}})
	return err
}

// work does all tasks by their statements, and says that they are done.
func (d *place) work(ctx context.Context) (ran []provision.Statement, err error) {
	for {
		if err := d.engine.Work(ctx); err != nil {
			return ran, err
		}
		tasks, _, err := d.engine.Grants().ToDo(ctx, hand, store.Position{}, 1)
		if err != nil || len(tasks) == 0 {
			return ran, err
		}
		job, err := d.engine.Grants().Job(ctx, hand, tasks[0].ID)
		if err := errors.Join(err, job.Plan.Err); err != nil || job.NoPlan != "" {
			return ran, errors.Join(err, errors.New(job.NoPlan))
		}
		for _, s := range job.Plan.Statements {
			if err := d.run(s); err != nil {
				return ran, err
			}
			ran = append(ran, s)
		}
		if _, err := d.engine.Grants().Attest(ctx, hand, tasks[0].ID, provision.Attest{Done: true, State: tasks[0].State}); err != nil {
			return ran, err
		}
	}
}

// run does what a statement says, as a person at the console of the platform would.
func (d *place) run(s provision.Statement) error {
	words := strings.Fields(string(s))
	if len(words) != 5 || words[0] != "shelf" {
		return fmt.Errorf("nobody understands %q", s)
	}
	return d.harness.Shelf.Give(d.key, words[2], words[3], words[4])
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
