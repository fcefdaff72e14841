package review_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// wayGame is one review, beside the registrar's, in circumstances that change.
type wayGame struct {
	*registrar
	p      *review.Policy
	r      review.Review
	now    circumstances
	people []request.Identity
	stands map[string][]request.Identity
}

func (g *wayGame) facts() review.Facts {
	robot := request.Identity{ID: "robot", Kind: request.Service, Owner: g.now.owner, Groups: []string{}, Attributes: map[string][]string{}}
	if g.now.groups == "?" {
		robot.Groups = nil
	} else if g.now.groups != "" {
		robot.Groups = strings.Split(g.now.groups, "")
	}
	req := request.Request{Type: request.DataAccess, Requester: eve.Person(), Beneficiary: robot.Person(), For: request.Service, Privilege: g.asked().Privilege,
		Columns: []string{"u", "v", "w"}, Duration: request.For(30, request.Days)}
	return review.NewFacts(req, form, orders, eve, robot, now)
}

func (g *wayGame) asked() review.Terms {
	t := review.Terms{Privilege: request.Read, Columns: []string{"u", "v", "w"}, Duration: request.For(30, request.Days)}
	if g.now.write {
		t.Privilege = request.ReadWrite
	}
	return t
}

// newWayGame makes a flow whose stages come from a few, each of its own name and groups,
// so that several ways through it may ask for the same stage.
func newWayGame(t *testing.T, random *rand.Rand) *wayGame {
	var pool []review.Stage
	for i, s := range append(simulatedStages(random), simulatedStages(random)...) {
		s.Name = fmt.Sprintf("s%d", i)
		s.When = []string{"", "", inP, notInQ, writes, alwaysBad}[random.IntN(6)]
		for j := range s.Selectors {
			s.Selectors[j].Group += fmt.Sprintf("@%s.%d", s.Name, j)
		}
		pool = append(pool, s)
	}
	g := &wayGame{stands: map[string][]request.Identity{}, registrar: &registrar{flow: simulatedFlow(random, pool), barred: map[string]bool{}, fallen: map[string]bool{}}}
	g.now = randomCircumstances(random)
	g.now.groups = strings.Trim(g.now.groups, "?")
	g.p = compile(t, g.flow)
	g.somebody(random, pool)
	g.reopen(g.now, false)
	var err error
	if g.r, err = review.Open(t.Context(), g.facts(), g.p); err != nil {
		t.Fatal(err)
	}
	return g
}

func simulatedFlow(random *rand.Rand, pool []review.Stage) review.Flow {
	ask := func() review.Action {
		a := review.Action{Act: review.Ask}
		for _, i := range random.Perm(len(pool))[:1+random.IntN(min(3, len(pool)))] {
			a.Stages = append(a.Stages, pool[i])
		}
		return a
	}
	f := review.Flow{Name: "flow", Version: 1, Default: ask()}
	for i := range random.IntN(3) {
		then := ask()
		switch random.IntN(8) {
		case 0:
			then = review.Action{Act: review.Approve}
		case 1:
			then = review.Action{Act: review.Deny}
		case 2:
			then = review.Action{Act: review.Delegate}
		}
		f.Rules = append(f.Rules, review.Rule{Name: fmt.Sprint(i), When: []string{inP, notInQ, writes, alwaysBad}[random.IntN(4)], Then: then})
	}
	return f
}

func randomCircumstances(random *rand.Rand) circumstances {
	return circumstances{groups: []string{"", "p", "q", "pq", "?"}[random.IntN(5)], write: random.IntN(2) == 0,
		owner: []request.PersonID{"grace", "grace", "grace", "s0", "s1"}[random.IntN(5)]}
}

