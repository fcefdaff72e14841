package tests

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

func TestAWebhookIsToldInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	r := newReceiver(t)
	hook := w.hook(t, r, "request.*")
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, owner, req, review.Approve)
	w.determine(t, privacy, req, review.Approve)
	w.settle(t, req)
	_, err := w.Revoke(t.Context(), eve, req.ID, "done")
	must(t, err)
	w.work(t)
	want := []notify.Topic{"request.created", "request.determined", "request.determined", "request.revoked"}
	got := r.got()
	if !slices.Equal(r.types(), want) {
		t.Fatalf("told %v, want %v", r.types(), want)
	}
	last := 0
	for _, m := range got {
		if m.ID != m.Payload.ID || m.Payload.Sequence <= last {
			t.Errorf("message %s of event %s has sequence %d after %d", m.ID, m.Payload.ID, m.Payload.Sequence, last)
		}
		last = m.Payload.Sequence
	}
	d := got[2].Payload.Data
	if d.Determination.Status != request.Approved || d.Determination.By != privacy.Person() || d.Asset.Ref != orders || d.Grant == nil ||
		d.Request.Link != "https://access.example.com/requests/"+string(req.ID) {
		t.Errorf("the determination tells %+v", d)
	}
	if strings.Contains(got[0].Body, "monthly report") {
		t.Error("answers were told without being asked for")
	}
	if all := w.deliveries(t, hook.ID); len(all) != 4 || all[0].State != notify.DeliveryDelivered || all[0].Tries[0].Status != 204 {
		t.Errorf("the history is %+v", all)
	}
}

func TestAnswersAreToldOnlyByAgreement(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	r := newReceiver(t)
	hook := w.hook(t, r, "request.created")
	told := func() bool {
		before := len(r.got())
		req := w.submit(t, eve, "30 DAYS")
		_, err := w.Cancel(t.Context(), eve, req.ID)
		must(t, err)
		w.work(t)
		return strings.Contains(r.got()[before].Body, "monthly report")
	}
	settings := notify.WebhookSettings{Name: "catalog", URL: r.URL, Events: []string{"request.created"}, Answers: true}
	_, err := w.Webhooks().Set(t.Context(), admin, hook.ID, settings)
	must(t, err)
	if told() {
		t.Error("answers were told without the agreement of governance")
	}
	if _, err := w.Webhooks().Agree(t.Context(), admin, hook.ID, true, r.URL); !errors.Is(err, request.ErrForbidden) {
		t.Errorf("an administrator agrees: %v", err)
	}
	if _, err := w.Webhooks().Agree(t.Context(), gov, hook.ID, true, "https://elsewhere.example.com"); !errors.Is(err, store.ErrState) {
		t.Errorf("governance agrees to another URL: %v", err)
	}
	_, err = w.Webhooks().Agree(t.Context(), gov, hook.ID, true, r.URL)
	must(t, err)
	if !told() {
		t.Error("answers were not told, although governance has agreed")
	}
	settings.URL += "/elsewhere"
	_, err = w.Webhooks().Set(t.Context(), admin, hook.ID, settings)
	must(t, err)
	if told() {
		t.Error("answers were told to another URL than the one that governance agreed to")
	}
}

func TestTwoSecretsSignWhileRotating(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	old, new := newReceiver(t), newReceiver(t)
	hook := w.hook(t, old)
	_, secret, err := w.Webhooks().Rotate(t.Context(), admin, hook.ID, "", time.Hour)
	must(t, err)
	if secret == old.secret {
		t.Fatal("the secret is the same")
	}
	_, err = w.Webhooks().Test(t.Context(), admin, hook.ID) // the old secret still verifies
	must(t, err)
	_, err = w.Webhooks().Set(t.Context(), admin, hook.ID, notify.WebhookSettings{Name: "catalog", URL: new.URL})
	must(t, err)
	new.secret = secret
	_, err = w.Webhooks().Test(t.Context(), admin, hook.ID)
	must(t, err)
	w.clock.Move(time.Hour)
	if live := w.webhook(t, hook.ID).Live(w.clock.Now()); len(live) != 1 {
		t.Errorf("%d secrets sign after the overlap, want 1", len(live))
	}
	_, err = w.Webhooks().Test(t.Context(), admin, hook.ID)
	must(t, err)
	if len(old.got()) != 1 || len(new.got()) != 2 {
		t.Errorf("the receivers took %d and %d messages, want 1 and 2", len(old.got()), len(new.got()))
	}
}

func TestSecretsOfWebhooksAreKeptSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	hook, secret, err := w.Webhooks().Register(t.Context(), admin, notify.WebhookSettings{Name: "catalog", URL: "https://hooks.example.com"}, "")
	must(t, err)
	for _, kind := range []string{"webhooks", "events"} {
		pages, err := w.store.Find(t.Context(), store.Query{Kind: kind})
		must(t, err)
		for _, r := range pages[0] {
			if strings.Contains(string(r.Body), strings.TrimPrefix(secret, "whsec_")) {
				t.Errorf("%s %s holds the secret", kind, r.ID)
			}
		}
	}
	for _, bad := range []string{"whsec_", "secret", "whsec_c2hvcnQ="} {
		_, _, err := w.Webhooks().Rotate(t.Context(), admin, hook.ID, bad, 0)
		if invalid := (*request.InvalidError)(nil); !errors.As(err, &invalid) || strings.Contains(err.Error(), "c2hvcnQ") {
			t.Errorf("secret %q: %v", bad, err)
		}
	}
	without := newWorld(t)
	if _, _, err := without.Webhooks().Register(t.Context(), admin, notify.WebhookSettings{Name: "catalog", URL: "https://hooks.example.com"}, ""); !errors.Is(err, notify.ErrNoKey) {
		t.Errorf("a secret of our own without a key: %v", err)
	}
	if _, _, err := without.Webhooks().Register(t.Context(), admin, notify.WebhookSettings{Name: "catalog", URL: "https://hooks.example.com"}, "env:HOOK_SECRET"); err != nil {
		t.Errorf("a reference without a key: %v", err)
	}
}

// TestSecretsOfWebhooksAreNowhere does all that can be done with a webhook whose URL
// holds a token, and looks for both secrets and the token in the log and in all that
// people are told and shown.
func TestSecretsOfWebhooksAreNowhere(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := newWorld(t, calling, func(c *grantwright.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	ctx := t.Context()
	hook, first, err := w.Webhooks().Register(ctx, admin, notify.WebhookSettings{Name: "catalog", URL: "http://127.0.0.1:1/hook?token=hidden"}, "")
	must(t, err)
	_, second, err := w.Webhooks().Rotate(ctx, admin, hook.ID, "", 0)
	must(t, err)
	tested, err := w.Webhooks().Test(ctx, admin, hook.ID)
	must(t, err)
	w.submit(t, eve, "30 DAYS")
	for w.webhook(t, hook.ID).State == notify.WebhookActive {
		w.work(t)
		w.clock.Move(time.Hour)
	}
	w.work(t)
	events, err := w.Log().CloudEvents(ctx, auditor, 0, 100)
	must(t, err)
	for what, where := range map[string]string{
		"the log": log.String(), "the test": fmt.Sprintf("%+v", tested), "the webhook": fmt.Sprintf("%+v", w.webhook(t, hook.ID).Secrets), "the reason": w.webhook(t, hook.ID).Why,
		"the history": fmt.Sprintf("%+v", w.deliveries(t, hook.ID)), "the events": fmt.Sprintf("%+v", events), "the inbox": fmt.Sprintf("%+v", inboxOf(t, w, admin)),
	} {
		for _, secret := range []string{strings.TrimPrefix(first, "whsec_"), strings.TrimPrefix(second, "whsec_"), "token=hidden"} {
			if where == "" && what != "the log" || strings.Contains(where, secret) {
				t.Errorf("%s holds %s:\n%s", what, secret, where)
			}
		}
	}
}

// TestReceiversFail sends one event to receivers that fail in each way, and then
// answer well.
func TestReceiversFail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		status int
		why    string
	}{
		{"500", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "out of order", 500) }, 500, "answered 500"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, http.StatusTemporaryRedirect, "redirects are not followed"},
		{"silence", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 0, "no whole answer within 2s"},
		{"a drip", drip, 200, "no whole answer within 2s"},
		{"closed in the middle", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, 200, "closed in the middle"},
		{"closed before", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "closed in the middle"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, calling)
			r := newReceiver(t)
			hook := w.hook(t, r, "request.created")
			r.answers(tt.answer)
			w.submit(t, eve, "30 DAYS")
			w.work(t)
			d := w.deliveries(t, hook.ID)[0]
			if d.State != notify.DeliveryPending || d.Attempts != 1 || d.Tries[0].Status != tt.status || !strings.Contains(d.Tries[0].Error, tt.why) {
				t.Errorf("the delivery is %+v, want status %d and why %q", d, tt.status, tt.why)
			}
			r.answers(nil)
			w.work(t)
			if len(r.got()) != 0 {
				t.Error("it was sent again at once")
			}
			w.clock.Move(notify.WebhookBackoff(0) + 5*time.Second)
			w.work(t)
			if got := r.got(); len(got) != 1 || got[0].ID != d.Payload.ID {
				t.Errorf("after that it has taken %+v", got)
			}
		})
	}
}

