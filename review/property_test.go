package review_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// naive decides like a person with a list: it keeps who said what, and works out
// everything from the start each time.
type naive struct {
	stages []review.Stage
	said   []naiveAct
}

type naiveAct struct {
	groups map[string]bool
	deny   bool
	owns   bool
}

func (n naive) try(a naiveAct) error {
	credit, status := n.replay()
	if status != request.Pending {
		return review.ErrDecided
	}
	if a.owns {
		return review.ErrOwnRequest
	}
	anywhere := false
	for _, s := range n.stages {
		for _, sel := range s.Selectors {
			anywhere = anywhere || a.groups[sel.Group]
		}
	}
	if !anywhere {
		return review.ErrNotSteward
	}
	if a.deny {
		return nil
	}
	current := n.current(credit)
	for i, sel := range n.stages[current].Selectors {
		if a.groups[sel.Group] && !credit[[2]int{current, i}] {
			return nil
		}
	}
	return review.ErrNotOpen
}

// replay counts what was said, one act after the other.
func (n naive) replay() (map[[2]int]bool, request.Status) {
	credit := map[[2]int]bool{}
	for _, a := range n.said {
		if a.deny {
			return credit, request.Denied
		}
		current := n.current(credit)
		for i, sel := range n.stages[current].Selectors {
			if a.groups[sel.Group] {
				credit[[2]int{current, i}] = true
			}
		}
	}
	if n.current(credit) == len(n.stages) {
		return credit, request.Approved
	}
	return credit, request.Pending
}

func (n naive) current(credit map[[2]int]bool) int {
	for s, st := range n.stages {
		have := 0
		for i := range st.Selectors {
			if credit[[2]int{s, i}] {
				have++
			}
		}
		if st.Mode == review.Any && have == 0 || st.Mode == review.All && have < len(st.Selectors) {
			return s
		}
	}
	return len(n.stages)
}

func TestDetermineAgainstNaive(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	ends := map[request.Status]int{}
	for trial := range 1500 {
		flow := asking(randomStages(random)...)
		p, r, n := compile(t, flow), open(t, factsOf(request.Endless), flow), naive{stages: flow.Default.Stages}
		for range 8 {
			who, act := randomAct(random)
			d := review.Determination{By: who.Person(), Act: review.Approve, At: now, Matches: matching(t, p, r, who)}
			if act.deny {
				d.Act = review.Deny
			}
			want := n.try(act)
			next, err := r.Determine(d)
			if !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Fatalf("seed %d, trial %d: %+v of %v in %v: got %v, want %v", seed, trial, d, who.Groups, states(r), err, want)
			}
			if r = next; err == nil {
				n.said = append(n.said, act)
			}
			if _, status := n.replay(); r.Status != status {
				t.Fatalf("seed %d, trial %d: got %s %s, want %s", seed, trial, r.Status, states(r), status)
			}
		}
		ends[r.Status]++
	}
	if len(ends) != 3 {
		t.Errorf("seed %d: the trials ended as %v, and not in every way", seed, ends)
	}
}

func randomStages(random *rand.Rand) []review.Stage {
	stages := make([]review.Stage, 1+random.IntN(3))
	for i := range stages {
		mode := review.Any
		if random.IntN(2) == 0 {
			mode = review.All
		}
		stages[i] = review.Stage{Name: fmt.Sprint(i), Mode: mode}
		for range 1 + random.IntN(4) {
			stages[i].Selectors = append(stages[i].Selectors, group(string(rune('a'+random.IntN(5)))))
		}
	}
	return stages
}

func randomAct(random *rand.Rand) (request.Identity, naiveAct) {
	who, act := steward(fmt.Sprintf("s%d", random.IntN(6))), naiveAct{groups: map[string]bool{}, deny: random.IntN(12) == 0}
	if random.IntN(15) == 0 {
		who, act.owns = request.Identity{ID: frank.ID}, true
	}
	for range random.IntN(4) {
		g := string(rune('a' + random.IntN(5)))
		act.groups[g] = true
		who.Groups = append(who.Groups, g)
	}
	return who, act
}
