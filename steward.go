package grantwright

import (
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// stewardship is what somebody is to a review now.
type stewardship struct {
	matches   []review.Match
	standsFor []request.PersonID // whose substitute they are
	own       bool               // it is their own request: they decide nothing
	through   bool               // it is the own request of somebody for whom they stand: they approve nothing
}

// matches lists the selectors that somebody matches now.
func (e *Engine) matches(ctx context.Context, by request.Identity, req request.Request, rev review.Review) ([]review.Match, error) {
	s, err := e.stewardship(ctx, by, req, rev)
	return s.matches, err
}

// stewardship finds out what somebody is to a review now, by the flow that holds and
// today's facts.
func (e *Engine) stewardship(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (stewardship, error) {
	standsFor, err := e.standsFor(ctx, by)
	if err != nil {
		return stewardship{}, err
	}
	return e.stewardshipOf(ctx, by, standsFor, req, rev)
}

func (e *Engine) stewardshipOf(ctx context.Context, by request.Identity, standsFor []request.Identity, req request.Request, rev review.Review) (s stewardship, err error) {
	policy, err := e.policy(ctx, rev.Flow)
	if err != nil {
		return s, err
	}
	facts, err := e.facts(ctx, by, req, rev)
	if err != nil {
		return s, err
	}
	if err := e.addOwners(ctx, &facts, req, rev, append([]request.Identity{by}, standsFor...)); err != nil {
		return s, err
	}
	s.own = rev.Bars(by)
	for _, other := range standsFor {
		s.standsFor = append(s.standsFor, other.Person())
		s.through = s.through || rev.Bars(other)
	}
	s.matches, err = policy.Matches(ctx, rev, facts, by, standsFor...)
	return s, err
}

// mayDecide says what a stewardship lets somebody do with a pending review.
func (s stewardship) mayDecide(by request.PersonID, rev review.Review) (approve, deny bool) {
	if s.own || rev.Status != request.Pending {
		return false, false
	}
	return !s.through && rev.Awaits(by, s.matches), len(s.matches) > 0
}

// facts gathers what conditions may read of a request, as it is now. Durations mean
// what they meant when it was submitted.
func (e *Engine) facts(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (review.Facts, error) {
	form, err := e.formVersion(ctx, req.Form)
	if err != nil {
		return review.Facts{}, err
	}
	asset, err := e.config.Inventory.Asset(ctx, req.Asset)
	if err != nil {
		return review.Facts{}, err
	}
	requester, err := e.personOrID(ctx, req.Requester, by)
	if err != nil {
		return review.Facts{}, err
	}
	beneficiary, err := e.personOrID(ctx, req.Beneficiary, by)
	if err != nil {
		return review.Facts{}, err
	}
	if req.For != "" {
		beneficiary.Kind = req.For // also of one that is known no more
	}
	f := review.NewFacts(req, form, asset, requester, beneficiary, req.Submitted)
	stop, err := e.stop(ctx, store.AutomaticApprovals)
	if err != nil {
		return f, err
	}
	f.AskPeople = asksPeople(stop, req)
	if err := e.addTags(ctx, &f, asset.Ref); err != nil {
		return f, err
	}
	if req.For == request.Group {
		pinned, err := e.pinned(ctx, rev)
		if err := errors.Join(err, e.addMembers(ctx, by, &f, req, pinned)); err != nil {
			return f, err
		}
	}
	if asksOwners(rev) {
		f.Owners, f.OwnersKnown, err = e.owners(ctx, asset)
	}
	return f, err
}

// addMembers adds who has saved one of some flows alone, of the members of the group
// that a request is for.
func (e *Engine) addMembers(ctx context.Context, by request.Identity, f *review.Facts, req request.Request, flows []*review.Policy) error {
	if req.For != request.Group {
		return nil
	}
	for _, p := range flows {
		if p.SavedAlone() == "" {
			continue
		}
		saver, err := e.personOrID(ctx, p.SavedAlone(), by)
		if err != nil {
			return err
		}
		if saver.IsMember(req.Beneficiary) {
			f.Members = append(f.Members, saver.Person())
		}
	}
	return nil
}

// addTags adds how governance has classified the columns of an asset.
func (e *Engine) addTags(ctx context.Context, f *review.Facts, ref catalog.Ref) error {
	tags, err := e.tagsOf(ctx, []catalog.Asset{{Ref: ref}})
	f.Asset.Tags = tags[ref]
	return err
}

// tagsOf is how governance has classified the columns of some assets: all tags of
// each.
func (e *Engine) tagsOf(ctx context.Context, assets []catalog.Asset) (map[catalog.Ref][]string, error) {
	refs := make([]catalog.Ref, len(assets))
	for i, a := range assets {
		refs[i] = a.Ref
	}
	said, err := values(store.ClassificationsNow.Some(ctx, e.config.Store, refs...))
	tags := map[catalog.Ref][]string{}
	for _, c := range said {
		for _, column := range c.Columns {
			tags[c.At] = append(tags[c.At], column.Tags...)
		}
		slices.Sort(tags[c.At])
		tags[c.At] = slices.Compact(tags[c.At])
	}
	return tags, err
}

// asksOwners reports whether a review asks the owners of its asset.
func asksOwners(rev review.Review) bool {
	return slices.ContainsFunc(rev.Stages, func(s review.StageReview) bool {
		return slices.ContainsFunc(s.Approvals, func(a review.Approval) bool { return a.Selector.Owners })
	})
}

// owners are those whose principal owns an asset on its platform; known says that
// there is nobody else. A principal that no table names may be anybody's.
func (e *Engine) owners(ctx context.Context, asset catalog.Asset) (who []request.PersonID, known bool, err error) {
	principal := asset.Source.Owner
	if principal == "" {
		return nil, true, nil
	}
	claim, err := store.PrincipalClaims.Some(ctx, e.config.Store, store.ClaimKey(asset.Ref.Connection(), principal))
	if err != nil || len(claim) > 0 {
		for _, c := range claim {
			who = append(who, c.Value.Person)
		}
		return who, true, err
	}
	on, err := store.Connections.Get(ctx, e.config.Store, asset.Ref.Connection())
	if err != nil {
		return nil, false, unlessMissing(err)
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
func (e *Engine) addOwners(ctx context.Context, f *review.Facts, req request.Request, rev review.Review, people []request.Identity) error {
	if !asksOwners(rev) {
		return nil
	}
	asset, err := e.config.Inventory.Asset(ctx, req.Asset)
	if err != nil {
		return err
	}
	for _, who := range people {
		owns, err := e.owns(ctx, who, asset)
		if err != nil {
			return err
		}
		if owns {
			f.Owners = append(slices.Clip(f.Owners), who.Person())
		}
	}
	return nil
}

// maxStandsFor bounds for how many people one stands at a time.
const maxStandsFor = 50

// standsFor lists those whose substitute somebody is now, as they are now. Whoever
// is known no more, or may act no more, has no substitute.
func (e *Engine) standsFor(ctx context.Context, by request.Identity) ([]request.Identity, error) {
	named, err := values(store.SubstitutionsBy.Newest(ctx, e.config.Store, by.Person(), store.Position{}, maxStandsFor))
	if err != nil {
		return nil, err
	}
	var all []request.Identity
	for _, s := range named {
		if !s.Stands(e.now()) {
			continue
		}
		who, err := e.person(ctx, s.Person, by)
		if errors.Is(err, request.ErrUnknownPerson) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, who)
	}
	return e.withoutDisabled(ctx, all)
}
