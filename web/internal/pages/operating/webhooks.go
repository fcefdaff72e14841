package operating

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// webhookList is the page of all webhooks, with the form for another.
type webhookList struct {
	Webhooks []shownWebhook
	Form     notify.WebhookSettings
	Trouble  string
	Admin    bool
	Next     string
}

// shownWebhook is a webhook with the state of its newest delivery, empty where there is none.
type shownWebhook struct {
	site.Webhook
	Latest notify.DeliveryState
}

// Mood is how a webhook is: one that has delivered nothing yet is not good.
func (h shownWebhook) Mood() mood {
	switch {
	case h.State == notify.WebhookSuspended:
		return mood{Text: "Suspended", Tone: "bad"}
	case h.Latest == notify.DeliveryDelivered:
		return mood{Text: "Delivering", Tone: "good"}
	case h.Latest == notify.DeliveryFailed:
		return mood{Text: "Last delivery failed", Tone: "bad"}
	case h.Latest == notify.DeliveryPending:
		return mood{Text: "Delivery under way", Tone: "wait"}
	}
	return mood{Text: "Nothing delivered yet", Tone: "over"}
}

func (s *room) webhooksPage(w http.ResponseWriter, r *http.Request) {
	s.showWebhooks(w, r, notify.WebhookSettings{}, nil)
}

func (s *room) showWebhooks(w http.ResponseWriter, r *http.Request, form notify.WebhookSettings, trouble *site.Problem) {
	by := site.VisitOf(r.Context()).By
	found, err := s.Engine.Webhooks().All(r.Context(), by, "", notify.MaxWebhooks)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page, status := webhookList{Form: form, Admin: by.Has(request.Admin)}, http.StatusOK
	ids := make([]notify.WebhookID, len(found))
	for i, h := range found {
		ids[i] = h.ID
	}
	latest, err := s.Engine.Webhooks().Latest(r.Context(), by, ids...)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	for i, h := range found {
		page.Webhooks = append(page.Webhooks, shownWebhook{site.WebhookOf(h), latest[i]})
	}
	if trouble != nil {
		page.Trouble, status = trouble.Detail, trouble.Status
	}
	s.show(w, r, status, "webhooks", page)
}

// webhooksAct registers a webhook, and shows its secret this once.
func (s *room) webhooksAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	settings := settingsIn(r)
	hook, secret, err := s.Engine.Webhooks().Register(r.Context(), site.VisitOf(r.Context()).By, settings, strings.TrimSpace(r.PostForm.Get("secret")))
	if proposed := (*manifest.ProposedError)(nil); errors.As(err, &proposed) {
		s.show(w, r, http.StatusAccepted, "proposedhook", proposedWebhook{proposed.Proposal, secret})
		return
	}
	if err != nil {
		s.showWebhooks(w, r, settings, s.Problem(r, err))
		return
	}
	s.showWebhook(w, r, hook.ID, webhookView{Secret: secret}, http.StatusCreated)
}

// proposedWebhook is a webhook that awaits a second person, with its secret, shown this once.
type proposedWebhook struct {
	Proposal manifest.ProposalID
	Secret   string
}

// settingsIn reads the form of a webhook.
func settingsIn(r *http.Request) notify.WebhookSettings {
	f := r.PostForm
	return notify.WebhookSettings{Name: strings.TrimSpace(f.Get("name")), URL: strings.TrimSpace(f.Get("url")), Events: strings.Fields(strings.ReplaceAll(f.Get("events"), ",", " ")),
		Insecure: f.Get("insecure") != "", Answers: f.Get("answers") != ""}
}

// webhookView is the page of one webhook.
type webhookView struct {
	Webhook    shownWebhook
	Deliveries []delivered
	Admin      bool
	Governance bool
	History    bool // may be seen
	Next       string

	Secret  string           // shown this once
	Tested  *notify.Delivery // the result of a test just now
	Ranged  bool             // a range was sent again just now
	Again   int              // how many of it
	Trouble string
}

