package grantwright

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// PreventedError says that guardrails prevent access, whatever anybody decides.
type PreventedError struct{ Preventions []review.Prevention }

func (e *PreventedError) Error() string {
	return "grantwright: approved or not, access would be prevented: " + preventedBy(e.Preventions)
}

// preventedBy says which guardrails prevent something, and why.
func preventedBy(all []review.Prevention) string {
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = p.String()
	}
	return strings.Join(texts, "; ")
}

// Placed is a guardrail that holds for an asset, and where it is set: at the asset
// itself, or at a container of it.
type Placed struct {
	*review.Guard
	From catalog.Ref
}

// maxChecks bounds how often guardrails are evaluated for one request: once for
// each member of a group, and for each asset that a container covers.
const maxChecks = 500_000

// guarding checks requests against guardrails. What it has once read it keeps, so
// that one serves for what is done at once and no longer.
type guarding struct {
	e       *Engine
	any     *bool // there are guardrails at all
	placed  map[catalog.Ref][]Placed
	people  map[request.PersonID]request.Identity
	members map[request.PersonID]*review.Members
}

func (e *Engine) guarding() *guarding {
	return &guarding{e: e, placed: map[catalog.Ref][]Placed{}, people: map[request.PersonID]request.Identity{}, members: map[request.PersonID]*review.Members{}}
}

// guardrails finds those that hold for an asset: they add up, those that are set
// nearest first. One that is set at several places counts at the nearest.
func (g *guarding) guardrails(ctx context.Context, ref catalog.Ref) ([]Placed, error) {
	if g.any == nil {
		some, err := store.DefinitionsOf.Find(ctx, g.e.config.Store, store.GuardrailDefinition, store.Position{}, 1)
		if err != nil {
			return nil, err
		}
		there := len(some) > 0
		g.any = &there
	}
	if known, is := g.placed[ref]; is || !*g.any {
		return known, nil
	}
	var all []Placed
	for _, at := range ref.Lineage() {
		err := store.GuardrailsAt.Each(ctx, g.e.config.Store, at, func(d store.Stored[store.Definition]) error {
			name := review.GuardrailName(d.Value.Name)
			if slices.ContainsFunc(all, func(p Placed) bool { return p.Name == name }) {
				return nil
			}
			guard, err := g.e.guard(ctx, review.GuardrailVersion{Name: name, Version: d.Value.Newest})
			all = append(all, Placed{guard, at})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	g.placed[ref] = all
	return all, nil
}

// guard returns one version of a guardrail, ready to run.
func (e *Engine) guard(ctx context.Context, v review.GuardrailVersion) (*review.Guard, error) {
	return e.guards.get(v, func() (*review.Guard, error) {
		read, err := store.Guardrails.Get(ctx, e.config.Store, store.VersionKey(v.Name, v.Version))
		if err != nil {
			return nil, err
		}
		return review.CompileGuardrail(read.Value)
	})
}

// prevented says which guardrails keep a request from being given, for its asset
// and for everything that a container covers; none where it may be given. What
// cannot be evaluated prevents; an error says that it is not known, because what
// has to be asked does not answer.
func (g *guarding) prevented(ctx context.Context, by request.Identity, req request.Request) ([]review.Prevention, error) {
	guards, err := g.guardrails(ctx, req.Asset)
	if err != nil || len(guards) == 0 {
		return nil, err
	}
	facts, asset, err := g.facts(ctx, by, req)
	if err != nil {
		return nil, err
	}
	members, err := g.membersOf(ctx, req)
	if err != nil {
		return nil, err
	}
	c := checking{facts: facts, members: members, open: guards}
	if err := c.check(ctx, facts); err != nil || !asset.Kind.Container() {
		return c.found, err
	}
	c.open = slices.DeleteFunc(slices.Clone(c.open), func(p Placed) bool { return !p.ReadsAsset() })
	if len(c.open) > 0 {
		err = g.checkCovered(ctx, &c, asset.Ref)
	}
	if errors.Is(err, provision.ErrPermanent) {
		c.unknown(err)
		err = nil
	}
	return c.found, err
}

// checking is a request that is checked against guardrails.
type checking struct {
	facts   review.Facts
	members *review.Members
	open    []Placed // that have not prevented yet
	checks  int
	found   []review.Prevention
}

// checkCovered checks what a container covers, with what governance has said of it.
func (g *guarding) checkCovered(ctx context.Context, c *checking, container catalog.Ref) error {
	covered, err := g.e.covered(ctx, container)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(covered, someRecords) {
		tags, err := g.e.tagsOf(ctx, some)
		if err != nil {
			return err
		}
		for _, a := range some {
			if err := c.check(ctx, c.facts.On(a, tags[a.Ref])); err != nil {
				return err
			}
		}
	}
	return nil
}

// check evaluates what is open for an asset.
func (c *checking) check(ctx context.Context, f review.Facts) error {
	var open []Placed
	for _, p := range c.open {
		if c.checks++; c.members != nil {
			c.checks += len(c.members.Known)
		}
		if c.checks > maxChecks {
			return fmt.Errorf("%w: it would have to be checked more than %d times, for each member and each asset", provision.ErrPermanent, maxChecks)
		}
		prevents, err := p.Prevents(ctx, p.From, f, c.members)
		if err != nil {
			return err
		}
		if prevents == nil {
			open = append(open, p)
			continue
		}
		if f.Asset.Ref != c.facts.Asset.Ref {
			prevents.Asset = catalog.Ref(f.Asset.Ref)
		}
		c.found = append(c.found, *prevents)
	}
	c.open = open
	return nil
}

// unknown lets what is open prevent: nobody can say that it holds.
func (c *checking) unknown(err error) {
	for _, p := range c.open {
		c.found = append(c.found, review.Prevention{Guardrail: p.Name, Version: p.Version, At: p.From, Reason: p.Reason, Fault: err.Error()})
	}
}

// facts are those that guardrails read of a request, as they are now.
func (g *guarding) facts(ctx context.Context, by request.Identity, req request.Request) (review.Facts, catalog.Asset, error) {
	asset, err := g.e.config.Inventory.Asset(ctx, req.Asset)
	if err != nil {
		return review.Facts{}, asset, err
	}
	requester, err := g.person(ctx, req.Requester, by)
	if err != nil {
		return review.Facts{}, asset, err
	}
	beneficiary, err := g.person(ctx, req.Beneficiary, by)
	if err != nil {
		return review.Facts{}, asset, err
	}
	f := review.NewFacts(req, request.Form{}, asset, requester, beneficiary, g.e.now())
	return f, asset, g.e.addTags(ctx, &f, asset.Ref)
}

func (g *guarding) person(ctx context.Context, id request.PersonID, by request.Identity) (request.Identity, error) {
	if known, is := g.people[id]; is {
		return known, nil
	}
	i, err := g.e.personOrID(ctx, id, by)
	if err == nil {
		g.people[id] = i
	}
	return i, err
}

// membersOf finds the people of the group that is the beneficiary; nil if it is
// none.
func (g *guarding) membersOf(ctx context.Context, req request.Request) (*review.Members, error) {
	if req.For != request.Group {
		return nil, nil
	}
	if known := g.members[req.Beneficiary]; known != nil {
		return known, nil
	}
	found, complete, err := g.e.peopleWith(ctx, request.Criterion{Group: req.Beneficiary.Identity().ID})
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(i request.Identity) bool { return !i.IsMember(req.Beneficiary) })
	g.members[req.Beneficiary] = &review.Members{Known: found, Complete: complete}
	return g.members[req.Beneficiary], nil
}
