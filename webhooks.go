package grantwright

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// MaxWebhooks bounds how many webhooks there are.
const MaxWebhooks = 100

// DefaultOverlap is how long the secret before the newest signs beside it.
const DefaultOverlap = 24 * time.Hour

// MaxOverlap bounds the time in which two secrets sign.
const MaxOverlap = 30 * 24 * time.Hour

// ErrTooMany is wrapped when there are as many of something as there may be.
var ErrTooMany = errors.New("grantwright: no more can be added")

// Webhooks is what administrators do with the services that are told of events.
type Webhooks struct{ e *Engine }

// Webhooks returns the webhooks of the engine.
func (e *Engine) Webhooks() Webhooks { return Webhooks{e} }

// WebhookSettings are what an administrator says of a webhook.
type WebhookSettings struct {
	Name     string
	URL      string
	Events   []string // see notify.Webhook
	Insecure bool     // do not verify the receiver's certificate
	Answers  bool     // ask for the answers of forms; GOVERNANCE has to agree
}

// Register adds a webhook, which is told of what happens from now on. Secret is
// the one that signs: a reference such as env:NAME, a secret that the receiver has
// made (whsec_ and base64), or empty for a new one. It is returned, and never
// shown again; a reference is returned as it is. Where changes take two people,
// the error is a *ProposedError, and the secret is returned all the same. It takes
// ADMIN.
func (s Webhooks) Register(ctx context.Context, by request.Identity, w WebhookSettings, secret string) (notify.Webhook, string, error) {
	if err := permit(by, "register a webhook", request.Admin); err != nil {
		return notify.Webhook{}, "", err
	}
	hook := notify.Webhook{ID: notify.WebhookID(s.e.config.NewID()), Name: w.Name, URL: w.URL, Events: w.Events, Insecure: w.Insecure, Answers: w.Answers,
		Owner: by.Person(), State: notify.WebhookActive, Registered: s.e.now()}
	kept, shown, err := s.newSecret(hook.ID, secret)
	if err := errors.Join(hook.Check(), err); err != nil {
		return notify.Webhook{}, "", err
	}
	hook.Secrets = []notify.Secret{kept}
	if err := store.PlaceEvents(ctx, s.e.config.Store); err != nil {
		return notify.Webhook{}, "", err
	}
	err = s.e.alter(ctx, by, &addingWebhook{s.e, hook})
	if err != nil && !errors.Is(err, ErrProposed) {
		return notify.Webhook{}, "", err
	}
	return hook, shown, err
}

func (s Webhooks) insert(ctx context.Context, d *defining, hook notify.Webhook) error {
	all, err := store.Webhooks.All(ctx, s.e.config.Store, "", MaxWebhooks)
	if err != nil {
		return err
	}
	if len(all) >= MaxWebhooks {
		return fmt.Errorf("%w: there are %d webhooks; remove one that nobody needs", ErrTooMany, len(all))
	}
	last, err := store.LastNumber(ctx, s.e.config.Store)
	if err != nil {
		return err
	}
	store.Webhooks.Insert(d.c, hook)
	store.Lanes.Insert(d.c, store.Lane{ID: hookLane(hook.ID), After: last})
	s.e.tell(d.c, event.WebhookRegistered.With(event.Webhook{Name: hook.Name}), d.by, nil, store.Webhooks.Subject(hook.ID))
	return nil
}

// newSecret seals a secret, made or given, and returns it once.
func (s Webhooks) newSecret(id notify.WebhookID, secret string) (kept notify.Secret, shown string, err error) {
	kept.Created = s.e.now()
	if isReference(secret) {
		kept.Reference = secret
		return kept, secret, nil
	}
	if secret == "" {
		secret = hooknotify.NewSecret()
	}
	if _, err := hooknotify.ParseSecret(secret); err != nil {
		return kept, "", &request.InvalidError{What: "webhook", Faults: []request.Fault{{Field: "secret",
			Reason: "must be whsec_ and the base64 of 24 to 64 bytes, a reference such as env:NAME, or missing for a new one"}}}
	}
	kept.Sealed, err = s.e.seal(secret, string(id))
	return kept, secret, err
}

// secrets opens what signs calls of a webhook now.
func (s Webhooks) secrets(ctx context.Context, hook notify.Webhook) ([][]byte, error) {
	var all [][]byte
	for _, secret := range hook.Live(s.e.now()) {
		text, err := "", error(nil)
		if secret.Reference != "" {
			text, err = s.e.config.Secrets(ctx, secret.Reference)
		} else {
			text, err = s.e.unseal(secret.Sealed, string(hook.ID))
		}
		if err != nil {
			return nil, err
		}
		plain, err := hooknotify.ParseSecret(text)
		if err != nil {
			return nil, err
		}
		all = append(all, plain)
	}
	return all, nil
}

