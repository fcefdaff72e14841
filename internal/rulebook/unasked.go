package rulebook

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Access to a container covers what comes to it later. People who decided about it knew
// that. A rule that reads tags decided about what there was: a table that is moved in, or a
// view over a table elsewhere, may carry tags for which the rule asks people. Such a thing
// is left out for as long as access stands that a rule approved by itself and would not
// approve with it. What stood there all the time is no matter of this: governance that tags
// it speaks of what is given, and has guardrails to end that.

// rulings are the approvals of access to a container that a rule which reads tags gave by
// itself, with the facts that it decided on.
type rulings struct {
	all   []ruling
	asked map[string]bool // the answers so far, by the facts of what is covered
}

type ruling struct {
	facts    review.Facts
	policies []*review.Policy
}

// object reports whether one of the rules would not decide alone, if the container covered
// something with these facts.
func (r *rulings) object(ctx context.Context, covered review.AssetFacts) (bool, error) {
	key := fmt.Sprintf("%q %q %q", covered.Tags, covered.Columns, covered.Source)
	if objects, known := r.asked[key]; known {
		return objects, nil
	}
	for _, one := range r.all {
		one.facts.Covers = []review.AssetFacts{covered}
		rev, err := review.Open(ctx, one.facts, one.policies...)
		if err != nil {
			return false, err
		}
		if rev.Status != request.Approved {
			r.asked[key] = true
			return true, nil
		}
	}
	r.asked[key] = false
	return false, nil
}

// RuledByTags reports whether a rule that reads tags has approved access to a container by
// itself.
func (r *Rulebook) RuledByTags(ctx context.Context, asset catalog.Asset, rev review.Review) (bool, error) {
	if !asset.Kind.Container() || len(rev.Determinations) > 0 {
		return false, nil
	}
	policies, err := r.pinned(ctx, rev)
	return review.ReadOfCovered(policies...).Tags, err
}

// isRuled reports whether there is such a grant on a container.
func (g *reaching) isRuled(ctx context.Context, container catalog.Ref) (bool, error) {
	if known := g.rulings[container]; known != nil {
		return len(known.all) > 0, nil
	}
	found, err := records.RuledGrants.Find(ctx, g.rules.Store, container, store.Position{}, 1)
	return len(found) > 0, err
}

// rulingsOn reads those of the live grants on a container, once.
func (g *reaching) rulingsOn(ctx context.Context, container catalog.Ref) (*rulings, error) {
	if known := g.rulings[container]; known != nil {
		return known, nil
	}
	read, checker := &rulings{asked: map[string]bool{}}, g.rules.GuardrailChecker() // which looks each person up once
	for after := (store.Position{}); ; {
		page, err := records.RuledGrants.Find(ctx, g.rules.Store, container, after, RecordBatch)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			g.rulings[container] = read
			return read, nil
		}
		after = page[len(page)-1].At
		some, err := checker.rulingsOf(ctx, container, page)
		if err != nil {
			return nil, err
		}
		read.all = append(read.all, some...)
	}
}

// rulingsOf are those of some grants.
func (g *GuardrailChecker) rulingsOf(ctx context.Context, container catalog.Ref, page []store.Stored[provision.Grant]) (all []ruling, err error) {
	var ids []request.ID
	for _, grant := range page {
		if grant.Value.Wanted() {
			ids = append(ids, grant.Value.Request)
		}
	}
	reviews, err := journal.Values(records.Reviews.Some(ctx, g.rulebook.Store, ids...))
	if err != nil {
		return nil, err
	}
	by := map[request.ID][]*review.Policy{}
	for _, rev := range reviews {
		policies, err := g.rulebook.pinned(ctx, rev)
		if err != nil {
			return nil, err
		}
		by[rev.Request] = policies
	}
	requests, err := journal.Values(records.Requests.Some(ctx, g.rulebook.Store, slices.Collect(maps.Keys(by))...))
	if err != nil {
		return nil, err
	}
	for _, req := range requests {
		facts, err := g.factsThen(ctx, req, container)
		if err != nil {
			return nil, err
		}
		all = append(all, ruling{facts, by[req.ID]})
	}
	return all, nil
}

