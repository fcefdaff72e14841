package review_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// clerk decides like a person with a list of who said what, who works out everything
// from the start each time: the readings, without any of the code that they are for.
type clerk struct {
	stages []review.Stage
	said   []saying
}

// saying is one thing that somebody said of a review.
type saying struct {
	human  string
	groups map[string][]string // in whose right, and what they are in
	deny   bool
	stage  int  // that was open
	void   bool // taken back
	terms  review.Terms

	stoodFor []string // others in whose right it was said
}

// credit lists the selectors of a stage for which an act counts.
func (s saying) credit(stage review.Stage) (all []int) {
	for i, sel := range stage.Selectors {
		for _, in := range s.groups {
			if slices.Contains(in, sel.Group) && !slices.Contains(all, i) {
				all = append(all, i)
			}
		}
	}
	return all
}

// rights lists those in whose right a selector of the stage is matched: somebody's own
// goes first, and alone, for each selector.
func (s saying) rights(stage review.Stage) (all []string) {
	for _, sel := range stage.Selectors {
		mine := slices.Contains(s.groups[s.human], sel.Group)
		for who, in := range s.groups {
			if slices.Contains(in, sel.Group) && (who == s.human || !mine) && !slices.Contains(all, who) {
				all = append(all, who)
			}
		}
	}
	return all
}

func (k clerk) of(stage int) (all []saying) {
	for _, s := range k.said {
		if s.stage == stage && !s.void && !s.deny && len(s.credit(k.stages[stage])) > 0 {
			all = append(all, s)
		}
	}
	return all
}

// people is how many different people have approved a stage: the most humans that can
// be told apart, by trying every way to give each somebody to speak for.
func (k clerk) people(stage int, sayings []saying) int {
	rights := map[string][]string{}
	for _, s := range sayings {
		rights[s.human] = append(rights[s.human], s.rights(k.stages[stage])...)
	}
	var humans []string
	for h := range rights {
		humans = append(humans, h)
	}
	var most func(left []string, spoken map[string]bool) int
	most = func(left []string, spoken map[string]bool) int {
		if len(left) == 0 {
			return 0
		}
		best := most(left[1:], spoken)
		for _, who := range rights[left[0]] {
			if !spoken[who] {
				spoken[who] = true
				best = max(best, 1+most(left[1:], spoken))
				delete(spoken, who)
			}
		}
		return best
	}
	return most(humans, map[string]bool{})
}

func (k clerk) settled(stage int, sayings []saying) map[int]bool {
	settled := map[int]bool{}
	for _, s := range sayings {
		for _, i := range s.credit(k.stages[stage]) {
			settled[i] = true
		}
	}
	return settled
}

func (k clerk) done(stage int) bool {
	s, sayings := k.stages[stage], k.of(stage)
	switch s.Mode {
	case review.Any:
		return len(sayings) > 0
	case review.AtLeast:
		return k.people(stage, sayings) >= s.People
	}
	return len(k.settled(stage, sayings)) == len(s.Selectors) && k.people(stage, sayings) >= s.People
}

func (k clerk) open() int {
	for i := range k.stages {
		if !k.done(i) {
			return i
		}
	}
	return len(k.stages)
}

func (k clerk) status() request.Status {
	if slices.ContainsFunc(k.said, func(s saying) bool { return s.deny }) {
		return request.Denied
	}
	if k.open() == len(k.stages) {
		return request.Approved
	}
	return request.Pending
}

// takes says what becomes of something that is said.
func (k clerk) takes(s saying, own bool) error {
	if k.status() != request.Pending {
		return review.ErrDecided
	}
	if own {
		return review.ErrOwnRequest
	}
	if !slices.ContainsFunc(k.stages, func(st review.Stage) bool { return len(s.credit(st)) > 0 }) {
		return review.ErrNotSteward
	}
	if s.deny {
		return nil
	}
	open := k.open()
	stage, before := k.stages[open], k.of(open)
	if len(s.credit(stage)) == 0 {
		return review.ErrNotOpen
	}
	s.stage = open
	more := k.people(open, append(slices.Clip(before), s)) > k.people(open, before)
	short := k.people(open, before) < stage.People
	news := slices.ContainsFunc(s.credit(stage), func(i int) bool { return !k.settled(open, before)[i] })
	if stage.Mode == review.AtLeast && more && short || stage.Mode != review.AtLeast && (news || more && short) {
		return nil
	}
	return review.ErrNotOpen
}

func (k clerk) granted(asked review.Terms) review.Terms {
	for _, s := range k.said {
		if s.void || s.deny {
			continue
		}
		if s.terms.Privilege == request.Read {
			asked.Privilege = request.Read
		}
		if len(s.terms.Columns) > 0 {
			asked.Columns = slices.DeleteFunc(slices.Clone(asked.Columns), func(c string) bool { return !slices.Contains(s.terms.Columns, c) })
		}
		asked.Duration = request.Shortest(now, asked.Duration, s.terms.Duration)
	}
	return asked
}