// delivered is a delivery with what happened, in words; empty where a newer release wrote it.
type delivered struct {
	notify.Delivery
	Happened string
}

// happened writes the topic of a delivery.
func (s *room) happened(w *words.Words, topic notify.Topic) string {
	if topic == notify.WebhookTest {
		return w.T("Test")
	}
	return s.events(w, event.Name(topic))
}

// Filters are the events as the form writes them.
func (v webhookView) Filters() string { return strings.Join(v.Webhook.Events, " ") }

func (s *room) webhookPage(w http.ResponseWriter, r *http.Request) {
	s.showWebhook(w, r, notify.WebhookID(r.PathValue("id")), webhookView{}, http.StatusOK)
}

func (s *room) showWebhook(w http.ResponseWriter, r *http.Request, id notify.WebhookID, page webhookView, status int) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	hook, err := s.Engine.Webhooks().Webhook(ctx, by, id)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	latest, err := s.Engine.Webhooks().Latest(ctx, by, id)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.Webhook, page.Admin, page.Governance = shownWebhook{site.WebhookOf(hook), latest[0]}, by.Has(request.Admin), by.Has(request.Governance)
	if page.History = page.Admin || by.Has(request.Audit); page.History {
		found, next, err := s.Engine.Webhooks().Deliveries(ctx, by, id, after, frame.ListLength)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		for _, d := range found {
			page.Deliveries = append(page.Deliveries, delivered{d, s.happened(words.Of(r), d.Payload.Type)})
		}
		if len(found) == frame.ListLength {
			page.Next = s.NextPage(r, next)
		}
	}
	s.show(w, r, status, "webhook", page)
}

// webhookAct does the act of a button.
func (s *room) webhookAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ctx, by, hooks, id := r.Context(), site.VisitOf(r.Context()).By, s.Engine.Webhooks(), notify.WebhookID(r.PathValue("id"))
	var page webhookView
	var err error
	act := r.PostForm.Get("act")
	switch act {
	case "set":
		_, err = hooks.Set(ctx, by, id, settingsIn(r))
	case "agree", "withdraw":
		_, err = hooks.Agree(ctx, by, id, act == "agree", r.PostForm.Get("url"))
	case "rotate":
		_, page.Secret, err = hooks.Rotate(ctx, by, id, "", 0)
	case "resume":
		_, err = hooks.Resume(ctx, by, id)
	case "test":
		var d notify.Delivery
		d, err = hooks.Test(ctx, by, id)
		page.Tested = &d
	case "redeliver":
		err = hooks.Redeliver(ctx, by, id, r.PostForm.Get("event"))
	case "range":
		page.Again, err = s.redeliverRange(r, id)
		page.Ranged = true
	case "remove":
		err = hooks.Remove(ctx, by, id, 0)
	default:
		err = frame.ErrNoDecision
	}
	switch {
	case s.ToProposal(w, r, err):
	case err != nil:
		p := s.Problem(r, err)
		s.showWebhook(w, r, id, webhookView{Trouble: p.Detail}, p.Status)
	case act == "remove":
		http.Redirect(w, r, s.To(r, "/webhooks"), http.StatusSeeOther)
	case page.Secret != "" || page.Tested != nil || page.Ranged:
		s.showWebhook(w, r, id, page, http.StatusOK)
	default:
		http.Redirect(w, r, s.Here(r), http.StatusSeeOther)
	}
}

// redeliverRange repeats the deliveries that were made between two times, in UTC.
func (s *room) redeliverRange(r *http.Request, id notify.WebhookID) (int, error) {
	var times [2]time.Time
	for i, name := range []string{"from", "to"} {
		at, err := time.Parse(frame.AtInput, r.PostForm.Get(name))
		if err != nil {
			return 0, site.Invalid("range", name, "must be a date and a time, in UTC")
		}
		times[i] = at
	}
	return s.Engine.Webhooks().RedeliverSince(r.Context(), site.VisitOf(r.Context()).By, id, times[0], times[1])
}
