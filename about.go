package grantwright

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// topicOf is what people are told of an event; empty for nothing.
func topicOf(event store.Event) notify.Topic {
	switch event.Type {
	case RequestDetermined:
		var d determined
		if json.Unmarshal(event.Data, &d) == nil && d.Status == request.Pending {
			return notify.StageOpened
		}
	case GrantExpiring, GrantRevoked, RequestExpired: // what goes on by another grant does not end for anybody
		var g granted
		if json.Unmarshal(event.Data, &g) == nil && g.Outlived != "" {
			return ""
		}
	case GrantFailed: // the first time in a row; later ones are failing
		var g granted
		if json.Unmarshal(event.Data, &g) == nil && g.Attempts > 1 {
			return ""
		}
	}
	return notify.Topic(event.Type)
}

// about is what an event is about: the request with its review, an asset that
// somebody has looked for, a webhook, or a proposed change.
type about struct {
	request *request.Request
	review  *review.Review
	wanted  *request.Wanted
	owner   request.PersonID // of a webhook or a proposal, or the substitute that somebody has named
}

func (e *Engine) aboutOf(ctx context.Context, event store.Event) (about, error) {
	var a about
	if event.Request != "" {
		read, rev, err := e.underReview(ctx, event.Request)
		if err != nil {
			return a, err
		}
		a.request, a.review = &read.Value, &rev.Value
		return a, nil
	}
	for _, subject := range event.About {
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

// notice is what everybody is told of an event.
func (a about) notice(topic notify.Topic, event store.Event) notify.Notice {
	said := saidBy(event)
	n := notify.Notice{Topic: topic, Detail: said.words(), Ends: said.Ends, By: event.By, At: event.At, Number: event.Number}
	switch {
	case a.request != nil:
		n.Request, n.Asset, n.Status = a.request.ID, a.request.Asset, a.request.Status
	case a.wanted != nil:
		n.Asset, n.Named, n.Page = a.wanted.Asset, a.wanted.Link.FullyQualifiedName(), "/wanted"
		if a.wanted.Asset != "" { // the link leads to the asset, or lets the person choose
			n.Page = a.wanted.Link.URL("")
		}
	default:
		n.Asset, n.Named, n.Count = said.Asset, strings.TrimSpace(said.What+" "+said.Name), said.Removals
	}
	if a.request == nil && len(event.About) > 0 {
		n.Subject = string(event.About[0])
	}
	if n.Detail == n.Named { // once is enough
		n.Detail = ""
	}
	return n
}

// to addresses a notice. That a stage waits for somebody they are told once,
// whatever number of events say so; of anything else once for each event.
func (a about) to(n notify.Notice, person request.PersonID, audience notify.Audience, event store.Event) notify.Notice {
	n.To, n.Concern = person, notify.ConcernOf(n.Topic, audience)
	n.ID = store.Digest(event.ID + "\n" + string(person))
	if audience == notify.Asked {
		n.Version = a.review.Version
		if n.Topic == notify.StageOpened || n.Topic == notify.Topic(RequestCreated) {
			n.ID = store.Digest(fmt.Sprintf("asked\n%s\n%d\n%s", a.request.ID, a.review.Stage(), person))
		}
	}
	return n
}

// said is what the events of all kinds tell that people are told.
type said struct {
	Reason, Withheld, Error, Why, Text, Question, Comment, Note, Detail, Doubt string

	What     string      // is to be changed, such as flow
	Name     string      // of that, or of a webhook
	Asset    catalog.Ref // of access that no grant wants
	Removals int         // for which a comparison has stopped
	Ends     time.Time   // of access
}

func saidBy(event store.Event) said {
	var s said
	if json.Unmarshal(event.Data, &s) != nil {
		return said{}
	}
	if event.Type != GrantExpiring {
		s.Ends = time.Time{}
	}
	return s
}

// words are those that somebody, or a platform, has said.
func (s said) words() string {
	return cmp.Or(s.Reason, s.Withheld, s.Error, s.Why, s.Question, s.Comment, s.Text, s.Note, s.Detail, s.Doubt)
}
