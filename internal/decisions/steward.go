package decisions

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/evidence"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// stewardship is what somebody is to a review now.
type stewardship struct {
	matches   []review.Match
	standsFor []request.PersonID // whose substitute they are
	own       bool               // it is their own request: they decide nothing
	through   bool               // it is the own request of somebody for whom they stand: they approve nothing
}

// matches lists the selectors that somebody matches now.
func (ds *Decisions) matches(ctx context.Context, by request.Identity, req request.Request, rev review.Review) ([]review.Match, error) {
	s, err := ds.stewardship(ctx, by, req, rev)
	return s.matches, err
}

// stewardship finds out what somebody is to a review now, by the flow that holds and
// today's facts.
func (ds *Decisions) stewardship(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (stewardship, error) {
	standsFor, err := ds.People.StandsFor(ctx, by)
	if err != nil {
		return stewardship{}, err
	}
	return ds.StewardshipOf(ctx, by, standsFor, req, rev)
}

// StewardshipOf finds the selectors of a review that somebody matches, in their own
// right or as the substitute of the people in standsFor.
func (ds *Decisions) StewardshipOf(ctx context.Context, by request.Identity, standsFor []request.Identity, req request.Request, rev review.Review) (s stewardship, err error) {
	policy, err := ds.Rules.Policy(ctx, rev.Flow)
	if err != nil {
		return s, err
	}
	facts, err := ds.selectorFacts(ctx, by, standsFor, req, rev)
	if err != nil {
		return s, err
	}
	s.own = rev.Bars(by)
	behind, err := ds.People.Behind(ctx, by)
	if err != nil {
		return s, err
	}
	for _, other := range slices.Concat(standsFor, behind) {
		s.standsFor = append(s.standsFor, other.Person())
		s.through = s.through || rev.Bars(other)
	}
	s.matches, err = policy.Matches(ctx, rev, facts, by, standsFor...)
	return s, err
}

// selectorFacts gathers what the selectors of a review have to know: nothing, where all of
// them name a person, a group, an attribute or a permission.
func (ds *Decisions) selectorFacts(ctx context.Context, by request.Identity, standsFor []request.Identity, req request.Request, rev review.Review) (review.Facts, error) {
	if !asks(rev, func(s review.Selector) bool { return s.Criterion() == request.Criterion{} }) {
		return review.Facts{}, nil
	}
	facts, err := ds.FactsOf(ctx, by, req, rev)
	if err != nil {
		return facts, err
	}
	return facts, ds.addOwners(ctx, &facts, req, rev, append([]request.Identity{by}, standsFor...))
}

// MayDecide says what a stewardship lets somebody do with a pending review.
func (s stewardship) MayDecide(by request.PersonID, rev review.Review) (approve, deny bool) {
	if s.own || rev.Status != request.Pending {
		return false, false
	}
	return !s.through && rev.Awaits(by, s.matches), len(s.matches) > 0
}

// FactsOf gathers what conditions may read of a request, as it is now. Durations mean
// what they meant when it was submitted.
func (ds *Decisions) FactsOf(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (review.Facts, error) {
	form, err := ds.Rules.FormVersion(ctx, req.Form)
	if err != nil {
		return review.Facts{}, err
	}
	asset, err := ds.Rules.Inventory.Asset(ctx, req.Asset)
	if err != nil {
		return review.Facts{}, err
	}
	asset.Through = catalog.Join(asset.Through, req.Read)
	requester, err := ds.People.PersonOrID(ctx, req.Requester, by)
	if err != nil {
		return review.Facts{}, err
	}
	beneficiary, err := ds.People.PersonOrID(ctx, req.Beneficiary, by)
	if err != nil {
		return review.Facts{}, err
	}
	if req.For != "" {
		beneficiary.Kind = req.For // also of one that is known no more
	}
	f := review.NewFacts(req, form, asset, requester, beneficiary, req.Submitted)
	f.Assist = evidence.Assist(rev.Evidence)
	stop, err := ds.People.Stop(ctx, provision.AutomaticApprovals)
	if err != nil {
		return f, err
	}
	if req.Parts, err = ds.partsNow(ctx, req, asset); err != nil {
		return f, err
	}
	f.AskPeople = asksPeople(stop, req)
	if err := ds.Rules.AddTags(ctx, &f, asset); err != nil {
		return f, err
	}
	if err := ds.Rules.AddAlone(ctx, &f, asset, nil); err != nil {
		return f, err
	}
	f.Alone = append(f.Alone, rev.Pin()...)
	pinned, err := ds.pinned(ctx, rev)
	if err == nil {
		err = ds.Rules.AddCovers(ctx, &f, asset, pinned)
	}
	if err := errors.Join(err, ds.addMembers(ctx, by, &f, req, pinned)); err != nil {
		return f, err
	}
	if asksOwners(rev) {
		f.Owners, f.OwnersKnown, err = ds.owners(ctx, asset)
	}
	return f, err
}

// partsNow lists what is read through the asset of a request although others decide there:
// what was found when it was submitted, and what a sync has found since.
func (ds *Decisions) partsNow(ctx context.Context, req request.Request, asset catalog.Asset) ([]catalog.Ref, error) {
	now, err := ds.Rules.StrictParts(ctx, asset, req.Privilege == request.ReadWrite)
	if err != nil || len(now) == 0 {
		return req.Parts, err
	}
	all := append(now, req.Parts...)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), provision.MaxExcluded)], nil
}

