package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// replayAttached runs the flows that would hold with an attachment over requests of
// the past for what it covers, the newest first, beside those that hold now.
func (e *Engine) replayAttached(ctx context.Context, by request.Identity, a request.Attachment, q ReplayQuery) (Replay, error) {
	within, cancel := context.WithTimeout(ctx, e.config.PlatformTimeout)
	defer cancel()
	limit := pageLimit(q.Limit, DefaultReplay)
	result := Replay{Flow: a.Flow}
	found, err := store.RequestsByStatus.Newest(within, e.config.Store, store.AnyStatus, q.After, limit)
	if err != nil {
		return result, err
	}
	past := e.past(by)
	for _, read := range found {
		if r := read.Value; r.Type == a.Type && a.At.Covers(r.Asset) {
			goOn, err := result.took(ctx, within, past.attached(within, r, a, &result))
			if !goOn {
				return result, err
			}
		}
		result.Next = read.At
	}
	if len(found) < limit {
		result.Next = store.Position{}
	}
	return result, nil
}

// attached compares what the flows that hold now do with a request with what they
// would do with an attachment.
func (p past) attached(ctx context.Context, r request.Request, a request.Attachment, result *Replay) error {
	before, err := p.policies(ctx, r, nil)
	if err != nil {
		return err
	}
	after, err := p.policies(ctx, r, &a)
	if err != nil {
		return err
	}
	return p.compare(ctx, r, r.Submitted, before, after, result)
}

// policies are the newest versions of the flows that hold for a request, as things
// are attached now, or with one attachment in its place.
func (p past) policies(ctx context.Context, r request.Request, with *request.Attachment) ([]*review.Policy, error) {
	form, err := p.e.formVersion(ctx, r.Form)
	if err != nil {
		return nil, err
	}
	var lineage []request.Attachment
	for _, at := range r.Asset.Lineage() {
		here := request.Attachment{At: at, Type: r.Type}
		if with != nil && with.Key() == here.Key() {
			lineage = append(lineage, *with)
			continue
		}
		stored, err := store.Attachments.Some(ctx, p.e.config.Store, here.Key())
		if err != nil {
			return nil, err
		}
		if len(stored) > 0 {
			lineage = append(lineage, stored[0].Value)
		}
	}
	return p.e.newestPolicies(ctx, request.Resolve(r.Type, lineage).Flows(form))
}
