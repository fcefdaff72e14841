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

// noticeOf is the notice about an event, without its person.
func noticeOf(a decisions.EventSubject, topic notify.Topic, ev store.Event) notify.Notice {
	payload, _ := ev.Payload() // that of a newer release is not known
	n := notify.Notice{Topic: topic, Detail: event.Words(payload), By: ev.By, At: ev.At, Number: ev.Number}
	if g, is := payload.(event.Grant); is && ev.Type == event.GrantExpiring.Name() {
		n.Ends = g.Ends
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
	if n.Detail == n.Named { // once is enough
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
		n.Count = p.Removals
	case event.Proposal:
		n.Named = strings.TrimSpace(p.What + " " + p.Name)
	case event.Webhook:
		n.Named = p.Name
	}
}

// addressed is a notice to one person. They are notified once that a stage waits for
// them, however many events say so; of anything else once for each event.
func addressed(a decisions.EventSubject, n notify.Notice, person request.PersonID, audience notify.Audience, ev store.Event) notify.Notice {
	n.To, n.Concern = person, notify.ConcernOf(n.Topic, audience)
	n.ID = store.Digest(ev.ID + "\n" + string(person))
	if audience == notify.Asked {
		n.Version = a.Review.Version
		if n.Topic == notify.StageOpened || n.Topic == notify.Topic(event.RequestCreated) {
			n.ID = store.Digest(fmt.Sprintf("asked\n%s\n%d\n%s", a.Request.ID, a.Review.Stage(), person))
		}
	}
	return n
}