// somebody are stewards, one of them with GOVERNANCE, a service and one that acts, which
// people who may come to be barred own, and substitutes.
func (g *wayGame) somebody(random *rand.Rand, pool []review.Stage) {
	for i := range 8 {
		who := request.Identity{ID: fmt.Sprintf("s%d", i), Groups: []string{}}
		letters := randomGroups(random)
		for _, s := range pool {
			for _, sel := range s.Selectors {
				if slices.Contains(letters, sel.Group[:1]) {
					who.Groups = append(who.Groups, sel.Group)
				}
			}
		}
		switch i {
		case 5:
			who.Permissions = []request.Permission{request.Governance}
		case 6:
			who.Kind, who.Owner = request.Service, "s2"
		case 7:
			who.Kind, who.Owner, who.Permissions = request.Service, "s1", []request.Permission{request.Acting}
		}
		g.people = append(g.people, who)
	}
	for i, p := range g.people {
		if random.IntN(4) == 0 {
			other := g.people[(i+1+random.IntN(7))%8]
			g.stands[other.ID] = append(g.stands[other.ID], p)
		}
	}
}

// play does one thing, and holds what becomes of it to the registrar's list.
func (g *wayGame) play(t *testing.T, random *rand.Rand) (err error) {
	who := g.people[random.IntN(len(g.people))]
	did := ""
	switch n := random.IntN(20); {
	case n < 11:
		did = who.ID + " decides"
		err = g.say(t, who, random)
	case n < 13:
		did = who.ID + " takes back"
		err = g.takeBack(who)
	case n < 15:
		did = "governance falls in"
		g.attend(random)
	default:
		did, err = g.change(t, random)
	}
	if err == nil {
		err = g.agree()
	}
	if err != nil {
		return fmt.Errorf("%s, in %+v: %w", did, g.now, err)
	}
	return nil
}

// change changes the circumstances, or edits what is asked for.
func (g *wayGame) change(t *testing.T, random *rand.Rand) (did string, err error) {
	next := randomCircumstances(random)
	if next.write == g.write {
		g.now = next
		g.reopen(g.now, false)
		g.r, err = g.r.Reopen(t.Context(), g.facts(), now, g.p)
		return "reopened", err
	}
	pending := g.status() == request.Pending
	if pending {
		g.now = next
	}
	g.reopen(next, true)
	edited, err := g.r.Edit(t.Context(), g.facts(), now, g.p)
	if pending != (err == nil) || !pending && !errors.Is(err, review.ErrDecided) {
		return "edited", fmt.Errorf("editing: %w, and it was pending: %v", err, pending)
	}
	g.r = edited
	return "edited", nil
}

func (g *wayGame) say(t *testing.T, who request.Identity, random *rand.Rand) error {
	s := saying{human: who.ID, groups: map[string][]string{who.ID: g.rights(who)}, deny: random.IntN(16) == 0}
	for _, other := range g.stands[who.ID] {
		if acts(who) && !g.bars(other) {
			s.groups[other.ID] = g.rights(other)
		}
	}
	matches, err := g.p.Matches(t.Context(), g.r, g.facts(), who, g.stands[who.ID]...)
	if err != nil {
		return err
	}
	d := review.Determination{By: who.Person(), Act: review.Deny, At: now, Matches: matches}
	for _, m := range matches {
		if m.For != "" && !slices.Contains(d.StandsFor, m.For) {
			d.StandsFor = append(d.StandsFor, m.For)
		}
	}
	if !s.deny {
		d.Act, s.terms = review.Approve, randomTerms(random)
		if s.terms.Privilege == request.ReadWrite {
			s.terms.Privilege = "" // nothing is more than was asked
		}
		d.Privilege, d.Columns, d.Duration = s.terms.Privilege, s.terms.Columns, s.terms.Duration
	}
	return g.count(s, d, who)
}

// count has a determination counted, by the engine's order: whose request it is comes first.
func (g *wayGame) count(s saying, d review.Determination, who request.Identity) error {
	want := review.ErrDecided
	if g.decided == "" {
		want = g.clerk.takes(s, g.bars(who))
	}
	next, err := g.r.Determine(d)
	if g.r.Status == request.Pending && g.r.Bars(who) {
		next, err = g.r, review.ErrOwnRequest
	}
	if !errors.Is(err, want) || (err == nil) != (want == nil) {
		return fmt.Errorf("%s in %v says %s: got %v, want %v, of %s", s.human, s.groups, d.Act, err, want, states(g.r))
	}
	if g.r = next; err != nil {
		return nil
	}
	s.stage = g.clerk.open()
	for _, st := range g.clerk.stages {
		for _, p := range s.rights(st) {
			if p != s.human {
				s.stoodFor = append(s.stoodFor, p)
			}
		}
	}
	g.clerk.said = append(g.clerk.said, s)
	return nil
}

