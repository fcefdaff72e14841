package converge_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/converge"
	"github.com/grantwright/grantwright/request"
)

var (
	errAccident = errors.New("an accident")
	errBroken   = errors.New("broken")
)

// job is one object and the names of its people.
type job struct {
	asset  catalog.Asset
	people []int
	names  []string
}

func (j *job) Add(index int, want provision.Standing) {
	j.people, j.names = append(j.people, index), append(j.names, want.Principal.Name)
}

func (j *job) People() []int { return j.people }

func (j *job) String() string {
	return fmt.Sprintf("%s#%s %v", j.asset.Ref.Name(), j.asset.ID, j.names)
}

// platform does nothing, and keeps a log of the jobs that it was asked to do.
type platform struct {
	apply  func(ctx context.Context, j *job) ([]provision.Outcome, error) // nil: all is well
	newJob func(asset catalog.Asset) error                                // nil: each asset can be a job
	apart  func(j *job, err error) []*job                                 // nil: never

	mu  sync.Mutex
	log []string
}

func (p *platform) loop() *converge.Loop[*job] {
	return &converge.Loop[*job]{
		Connection: "warehouse", AtOnce: 3, Attempts: 4,
		Platform: converge.Platform[*job]{
			NewJob: p.makeJob, Same: same, Apply: p.one, Apart: p.split, Check: p.check, Plan: p.plan,
			Accidental: func(err error) bool { return errors.Is(err, errAccident) },
			Explain:    func(err error) error { return fmt.Errorf("explained: %w", err) },
		},
	}
}

func (p *platform) makeJob(a catalog.Asset) (*job, error) {
	if p.newJob != nil {
		if err := p.newJob(a); err != nil {
			return nil, err
		}
	}
	return &job{asset: a}, nil
}

func same(a, b provision.Standing) bool {
	return a.Asset.ID == "" || b.Asset.ID == "" || a.Asset.ID == b.Asset.ID
}

func (p *platform) one(ctx context.Context, j *job) ([]provision.Outcome, error) {
	p.note(j)
	if p.apply != nil {
		return p.apply(ctx, j)
	}
	return taken(j), nil
}

func (p *platform) split(j *job, err error) []*job {
	if p.apart != nil {
		return p.apart(j, err)
	}
	return nil
}

func (p *platform) check(ctx context.Context, j *job, want []provision.Standing) ([]converge.Checked, error) {
	for i, w := range want {
		j.Add(i, w)
	}
	outcomes, err := p.one(ctx, j)
	checked := make([]converge.Checked, len(want))
	for i, w := range want {
		if w.Asset.ID = "1"; i < len(outcomes) {
			checked[i].Err = outcomes[i].Err
		}
		checked[i].Standing = w
	}
	return checked, err
}

func (p *platform) plan(ctx context.Context, j *job) ([]provision.Plan, error) {
	outcomes, err := p.one(ctx, j)
	plans := make([]provision.Plan, len(outcomes))
	for i, o := range outcomes {
		plans[i] = provision.Plan{Err: o.Err, Query: j.names[i]}
	}
	return plans, err
}

func (p *platform) note(j *job) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, j.String())
}

// done is the log in an order that does not depend on which job was first.
func (p *platform) done() []string { return slices.Sorted(slices.Values(p.log)) }

func taken(j *job) []provision.Outcome {
	outcomes := make([]provision.Outcome, len(j.people))
	for i := range outcomes {
		outcomes[i] = provision.Outcome{Taken: true, Query: j.names[i]}
	}
	return outcomes
}

// standing is one that wants to read.
func standing(t testing.TB, table, id, who string) provision.Standing {
	t.Helper()
	s := nothing(t, table, id, who)
	s.Want = []provision.Access{{Privilege: request.Read}}
	return s
}

func nothing(t testing.TB, table, id, who string) provision.Standing {
	t.Helper()
	ref, err := catalog.NewRef("warehouse", "sales", table)
	if err != nil {
		t.Fatal(err)
	}
	return provision.Standing{Principal: request.Principal{Name: who}, Asset: catalog.Asset{Ref: ref, ID: id}}
}