// factsThen are those of a request for an asset, for the time at which it was submitted.
func (g *GuardrailChecker) factsThen(ctx context.Context, req request.Request, ref catalog.Ref) (review.Facts, error) {
	form, err := g.rulebook.FormVersion(ctx, req.Form)
	if err != nil {
		return review.Facts{}, err
	}
	asset, err := g.asset(ctx, ref)
	if err != nil {
		return review.Facts{}, err
	}
	requester, err := g.person(ctx, req.Requester, request.Identity{})
	if err != nil {
		return review.Facts{}, err
	}
	beneficiary, err := g.person(ctx, req.Beneficiary, request.Identity{})
	return review.NewFacts(req, form, asset, requester, beneficiary, req.Submitted), err
}

// loadBelow is load of assets below a container, and asks the rules that approved access to
// it by themselves about what came to it with tags.
func (g *reaching) loadBelow(ctx context.Context, container catalog.Ref, assets ...catalog.Asset) error {
	if err := g.load(ctx, assets...); err != nil {
		return err
	}
	came := slices.DeleteFunc(slices.Clone(assets), func(a catalog.Asset) bool {
		return len(provision.ReachOf(a).Opened()) == 0 && !movedInto(container, a)
	})
	if len(came) == 0 {
		return nil
	}
	if ruled, err := g.isRuled(ctx, container); err != nil || !ruled {
		return err
	}
	parts, said, err := g.rules.readBy(ctx, came)
	if err != nil {
		return err
	}
	for _, a := range came {
		if err := g.ask(ctx, container, a.Ref, taggedWith(container, a, parts, said)); err != nil {
			return err
		}
	}
	return nil
}

// readBy are the assets that are read through some, with the classifications of all.
func (r *Rulebook) readBy(ctx context.Context, all []catalog.Asset) ([]catalog.Asset, Classified, error) {
	opened := provision.ReachOf(all...).Opened()
	refs := make([]catalog.Ref, len(opened))
	for i, t := range opened {
		refs[i], opened[i].Columns = t.Ref, nil
	}
	ctx = snapshot.Expect(ctx, refs...) // they come with the classifications
	if _, err := r.Classified(ctx, refs...); err != nil {
		return nil, nil, err
	}
	parts, err := r.parts(ctx, opened)
	if err == nil {
		_, parts, err = r.withHad(ctx, opened, parts)
	}
	if err != nil {
		return nil, nil, err
	}
	said, err := r.ClassifiedWith(ctx, slices.Concat(all, parts))
	return parts, said, err
}

// movedInto reports whether an object stood elsewhere than in a container before.
func movedInto(container catalog.Ref, a catalog.Asset) bool {
	return slices.ContainsFunc(a.Was, func(was catalog.Ref) bool { return !container.Covers(was) })
}

// taggedWith are the facts of an asset that was moved into a container, and of what is read
// through it elsewhere, as far as they carry tags.
func taggedWith(container catalog.Ref, a catalog.Asset, parts []catalog.Asset, said Classified) []review.AssetFacts {
	var all []review.AssetFacts
	add := func(x catalog.Asset, columns ...string) {
		if tags := said.Of(x).TagsOf(columns...); len(tags) > 0 {
			all = append(all, review.FactsOfAsset(x, tags))
		}
	}
	if movedInto(container, a) {
		add(a)
	}
	read := provision.ReachOf(a)
	for _, p := range parts {
		if slices.ContainsFunc(read, func(t catalog.Through) bool { return t.Ref == p.Ref }) {
			read = slices.Concat(read, p.Had)
		}
	}
	for _, t := range read.Opened() {
		i := slices.IndexFunc(parts, func(p catalog.Asset) bool { return p.Ref == t.Ref })
		if i >= 0 && (!container.Covers(t.Ref) || movedInto(container, parts[i])) {
			add(parts[i], t.Columns...)
		}
	}
	return all
}

// ask notes about which of the facts of something that came to a container a rule would have
// asked people.
func (g *reaching) ask(ctx context.Context, container, ref catalog.Ref, tagged []review.AssetFacts) error {
	delete(g.unasked, ref)
	if len(tagged) == 0 {
		return nil
	}
	rulings, err := g.rulingsOn(ctx, container)
	if err != nil {
		return err
	}
	for _, facts := range tagged {
		objects, err := rulings.object(ctx, facts)
		if err != nil {
			return err
		}
		if objects {
			g.unasked[ref] = append(g.unasked[ref], catalog.Ref(facts.Ref))
		}
	}
	return nil
}