func (g *wayGame) takeBack(who request.Identity) error {
	had, pending := false, g.status() == request.Pending
	for i := range g.clerk.said {
		if s := &g.clerk.said[i]; pending && s.human == who.ID && !s.void {
			s.void, had = true, true
		}
	}
	next, err := g.r.TakeBack(who.Person(), now)
	if (err == nil) != had {
		return fmt.Errorf("got %v, had approved: %v", err, had)
	}
	g.r = next
	return nil
}

// attend says who is there, of the stages that apply. Where it is not said of a selector,
// it is not known.
func (g *wayGame) attend(random *rand.Rand) {
	if g.status() != request.Pending {
		return
	}
	there, all := map[string][]request.PersonID{}, []review.Attendance{}
	for i, s := range g.r.Stages {
		for j, a := range s.Approvals {
			at := review.Attendance{Match: review.Match{Stage: i, Selector: j}, Complete: random.IntN(3) > 0}
			for _, p := range g.people[:6] {
				if slices.Contains(p.Groups, a.Selector.Group) && random.IntN(2) == 0 {
					at.People = append(at.People, p.Person())
				}
			}
			if all = append(all, at); at.Complete {
				there[a.Selector.Group] = at.People
			}
		}
	}
	g.fall(there)
	g.r = g.r.Attend(all, review.Attendance{}, now)
}

// agree compares the review with the registrar's list.
func (g *wayGame) agree() error {
	if want := g.status(); g.r.Status != want {
		return fmt.Errorf("it is %s %s, want %s", g.r.Status, states(g.r), want)
	}
	if len(g.r.Determinations) != len(g.clerk.said) {
		return fmt.Errorf("%d determinations, want %d", len(g.r.Determinations), len(g.clerk.said))
	}
	for i, d := range g.r.Determinations {
		if void := g.clerk.said[i].void; (d.Void != "") != void {
			return fmt.Errorf("determination %d of %s is void: %q, want %v", i, d.By, d.Void, void)
		}
	}
	if g.decided != "" {
		return g.agreeOnTerms()
	}
	applies := slices.DeleteFunc(slices.Clone(g.r.Stages), func(s review.StageReview) bool { return s.Passed != "" })
	if len(applies) != len(g.clerk.stages) {
		return fmt.Errorf("%d stages apply, want %d", len(applies), len(g.clerk.stages))
	}
	for i, s := range applies {
		want := g.clerk.stages[i].Name
		if people := g.clerk.people(i, g.clerk.of(i)); s.Name != want || len(s.ApprovedBy) != people {
			return fmt.Errorf("stage %s counts %v, want %d people in %s", s.Name, s.ApprovedBy, people, want)
		}
	}
	return g.agreeOnTerms()
}

func (g *wayGame) agreeOnTerms() error {
	if g.r.Status != request.Approved {
		return nil
	}
	if diff := cmp.Diff(g.clerk.granted(g.asked()), g.r.Outcome().Granted, cmpopts.EquateEmpty()); diff != "" {
		return fmt.Errorf("granted (-want +got):\n%s", diff)
	}
	return nil
}

// TestSimulatorOfWays plays rules, conditions of stages, edits, facts that change or are not
// known any more, governance that falls in, services and substitutes against the registrar.
func TestSimulatorOfWays(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{1, 16, rand.Uint64()} {
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 5))
		ends := map[string]int{}
		for trial := range 250 {
			g := newWayGame(t, random)
			for step := range 14 {
				if err := g.play(t, random); err != nil {
					t.Fatalf("seed %d, trial %d, act %d: %v", seed, trial, step, err)
				}
			}
			ends[g.ended()]++
		}
		if len(ends) != 5 {
			t.Errorf("seed %d: the trials ended as %v, and not in every way", seed, ends)
		}
	}
}

func (g *wayGame) ended() string {
	if g.decided != "" {
		return "by a rule " + string(g.decided)
	}
	return "by people " + string(g.status())
}