// drip answers well, and never comes to an end.
func drip(w http.ResponseWriter, r *http.Request) {
	_, _ = w.Write([]byte("wait"))
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

func TestAnEndlessAnswerIsNotReadToItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	r := newReceiver(t)
	hook := w.hook(t, r, "request.created")
	r.answers(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte(strings.Repeat("endless ", 1000))); err != nil {
				return
			}
		}
	})
	w.submit(t, eve, "30 DAYS")
	w.work(t)
	d := w.deliveries(t, hook.ID)[0]
	if d.State != notify.DeliveryDelivered || len(d.Tries[0].Excerpt) > notify.MaxExcerptBytes+3 {
		t.Errorf("the delivery is %s after %d bytes", d.State, len(d.Tries[0].Excerpt))
	}
}

func TestAWebhookThatFailsForThreeDaysIsSuspended(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	r := newReceiver(t)
	hook := w.hook(t, r, "request.*")
	r.answers(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusServiceUnavailable) })
	first := w.submit(t, eve, "30 DAYS")
	for w.clock.Move(0); w.webhook(t, hook.ID).State == notify.WebhookActive; w.clock.Move(time.Hour) {
		w.work(t)
		if w.clock.Now().Sub(first.Submitted) > notify.GiveUpAfter+2*time.Hour {
			t.Fatal("it is not suspended")
		}
	}
	if after := w.clock.Now().Sub(first.Submitted); after < notify.GiveUpAfter {
		t.Errorf("it was suspended after %s", after)
	}
	calls := r.called()
	second := w.submit(t, frank, "30 DAYS")
	w.clock.Move(time.Hour)
	w.work(t)
	if r.called() != calls {
		t.Error("a suspended webhook was called")
	}
	if hook := w.webhook(t, hook.ID); !strings.Contains(hook.Why, "answered 503") {
		t.Errorf("it is suspended because %q", hook.Why)
	}
	r.answers(nil)
	_, err := w.Webhooks().Resume(t.Context(), admin, hook.ID)
	must(t, err)
	w.work(t)
	taken := map[request.ID]int{}
	for _, m := range r.got() {
		taken[m.Payload.Data.Request.ID]++
	}
	if diff := cmp.Diff(map[request.ID]int{first.ID: 1, second.ID: 1}, taken); diff != "" {
		t.Errorf("after it was resumed it has taken otherwise (-want +got):\n%s", diff)
	}
}

func TestGoneSuspendsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	r := newReceiver(t)
	hook := w.hook(t, r)
	r.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	w.submit(t, eve, "30 DAYS")
	w.work(t)
	if hook := w.webhook(t, hook.ID); hook.State != notify.WebhookSuspended || r.called() != 1 {
		t.Errorf("after %d calls it is %s", r.called(), hook.State)
	}
}

func TestWhatOneReceiverNeverTakesHoldsUpNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	r := newReceiver(t)
	w.hook(t, r, "request.*")
	poisoned := w.submit(t, eve, "30 DAYS")
	r.answers(func(rw http.ResponseWriter, q *http.Request) { http.Error(rw, "I cannot read this", 400) })
	w.work(t)
	r.answers(nil)
	_, err := w.Cancel(t.Context(), eve, poisoned.ID) // waits for what came before it
	must(t, err)
	other := w.submit(t, frank, "30 DAYS")
	w.clock.Move(2 * time.Second)
	w.work(t)
	w.clock.Move(time.Minute)
	w.work(t)
	var got []string
	for _, m := range r.got() {
		got = append(got, fmt.Sprint(m.Payload.Data.Request.ID, " ", m.Payload.Type))
	}
	of := func(id request.ID) []string {
		return slices.DeleteFunc(slices.Clone(got), func(s string) bool { return !strings.HasPrefix(s, string(id)) })
	}
	want := []string{fmt.Sprint(poisoned.ID, " request.created"), fmt.Sprint(poisoned.ID, " request.canceled")}
	if !slices.Equal(of(poisoned.ID), want) || len(of(other.ID)) != 1 {
		t.Errorf("it has taken %v", got)
	}
}

func TestRedelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	r := newReceiver(t)
	hook := w.hook(t, r, "request.*")
	from := w.clock.Now()
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, owner, req, review.Deny)
	w.work(t)
	first := r.got()
	must(t, w.Webhooks().Redeliver(t.Context(), admin, hook.ID, first[0].ID))
	w.work(t)
	if got := r.got(); len(got) != 3 || got[2].ID != first[0].ID {
		t.Fatalf("after one redelivery it has taken %d messages", len(got))
	}
	n, err := w.Webhooks().RedeliverSince(t.Context(), admin, hook.ID, from, w.clock.Now().Add(time.Second))
	must(t, err)
	w.work(t)
	got := r.got()
	if n != 2 || len(got) != 5 || got[3].ID != first[0].ID || got[4].ID != first[1].ID {
		t.Errorf("%d were sent again, and it has taken %d", n, len(got))
	}
	if _, err := w.Webhooks().RedeliverSince(t.Context(), admin, hook.ID, from, from); err == nil {
		t.Error("an empty range is taken")
	}
	if err := w.Webhooks().Redeliver(t.Context(), admin, hook.ID, "nothing"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("redelivery of nothing: %v", err)
	}
}

func TestARemovedWebhookLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	r := newReceiver(t)
	hook := w.hook(t, r)
	r.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	w.submit(t, eve, "30 DAYS")
	w.work(t)
	must(t, w.Webhooks().Remove(t.Context(), admin, hook.ID, 0))
	w.work(t)
	for _, kind := range []string{"webhooks", "deliveries"} {
		if left, err := w.store.Find(t.Context(), store.Query{Kind: kind}); err != nil || len(left[0]) != 0 {
			t.Errorf("%d of %s are left: %v", len(left), kind, err)
		}
	}
}

func TestOldDeliveriesAreLetGoOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	r := newReceiver(t)
	hook := w.hook(t, r, "request.created")
	w.submit(t, eve, "30 DAYS")
	w.work(t)
	w.clock.Move(notify.KeptFor + time.Hour)
	w.submit(t, frank, "30 DAYS")
	w.work(t)
	if all := w.deliveries(t, hook.ID); len(all) != 1 || all[0].Payload.Data.Requester.ID != frank.Person() {
		t.Errorf("%d deliveries are kept", len(all))
	}
}

func TestPrivateAddressesAreNotCalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Key = testKey })
	for _, url := range []string{"http://127.0.0.1:1", "http://[::1]:1", "http://10.0.0.1", "http://169.254.169.254/latest", "http://[::ffff:127.0.0.1]:1", "http://0.0.0.0:1", "http://localhost:1"} {
		if _, _, err := w.Webhooks().Register(t.Context(), admin, notify.WebhookSettings{Name: "inside", URL: url}, ""); err == nil || !strings.Contains(err.Error(), "not allowed") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestSettingsOfWebhooksAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, calling)
	for _, tt := range []struct {
		name, url string
		events    []string
		field     string
	}{
		{"", "https://x.example.com", nil, "name"},
		{"a\r\nb", "https://x.example.com", nil, "name"},
		{"x", "", nil, "url"},
		{"x", "ftp://x.example.com", nil, "url"},
		{"x", "https://eve:secret@x.example.com", nil, "url"},
		{"x", "https://x.example.com/#here", nil, "url"},
		{"x", "/only/a/path", nil, "url"},
		{"x", "https://x.example.com", []string{"request.created", "*"}, "events[1]"},
		{"x", "https://x.example.com", []string{"request.c*"}, "events[0]"},
	} {
		_, _, err := w.Webhooks().Register(t.Context(), admin, notify.WebhookSettings{Name: tt.name, URL: tt.url, Events: tt.events}, "")
		invalid := (*request.InvalidError)(nil)
		if !errors.As(err, &invalid) || invalid.Faults[0].Field != tt.field {
			t.Errorf("%q %q %v: %v, want a fault of %s", tt.name, tt.url, tt.events, err, tt.field)
		}
	}
}
