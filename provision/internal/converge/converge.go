// Package converge is the outside of the loop by which a provisioner brings a
// platform to the wanted state.
//
// A call hands in Standings. The Loop groups them into jobs, one for each approved
// object with all of its people, and refuses a second Standing for the same pair. It
// runs some jobs at once, tries again what failed by accident while there is time,
// and names the connection in every error. A Platform does the inside: look, decide,
// act and read back, for one job.
package converge

import (
	"context"
	"sync"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
)

// Job is one approved object with all the people of one call for it.
type Job interface {
	// Add puts the person of a Standing on the job. Index is the place of the Standing
	// in the call. A fault of the Standing becomes the outcome of that person alone.
	Add(index int, want provision.Standing)

	// People lists the indexes of the people, in the order in which they are on the job.
	People() []int
}

// Platform is how one technology does the inside of the loop. All of it is needed.
type Platform[J Job] struct {
	// NewJob reads where an asset stands, from its names and its id. The job has no
	// people yet. An error says that no grant can stand there; an ElsewhereError says
	// that this cannot be known.
	NewJob func(asset catalog.Asset) (J, error)

	// Same reports whether two Standings of the same Ref and the same principal's name
	// may mean the same object and the same principal.
	Same func(a, b provision.Standing) bool

	// Apply brings the object of a job to what its people should have, and reads back.
	// It returns one Outcome for each of the people, in the order of the job. It looks
	// first, so that it may be called again after an accident.
	Apply func(ctx context.Context, j J) ([]provision.Outcome, error)

	// Apart splits a job that failed, where the error is about some of the people only.
	// It returns nothing where the error is about all of them.
	Apart func(j J, err error) []J

	// Check fills in the platform's own ids in some Standings of one asset, for a job
	// without people. It returns one Checked for each.
	Check func(ctx context.Context, j J, want []provision.Standing) ([]Checked, error)

	// Plan returns one Plan for each of the people, in the order of the job.
	Plan func(ctx context.Context, j J) ([]provision.Plan, error)

	// Accidental reports whether the same call may well succeed at once.
	Accidental func(err error) bool

	// Explain adds to an error of the platform what a person has to change.
	Explain func(err error) error
}

// Loop applies, checks and plans on one connection.
type Loop[J Job] struct {
	Platform   Platform[J]
	Connection string // that every error names
	AtOnce     int    // how many jobs one Apply runs at once: one that waits for a lock holds up no other
	Attempts   int    // how often one call tries after accidents

	checks checks
}

// Apply does what provision.Provisioner promises.
func (l *Loop[J]) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	ctx, cancel := Bounded(ctx)
	defer cancel()
	outcomes := make([]provision.Outcome, len(want))
	jobs := l.jobs(want, func(i int, err error) { outcomes[i].Err = err })
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(1, l.AtOnce))
	for _, j := range jobs {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			l.apply(ctx, j, outcomes)
		})
	}
	wg.Wait()
	return outcomes
}

// apply runs one job. Where it fails because of some of its people, they are tried
// in ever smaller groups, apart from all others.
func (l *Loop[J]) apply(ctx context.Context, j J, outcomes []provision.Outcome) {
	var found []provision.Outcome
	err := l.Persevere(ctx, func() (err error) {
		found, err = l.Platform.Apply(ctx, j)
		return err
	})
	if err != nil && ctx.Err() == nil {
		if groups := l.Platform.Apart(j, err); len(groups) > 0 {
			for _, group := range groups {
				l.apply(ctx, group, outcomes)
			}
			return
		}
	}
	for at, i := range j.People() {
		if err != nil {
			outcomes[i] = provision.Outcome{Err: l.Explain(err)}
			continue
		}
		outcomes[i] = found[at]
		outcomes[i].Remaining = shown(found[at].Remaining)
		if found[at].Err != nil {
			outcomes[i].Err = l.Explain(found[at].Err)
		}
	}
}

// Plan does what provision.Planner promises.
func (l *Loop[J]) Plan(ctx context.Context, want []provision.Standing) []provision.Plan {
	ctx, cancel := Bounded(ctx)
	defer cancel()
	plans := make([]provision.Plan, len(want))
	for _, j := range l.jobs(want, func(i int, err error) { plans[i].Err = err }) {
		l.plan(ctx, j, plans)
	}
	return plans
}

func (l *Loop[J]) plan(ctx context.Context, j J, plans []provision.Plan) {
	var found []provision.Plan
	err := l.Persevere(ctx, func() (err error) {
		found, err = l.Platform.Plan(ctx, j)
		return err
	})
	for at, i := range j.People() {
		if err != nil {
			plans[i].Err = l.Explain(err)
			continue
		}
		plans[i] = found[at]
		plans[i].Opens, plans[i].Paths = shown(found[at].Opens), shown(found[at].Paths)
		if found[at].Err != nil {
			plans[i].Err = l.Explain(found[at].Err)
		}
	}
}

// shown are words for people. They name what the users of the platform have named.
func shown[S ~string](words []S) []S {
	for i, w := range words {
		words[i] = S(visible.Text(string(w)))
	}
	return words
}
