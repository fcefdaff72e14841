package decisions

import (
	"context"
	"strings"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// EventSubject is the subject of an event: a request with its review, a reported
// asset, or the owner of a webhook, proposal or token.
type EventSubject struct {
	Request *request.Request
	Review  *review.Review
	Wanted  *request.Wanted
	owner   request.PersonID // of a webhook, a proposal or a token, or a substitute
}

// SubjectOf reads the subject of an event.
func (ds *Decisions) SubjectOf(ctx context.Context, ev store.Event) (EventSubject, error) {
	var a EventSubject
	if ev.Request != "" {
		read, rev, err := ds.UnderReview(ctx, ev.Request)
		if err != nil {
			return a, err
		}
		a.Request, a.Review = &read.Value, &rev.Value
		return a, nil
	}
	for _, subject := range ev.About {
		if id, is := strings.CutPrefix(string(subject), records.Wanteds.Name+"/"); is {
			read, err := records.Wanteds.Get(ctx, ds.Store, request.WantedID(id))
			a.Wanted = &read.Value
			return a, err
		}
		if id, is := strings.CutPrefix(string(subject), records.Proposals.Name+"/"); is {
			read, err := records.Proposals.Get(ctx, ds.Store, manifest.ProposalID(id))
			a.owner = read.Value.By
			return a, err
		}
		if id, is := strings.CutPrefix(string(subject), records.Substitutions.Name+"/"); is {
			named, err := records.Substitutions.Get(ctx, ds.Store, request.PersonID(id))
			a.owner = named.Value.Substitute
			return a, err
		}
		if id, is := strings.CutPrefix(string(subject), records.Tokens.Name+"/"); is {
			read, err := records.Tokens.Get(ctx, ds.Store, request.TokenID(id))
			a.owner = read.Value.Owner
			return a, err
		}
		if id, is := strings.CutPrefix(string(subject), records.Webhooks.Name+"/"); is {
			hook, err := records.Webhooks.Some(ctx, ds.Store, notify.WebhookID(id))
			if err != nil {
				return a, err
			}
			if len(hook) > 0 {
				a.owner = hook[0].Value.Owner
			}
		}
	}
	return a, nil
}
