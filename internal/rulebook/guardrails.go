package rulebook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/evidence"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// BeforeGiving ends a grant that is about to be given and that guardrails prevent. Where
// they cannot be checked, it is tried again. Where they read what is not known, nothing is
// given that was not given before: what was given is brought to what the platform says of it,
// or the record would say of what works by now that it does not, and leave what is to be taken.
func (g *GuardrailChecker) BeforeGiving(ctx context.Context, grant provision.Grant, now time.Time) (provision.Grant, error) {
	if !grant.Due(now) || !grant.Wanted() || grant.State == provision.Active {
		return grant, nil
	}
	found, err := g.PreventedGrant(ctx, grant, nil)
	switch {
	case ctx.Err() != nil:
		return grant, ctx.Err()
	case err != nil:
		return grant.Applied(provision.Outcome{Err: fmt.Errorf("the guardrails could not be checked: %w", err)}, now, store.Backoff), nil
	case len(review.Known(found)) > 0:
		return grant.Prevent(PreventedPublicly(review.Known(found))), nil
	case len(found) > 0 && !mayStand(grant):
		return grant.Applied(provision.Outcome{Err: fmt.Errorf("it is not known whether it may be given: %s", PreventedPublicly(found))}, now, store.Backoff), nil
	}
	return grant, nil
}

// mayStand reports whether something may have been given for a grant: it has been, or it was
// about to be, by a process that may have died since. Who comes after that one has run nothing,
// and found an act of it.
func mayStand(g provision.Grant) bool {
	return !g.Started.IsZero() || len(g.Ran) > 0 || g.Act > 0 || g.State == provision.Provisioning
}

// PreventedGrant says which guardrails prevent a grant now, with what the platform says is
// opened with its asset beside what a sync has seen.
func (g *GuardrailChecker) PreventedGrant(ctx context.Context, grant provision.Grant, reach provision.Reach) ([]review.Prevention, error) {
	if _, err := g.Guardrails(ctx, grant.Asset.Ref); err != nil || !*g.any {
		return nil, err
	}
	req, err := records.Requests.Get(ctx, g.rulebook.Store, grant.Request)
	if err != nil {
		return nil, err
	}
	if !grant.Started.IsZero() {
		req.Value.Read = nil // it was read when the access was asked for
	}
	req.Value.Read = catalog.Join(req.Value.Read, reach)
	return g.Prevented(ctx, request.Identity{}, req.Value)
}

// maxChecks bounds how often guardrails are evaluated for one request: once for
// each member of a group, and for each asset that a container covers.
const maxChecks = 500_000

// GuardrailChecker checks requests against guardrails. It keeps every definition,
// person and asset that it has read: use one for one operation, and no longer.
type GuardrailChecker struct {
	rulebook *Rulebook
	any      *bool // there are guardrails at all
	placed   map[catalog.Ref][]review.Placed
	assets   map[catalog.Ref]catalog.Asset
	people   map[request.PersonID]request.Identity
	members  map[request.PersonID]*review.Members
}

// GuardrailChecker returns a checker that has read nothing yet.
func (r *Rulebook) GuardrailChecker() *GuardrailChecker {
	return &GuardrailChecker{rulebook: r, placed: map[catalog.Ref][]review.Placed{},
		assets: map[catalog.Ref]catalog.Asset{}, people: map[request.PersonID]request.Identity{}, members: map[request.PersonID]*review.Members{}}
}

