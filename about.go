package grantwright

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// topicOf is what people are told of an event; empty for nothing.
func topicOf(ev store.Event) notify.Topic {
	payload, _ := ev.Payload() // that of a newer release is not known
	switch p := payload.(type) {
	case event.Determined:
		if p.Status == request.Pending {
			return notify.StageOpened
		}
	case event.Grant:
		if endsByAnother(ev.Type, p) || ev.Type == event.GrantFailed.Name() && p.Attempts > 1 { // from the second attempt on it is failing
			return ""
		}
	}
	return notify.Topic(ev.Type)
}

// endsByAnother reports whether a grant ends, and the access goes on by another: then
// it does not end for anybody.
func endsByAnother(t event.Name, g event.Grant) bool {
	ends := []event.Name{event.GrantExpiring.Name(), event.GrantRevoked.Name(), event.RequestExpired.Name()}
	return g.Outlived != "" && slices.Contains(ends, t)
}

// about is what an event is about: the request with its review, an asset that
// somebody has looked for, a webhook, or a proposed change.
type about struct {
	request *request.Request
	review  *review.Review
	wanted  *request.Wanted
	owner   request.PersonID // of a webhook or a proposal, or the substitute that somebody has named
}

func (e *Engine) aboutOf(ctx context.Context, ev store.Event) (about, error) {
	var a about
	if ev.Request != "" {
		read, rev, err := e.underReview(ctx, ev.Request)
		if err != nil {
			return a, err
		}
		a.request, a.review = &read.Value, &rev.Value
		return a, nil
	}
	for _, subject := range ev.About {
		if id, is := strings.CutPrefix(string(subject), store.Wanteds.Name+"/"); is {
			read, err := store.Wanteds.Get(ctx, e.config.Store, request.WantedID(id))
			a.wanted = &read.Value
			return a, err
		}
		if id, is := strings.CutPrefix(string(subject), store.Proposals.Name+"/"); is {
			read, err := store.Proposals.Get(ctx, e.config.Store, store.ProposalID(id))
			a.owner = read.Value.By
			return a, err
		}
		if id, is := strings.CutPrefix(string(subject), store.Substitutions.Name+"/"); is {
			named, err := store.Substitutions.Get(ctx, e.config.Store, request.PersonID(id))
			a.owner = named.Value.Substitute
			return a, err
		}
		if id, is := strings.CutPrefix(string(subject), store.Webhooks.Name+"/"); is {
			hook, err := store.Webhooks.Some(ctx, e.config.Store, notify.WebhookID(id))
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

// noticeOf is what everybody is told of an event.
func noticeOf(a about, topic notify.Topic, ev store.Event) notify.Notice {
	payload, _ := ev.Payload() // that of a newer release is not known
	n := notify.Notice{Topic: topic, Detail: event.Words(payload), By: ev.By, At: ev.At, Number: ev.Number}
	if g, is := payload.(event.Grant); is && ev.Type == event.GrantExpiring.Name() {
		n.Ends = g.Ends
	}
	switch {
	case a.request != nil:
		n.Request, n.Asset, n.Status = a.request.ID, a.request.Asset, a.request.Status
	case a.wanted != nil:
		n.Asset, n.Named, n.Page = a.wanted.Asset, a.wanted.Link.FullyQualifiedName(), "/wanted"
		if a.wanted.Asset != "" { // the link leads to the asset, or lets the person choose
			n.Page = a.wanted.Link.URL("")
		}
	default:
		nameIn(&n, payload)
	}
	if a.request == nil && len(ev.About) > 0 {
		n.Subject = string(ev.About[0])
	}
	if n.Detail == n.Named { // once is enough
		n.Detail = ""
	}
	return n
}

// nameIn says in a notice what a payload is about, where that is no request.
func nameIn(n *notify.Notice, payload any) {
	switch p := payload.(type) {
	case event.Finding:
		n.Asset = p.Asset
	case event.Contested:
		if p.Finding != nil {
			n.Asset = p.Asset
		}
	case event.Masked:
		n.Asset = p.Asset
	case event.Reconciliation:
		n.Count = p.Removals
	case event.Proposal:
		n.Named = strings.TrimSpace(p.What + " " + p.Name)
	case event.Webhook:
		n.Named = p.Name
	}
}

// addressed is a notice to one person. That a stage waits for somebody they are told once,
// whatever number of events say so; of anything else once for each event.
func addressed(a about, n notify.Notice, person request.PersonID, audience notify.Audience, ev store.Event) notify.Notice {
	n.To, n.Concern = person, notify.ConcernOf(n.Topic, audience)
	n.ID = store.Digest(ev.ID + "\n" + string(person))
	if audience == notify.Asked {
		n.Version = a.review.Version
		if n.Topic == notify.StageOpened || n.Topic == notify.Topic(event.RequestCreated) {
			n.ID = store.Digest(fmt.Sprintf("asked\n%s\n%d\n%s", a.request.ID, a.review.Stage(), person))
		}
	}
	return n
}
