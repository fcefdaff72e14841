package comparison_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/comparison"
)

// seeds is how many pairs of random flows are compared.
var seeds = flag.Int("flows", 30, "how many pairs of random flows are compared")

// world is a request with the people of it.
type world struct {
	req                    request.Request
	requester, beneficiary request.Identity
	form                   request.Form
	tags                   []string
}

// fact is one that random conditions speak of: all that it may be, and what is asked of it.
type fact struct {
	values []func(*world)
	terms  []string
}

// subsets puts each subset of some texts into a world.
func subsets(texts []string, put func(w *world, some []string)) (all []func(*world)) {
	for bits := range 1 << len(texts) {
		some := []string{}
		for i, text := range texts {
			if bits>>i&1 == 1 {
				some = append(some, text)
			}
		}
		all = append(all, func(w *world) { put(w, some) })
	}
	return all
}

func each[T any](put func(*world, T), values ...T) (all []func(*world)) {
	for _, v := range values {
		all = append(all, func(w *world) { put(w, v) })
	}
	return all
}

// facts have small domains that hold one of everything that their terms can tell apart.
var facts = []fact{
	{each(func(w *world, p request.Privilege) { w.req.Privilege = p }, request.Read, request.ReadWrite),
		[]string{`request.privilege == "READ"`, `request.privilege != "READ"`, `request.privilege in ["READ_WRITE", "ALL"]`}},
	{each(func(w *world, d request.Duration) { w.req.Duration = d }, request.For(23, request.Hours), request.For(1, request.Days),
		request.For(2, request.Days), request.For(7, request.Days), request.For(200, request.Hours), request.Endless),
		[]string{`request.duration <= duration("24h")`, `request.duration < duration("24h")`, `request.duration == duration("168h")`, `duration("168h") < request.duration`, `request.endless`, `request.endless == false`}},
	{append(subsets([]string{"a", "b", "c"}, func(w *world, some []string) { w.beneficiary.Groups = some }),
		func(w *world) { w.beneficiary.Groups = nil }, func(w *world) { w.beneficiary.Groups = []string{"a", "a"} }, func(w *world) { w.beneficiary.Groups = []string{"c", "c"} }),
		[]string{`"a" in beneficiary.groups`, `"b" in beneficiary.groups`, `beneficiary.groups.exists(g, g == "a" || g == "b")`, `beneficiary.groups.all(g, g in ["a", "b"])`,
			`beneficiary.groups.exists(g, g != "a")`, `size(beneficiary.groups) > 1`, `["a", "b"].all(g, g in beneficiary.groups)`, `sets.intersects(beneficiary.groups, ["a", "b"])`}},
	{subsets([]string{"x", "y", "z", "w"}, func(w *world, some []string) { w.tags = some }),
		[]string{`"x" in asset.tags`, `asset.tags.all(t, t == "x")`, `asset.tags == []`, `size(asset.tags) == 1`, `asset.tags.size() >= 2`, `sets.contains(asset.tags, ["x", "y"])`,
			`asset.tags.exists(t, !(t in ["x", "y"]))`, `asset.tags.exists(t, t.startsWith("z"))`, `sets.equivalent(asset.tags, ["x"])`}},
	{append(subsets([]string{"x", "y", "z", "w"}, func(w *world, some []string) { w.beneficiary.Attributes = map[string][]string{"seen": some} }),
		func(w *world) { w.beneficiary.Attributes = nil }, func(w *world) { w.beneficiary.Attributes = map[string][]string{} }),
		[]string{`"seen" in beneficiary.attributes`, `has(beneficiary.attributes.seen)`, `"x" in beneficiary.attributes.seen`, `beneficiary.attributes["seen"].exists(s, s == "w")`,
			`size(beneficiary.attributes.seen) > 0`, `asset.tags.all(t, t in beneficiary.attributes.seen)`}},
	{each(func(w *world, id string) { w.beneficiary.ID = id }, "one@example.com", "two@example.com", "three@example.com", "six@example.com"),
		[]string{`requester.person == beneficiary.person`, `beneficiary.person != "one@example.com"`, `beneficiary.id.startsWith("t")`, `beneficiary.person in ["one@example.com", "two@example.com"]`, `beneficiary.owner == requester.person`}},
	{each(func(w *world, id string) { w.requester.ID = id }, "one@example.com", "two@example.com", "three@example.com", "five@example.com", "six@example.com"),
		[]string{`requester.person == "one@example.com"`, `requester.id != "two@example.com"`}},
	{each(func(w *world, id request.PersonID) { w.beneficiary.Owner = id }, "", "one@example.com", "two@example.com", "five@example.com"),
		[]string{`beneficiary.owner == ""`, `beneficiary.owner == "one@example.com"`}},
	{append(each(func(w *world, text string) {
		w.form.Questions = []request.Question{{ID: "why", Type: request.ShortAnswer}}
		w.req.Answers = request.Answers{"why": {text}}
	}, "yes", "no", "never", "perhaps"), func(*world) {}, func(w *world) {
		w.form.Questions = []request.Question{{ID: "why", Type: request.Checkboxes}}
		w.req.Answers = request.Answers{"why": {"yes"}}
	}),
		[]string{`answers.why == "yes"`, `answers.why != "no"`, `has(answers.why)`, `"why" in answers`, `answers["why"] in ["yes", "no"]`, `answers.why.startsWith("n")`}},
}

