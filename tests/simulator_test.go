package tests

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// TestSimulator has people decide at once, through the engine, on random flows. What
// becomes of it must be what some order of the acts that counted comes to.
func TestSimulator(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2))
	w := newWorld(t)
	ends := map[request.Status]int{}
	for trial := range 40 {
		f := simulatedFlow(random, trial)
		w.decides(t, f)
		req := w.submit(t, eve, "30 DAYS")
		counted := w.decideAtOnce(t, req, simulatedActs(random))
		c := w.caseOf(t, req)
		if err := ordered(f.Default.Stages, counted, c); err != nil {
			t.Fatalf("seed %d, trial %d: %v\nthe review is %+v", seed, trial, err, c.Review)
		}
		if ends[c.Request.Status]++; c.Request.Status == request.Pending {
			_, err := w.Cancel(t.Context(), eve, req.ID)
			must(t, err)
		} else if c.Request.Status == request.Approved {
			w.settle(t, req)
			_, err := w.Revoke(t.Context(), eve, req.ID, "")
			must(t, err)
			w.settle(t, req)
		}
	}
	t.Logf("they ended as %v", ends)
}

var simulatedGroups = []string{"a", "b", "c"}

func simulatedFlow(random *rand.Rand, trial int) review.Flow {
	var stages []review.Stage
	for range 1 + random.IntN(2) {
		s := groups([]review.Mode{review.Any, review.All, review.AtLeast}[random.IntN(3)], simulatedGroups[random.IntN(3)], simulatedGroups[random.IntN(3)])
		if s.Mode != review.Any {
			s.People = 1 + random.IntN(2)
		}
		stages = append(stages, s)
	}
	f := askingIn(stages...)
	f.Name = request.FlowName(fmt.Sprintf("simulated %d", trial))
	return f
}

// simulatedAct is what somebody tries.
type simulatedAct struct {
	by  request.Identity
	act review.Act // empty takes back
}

func simulatedActs(random *rand.Rand) (all []simulatedAct) {
	for i := range 8 {
		var in []string
		for _, g := range simulatedGroups {
			if random.IntN(2) == 0 {
				in = append(in, g)
			}
		}
		a := simulatedAct{by: person(fmt.Sprintf("s%d", i%5), in...), act: review.Approve}
		switch random.IntN(14) {
		case 0:
			a.act = review.Deny
		case 1:
			a.act = ""
		}
		all = append(all, a)
	}
	return all
}

// decideAtOnce has all act at once, and returns whose act was confirmed, as often as
// it was.
func (w *world) decideAtOnce(t *testing.T, req request.Request, acts []simulatedAct) (confirmed []simulatedAct) {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	for _, a := range acts {
		all.Go(func() {
			var err error
			if a.act == "" {
				_, err = w.Reviews().TakeBack(t.Context(), a.by, req.ID, 0, "")
			} else {
				_, err = w.Determine(t.Context(), a.by, req.ID, review.Determination{Act: a.act})
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				confirmed = append(confirmed, a)
			case !slices.ContainsFunc([]error{review.ErrDecided, review.ErrNotOpen, review.ErrNotSteward, review.ErrNothing, request.ErrForbidden}, func(known error) bool { return errors.Is(err, known) }):
				t.Errorf("%s of %v: %v", a.by.ID, a.by.Groups, err)
			}
		})
	}
	all.Wait()
	return confirmed
}

// ordered says why a case is not what the confirmed acts come to, one after the other
// in the order of the record.
func ordered(stages []review.Stage, confirmed []simulatedAct, c grantwright.Case) error {
	denials, said := 0, 0
	for _, a := range confirmed {
		if a.act != "" {
			said++
		}
		if a.act == review.Deny {
			denials++
		}
	}
	status, granted := c.Request.Status, c.Grant.ID != ""
	switch {
	case denials > 1:
		return fmt.Errorf("%d denials counted", denials)
	case (denials == 1) != (status == request.Denied):
		return fmt.Errorf("with %d denials it is %s", denials, status)
	case granted != (status == request.Approved):
		return fmt.Errorf("it is %s, with a grant: %v", status, granted)
	case said != len(c.Review.Determinations):
		return fmt.Errorf("%d determinations were confirmed, the record has %d", said, len(c.Review.Determinations))
	case c.Review.Status != status:
		return fmt.Errorf("the request is %s, the review %s", status, c.Review.Status)
	}
	open := 0
	for ; open < len(stages) && settled(stages[open], open, c.Review.Determinations); open++ {
	}
	if denials == 0 && (open == len(stages)) != (status == request.Approved) {
		return fmt.Errorf("%d of %d stages are settled, and it is %s", open, len(stages), status)
	}
	return nil
}

// settled reports whether the approvals that stand settle a stage: for each selector
// one, from as many people as it wants.
func settled(s review.Stage, at int, said []review.Determination) bool {
	people, selectors := map[request.PersonID]bool{}, map[int]bool{}
	for _, d := range said {
		for _, m := range d.Matches {
			if d.Act == review.Approve && d.Void == "" && d.Stage == at && m.Stage == at {
				people[d.By], selectors[m.Selector] = true, true
			}
		}
	}
	enough := len(people) >= max(1, s.People)
	return enough && (s.Mode != review.All || len(selectors) == len(s.Selectors))
}

// What is confirmed at once, by several engines over one store, is never both
// approved and denied, and never without the denial that was confirmed.
func TestSimulatorOfTwoEngines(t *testing.T) {
	t.Parallel()
	shared := new(store.Memory)
	w := newWorld(t, func(c *grantwright.Config) { c.Store = shared })
	second, err := grantwright.New(w.Config)
	must(t, err)
	t.Cleanup(func() { _ = second.Close() })
	for range 25 {
		req := w.submit(t, eve, "30 DAYS")
		var both sync.WaitGroup
		var approved, denied error
		both.Go(func() { approved = w.approves(t, twice, req) })
		both.Go(func() {
			_, denied = second.Determine(t.Context(), privacy, req.ID, review.Determination{Act: review.Deny})
		})
		both.Wait()
		c := w.caseOf(t, req)
		if (approved == nil) == (denied == nil) || (denied == nil) != (c.Request.Status == request.Denied) || (c.Grant.ID != "") != (approved == nil) {
			t.Fatalf("approved: %v, denied: %v, and it is %s with the grant %q", approved, denied, c.Request.Status, c.Grant.ID)
		}
		if c.Request.Status == request.Approved {
			w.settle(t, req)
			_, err := w.Revoke(t.Context(), eve, req.ID, "")
			must(t, err)
			w.settle(t, req)
		}
	}
}
