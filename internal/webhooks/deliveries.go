package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const RedeliverBatch = 200

// MayCall refuses to redeliver to a webhook that is not called.
func (w *Webhooks) MayCall(ctx context.Context, id notify.WebhookID) error {
	read, err := records.Webhooks.Get(ctx, w.Store, id)
	if err == nil && read.Value.State != notify.WebhookActive {
		err = fmt.Errorf("%w: the webhook is %s; resume it first", store.ErrState, read.Value.State)
	}
	return err
}

// Redeliver lets some deliveries be sent once more.
func (w *Webhooks) Redeliver(ctx context.Context, id notify.WebhookID, deliveries []string) error {
	err := w.Change(ctx, func(c *store.Change) error {
		read, err := records.Deliveries.Some(ctx, w.Store, deliveries...)
		if err != nil {
			return err
		}
		if len(read) < len(deliveries) {
			return fmt.Errorf("%w: delivery %q", store.ErrNotFound, deliveries)
		}
		for _, d := range read {
			records.Deliveries.Update(c, d, d.Value.Again(w.Now()))
		}
		return store.Ring(ctx, w.Store, c, journal.HookTask(id), w.Now())
	})
	w.Carrier.Wake()
	return err
}

// Post sends a delivery once.
func (w *Webhooks) Post(ctx context.Context, hook notify.Webhook, d notify.Delivery) notify.Try {
	fail := func(err error) notify.Try { return notify.Try{At: w.Now(), Error: err.Error()} }
	payload, err := w.complete(ctx, hook, d.Payload)
	if err != nil {
		return fail(err)
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return fail(err)
	}
	secrets, err := w.secrets(ctx, hook)
	if err != nil {
		return fail(err)
	}
	return w.Client.Post(ctx, hooknotify.Call{URL: hook.URL, Insecure: hook.Insecure, Secrets: secrets, ID: d.Payload.ID, Body: body})
}

// complete adds the answers, where they may be told now.
func (w *Webhooks) complete(ctx context.Context, hook notify.Webhook, p notify.Payload) (notify.Payload, error) {
	if !hook.MayTellAnswers() || p.Data.Request == nil {
		return p, nil
	}
	read, err := records.Requests.Get(ctx, w.Store, p.Data.Request.ID)
	return p.WithAnswers(read.Value.Answers), err
}

// Payloads tells some events as webhooks are sent them.
func (w *Webhooks) Payloads(ctx context.Context, events []store.Event) ([]notify.Payload, error) {
	var ids []request.ID
	for _, ev := range events {
		if ev.Request != "" {
			ids = append(ids, ev.Request)
		}
	}
	all, err := w.recordsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	payloads := make([]notify.Payload, len(events))
	for i, ev := range events {
		p := notify.Payload{Type: notify.Topic(ev.Type), Timestamp: ev.At, ID: ev.ID, Sequence: ev.Seq, Data: notify.Told{By: ev.By}}
		for _, subject := range ev.About {
			p.Data.About = append(p.Data.About, string(subject))
		}
		if ev.Type == event.RequestDetermined.Name() {
			p.Data.Determination = determinationPayload(ev)
		} else if !strings.HasPrefix(string(ev.Type), "request.") { // what those say stands in the request
			p.Data.Detail = ev.Data
		}
		all.fillPayload(&p.Data, ev.Request, w.Provisioning.Link("/requests/"+string(ev.Request)))
		leftBy(ev, p.Data.Grant)
		payloads[i] = p
	}
	return payloads, nil
}

// leftBy tells a grant in the state in which an event of its own has left it: by the
// time that this is told it may have gone on.
func leftBy(ev store.Event, g *notify.ToldGrant) {
	if g == nil || !strings.HasPrefix(string(ev.Type), "grant.") {
		return
	}
	payload, _ := ev.Payload() // that of a newer release says nothing of it
	left, says := event.Left(payload)
	if !says {
		return
	}
	g.State, g.Error, g.Ends = left.State, left.Error, notify.Moment(left.Ends)
	if begun := left.State == string(provision.Active) || g.Started != nil && g.Started.Before(ev.At); !begun {
		g.Known, g.Started = "", nil
	}
	if left.State != string(provision.Revoked) {
		g.Gone = nil
	}
}

func determinationPayload(ev store.Event) *notify.ToldDetermination {
	d, err := event.RequestDetermined.Decode(ev.Data)
	if err != nil {
		return nil
	}
	told := &notify.ToldDetermination{Status: d.Status, Act: d.Act, Rule: d.Rule, Reason: d.Reason, By: ev.By,
		Privilege: string(d.Privilege), Columns: d.Columns, For: d.For}
	if !d.Duration.IsZero() {
		told.Duration = d.Duration.String()
	}
	return told
}

// saveDelivery records how an attempt went, whatever became of the delivery
// meanwhile.
func (w *Webhooks) saveDelivery(ctx context.Context, id string, t notify.Try) (notify.Delivery, error) {
	var d notify.Delivery
	err := w.Commit(ctx, func(c *store.Change) error {
		read, err := records.Deliveries.Get(ctx, w.Store, id)
		if err != nil {
			return err
		}
		d = read.Value.Tried(t)
		records.Deliveries.Update(c, read, d)
		return nil
	})
	if errors.Is(err, store.ErrNotFound) { // the webhook was removed meanwhile
		err = nil
	}
	return d, err
}