// condition makes one of terms about some facts.
func condition(r *rand.Rand, about []fact, depth int) string {
	if depth == 0 || r.IntN(4) == 0 {
		terms := about[r.IntN(len(about))].terms
		return terms[r.IntN(len(terms))]
	}
	a, b := condition(r, about, depth-1), condition(r, about, depth-1)
	switch r.IntN(7) {
	case 0, 1, 2:
		return fmt.Sprintf("(%s && %s)", a, b)
	case 3, 4:
		return fmt.Sprintf("(%s || %s)", a, b)
	case 5:
		return fmt.Sprintf("!(%s)", a)
	}
	return fmt.Sprintf("(%s ? %s : %s)", a, b, condition(r, about, depth-1))
}

// worlds are all that some facts can be together.
func worlds(about []fact) []world {
	all := []world{{
		req:         request.Request{Type: request.DataAccess, Privilege: request.Read, Duration: request.For(1, request.Days)},
		requester:   request.Identity{ID: "requester@example.com", Groups: []string{}, Attributes: map[string][]string{}},
		beneficiary: request.Identity{ID: "beneficiary@example.com", Groups: []string{}, Attributes: map[string][]string{}},
	}}
	if !slices.ContainsFunc(about, func(f fact) bool { return len(f.terms) > 0 && strings.Contains(f.terms[0], "duration") }) {
		other := all[0]
		other.req.Duration = request.Endless
		all = append(all, other)
	}
	for _, f := range about {
		var next []world
		for _, w := range all {
			for _, put := range f.values {
				one := w
				put(&one)
				next = append(next, one)
			}
		}
		all = next
	}
	return all
}