// Guardrails finds those that hold for an asset: they add up, those that are set
// nearest first. One that is set at several places counts at the nearest.
func (g *GuardrailChecker) Guardrails(ctx context.Context, ref catalog.Ref) ([]review.Placed, error) {
	if g.any == nil {
		some, err := records.DefinitionsOf.Find(ctx, g.rulebook.Store, manifest.GuardrailDefinition, store.Position{}, 1)
		if err != nil {
			return nil, err
		}
		there := len(some) > 0
		g.any = &there
	}
	if known, is := g.placed[ref]; is || !*g.any {
		return known, nil
	}
	var all []review.Placed
	for _, at := range ref.Lineage() {
		err := records.GuardrailsAt.Each(ctx, g.rulebook.Store, at, func(d store.Stored[records.Definition]) error {
			name := review.GuardrailName(d.Value.Name)
			if slices.ContainsFunc(all, func(p review.Placed) bool { return p.Name == name }) {
				return nil
			}
			guard, err := g.rulebook.guard(ctx, review.GuardrailVersion{Name: name, Version: d.Value.Newest})
			all = append(all, review.Placed{Guard: guard, From: at})
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	g.placed[ref] = all
	return all, nil
}

// Holding are the guardrails that hold for an asset, and for all that it is a part of, as
// far as a sync has seen it.
func (g *GuardrailChecker) Holding(ctx context.Context, ref catalog.Ref) ([]review.Placed, error) {
	a, err := g.asset(ctx, ref)
	if a.Ref = ref; err != nil && !errors.Is(err, catalog.ErrNotFound) {
		return nil, err
	}
	return g.holding(ctx, a)
}

// holding are the guardrails that hold for an asset, and for all that it is a part of: who
// reads a partition or a child reads rows of the whole.
func (g *GuardrailChecker) holding(ctx context.Context, a catalog.Asset) ([]review.Placed, error) {
	all, err := g.Guardrails(ctx, a.Ref)
	for _, whole := range a.PartOf {
		if err != nil {
			break
		}
		var more []review.Placed
		more, err = g.Guardrails(ctx, whole)
		for _, p := range more {
			if !slices.ContainsFunc(all, func(o review.Placed) bool { return o.Name == p.Name }) {
				all = append(slices.Clip(all), p)
			}
		}
	}
	return all, err
}

// guard returns one version of a guardrail, compiled.
func (r *Rulebook) guard(ctx context.Context, v review.GuardrailVersion) (*review.Guard, error) {
	return r.guards.Load(v, func() (*review.Guard, error) {
		read, err := records.Guardrails.Get(ctx, r.Store, records.VersionKey(v.Name, v.Version))
		if err != nil {
			return nil, err
		}
		return review.CompileGuardrail(read.Value)
	})
}

// Prevented says which guardrails keep a request from being given, for its asset
// and for everything that it covers: what is below a container, and what is read through
// an asset, or changed by whoever writes to it, with the guardrails that hold there. None prevent where it may be given. What
// cannot be evaluated prevents; an error says that it is not known, because what
// has to be asked does not answer.
func (g *GuardrailChecker) Prevented(ctx context.Context, by request.Identity, req request.Request) ([]review.Prevention, error) {
	found, _, err := g.look(ctx, by, req)
	return found, err
}

// look is Prevented, and says what was looked at.
func (g *GuardrailChecker) look(ctx context.Context, by request.Identity, req request.Request) (found []review.Prevention, looked evidence.Guarded, err error) {
	if _, err := g.Guardrails(ctx, req.Asset); err != nil || !*g.any {
		return nil, looked, err
	}
	asset, err := g.asset(ctx, req.Asset)
	asset.Ref = req.Asset // of one that no sync has seen, too
	guards, failed := g.holding(ctx, asset)
	if failed != nil {
		return nil, looked, failed
	}
	asset.Through = catalog.Join(asset.Through, req.Read)
	writes := req.Privilege == request.ReadWrite
	opened := provision.ReachOf(asset).Used(writes)
	if len(guards) == 0 && len(opened) == 0 && (err == nil || errors.Is(err, catalog.ErrNotFound)) {
		return nil, looked, nil
	}
	if err != nil {
		return nil, looked, err
	}
	facts, err := g.facts(ctx, by, req, asset)
	if err != nil {
		return nil, looked, err
	}
	members, err := g.membersOf(ctx, req)
	if err != nil {
		return nil, looked, err
	}
	c := requestCheck{facts: facts, members: members, open: guards, forOther: req.Requester != req.Beneficiary, looked: evidence.Guarded{Facts: facts}}
	if err := c.check(ctx, facts); err != nil {
		return c.prevented(), c.looked, err
	}
	if asset.Kind.Container() {
		err = g.checkCovered(ctx, &c, asset.Ref, asset.Through, writes)
	} else {
		err = g.checkParts(ctx, &c, opened)
	}
	if errors.Is(err, provision.ErrPermanent) {
		c.unknown(err)
		err = nil
	}
	return c.prevented(), c.looked, err
}

// checkParts checks what is read through an asset, with what governance has said of it,
// against the guardrails that hold there.
func (g *GuardrailChecker) checkParts(ctx context.Context, c *requestCheck, opened provision.Reach) error {
	if len(opened) > maxLookedAt {
		return fmt.Errorf("%w: more than %d assets are read through it", provision.ErrPermanent, maxLookedAt)
	}
	parts, err := g.rulebook.parts(ctx, opened)
	if err != nil || len(parts) == 0 {
		return err
	}
	said, err := g.rulebook.ClassifiedWith(ctx, parts)
	if err != nil {
		return err
	}
	known := c.open
	for i, a := range parts {
		there, err := g.holding(ctx, a)
		if err != nil {
			return err
		}
		isKnown := func(all []review.Placed, p review.Placed) bool {
			return slices.ContainsFunc(all, func(o review.Placed) bool { return o.Name == p.Name })
		}
		c.open = slices.DeleteFunc(slices.Clone(there), func(p review.Placed) bool {
			prevents := slices.ContainsFunc(c.found, func(f review.Prevention) bool { return f.Guardrail == p.Name })
			return prevents || isKnown(known, p) && !p.ReadsAsset()
		})
		if err := c.check(ctx, c.facts.On(a, said.Of(a).TagsOf(opened[i].Columns...))); err != nil {
			return err
		}
	}
	return nil
}

// requestCheck is the check of one request.
type requestCheck struct {
	facts   review.Facts
	members *review.Members
	open    []review.Placed // that have not prevented yet

	forOther bool // somebody has asked for another
	checks   int
	looked   evidence.Guarded
	found    []review.Prevention
	unsure   []review.Prevention // the first of each guardrail that a fact which is not known keeps from a result
}

// prevented lists what prevents: a guardrail whose facts are not known for one asset may
// prevent for sure because of another.
func (c *requestCheck) prevented() []review.Prevention {
	all := c.found
	for _, p := range c.unsure {
		if !slices.ContainsFunc(all, func(o review.Prevention) bool { return o.Guardrail == p.Guardrail }) {
			all = append(all, p)
		}
	}
	for i := range all {
		all[i].ForOther = c.forOther
	}
	return all
}

// checkCovered checks what a container covers, and what is read through that, with what
// governance has said of it, and what the platform says beside. What lies elsewhere has the
// guardrails of the container: where it has nearer ones, it is not covered.
func (g *GuardrailChecker) checkCovered(ctx context.Context, c *requestCheck, container catalog.Ref, now provision.Reach, writes bool) error {
	c.open = slices.DeleteFunc(slices.Clone(c.open), func(p review.Placed) bool { return !p.ReadsAsset() })
	if len(c.open) == 0 {
		return nil
	}
	covered, err := g.rulebook.covered(ctx, container)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(covered, RecordBatch) {
		said, err := g.rulebook.ClassifiedWith(ctx, some)
		if err != nil {
			return err
		}
		for _, a := range some {
			if err := c.check(ctx, c.facts.On(a, said.Of(a).TagsOf())); err != nil {
				return err
			}
		}
	}
	known := catalog.Join(provision.ReachOf(covered...), now)
	opened := slices.DeleteFunc(provision.Reach(known).Used(writes), func(t catalog.Through) bool { return container.Covers(t.Ref) })
	return g.checkParts(ctx, c, opened)
}

// check evaluates what is open for an asset.
func (c *requestCheck) check(ctx context.Context, f review.Facts) error {
	var open []review.Placed
	if len(c.open) > 0 && f.Asset.Ref != c.facts.Asset.Ref {
		c.looked.Covered = append(c.looked.Covered, f.Asset)
	}
	for _, p := range c.open {
		if !slices.Contains(c.looked.Conditions, p.Require) {
			c.looked.Conditions = append(c.looked.Conditions, p.Require)
		}
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
		if prevents.Unknown {
			c.unsure = append(c.unsure, *prevents)
			open = append(open, p)
			continue
		}
		c.found = append(c.found, *prevents)
	}
	c.open = open
	return nil
}

// unknown lets the guardrails that are left prevent the request: nobody can say that
// it complies.
func (c *requestCheck) unknown(err error) {
	for _, p := range c.open {
		c.found = append(c.found, review.Prevention{Guardrail: p.Name, Version: p.Version, At: p.From, Reason: p.Reason, Fault: err.Error()})
	}
}

// facts are those that guardrails read of a request for an asset, as they are now.
func (g *GuardrailChecker) facts(ctx context.Context, by request.Identity, req request.Request, asset catalog.Asset) (review.Facts, error) {
	requester, err := g.person(ctx, req.Requester, by)
	if err != nil {
		return review.Facts{}, err
	}
	beneficiary, err := g.person(ctx, req.Beneficiary, by)
	if err != nil {
		return review.Facts{}, err
	}
	f := review.NewFacts(req, request.Form{}, asset, requester, beneficiary, g.rulebook.Now())
	return f, g.rulebook.AddTags(ctx, &f, asset)
}

func (g *GuardrailChecker) asset(ctx context.Context, ref catalog.Ref) (catalog.Asset, error) {
	if known, is := g.assets[ref]; is {
		return known, nil
	}
	a, err := g.rulebook.Inventory.Asset(ctx, ref)
	if err == nil {
		g.assets[ref] = a
	}
	return a, err
}

func (g *GuardrailChecker) person(ctx context.Context, id request.PersonID, by request.Identity) (request.Identity, error) {
	if known, is := g.people[id]; is {
		return known, nil
	}
	i, err := g.rulebook.People.PersonOrID(ctx, id, by)
	if err == nil {
		g.people[id] = i
	}
	return i, err
}

// membersOf finds the people of the group that is the beneficiary; nil if it is
// none.
func (g *GuardrailChecker) membersOf(ctx context.Context, req request.Request) (*review.Members, error) {
	if req.For != request.Group {
		return nil, nil
	}
	if known := g.members[req.Beneficiary]; known != nil {
		return known, nil
	}
	found, complete, err := g.rulebook.People.With(ctx, request.Criterion{Group: string(req.Beneficiary)})
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(i request.Identity) bool { return !i.IsMember(req.Beneficiary) })
	g.members[req.Beneficiary] = &review.Members{Known: found, Complete: complete}
	return g.members[req.Beneficiary], nil
}
