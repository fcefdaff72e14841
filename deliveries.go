package grantwright

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxRedelivered bounds how many deliveries are sent again by one call.
const MaxRedelivered = 5000

// Deliveries lists what a webhook was sent and is to be sent, the newest first,
// from a position on: zero for the first page, the one returned for the next.
// Delivered ones are kept for notify.KeptFor. It takes ADMIN or AUDIT.
func (s Webhooks) Deliveries(ctx context.Context, by request.Identity, id notify.WebhookID, after store.Position, limit int) ([]notify.Delivery, store.Position, error) {
	if err := permit(by, "list the deliveries of a webhook", request.Admin, request.Audit); err != nil {
		return nil, after, err
	}
	if _, err := store.Webhooks.Get(ctx, s.e.config.Store, id); err != nil {
		return nil, after, err
	}
	read, err := store.DeliveriesTo.Newest(ctx, s.e.config.Store, id, after, limit)
	return pageOf(read, after, err)
}

// Test sends a message of type webhook.test at once, once, also to a webhook that
// is suspended, and returns how it went. It takes ADMIN.
func (s Webhooks) Test(ctx context.Context, by request.Identity, id notify.WebhookID) (notify.Delivery, error) {
	if err := permit(by, "test a webhook", request.Admin); err != nil {
		return notify.Delivery{}, err
	}
	read, err := store.Webhooks.Get(ctx, s.e.config.Store, id)
	if err != nil {
		return notify.Delivery{}, err
	}
	eventID, now := s.e.config.NewID(), s.e.now()
	d := notify.Delivery{ID: notify.DeliveryID(id, eventID), Webhook: id, Made: now, Payload: notify.Payload{
		Type: notify.WebhookTest, Timestamp: now, ID: eventID, Data: notify.Told{By: by.Person(), About: []string{string(store.Webhooks.Subject(id))}}}}
	d = d.Tried(s.post(ctx, read.Value, d))
	if d.State != notify.DeliveryDelivered {
		d.State, d.Attempts, d.Failing, d.Next = notify.DeliveryFailed, 0, time.Time{}, time.Time{} // it is not tried again
	}
	return d, s.e.change(ctx, func(c *store.Change) error {
		store.Deliveries.Insert(c, d)
		return nil
	})
}

// Redeliver sends something again: the same event, with the same id. It takes ADMIN.
func (s Webhooks) Redeliver(ctx context.Context, by request.Identity, id notify.WebhookID, eventID string) error {
	if err := permit(by, "redeliver to a webhook", request.Admin); err != nil {
		return err
	}
	if err := s.mayCall(ctx, id); err != nil {
		return err
	}
	return s.again(ctx, id, []string{notify.DeliveryID(id, eventID)})
}

// RedeliverSince sends everything again of which the delivery was made between
// two times, at most MaxRedelivered of them, and returns how many: in the order
// of the log. It takes ADMIN.
func (s Webhooks) RedeliverSince(ctx context.Context, by request.Identity, id notify.WebhookID, from, to time.Time) (int, error) {
	if err := permit(by, "redeliver to a webhook", request.Admin); err != nil {
		return 0, err
	}
	if err := s.mayCall(ctx, id); err != nil {
		return 0, err
	}
	if !from.Before(to) {
		return 0, &request.InvalidError{What: "range", Faults: []request.Fault{{Field: "from", Reason: "must be before to"}}}
	}
	sent := 0
	for after := (store.Position{Order: store.OrderTime(from)}); sent < MaxRedelivered; {
		page, err := store.DeliveriesTo.Find(ctx, s.e.config.Store, id, after, redeliverBatch)
		if err != nil {
			return sent, err
		}
		var ids []string
		for _, d := range page {
			if after = d.At; d.Value.Made.Before(to) && d.Value.Number > 0 {
				ids = append(ids, d.Value.ID)
			}
		}
		if err := s.again(ctx, id, ids); err != nil {
			return sent, err
		}
		sent += len(ids)
		if len(page) < redeliverBatch || !page[len(page)-1].Value.Made.Before(to) {
			break
		}
	}
	return sent, nil
}