// TestSimulator plays random flows, people, groups, substitutes and orders of acts
// against the clerk.
func TestSimulator(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	ends := map[request.Status]int{}
	for trial := range 1500 {
		g := newGame(t, random)
		for step := range 10 {
			if err := g.play(random); err != nil {
				t.Fatalf("seed %d, trial %d, act %d: %v", seed, trial, step, err)
			}
		}
		ends[g.r.Status]++
	}
	if len(ends) != 3 {
		t.Errorf("seed %d: the trials ended as %v, and not in every way", seed, ends)
	}
}

// game is one review, beside the clerk's.
type game struct {
	p      *review.Policy
	f      review.Facts
	r      review.Review
	clerk  clerk
	people []request.Identity
	stands map[string][]request.Identity // for whom each stands, by their id
	asked  review.Terms
	ctx    context.Context
}

const letters = "abcd"

func newGame(t *testing.T, random *rand.Rand) *game {
	flow := asking(simulatedStages(random)...)
	req := request.Request{Requester: eve.Person(), Beneficiary: frank.Person(), Privilege: request.ReadWrite, Columns: []string{"u", "v", "w"}, Duration: request.For(30, request.Days)}
	g := &game{ctx: t.Context(), p: compile(t, flow), f: review.NewFacts(req, form, orders, eve, frank, now), clerk: clerk{stages: flow.Default.Stages}, stands: map[string][]request.Identity{},
		asked: review.Terms{Privilege: req.Privilege, Columns: req.Columns, Duration: req.Duration}}
	var err error
	if g.r, err = review.Open(t.Context(), g.f, g.p); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		g.people = append(g.people, steward(fmt.Sprintf("s%d", i), randomGroups(random)...))
	}
	g.people = append(g.people, request.Identity{ID: frank.ID, Groups: []string{"a", "b"}})
	for i, p := range g.people[:6] {
		if random.IntN(4) == 0 {
			other := g.people[(i+1+random.IntN(5))%6]
			g.stands[other.ID] = append(g.stands[other.ID], p)
		}
	}
	return g
}

func randomGroups(random *rand.Rand) (all []string) {
	for _, l := range letters {
		if random.IntN(3) == 0 {
			all = append(all, string(l))
		}
	}
	return all
}

func simulatedStages(random *rand.Rand) []review.Stage {
	stages := make([]review.Stage, 1+random.IntN(3))
	for i := range stages {
		s := review.Stage{Name: fmt.Sprint(i), Mode: []review.Mode{review.Any, review.All, review.AtLeast}[random.IntN(3)]}
		for range 1 + random.IntN(3) {
			s.Selectors = append(s.Selectors, group(string(letters[random.IntN(len(letters))])))
		}
		switch s.Mode {
		case review.AtLeast:
			s.People = 1 + random.IntN(3)
		case review.All:
			s.People = random.IntN(3)
		}
		stages[i] = s
	}
	return stages
}

// play has somebody do something, and holds what becomes of it to the clerk's list.
func (g *game) play(random *rand.Rand) error {
	who := g.people[random.IntN(len(g.people))]
	if random.IntN(8) == 0 {
		return g.takeBack(who)
	}
	s := saying{human: who.ID, groups: map[string][]string{who.ID: who.Groups}, deny: random.IntN(12) == 0, stage: g.clerk.open()}
	for _, other := range g.stands[who.ID] {
		s.groups[other.ID] = other.Groups
	}
	matches, err := g.p.Matches(g.ctx, g.r, g.f, who, g.stands[who.ID]...)
	if err != nil {
		return err
	}
	d := review.Determination{By: who.Person(), Act: review.Deny, At: now, Matches: matches, Version: g.r.Version}
	if !s.deny {
		d.Act = review.Approve
		s.terms = randomTerms(random)
		d.Privilege, d.Columns, d.Duration = s.terms.Privilege, s.terms.Columns, s.terms.Duration
	}
	return g.say(s, d)
}

func (g *game) say(s saying, d review.Determination) error {
	want := g.clerk.takes(s, s.human == frank.ID)
	next, err := g.r.Determine(d)
	if !errors.Is(err, want) || (err == nil) != (want == nil) {
		return fmt.Errorf("%s in %v says %s: got %v, want %v, of %s", s.human, s.groups, d.Act, err, want, states(g.r))
	}
	if g.r = next; err == nil {
		g.clerk.said = append(g.clerk.said, s)
	}
	return g.agree()
}

