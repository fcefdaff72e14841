package desk

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/lists"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/dossier"
	"github.com/grantwright/grantwright/store"
)

// underFlow is how many of the last reviews of a flow are looked through for precedents: a
// denial is found by nothing else.
const underFlow = 100

// Dossier gathers what surrounds a request, for its data stewards, GOVERNANCE and AUDIT, and
// the grants of its beneficiary that may stand.
func (d *Desk) Dossier(ctx context.Context, by request.Identity, id request.ID) (dossier.Dossier, []provision.Grant, error) {
	req, rev, err := d.UnderReview(ctx, id)
	if err != nil {
		return dossier.Dossier{}, nil, err
	}
	if err := d.Decisions.MayExplain(ctx, by, req.Value, rev.Value); err != nil {
		return dossier.Dossier{}, nil, err
	}
	var s dossier.Dossier
	var held []provision.Grant
	for _, step := range []func() error{
		func() error { return d.addAsset(ctx, by, &s, req.Value) },
		func() (err error) { held, err = d.addPerson(ctx, by, &s, req.Value); return err },
		func() error { return d.addPrecedents(ctx, &s, req.Value, rev.Value) },
		func() error { return d.addAsked(ctx, by, &s, rev.Value) },
	} {
		if err := step(); err != nil {
			return s, held, err
		}
	}
	people := slices.Clone(s.Asked)
	for _, p := range s.Precedents {
		people = append(people, p.Beneficiary)
		for _, said := range p.Said {
			people = append(people, said.By)
		}
	}
	s.Names = d.People.Names(ctx, by, people)
	return s, held, nil
}

func (d *Desk) addAsset(ctx context.Context, by request.Identity, s *dossier.Dossier, req request.Request) error {
	asset, err := d.Rules.Inventory.Asset(ctx, req.Asset)
	if errors.Is(err, catalog.ErrNotFound) {
		s.Asset.Ref = req.Asset
		return nil
	}
	if err != nil {
		return err
	}
	s.Asset = asset
	said, err := d.Rules.ClassifiedWith(ctx, []catalog.Asset{asset})
	if err != nil {
		return err
	}
	for _, c := range said.Of(asset).Columns {
		if len(c.Tags) > 0 {
			if s.Tags == nil {
				s.Tags = map[string][]string{}
			}
			s.Tags[c.Name] = c.Tags
		}
	}
	s.Masks, err = d.Rules.MasksOf(ctx, by, req.Asset)
	return err
}

func (d *Desk) addPerson(ctx context.Context, by request.Identity, s *dossier.Dossier, req request.Request) ([]provision.Grant, error) {
	who, err := d.People.Person(ctx, req.Beneficiary, by)
	s.Known = err == nil
	if errors.Is(err, request.ErrUnknownPerson) {
		who, err = req.Beneficiary.Identity(), nil
	}
	if err != nil {
		return nil, err
	}
	s.Person = who
	earlier, next, err := d.Lists.Of(ctx, req.Beneficiary, lists.Wanted{Limit: dossier.MaxListed + 1})
	if err != nil {
		return nil, err
	}
	earlier = slices.DeleteFunc(earlier, func(r request.Request) bool { return r.ID == req.ID })
	s.More = !next.Zero() || len(earlier) > dossier.MaxListed
	earlier = earlier[:min(len(earlier), dossier.MaxListed)]
	states, err := d.states(ctx, earlier)
	if err != nil {
		return nil, err
	}
	for _, r := range earlier {
		s.Earlier = append(s.Earlier, dossier.Earlier{Request: r.ID, Type: r.Type, Asset: r.Asset, Privilege: r.Privilege, Columns: r.Columns, Duration: r.Duration, Status: r.Status, State: string(states[r.ID]), Submitted: r.Submitted})
	}
	held, _, err := d.Lists.AccessOf(ctx, append([]request.PersonID{req.Beneficiary}, who.GroupIDs()...), lists.Stood{Limit: dossier.MaxListed + 1})
	return slices.DeleteFunc(held, func(g provision.Grant) bool { return g.Request == req.ID }), err
}