const redeliverBatch = 200

// mayCall refuses to redeliver to a webhook that is not called.
func (s Webhooks) mayCall(ctx context.Context, id notify.WebhookID) error {
	read, err := store.Webhooks.Get(ctx, s.e.config.Store, id)
	if err == nil && read.Value.State != notify.WebhookActive {
		err = fmt.Errorf("%w: the webhook is %s; resume it first", ErrState, read.Value.State)
	}
	return err
}

// again lets some deliveries be sent once more.
func (s Webhooks) again(ctx context.Context, id notify.WebhookID, deliveries []string) error {
	err := s.e.change(ctx, func(c *store.Change) error {
		read, err := store.Deliveries.Some(ctx, s.e.config.Store, deliveries...)
		if err != nil {
			return err
		}
		if len(read) < len(deliveries) {
			return fmt.Errorf("%w: delivery %q", store.ErrNotFound, deliveries)
		}
		for _, d := range read {
			store.Deliveries.Update(c, d, d.Value.Again(s.e.now()))
		}
		return store.Ring(ctx, s.e.config.Store, c, hookTask(id), s.e.now())
	})
	s.e.carrier.Wake()
	return err
}

// post sends a delivery once.
func (s Webhooks) post(ctx context.Context, hook notify.Webhook, d notify.Delivery) notify.Try {
	fail := func(err error) notify.Try { return notify.Try{At: s.e.now(), Error: err.Error()} }
	payload, err := s.complete(ctx, hook, d.Payload)
	if err != nil {
		return fail(err)
	}
	body, err := json.Marshal(payload)
	if err != nil {
		return fail(err)
	}
	secrets, err := s.secrets(ctx, hook)
	if err != nil {
		return fail(err)
	}
	return s.e.config.Webhooks.Post(ctx, hooknotify.Call{URL: hook.URL, Insecure: hook.Insecure, Secrets: secrets, ID: d.Payload.ID, Body: body})
}

// complete adds the answers, where they may be told now.
func (s Webhooks) complete(ctx context.Context, hook notify.Webhook, p notify.Payload) (notify.Payload, error) {
	if !hook.MayTellAnswers() || p.Data.Request == nil {
		return p, nil
	}
	read, err := store.Requests.Get(ctx, s.e.config.Store, p.Data.Request.ID)
	return p.WithAnswers(read.Value.Answers), err
}

// payloads tells some events as webhooks are sent them.
func (e *Engine) payloads(ctx context.Context, events []store.Event) ([]notify.Payload, error) {
	var ids []request.ID
	for _, ev := range events {
		if ev.Request != "" {
			ids = append(ids, ev.Request)
		}
	}
	all, err := e.recordsOf(ctx, ids)
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
			p.Data.Determination = toldDetermination(ev)
		} else if !strings.HasPrefix(string(ev.Type), "request.") { // what those say stands in the request
			p.Data.Detail = ev.Data
		}
		all.tell(&p.Data, ev.Request, e.link("/requests/"+string(ev.Request)))
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

func toldDetermination(ev store.Event) *notify.ToldDetermination {
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

// link is where a page of ours is; empty where that is not known.
func (e *Engine) link(path string) string {
	if e.config.Address == "" {
		return ""
	}
	return strings.TrimSuffix(e.config.Address, "/") + path
}

// keepDelivery records how an attempt went, whatever became of the delivery
// meanwhile.
func (e *Engine) keepDelivery(ctx context.Context, id string, t notify.Try) (notify.Delivery, error) {
	var d notify.Delivery
	err := e.commit(ctx, func(c *store.Change) error {
		read, err := store.Deliveries.Get(ctx, e.config.Store, id)
		if err != nil {
			return err
		}
		d = read.Value.Tried(t)
		store.Deliveries.Update(c, read, d)
		return nil
	})
	if errors.Is(err, store.ErrNotFound) { // the webhook was removed meanwhile
		err = nil
	}
	return d, err
}
