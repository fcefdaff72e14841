package review

import (
	"context"
	"fmt"

	"github.com/google/cel-go/cel"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// CoveredReads says which facts conditions read of an asset that differ from what covers
// it to what is covered.
type CoveredReads struct {
	Tags   bool // asset.tags
	Others bool // asset.columns, and asset.source
}

// Any reports whether they read any.
func (r CoveredReads) Any() bool { return r.Tags || r.Others }

func (r CoveredReads) and(o CoveredReads) CoveredReads {
	return CoveredReads{r.Tags || o.Tags, r.Others || o.Others}
}

// ReadOfCovered says which of these facts the conditions of some policies read: Facts.Covers
// has to hold them.
func ReadOfCovered(policies ...*Policy) (all CoveredReads) {
	for _, p := range policies {
		all = all.and(p.reads)
	}
	return all
}

// readsCovered says which of these facts one condition reads; none of one that does not
// compile.
func readsCovered(env *cel.Env, when string) CoveredReads {
	checked, issues := env.Compile(when)
	if issues.Err() != nil {
		return CoveredReads{}
	}
	reads := func(facts ...string) bool { return condition.ReadsAny(checked.NativeRep().Expr(), "asset", facts...) }
	return CoveredReads{Tags: reads("tags"), Others: reads("columns", "source")}
}

// FactsOfAsset are the facts of an asset, with the tags that governance has given.
func FactsOfAsset(a catalog.Asset, tags []string) AssetFacts {
	f := factsOfAsset(a)
	f.Tags = tags
	return f
}

// on are the facts with the tags, the columns and the claims of something that is covered.
// The name stays: what a rule says of the container it says of what that covers.
func (f Facts) on(covered AssetFacts) Facts {
	f.Asset.Tags, f.Asset.Columns, f.Asset.Source = covered.Tags, covered.Columns, covered.Source
	return f
}

// apart are the covered facts of which no two are the same to the conditions of the policy.
func (p *Policy) apart(f Facts) []AssetFacts {
	seen := map[string]bool{}
	var all []AssetFacts
	for _, c := range f.Covers {
		key := fmt.Sprintf("%q", c.Tags)
		if p.reads.Others {
			key = fmt.Sprintf("%q %q %q", c.Tags, c.Columns, c.Source)
		}
		if !seen[key] {
			seen[key] = true
			all = append(all, c)
		}
	}
	return all
}

// decide finds the action for the asset and for all that it covers: where a rule would
// approve, or pass on, and for something that is covered people would be asked or the
// access be denied, people are asked.
func (p *Policy) decide(ctx context.Context, f Facts, variables map[string]any) (rule string, a Action, trouble []string) {
	rule, a, trouble = p.choose(ctx, variables)
	if !p.reads.Any() || a.Act != Approve && a.Act != Delegate {
		return rule, a, trouble
	}
	ctx, cancel := context.WithTimeout(ctx, p.within)
	defer cancel()
	for _, c := range p.apart(f) {
		other, instead, failed := p.choose(ctx, f.on(c).variables())
		if instead.Act == Approve || instead.Act == Delegate {
			continue
		}
		trouble = append(append(trouble, failed...), fmt.Sprintf("flow %s, %s: decides nothing by itself, because rule %s holds for %s, which is covered by it or read through it", p.flow.Name, rule, other, visible.Text(c.Ref)))
		if instead.Act == Deny {
			instead = p.flow.People()
		}
		return rule, instead, trouble
	}
	return rule, a, trouble
}

// passedForAll says why a stage applies neither for the asset nor for anything that it
// covers.
func (p *Policy) passedForAll(ctx context.Context, s Stage, o *opening) (why, trouble string) {
	why, trouble = p.passed(ctx, s, o.variables)
	if why == "" || !p.reads.Any() {
		return why, trouble
	}
	for _, c := range p.apart(o.facts) {
		if passed, failed := p.passed(ctx, s, o.facts.on(c).variables()); passed == "" {
			return "", failed
		}
	}
	return why, trouble
}