// Set changes what an administrator says of a webhook. With another URL,
// GOVERNANCE has to agree anew that answers are sent there. It takes ADMIN.
func (s Webhooks) Set(ctx context.Context, by request.Identity, id notify.WebhookID, w WebhookSettings) (notify.Webhook, error) {
	if err := permit(by, "change a webhook", request.Admin); err != nil {
		return notify.Webhook{}, err
	}
	a := &settingWebhook{e: s.e, ID: id, Settings: w}
	err := s.e.alter(ctx, by, a)
	s.e.carrier.Wake()
	return a.hook, err
}

// Agree says whether governance agrees that the answers of forms are sent to a
// webhook that asks for them. URL is the one that was seen: if it is another by
// now, the error wraps ErrState. It takes GOVERNANCE.
func (s Webhooks) Agree(ctx context.Context, by request.Identity, id notify.WebhookID, agrees bool, url string) (notify.Webhook, error) {
	if err := permit(by, "agree that answers are sent to a webhook", request.Governance); err != nil {
		return notify.Webhook{}, err
	}
	if !agrees { // what ends a disclosure waits for nobody
		return s.update(ctx, by, id, event.WebhookAgreed, func(hook notify.Webhook) (notify.Webhook, error) {
			hook.Agreed = ""
			return hook, nil
		})
	}
	seen, err := s.e.standingHook(ctx, id)
	if err != nil {
		return notify.Webhook{}, err
	}
	a := &agreeingToWebhook{e: s.e, ID: id, Name: seen.Name, URL: url}
	err = s.e.alter(ctx, by, a)
	s.e.carrier.Wake()
	return a.hook, err
}

// Rotate gives a webhook a new secret, as Register does. The one before it signs
// beside it for an overlap, so that receivers can change over; zero means
// DefaultOverlap, less than zero none. It takes ADMIN.
func (s Webhooks) Rotate(ctx context.Context, by request.Identity, id notify.WebhookID, secret string, overlap time.Duration) (notify.Webhook, string, error) {
	if err := permit(by, "rotate the secret of a webhook", request.Admin); err != nil {
		return notify.Webhook{}, "", err
	}
	if overlap > MaxOverlap {
		return notify.Webhook{}, "", &request.InvalidError{What: "webhook", Faults: []request.Fault{{Field: "overlap", Reason: "must be 30 days at most"}}}
	}
	if overlap == 0 {
		overlap = DefaultOverlap
	}
	kept, shown, err := s.newSecret(id, secret)
	if err != nil {
		return notify.Webhook{}, "", err
	}
	hook, err := s.update(ctx, by, id, event.WebhookRotated, func(hook notify.Webhook) (notify.Webhook, error) {
		return hook.Rotated(kept, kept.Created.Add(overlap)), nil
	})
	if err != nil {
		return notify.Webhook{}, "", err
	}
	return hook, shown, nil
}

// Resume calls a webhook again that was suspended. What happened meanwhile is
// sent, in order. It takes ADMIN.
func (s Webhooks) Resume(ctx context.Context, by request.Identity, id notify.WebhookID) (notify.Webhook, error) {
	if err := permit(by, "resume a webhook", request.Admin); err != nil {
		return notify.Webhook{}, err
	}
	if err := s.renew(ctx, id); err != nil {
		return notify.Webhook{}, err
	}
	return s.update(ctx, by, id, event.WebhookResumed, func(hook notify.Webhook) (notify.Webhook, error) {
		if hook.State != notify.WebhookSuspended {
			return hook, fmt.Errorf("%w: only a SUSPENDED webhook can be resumed, it is %s", ErrState, hook.State)
		}
		hook.State, hook.Why = notify.WebhookActive, ""
		return hook, nil
	})
}