func (g *game) takeBack(who request.Identity) error {
	had, pending := false, g.clerk.status() == request.Pending
	for i := range g.clerk.said {
		if s := &g.clerk.said[i]; pending && s.human == who.ID && !s.void {
			s.void, had = true, true
		}
	}
	next, err := g.r.TakeBack(who.Person(), now)
	if (err == nil) != had {
		return fmt.Errorf("%s takes back: %v, had approved: %v", who.ID, err, had)
	}
	g.r = next
	return g.agree()
}

// agree compares the review with the clerk's list.
func (g *game) agree() error {
	if want := g.clerk.status(); g.r.Status != want {
		return fmt.Errorf("it is %s %s, want %s", g.r.Status, states(g.r), want)
	}
	for i := range g.r.Stages {
		if people := g.clerk.people(i, g.clerk.of(i)); len(g.r.Stages[i].ApprovedBy) != people {
			return fmt.Errorf("stage %d counts %v, want %d people", i, g.r.Stages[i].ApprovedBy, people)
		}
	}
	if g.r.Status == request.Approved {
		if diff := cmp.Diff(g.clerk.granted(g.asked), g.r.Outcome().Granted, cmpopts.EquateEmpty()); diff != "" {
			return fmt.Errorf("granted (-want +got):\n%s", diff)
		}
	}
	return nil
}

// randomTerms narrow in ways that always leave something.
func randomTerms(random *rand.Rand) (t review.Terms) {
	if random.IntN(4) == 0 {
		t.Privilege = []request.Privilege{request.Read, request.ReadWrite}[random.IntN(2)]
	}
	if random.IntN(4) == 0 {
		t.Columns = [][]string{{"u", "v"}, {"v", "u", "w"}, {"u"}, {"u", "w"}}[random.IntN(4)]
	}
	if random.IntN(4) == 0 {
		t.Duration = request.For(1+random.IntN(30), request.Days)
	}
	return t
}

// TestSimulatorOfTime lets random time pass between acts: nothing is ever approved by
// it, what is decided stays as it is, and each stage is escalated once at most.
func TestSimulatorOfTime(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for trial := range 500 {
		g := newTimedGame(t, random)
		at := now
		for step := range 12 {
			before := g.r
			at = at.Add(time.Duration(random.IntN(200)) * time.Hour)
			g.r = g.r.Elapse(at)
			if err := passed(before, g.r, at); err != nil {
				t.Fatalf("seed %d, trial %d, step %d: %v", seed, trial, step, err)
			}
			g.act(t, random, at)
		}
	}
}

func newTimedGame(t *testing.T, random *rand.Rand) *game {
	stages := simulatedStages(random)
	for i := range stages {
		if random.IntN(2) == 0 {
			late := []review.Late{review.Escalate, review.Escalate, review.DenyLate, review.LapseLate}[random.IntN(4)]
			stages[i].Limit = review.Limit{Within: request.For(1+random.IntN(9), request.Days), Late: late}
			if late == review.Escalate {
				stages[i].Limit.Escalate = []review.Selector{group("boss")}
			}
		}
		if random.IntN(2) == 0 {
			stages[i].Limit.Remind = request.For(1+random.IntN(100), request.Hours)
		}
	}
	g := &game{p: compile(t, asking(stages...)), f: factsOf(request.Endless)}
	g.r = open(t, g.f, asking(stages...))
	g.people = []request.Identity{steward("x", "a", "b"), steward("y", "c", "d"), steward("z", "a", "c", "boss")}
	return g
}

func (g *game) act(t *testing.T, random *rand.Rand, at time.Time) {
	who := g.people[random.IntN(len(g.people))]
	if random.IntN(3) == 0 {
		if next, err := g.r.TakeBack(who.Person(), at); err == nil {
			g.r = next
		}
		return
	}
	if next, err := g.r.Determine(review.Determination{By: who.Person(), Act: review.Approve, At: at, Matches: matching(t, g.p, g.r, who)}); err == nil {
		g.r = next
	}
}

// passed says what is wrong with what time has done.
func passed(before, after review.Review, at time.Time) error {
	switch next := after.Next(); {
	case before.Status != request.Pending && !cmp.Equal(before, after):
		return fmt.Errorf("what is %s has changed", before.Status)
	case before.Status == request.Pending && after.Status == request.Approved:
		return errors.New("time has approved")
	case !next.IsZero() && !next.After(at):
		return fmt.Errorf("at %v it changes next at %v", at, next)
	case after.Status == request.Pending && !after.Lapses.After(at):
		return errors.New("it is pending beyond its end")
	}
	for i, s := range after.Stages {
		escalated := 0
		for _, a := range s.Approvals {
			if a.Escalated {
				escalated++
			}
		}
		if escalated > len(s.Limit.Escalate) || (escalated > 0) == s.Escalated.IsZero() {
			return fmt.Errorf("stage %d was escalated at %v, to %d", i, s.Escalated, escalated)
		}
	}
	return nil
}
