// Package outlook is what somebody can know of an asset before they ask for it. It is
// worked out anew each time, and nothing of it is kept: who would decide, how long that
// usually takes, what keeps them out, and what they have there or have asked for already.
package outlook

import (
	"context"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/people"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/internal/rulebook"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Outlooks works out outlooks.
type Outlooks struct {
	*journal.Journal
	People    *people.People
	Rules     *rulebook.Rulebook
	Decisions *decisions.Decisions
}

// Outlook is what somebody can know of an asset before they ask for it.
type Outlook struct {
	Entry     request.Entry
	Review    review.Review       // as it would be opened; zero while Stopped
	Prevented []review.Prevention // whatever is answered: guardrails that keep them from reading
	Stopped   []request.Fault     // why nobody may ask for it now, or not they

	Excluded []catalog.Ref // what access to a container would not cover

	Emergency *review.Emergency // of the flow that would hold; nil where nobody has access at once
	AtOnce    bool              // it names them: they may have it, for themselves

	Usual     Pace
	Grants    []provision.Grant // theirs, or of their groups, that may stand: at the asset or at a container of it
	Requested []request.Request // the newest of theirs for the asset, at most maxRequested
}

// longest asks for as long as a form allows, as far as it is asked.
func longest(form request.Form) request.Answers {
	for _, q := range form.Questions {
		if q.Type != request.AccessDuration {
			continue
		}
		d := q.Max
		for _, choice := range q.Choices {
			if choice.LongerThan(d, epoch) {
				d = choice
			}
		}
		if q.Endless || d.IsZero() {
			d = request.Endless
		}
		return request.Answers{q.ID: {d.String()}}
	}
	return nil
}

// epoch is a start for comparing durations where any will do.
var epoch = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// maxRequested bounds the requests of an Outlook.
const maxRequested = 10

// Of is the outlook of somebody on an asset.
func (o *Outlooks) Of(ctx context.Context, by request.Identity, ref catalog.Ref, t request.Type) (out Outlook, err error) {
	ctx = o.Act(ctx, store.People.Key(by.Person()))
	asset, err := o.Rules.Asset(ctx, ref)
	if err != nil {
		return out, err
	}
	if out.Entry, err = o.Rules.Entry(ctx, asset, t); err != nil {
		return out, err
	}
	draft, rev, err := o.Decisions.Foresee(ctx, by, request.Submission{Asset: ref, Type: t, Answers: longest(out.Entry.Form)})
	switch {
	case len(request.FaultsOf(err)) > 0:
		out.Stopped = request.FaultsOf(err)
	case err != nil:
		return out, err
	default:
		out.Review = rev
		if out.Emergency, out.AtOnce, err = o.Decisions.Emergencies.For(ctx, by, rev, t); err != nil {
			return out, err
		}
		if out.Prevented, err = o.Rules.GuardrailChecker().Prevented(ctx, by, draft.Request); err != nil {
			return out, err
		}
		if out.Usual, err = o.pace(ctx, ref, rev.Flow.Name); err != nil {
			return out, err
		}
	}
	if out.Excluded, err = o.Rules.NotCovered(ctx, ref, t); err != nil {
		return out, err
	}
	if out.Grants, err = o.grants(ctx, by, ref); err != nil {
		return out, err
	}
	out.Requested, err = o.requested(ctx, by, ref, t)
	return out, err
}

// grants are those of somebody and of their groups that may stand on an asset or on a
// container of it, the newest first.
func (o *Outlooks) grants(ctx context.Context, by request.Identity, ref catalog.Ref) (all []provision.Grant, err error) {
	who, err := o.People.PersonOrID(ctx, by.Person(), by)
	if err != nil {
		return nil, err
	}
	whose := append([]request.PersonID{by.Person()}, who.GroupIDs()...)
	for some := range slices.Chunk(whose, store.MaxQueries) {
		queries := make([]store.Query, len(some))
		for i, beneficiary := range some {
			queries[i] = records.LiveGrantsFor(beneficiary)
		}
		pages, err := store.Pages[provision.Grant](ctx, o.Store, queries...)
		if err != nil {
			return nil, err
		}
		for _, g := range slices.Concat(pages...) {
			if g.Value.Live() && g.Value.Asset.Ref.Covers(ref) {
				all = append(all, g.Value)
			}
		}
	}
	slices.SortFunc(all, func(a, b provision.Grant) int { return b.Approved.Compare(a.Approved) })
	return all, nil
}

// requested are the newest requests for an asset of one type that somebody has made, or
// that were made for them, among the last that concern them.
func (o *Outlooks) requested(ctx context.Context, by request.Identity, ref catalog.Ref, t request.Type) (all []request.Request, err error) {
	found, err := records.RequestsOf.Newest(ctx, o.Store, by.Person(), store.Position{}, store.MaxPage)
	for _, r := range found {
		if r.Value.Asset == ref && r.Value.Type == t && len(all) < maxRequested {
			all = append(all, r.Value)
		}
	}
	return all, err
}