func (w world) facts() review.Facts {
	asset := catalog.Asset{Ref: "warehouse:sales.public.orders", Kind: catalog.Table}
	w.req.Requester, w.req.Beneficiary = w.requester.Person(), w.beneficiary.Person()
	f := review.NewFacts(w.req, w.form, asset, w.requester, w.beneficiary, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	f.Asset = review.FactsOfAsset(asset, w.tags)
	return f
}

// related are some facts, with those that their terms compare them with.
func related(r *rand.Rand) []fact {
	some := []int{r.IntN(len(facts)), r.IntN(len(facts))}
	for _, i := range slices.Clone(some) {
		switch i {
		case 4:
			some = append(some, 3)
		case 5:
			some = append(some, 6, 7)
		}
	}
	slices.Sort(some)
	var all []fact
	for _, i := range slices.Compact(some) {
		all = append(all, facts[i])
	}
	return all
}

func randomFlow(r *rand.Rand, about []fact) review.Flow {
	action := func() review.Action {
		return []review.Action{approve, approve, {Act: review.Approve, Duration: request.For(2, request.Days)}, deny, people, {Act: review.Delegate}}[r.IntN(6)]
	}
	f := review.Flow{Name: "random", Default: []review.Action{people, deny, approve, {Act: review.Delegate}}[r.IntN(4)]}
	for i := range 1 + r.IntN(3) {
		f.Rules = append(f.Rules, review.Rule{Name: fmt.Sprint(i), When: condition(r, about, r.IntN(3)), Then: action()})
	}
	return f
}

// changed is a flow with a rule changed, moved, added or taken away.
func changed(r *rand.Rand, f review.Flow, about []fact) review.Flow {
	f.Rules = slices.Clone(f.Rules)
	at := r.IntN(len(f.Rules))
	switch r.IntN(6) {
	case 0:
		f.Rules = slices.Delete(f.Rules, at, at+1)
	case 1:
		slices.Reverse(f.Rules)
	case 2:
		f.Rules[at].When = fmt.Sprintf("%s && %s", f.Rules[at].When, condition(r, about, 0))
	case 3:
		f.Rules[at].When = fmt.Sprintf("%s || %s", f.Rules[at].When, condition(r, about, 0))
	case 4:
		f.Rules[at].When = condition(r, about, 2)
	default:
		return randomFlow(r, about)
	}
	return f
}

// shown are the kinds of ways that two reviews of one request show.
func shown(was, would review.Review) (kinds []comparison.Kind) {
	own := func(r review.Review) bool { return r.Flow.Name == "random" }
	approved := func(r review.Review) bool { return r.Status == request.Approved }
	if approved(would) && !approved(was) {
		kinds = append(kinds, comparison.Approves)
	}
	if approved(would) && approved(was) && would.Outcome().Granted.Duration.LongerThan(was.Outcome().Granted.Duration, was.Opened) {
		kinds = append(kinds, comparison.Longer)
	}
	if !own(would) && own(was) && !approved(was) {
		kinds = append(kinds, comparison.Delegates)
	}
	if own(would) && would.Status == request.Pending && was.Status == request.Denied {
		kinds = append(kinds, comparison.Asks)
	}
	return kinds
}

// TestBruteForceAgrees runs random flows over all requests of small domains: there is a way
// of a kind if, and only if, one of these requests shows it, and nothing is left open.
func TestBruteForceAgrees(t *testing.T) {
	t.Parallel()
	ways, none := 0, 0
	for seed := range uint64(*seeds) {
		r := rand.New(rand.NewPCG(seed, 1))
		about := related(r)
		before := randomFlow(r, about)
		after := changed(r, before, about)
		c, err := comparison.Flows(t.Context(), before, after)
		if err != nil {
			t.Fatal(err)
		}
		want, got := map[comparison.Kind]bool{}, map[comparison.Kind]bool{}
		was, would := compiled(t, before), compiled(t, after)
		for _, w := range worlds(about) {
			for _, k := range shown(opened(t, w, was), opened(t, w, would)) {
				want[k] = true
			}
		}
		for _, w := range c.Ways {
			if w.Kind != comparison.Fewer {
				got[w.Kind] = true
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || len(c.Undecided) > 0 {
			t.Errorf("seed %d (-brute force +comparison):\n%s%+v\n%+v\n%s", seed, diff, before.Rules, after.Rules, strings.Join(c.Lines(), "\n"))
		}
		if c.Nothing() {
			none++
		} else {
			ways++
		}
	}
	if ways < *seeds/10 || none < *seeds/10 {
		t.Errorf("of the random flows, %d let something through and %d nothing", ways, none)
	}
}

func compiled(t *testing.T, f review.Flow) *review.Policy {
	t.Helper()
	p, err := review.Compile(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func opened(t *testing.T, w world, p *review.Policy) review.Review {
	t.Helper()
	r, err := review.Open(t.Context(), w.facts(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestBruteForceAgreesOnGuardrails does the same for guardrails.
func TestBruteForceAgreesOnGuardrails(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*seeds) {
		r := rand.New(rand.NewPCG(seed, 2))
		about := slices.DeleteFunc(related(r), func(f fact) bool { return strings.Contains(f.terms[0], "answers") })
		if len(about) == 0 {
			continue
		}
		before := review.Guardrail{Name: "random", At: []catalog.Ref{"warehouse"}, Require: condition(r, about, r.IntN(3))}
		after := before
		after.Require = condition(r, about, r.IntN(3))
		c, err := comparison.Guardrails(t.Context(), before, after)
		if err != nil {
			t.Fatal(err)
		}
		was, err := review.CompileGuardrail(before)
		would, other := review.CompileGuardrail(after)
		if err := errors.Join(err, other); err != nil {
			t.Fatal(err)
		}
		prevents := func(g *review.Guard, w world) bool {
			p, err := g.Prevents(t.Context(), "warehouse", w.facts(), nil)
			if err != nil {
				t.Fatal(err)
			}
			return p != nil
		}
		want := slices.ContainsFunc(worlds(about), func(w world) bool { return prevents(was, w) && !prevents(would, w) })
		if got := len(c.Ways) > 0; got != want || len(c.Undecided) > 0 {
			t.Errorf("seed %d: brute force says %v: %s -> %s\n%s", seed, want, before.Require, after.Require, strings.Join(c.Lines(), "\n"))
		}
	}
}

// TestBruteForceAgreesOnStages does the same for stages with conditions: one of before is
// lost where it would apply and the changed flow asks nobody of its people.
func TestBruteForceAgreesOnStages(t *testing.T) {
	t.Parallel()
	for seed := range uint64(*seeds) {
		r := rand.New(rand.NewPCG(seed, 3))
		about := related(r)
		staged := func() review.Flow {
			f := review.Flow{Name: "random", Default: review.Action{Act: review.Ask}}
			for _, name := range []string{"legal", "owners"} {
				s := review.Stage{Name: name, Mode: review.Any, Selectors: []review.Selector{{Group: name}}}
				if r.IntN(4) > 0 {
					s.When = condition(r, about, r.IntN(2))
				}
				if r.IntN(4) > 0 {
					f.Default.Stages = append(f.Default.Stages, s)
				}
			}
			if len(f.Default.Stages) == 0 {
				f.Default = people
			}
			return f
		}
		before, after := staged(), staged()
		c, err := comparison.Flows(t.Context(), before, after)
		if err != nil {
			t.Fatal(err)
		}
		was, would := compiled(t, before), compiled(t, after)
		asked := func(p *review.Policy, w world) (all []string) {
			for _, s := range opened(t, w, p).Stages {
				if s.Passed == "" && s.Name != "governance" {
					all = append(all, s.Name)
				}
			}
			return all
		}
		want := slices.ContainsFunc(worlds(about), func(w world) bool {
			still := asked(would, w)
			return slices.ContainsFunc(asked(was, w), func(s string) bool { return !slices.Contains(still, s) })
		})
		if got := len(c.Ways) > 0; got != want || len(c.Undecided) > 0 {
			t.Errorf("seed %d: brute force says %v:\n%+v\n%+v\n%s", seed, want, before.Default.Stages, after.Default.Stages, strings.Join(c.Lines(), "\n"))
		}
	}
}