// renew lets what has failed begin anew, and the webhook be called at once.
func (s Webhooks) renew(ctx context.Context, id notify.WebhookID) error {
	waiting, err := store.DeliveriesPending.Find(ctx, s.e.config.Store, id, store.Position{}, hookWindow)
	if err != nil {
		return err
	}
	return s.e.change(ctx, func(c *store.Change) error {
		for _, d := range waiting {
			if now, err := store.Deliveries.Get(ctx, s.e.config.Store, d.Value.ID); err == nil && now.Value.State == notify.DeliveryPending {
				store.Deliveries.Update(c, now, now.Value.Again(s.e.now()))
			}
		}
		lane, err := s.e.lane(ctx, hookLane(id))
		if err != nil || lane.Version == 0 {
			return err
		}
		next := lane.Value
		next.Failures, next.Retry = 0, time.Time{}
		s.e.keepLane(c, lane, next)
		return nil
	})
}

// update changes one webhook, with an event, and calls it if there is something
// to tell.
func (s Webhooks) update(ctx context.Context, by request.Identity, id notify.WebhookID, t event.Type[event.Webhook], change func(notify.Webhook) (notify.Webhook, error)) (notify.Webhook, error) {
	var hook notify.Webhook
	err := s.e.change(ctx, func(c *store.Change) (err error) {
		hook, err = s.write(ctx, c, by.Person(), id, t, change)
		return err
	})
	s.e.carrier.Wake()
	return hook, err
}

// write adds the change of one webhook to a change.
func (s Webhooks) write(ctx context.Context, c *store.Change, by request.PersonID, id notify.WebhookID, t event.Type[event.Webhook], change func(notify.Webhook) (notify.Webhook, error)) (notify.Webhook, error) {
	read, err := store.Webhooks.Get(ctx, s.e.config.Store, id)
	if err != nil {
		return notify.Webhook{}, err
	}
	hook, err := change(read.Value)
	if err != nil {
		return hook, err
	}
	store.Webhooks.Update(c, read, hook)
	s.e.tell(c, t.With(event.Webhook{Name: hook.Name, Why: hook.Why}), by, nil, store.Webhooks.Subject(id))
	return hook, store.Ring(ctx, s.e.config.Store, c, hookTask(id), s.e.now())
}

// Remove takes a webhook away, with what was not delivered. It takes ADMIN.
func (s Webhooks) Remove(ctx context.Context, by request.Identity, id notify.WebhookID) error {
	if err := permit(by, "remove a webhook", request.Admin); err != nil {
		return err
	}
	seen, err := s.e.standingHook(ctx, id)
	if err != nil {
		return err
	}
	return s.e.alter(ctx, by, &removingWebhook{s.e, id, seen.Name})
}

func (s Webhooks) remove(ctx context.Context, d *defining, id notify.WebhookID) error {
	read, err := store.Webhooks.Get(ctx, s.e.config.Store, id)
	if err != nil {
		return err
	}
	store.Webhooks.Delete(d.c, read)
	s.e.tell(d.c, event.WebhookRemoved.With(event.Webhook{Name: read.Value.Name}), d.by, nil, store.Webhooks.Subject(id))
	return store.Ring(ctx, s.e.config.Store, d.c, hookTask(id), s.e.now())
}

// All lists the webhooks by id, from the one after a given id, at most limit of
// them. It takes ADMIN, GOVERNANCE or AUDIT.
func (s Webhooks) All(ctx context.Context, by request.Identity, after notify.WebhookID, limit int) ([]notify.Webhook, error) {
	if err := permit(by, "list webhooks", request.Admin, request.Governance, request.Audit); err != nil {
		return nil, err
	}
	return values(store.Webhooks.All(ctx, s.e.config.Store, after, limit))
}

// Webhook reads one webhook. It takes ADMIN, GOVERNANCE or AUDIT.
func (s Webhooks) Webhook(ctx context.Context, by request.Identity, id notify.WebhookID) (notify.Webhook, error) {
	if err := permit(by, "see a webhook", request.Admin, request.Governance, request.Audit); err != nil {
		return notify.Webhook{}, err
	}
	read, err := store.Webhooks.Get(ctx, s.e.config.Store, id)
	return read.Value, err
}

// suspend stops calling a webhook, and tells its owner.
func (s Webhooks) suspend(ctx context.Context, id notify.WebhookID, why string) error {
	return s.e.change(ctx, func(c *store.Change) error {
		read, err := store.Webhooks.Get(ctx, s.e.config.Store, id)
		if err != nil || read.Value.State != notify.WebhookActive {
			return unlessMissing(err)
		}
		hook := read.Value
		hook.State, hook.Why = notify.WebhookSuspended, why
		store.Webhooks.Update(c, read, hook)
		s.e.tell(c, event.WebhookSuspended.With(event.Webhook{Name: hook.Name, Why: why}), request.SystemID, nil, store.Webhooks.Subject(id))
		return nil
	})
}