// addMembers adds who has set alone what may lead to a decision, flows and all else, of
// the members of the group that a request is for.
func (ds *Decisions) addMembers(ctx context.Context, by request.Identity, f *review.Facts, req request.Request, flows []*review.Policy) error {
	if req.For != request.Group {
		return nil
	}
	var setters []request.PersonID
	for _, p := range flows {
		setters = append(setters, p.SavedAlone())
	}
	for _, a := range f.Alone {
		setters = append(setters, a.By)
	}
	slices.Sort(setters)
	for _, setter := range slices.Compact(setters) {
		if setter == "" {
			continue
		}
		who, err := ds.People.PersonOrID(ctx, setter, by)
		if err != nil {
			return err
		}
		if who.IsMember(req.Beneficiary) {
			f.Members = append(f.Members, who.Person())
		}
	}
	return nil
}

// asksOwners reports whether a review asks the owners of its asset.
func asksOwners(rev review.Review) bool {
	return asks(rev, func(s review.Selector) bool { return s.Owners })
}

// asks reports whether a review asks by a selector of some sort.
func asks(rev review.Review, sort func(review.Selector) bool) bool {
	return slices.ContainsFunc(rev.Stages, func(s review.StageReview) bool {
		return slices.ContainsFunc(s.Approvals, func(a review.Approval) bool { return sort(a.Selector) })
	})
}

// owners are those whose principal owns an asset on its platform; known says that
// there is nobody else. A principal that no table names may be anybody's.
func (ds *Decisions) owners(ctx context.Context, asset catalog.Asset) (who []request.PersonID, known bool, err error) {
	principal := asset.Source.Owner
	if principal == "" {
		return nil, true, nil
	}
	claim, err := records.PrincipalClaims.Some(ctx, ds.Store, records.ClaimKey(asset.Ref.Connection(), principal))
	if err != nil || len(claim) > 0 {
		for _, c := range claim {
			who = append(who, c.Value.Person)
		}
		return who, true, err
	}
	on, err := records.Connections.Get(ctx, ds.Store, asset.Ref.Connection())
	if err != nil {
		return nil, false, journal.UnlessMissing(err)
	}
	for person, name := range on.Value.Principals.Table {
		if name == principal {
			who = append(who, request.PersonID(person))
		}
	}
	slices.Sort(who)
	return who, len(who) > 0 || on.Value.Principals.Expression == "", nil
}

// addOwners adds those of some people who own the asset by the mapping of its
// connection, where the review asks its owners.
func (ds *Decisions) addOwners(ctx context.Context, f *review.Facts, req request.Request, rev review.Review, people []request.Identity) error {
	if !asksOwners(rev) {
		return nil
	}
	asset, err := ds.Rules.Inventory.Asset(ctx, req.Asset)
	if err != nil {
		return err
	}
	for _, who := range people {
		owns, err := ds.Platforms.Owns(ctx, who, asset)
		if err != nil {
			return err
		}
		if owns {
			f.Owners = append(slices.Clip(f.Owners), who.Person())
		}
	}
	return nil
}
