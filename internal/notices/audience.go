package notices

import (
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// topicOf is the topic of the notices about an event; empty where it has none.
func topicOf(ev store.Event) notify.Topic {
	payload, _ := ev.Payload() // this release may not know it
	switch p := payload.(type) {
	case event.Determined:
		switch {
		case p.Status == request.Pending:
			return notify.StageOpened
		case p.Emergency && p.Status == request.Approved: // request.emergency says it to all of them
			return ""
		}
	case event.Grant:
		if endsByAnother(ev.Type, p) || ev.Type == event.GrantFailed.Name() && p.Attempts > 1 { // grant.failing is emitted from the second attempt on
			return ""
		}
	}
	return notify.Topic(ev.Type)
}

// endsByAnother reports whether a grant ends while another one gives the same access:
// then nobody loses it.
func endsByAnother(t event.Name, g event.Grant) bool {
	ends := []event.Name{event.GrantExpiring.Name(), event.GrantRevoked.Name(), event.RequestExpired.Name()}
	return g.Outlived != "" && slices.Contains(ends, t)
}

// noticeOf is the notice about an event, without its person.
func noticeOf(a decisions.EventSubject, topic notify.Topic, ev store.Event) notify.Notice {
	payload, _ := ev.Payload() // this release may not know it
	n := notify.Notice{Topic: topic, Detail: event.Words(payload), By: ev.By, At: ev.At, Number: ev.Number}
	if g, is := payload.(event.Grant); is {
		n.Count = g.GapCount
		if ev.Type == event.GrantExpiring.Name() {
			n.Ends = g.Ends
		}
	}
	switch {
	case a.Request != nil:
		n.Request, n.Asset, n.Status = a.Request.ID, a.Request.Asset, a.Request.Status
	case a.Wanted != nil:
		n.Asset, n.Named, n.Page = a.Wanted.Asset, a.Wanted.Link.FullyQualifiedName(), "/wanted"
		if a.Wanted.Asset != "" { // the link leads to the asset, or lets the person choose
			n.Page = a.Wanted.Link.URL("")
		}
	default:
		nameIn(&n, payload)
	}
	if a.Request == nil && len(ev.About) > 0 {
		n.Subject = string(ev.About[0])
	}
	if n.Detail == n.Named { // the name is not written twice
		n.Detail = ""
	}
	return n
}

// nameIn fills in the name of the subject of a payload, where that is no request.
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
		n.Count = p.Removals + p.Suspensions
	case event.Proposal:
		n.Named = strings.TrimSpace(p.What + " " + p.Name)
	case event.Webhook:
		n.Named = p.Name
	case event.Token:
		n.Named = p.Name
	}
}

// addressed is a notice to one person. Several events may say that one stage waits for
// them: these have one notice. Any other event has a notice of its own.
func addressed(a decisions.EventSubject, n notify.Notice, person request.PersonID, audience notify.Audience, ev store.Event) notify.Notice {
	n.To, n.Concern = person, notify.ConcernOf(n.Topic, audience)
	n.ID = store.Digest(ev.ID + "\n" + string(person))
	if audience == notify.Asked || audience == notify.Assigned {
		n.Version = a.Review.Version
		if n.Topic == notify.StageOpened || n.Topic == notify.Topic(event.RequestCreated) {
			n.ID = store.Digest(fmt.Sprintf("asked\n%s\n%d\n%s", a.Request.ID, a.Review.Stage(), person))
		}
	}
	return n
}
