package decisions

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/evidence"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Explain says which rule holds for a request, the value of each of its conditions, and
// the facts that they read: those of today, for the time at which the review was
// opened. It also says by which selectors the caller is a data steward of the request,
// in their own right. It stores nothing, and costs more than deciding does.
func (ds *Decisions) Explain(ctx context.Context, by request.Identity, id request.ID) (review.CaseExplanation, error) {
	if err := by.Check(); err != nil {
		return review.CaseExplanation{}, err
	}
	req, rev, err := ds.UnderReview(ctx, id)
	if err != nil {
		return review.CaseExplanation{}, err
	}
	if err := ds.MayExplain(ctx, by, req.Value, rev.Value); err != nil {
		return review.CaseExplanation{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, ds.Timeout)
	defer cancel()
	policies, err := ds.pinnedOf(ctx, rev.Value)
	if err != nil {
		return review.CaseExplanation{}, err
	}
	facts, err := ds.past(by).facts(ctx, req.Value, rev.Value.Opened, policies)
	if err != nil {
		return review.CaseExplanation{}, err
	}
	facts.Assist = evidence.Assist(rev.Value.Evidence)
	e := review.CaseExplanation{Rule: rev.Value.Rule, Why: rev.Value.Why, Evidence: rev.Value.Evidence}
	if e.Flows, err = review.Explain(ctx, facts, policies...); err != nil {
		return review.CaseExplanation{}, err
	}
	last := e.Flows[len(e.Flows)-1]
	e.Same = last.Flow == rev.Value.Flow && last.Rule == rev.Value.Rule
	if err := ds.explainThen(ctx, &e, rev.Value, facts, policies); err != nil {
		return review.CaseExplanation{}, err
	}
	e.Selectors, err = ds.explainSelectors(ctx, by, req.Value, rev.Value)
	return e, err
}

// explainThen explains by the facts that were kept with a review.
func (ds *Decisions) explainThen(ctx context.Context, e *review.CaseExplanation, rev review.Review, today review.Facts, policies []*review.Policy) error {
	kept, is := request.Opening(rev.Evidence)
	if !is {
		return nil
	}
	then, err := evidence.Restore(today, kept)
	if err != nil {
		return err
	}
	if e.Lacking, err = ds.Evidence.Lacking(then, rev.Looked(policies...)); err != nil {
		return err
	}
	e.Then, err = review.Explain(ctx, then.Facts, policies...)
	return err
}

// explainSelectors says why somebody is a data steward of a request, or is none.
func (ds *Decisions) explainSelectors(ctx context.Context, by request.Identity, req request.Request, rev review.Review) ([]review.ExplainedSelector, error) {
	policy, err := ds.Rules.Policy(ctx, rev.Flow)
	if err != nil {
		return nil, err
	}
	facts, err := ds.FactsOf(ctx, by, req, rev)
	if err != nil {
		return nil, err
	}
	if err := ds.addOwners(ctx, &facts, req, rev, []request.Identity{by}); err != nil {
		return nil, err
	}
	return policy.ExplainSelectors(ctx, rev, facts, by)
}

// MayExplain lets the data stewards of a request see why it was decided as it was, and
// GOVERNANCE and AUDIT.
func (ds *Decisions) MayExplain(ctx context.Context, by request.Identity, req request.Request, rev review.Review) error {
	if by.Has(request.Governance) || by.Has(request.Audit) {
		return nil
	}
	return ds.checkSteward(ctx, by, req, rev, "see why a request went the way that it went", "a data steward of it, GOVERNANCE or AUDIT")
}

// pinnedOf are the policies that a review was opened with, in their order. One that
// was stored before they were all kept names the last.
func (ds *Decisions) pinnedOf(ctx context.Context, rev review.Review) ([]*review.Policy, error) {
	if len(rev.Pinned) == 0 && rev.Flow != review.DefaultFlow.Of() {
		rev.Pinned = []review.FlowVersion{rev.Flow}
	}
	return ds.pinned(ctx, rev)
}

// past gathers facts of requests of the past, and looks each person up once.
type past struct {
	decisions *Decisions
	by        request.Identity
	people    map[request.PersonID]request.Identity
	then      bool // the facts that were kept take the place of today's
}

func (ds *Decisions) past(by request.Identity) past {
	return past{decisions: ds, by: by, people: map[request.PersonID]request.Identity{}}
}

// facts are those of a request as they are known now, for a time at which its
// durations begin, as far as some policies read them.
func (p past) facts(ctx context.Context, req request.Request, at time.Time, policies []*review.Policy) (review.Facts, error) {
	form, err := p.decisions.Rules.FormVersion(ctx, req.Form)
	if err != nil {
		return review.Facts{}, err
	}
	asset, err := p.decisions.Rules.Inventory.Asset(ctx, req.Asset)
	if errors.Is(err, catalog.ErrNotFound) && p.then {
		asset, err = req.PinnedAsset(), nil // of one that is there no more
	}
	if err != nil {
		return review.Facts{}, err
	}
	requester, err := p.person(ctx, req.Requester)
	if err != nil {
		return review.Facts{}, err
	}
	beneficiary, err := p.person(ctx, req.Beneficiary)
	if err != nil {
		return review.Facts{}, err
	}
	f := review.NewFacts(req, form, asset, requester, beneficiary, at)
	if err := p.decisions.Rules.AddTags(ctx, &f, asset); err != nil {
		return f, err
	}
	return f, p.decisions.Rules.AddCovers(ctx, &f, asset, policies)
}

func (p past) person(ctx context.Context, id request.PersonID) (request.Identity, error) {
	if known, is := p.people[id]; is {
		return known, nil
	}
	who, err := p.decisions.People.PersonOrID(ctx, id, p.by)
	if err == nil {
		p.people[id] = who
	}
	return who, err
}

// again opens the review of a past request under the flows that it was submitted
// under, and with a changed one in the place of its name.
func (p past) again(ctx context.Context, rev review.Review, changed *review.Policy, result *manifest.Replay) error {
	req, err := records.Requests.Get(ctx, p.decisions.Store, rev.Request)
	if err != nil || rev.Emergency { // which says nothing of the rules
		return err
	}
	before, err := p.decisions.pinnedOf(ctx, rev)
	if err != nil {
		return err
	}
	after := make([]*review.Policy, len(before))
	for i, policy := range before {
		if after[i] = policy; policy.Of().Name == changed.Of().Name {
			after[i] = changed
		}
	}
	return p.compare(ctx, req.Value, rev, rev.Opened, before, after, result)
}

// compare opens the review of a request twice, and notes it if that differs.
func (p past) compare(ctx context.Context, r request.Request, rev review.Review, at time.Time, before, after []*review.Policy, result *manifest.Replay) error {
	facts, err := p.facts(ctx, r, at, slices.Concat(before, after))
	if err != nil {
		return err
	}
	facts.Assist = evidence.Assist(rev.Evidence)
	stands := evidence.Restored{Facts: facts}
	if p.then {
		kept, _ := request.Opening(rev.Evidence)
		if stands, err = evidence.Restore(facts, kept); err != nil {
			return err
		}
	}
	was, err := p.open(ctx, stands, before)
	if err != nil {
		return err
	}
	would, err := p.open(ctx, stands, after)
	if err != nil || would.OpensLike(was) {
		return err
	}
	result.Differing = append(result.Differing, manifest.Replayed{Request: r.ID, Asset: r.Asset, Requester: r.Requester, Beneficiary: r.Beneficiary,
		Submitted: r.Submitted, Status: r.Status, Was: outcomeOf(was), Would: outcomeOf(would)})
	return nil
}

// open opens the review of a request under some policies, if all that they read was kept
// where the facts are those of then.
func (p past) open(ctx context.Context, on evidence.Restored, policies []*review.Policy) (review.Review, error) {
	rev, err := review.Open(ctx, on.Facts, policies...)
	if err == nil && p.then {
		err = p.decisions.Evidence.CheckKept(on, rev, policies)
	}
	return rev, err
}

// attached compares what the flows that hold now do with a request with what they
// would do with attachments of a flow.
func (p past) attached(ctx context.Context, r request.Request, with []request.Attachment, changed *review.Policy, result *manifest.Replay) error {
	before, err := p.policies(ctx, r, nil, nil)
	if err != nil || r.Emergency != nil {
		return err
	}
	after, err := p.policies(ctx, r, with, changed)
	if err != nil {
		return err
	}
	var rev review.Review
	if p.then || review.ReadsRisk(slices.Concat(before, after)...) {
		read, err := records.Reviews.Get(ctx, p.decisions.Store, r.ID)
		if err != nil {
			return err
		}
		rev = read.Value
	}
	return p.compare(ctx, r, rev, r.Submitted, before, after, result)
}

// policies are the newest versions of the flows that hold for a request, as things
// are attached now, or with some attachments in their places, of a flow that
// need not be saved.
func (p past) policies(ctx context.Context, r request.Request, with []request.Attachment, changed *review.Policy) ([]*review.Policy, error) {
	form, err := p.decisions.Rules.FormVersion(ctx, r.Form)
	if err != nil {
		return nil, err
	}
	var lineage []request.Attachment
	for _, at := range r.Asset.Lineage() {
		here := request.Attachment{At: at, Type: r.Type}
		if i := slices.IndexFunc(with, func(a request.Attachment) bool { return a.Key() == here.Key() }); i >= 0 {
			lineage = append(lineage, with[i])
			continue
		}
		stored, err := records.Attachments.Some(ctx, p.decisions.Store, here.Key())
		if err != nil {
			return nil, err
		}
		if len(stored) > 0 {
			lineage = append(lineage, stored[0].Value)
		}
	}
	var all []*review.Policy
	for _, name := range request.Resolve(r.Type, lineage).Flows(form) {
		if changed != nil && name == changed.Of().Name {
			all = append(all, changed)
			continue
		}
		newest, err := p.decisions.Rules.NewestPolicies(ctx, []request.FlowName{name})
		if err != nil {
			return nil, err
		}
		all = append(all, newest...)
	}
	return all, nil
}
