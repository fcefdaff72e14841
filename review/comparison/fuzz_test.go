package comparison_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/comparison"
)

// oneByOne is a world for each thing that each fact can be.
func oneByOne() (all []world) {
	for _, f := range facts {
		all = append(all, worlds([]fact{f})...)
	}
	return all
}

// FuzzConditions puts a condition in the place of another: Lint, Explain and the comparison
// take everything that compiles, a flow lets nothing through beside itself, and where it is
// said that nothing is let through, no request shows otherwise.
func FuzzConditions(f *testing.F) {
	for _, one := range facts {
		for i, term := range one.terms {
			f.Add(term, one.terms[(i+1)%len(one.terms)])
		}
	}
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 4))
		f.Add(condition(r, facts, 2), condition(r, facts, 2))
	}
	for _, odd := range []string{`asset.path[0] == "sales"`, `asset.path[9] == asset.name`, `asset.ref.startsWith("warehouse:")`, `asset.name.matches("^a+$")`, `"é" in asset.tags`,
		`[1,2,3].all(x, [1,2,3].exists(y, x == y))`, `asset.tags.exists(t, asset.tags.exists(u, t != u))`, `["a","b"].exists(p, asset.ref.startsWith(p))`,
		`request.duration - duration("1h") > duration("2h")`, `beneficiary.groups[0] == "a"`, `asset.tags.map(t, t + "x") == ["ax"]`, `answers.a.b == "c"`, `size(answers) > 1`,
		`asset.tags.filter(t, t != "x").size() == 1`, `{"a": "b"}["a"] == requester.name`, `request == request`, `beneficiary.attributes == {}`, `requester.issuer == "a" || requester.id == "a|b"`} {
		f.Add(odd, `request.privilege == "READ"`)
		f.Add(`"x" in asset.tags`, odd)
	}
	all := oneByOne()
	f.Fuzz(func(t *testing.T, one, other string) {
		before, after := flow(one), flow(other)
		was, err := review.Compile(before)
		if err != nil {
			return
		}
		would, err := review.Compile(after)
		if err != nil {
			return
		}
		began := time.Now()
		for _, f := range []review.Flow{before, after} {
			if _, err := review.Lint(f); err != nil {
				t.Fatal(err)
			}
			c, err := comparison.Flows(t.Context(), f, f)
			if err != nil || len(c.Ways) > 0 {
				t.Fatalf("beside itself: %v, %v", c.Lines(), err)
			}
		}
		c, err := comparison.Flows(t.Context(), before, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range c.Lines() {
			if strings.ContainsAny(line, "\n\r\x00") {
				t.Errorf("a line of more: %q", line)
			}
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%v", took)
		}
		at := rand.New(rand.NewPCG(uint64(len(one)), uint64(len(other)))).IntN(len(all))
		for _, w := range slices.Concat(all[at:], all[:at])[:20] {
			if _, err := review.Explain(context.Background(), w.facts(), was, would); err != nil {
				t.Fatal(err)
			}
			if kinds := shown(opened(t, w, was), opened(t, w, would)); c.Nothing() && slices.Contains(kinds, comparison.Approves) {
				t.Errorf("nothing is let through, but %+v is", w)
			}
		}
	})
}