// states are those of the grants of some requests.
func (d *Desk) states(ctx context.Context, requests []request.Request) (map[request.ID]provision.State, error) {
	var ids []provision.GrantID
	for _, r := range requests {
		if r.Status != request.Pending && r.Status != request.Denied {
			ids = append(ids, provision.GrantID(r.ID))
		}
	}
	all := map[request.ID]provision.State{}
	if len(ids) == 0 {
		return all, nil
	}
	grants, err := journal.Values(records.Grants.Some(ctx, d.Store, ids...))
	for _, g := range grants {
		all[g.Request] = g.State
	}
	return all, err
}

// addPrecedents adds how others were decided on the asset: by the grants on it, and by the
// last reviews under the same flow.
func (d *Desk) addPrecedents(ctx context.Context, s *dossier.Dossier, req request.Request, rev review.Review) error {
	grants, err := records.GrantsOn.Newest(ctx, d.Store, req.Asset, store.Position{}, 2*dossier.MaxListed)
	if err != nil {
		return err
	}
	last := records.ReviewsUnder.Query(rev.Flow.Name)
	last.Descending, last.Limit = true, underFlow
	under, err := d.Store.Find(ctx, last)
	if err != nil {
		return err
	}
	var ids []request.ID
	for _, g := range grants {
		ids = append(ids, g.Value.Request)
	}
	for _, r := range under[0] {
		ids = append(ids, request.ID(r.ID)) // which a review has of its request
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	requests, err := journal.Values(records.Requests.Some(ctx, d.Store, ids...))
	if err != nil {
		return err
	}
	decided := []request.Status{request.Approved, request.Denied, request.Expired, request.Revoked}
	requests = slices.DeleteFunc(requests, func(r request.Request) bool {
		return r.Asset != req.Asset || r.ID == req.ID || r.Emergency != nil || !slices.Contains(decided, r.Status)
	})
	slices.SortFunc(requests, func(a, b request.Request) int { return cmp.Or(b.Decided.Compare(a.Decided), cmp.Compare(a.ID, b.ID)) })
	requests = requests[:min(len(requests), dossier.MaxListed)]
	ids = nil
	for _, r := range requests {
		ids = append(ids, r.ID)
	}
	reviews, err := journal.Values(records.Reviews.Some(ctx, d.Store, ids...))
	for _, r := range requests {
		if i := slices.IndexFunc(reviews, func(o review.Review) bool { return o.Request == r.ID }); i >= 0 {
			s.Precedents = append(s.Precedents, dossier.PrecedentOf(r, reviews[i]))
		}
	}
	return err
}

// addAsked adds who may decide in the open stage, the first of each selector. Whoever is
// found by a condition or as an owner is not named.
func (d *Desk) addAsked(ctx context.Context, by request.Identity, s *dossier.Dossier, rev review.Review) error {
	if rev.Status != request.Pending || len(rev.Stages) == 0 {
		return nil
	}
	stage := rev.Stages[rev.Stage()]
	s.Since = stage.Opened
	add := func(p request.PersonID) {
		if !slices.Contains(s.Asked, p) && !slices.Contains(stage.ApprovedBy, p) {
			s.Asked = append(s.Asked, p)
		}
	}
	for _, a := range stage.Approvals {
		criteria := []request.Criterion{a.Selector.Criterion()}
		if a.Fallback {
			criteria = append(criteria, request.Criterion{Permission: request.Governance})
		}
		for _, c := range criteria {
			if a.Status != review.ApprovalPending {
				continue
			}
			if c == (request.Criterion{}) {
				s.MoreAsked = true
				continue
			}
			found, all, err := d.People.First(ctx, c, dossier.MaxListed)
			if err != nil {
				return err
			}
			s.MoreAsked = s.MoreAsked || !all
			for _, who := range found {
				if who.Acts() && !rev.Bars(who) {
					add(who.Person())
				}
			}
		}
	}
	return nil
}
