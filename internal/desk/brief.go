package desk

import (
	"context"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/internal/snapshot"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/dossier"
	"github.com/grantwright/grantwright/store"
)

// maxTeam is how many groups stand for the team of somebody.
const maxTeam = 3

// teams are the attributes that name the team of somebody.
var teams = []string{"department", "team"}

// Briefs are those of some requests. Those that somebody may not read are left out.
func (d *Desk) Briefs(ctx context.Context, by request.Identity, all []request.Request) (map[request.ID]dossier.Brief, error) {
	ctx = d.readAhead(ctx, all)
	ids, grantIDs := make([]request.ID, len(all)), make([]provision.GrantID, len(all))
	for i, r := range all {
		ids[i], grantIDs[i] = r.ID, journal.GrantID(r.ID)
	}
	requests, err := journal.Values(records.Requests.Some(ctx, d.Store, ids...))
	if err != nil {
		return nil, err
	}
	reviews, err := d.reviewsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	grants, err := journal.Values(records.Grants.Some(ctx, d.Store, grantIDs...))
	if err != nil {
		return nil, err
	}
	given := map[request.ID]provision.Grant{}
	for _, g := range grants {
		given[g.Request] = g
	}
	briefs, checker := map[request.ID]dossier.Brief{}, d.Rules.GuardrailChecker()
	for _, r := range requests {
		rev, is := reviews[r.ID]
		if !is {
			continue
		}
		if reads, err := d.reads(ctx, by, r, rev); err != nil {
			return nil, err
		} else if !reads {
			continue
		}
		if briefs[r.ID], err = d.brief(ctx, by, r, rev, given[r.ID], checker); err != nil {
			return nil, err
		}
	}
	return briefs, nil
}

// reviewsOf are the reviews of some requests, for reading only.
func (d *Desk) reviewsOf(ctx context.Context, ids []request.ID) (map[request.ID]review.Review, error) {
	keys := make([]store.Key, len(ids))
	for i, id := range ids {
		keys[i] = records.Reviews.Key(id)
	}
	found, err := d.Store.Get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	all := make(map[request.ID]review.Review, len(found))
	for _, r := range found {
		rev, err := d.review(r)
		if err != nil {
			return nil, err
		}
		all[rev.Request] = rev
	}
	return all, nil
}

// readAhead reads in one message what the briefs of requests need.
func (d *Desk) readAhead(ctx context.Context, all []request.Request) context.Context {
	var keys []store.Key
	var assets []catalog.Ref
	for _, r := range all {
		keys = append(keys, records.Requests.Key(r.ID), records.Reviews.Key(r.ID), records.Grants.Key(journal.GrantID(r.ID)))
		keys = append(keys, d.People.Keys(r.Beneficiary)...)
		if r.Status == request.Pending {
			keys, assets = append(keys, d.People.Keys(r.Requester)...), append(assets, r.Asset)
		}
	}
	return d.Act(snapshot.Expect(ctx, assets...), keys...)
}

// reads reports whether somebody may read a request, as Decisions.MayRead says: for those of
// their own lists that shows without a search.
func (d *Desk) reads(ctx context.Context, by request.Identity, req request.Request, rev review.Review) (bool, error) {
	if req.Concerns(by.Person()) || by.Has(request.Governance) || by.Has(request.Audit) || slices.Contains(rev.Deciders(), by.Person()) {
		return true, nil
	}
	return d.Decisions.IsSteward(ctx, by, req, rev)
}

func (d *Desk) brief(ctx context.Context, by request.Identity, req request.Request, rev review.Review, g provision.Grant, checker *rulebook.GuardrailChecker) (dossier.Brief, error) {
	b := dossier.Brief{Version: rev.Version, Due: dossier.Due(rev), Age: d.Now().Sub(req.Submitted), State: string(g.State), Gaps: g.Gaps.Count}
	form, err := d.Rules.FormVersion(ctx, req.Form)
	if err != nil {
		return b, err
	}
	b.Purpose = form.Purpose(req.Answers)
	who, err := d.People.PersonOrID(ctx, req.Beneficiary, by)
	if err != nil {
		d.Logger.WarnContext(ctx, "a person is shown without their name", "error", err)
		who = req.Beneficiary.Identity()
	}
	b.Name, b.Team = who.Name, teamOf(who)
	if req.Status != request.Pending {
		return b, nil
	}
	if len(rev.Stages) > 0 {
		stage := rev.Stages[rev.Stage()]
		b.Stage, b.Opened = stage.Name, stage.Opened
	}
	found, err := checker.Prevented(ctx, by, req)
	for _, p := range found {
		b.Prevented = append(b.Prevented, p.Guardrail)
	}
	return b, err
}

// teamOf is the team of somebody, as far as it is known.
func teamOf(who request.Identity) []string {
	for _, name := range teams {
		if named := who.Attributes[name]; len(named) > 0 {
			return named
		}
	}
	return who.Groups[:min(len(who.Groups), maxTeam)]
}
