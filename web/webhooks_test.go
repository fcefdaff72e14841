package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/web/internal/api"
)

// calling makes the engine of a world call receivers on this machine.
func calling(c *grantwright.Config) {
	c.Key = []byte(strings.Repeat("k", notify.KeyBytes))
	c.Webhooks = hooknotify.New(hooknotify.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
}

func TestWebhooksOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var secret atomic.Value
	var taken atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		hook, err := standardwebhooks.NewWebhook(secret.Load().(string))
		if err == nil {
			err = hook.VerifyIgnoringTimestamp(body, r.Header)
		}
		if err != nil {
			t.Error(err)
		}
		taken.Add(1)
	}))
	defer receiver.Close()
	var made api.WebhookWithSecret
	must(t, json.Unmarshal([]byte(w.call(t, admin, "POST", "/webhooks", `{"name":"catalog","url":"`+receiver.URL+`","events":["request.*"]}`).body), &made))
	secret.Store(made.Secret)
	at := "/webhooks/" + string(made.Webhook.ID)
	for _, tt := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"POST", "/test", "", 200, `"state":"DELIVERED"`},
		{"GET", "/deliveries", "", 200, `"webhook.test"`},
		{"PUT", "", `{"name":"catalog","url":"` + receiver.URL + `","events":["request.*"],"answers":true}`, 200, `"answers":true`},
		{"POST", "/agreement", `{"agrees":true,"url":"` + receiver.URL + `"}`, 403, "GOVERNANCE"},
		{"POST", "/resume", "", 409, "SUSPENDED"},
		{"POST", "/redeliveries", `{}`, 422, "must be given"},
		{"POST", "/redeliveries", `{"from":"2026-01-01T00:00:00Z","to":"2027-01-01T00:00:00Z"}`, 200, `"count":0`},
		{"POST", "/redeliveries", `{"event":"nothing"}`, 404, ""},
		{"POST", "/secrets", `{"overlap":"soon"}`, 422, "overlap"},
		{"GET", "", "", 200, `"secrets":[{"created":`},
		{"DELETE", "", "", 204, ""},
		{"GET", "", "", 404, ""},
	} {
		a := w.call(t, admin, tt.method, at+tt.path, tt.body)
		if a.status != tt.status || !strings.Contains(a.body, tt.says) || strings.Contains(a.body, made.Secret) {
			t.Errorf("%s %s: status %d, want %d saying %q: %s", tt.method, tt.path, a.status, tt.status, tt.says, a.body)
		}
	}
	if taken.Load() != 1 {
		t.Errorf("the receiver has taken %d messages, want 1", taken.Load())
	}
}

func TestPreferencesOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if a := w.call(t, eve, "PUT", "/preferences", `{"channels":{"MINE":[]}}`); a.status != 200 || !strings.Contains(a.body, `"MINE":[]`) {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if a := w.call(t, eve, "GET", "/preferences", ""); !strings.Contains(a.body, `"MINE":[]`) {
		t.Errorf("kept is %s", a.body)
	}
	if a := w.call(t, eve, "PUT", "/preferences", `{"channels":{"MINE":["pigeon"]}}`); a.status != 422 {
		t.Errorf("a channel that is not there: status %d", a.status)
	}
}

// asking asks for the log in some form.
func (w *world) asking(t *testing.T, query, accept string, header ...string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	r := w.request(t, auditor, "GET", "/events"+query, "").WithContext(ctx)
	r.Header.Set("Accept", accept)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func TestCloudEventsByPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approved(t, eve)
	var page []notify.CloudEvent
	must(t, json.NewDecoder(w.asking(t, "?after=1&limit=3", "application/cloudevents-batch+json").Body).Decode(&page))
	if len(page) != 3 || page[0].SpecVersion != "1.0" || page[0].Sequence != "0000000000000000002" || !strings.HasPrefix(page[0].Type, "io.grantwright.") || page[0].Source == "" || page[0].ID == "" {
		t.Errorf("the page is %+v", page)
	}
	if a := w.asking(t, "?after=x", "application/cloudevents-batch+json"); a.StatusCode != 422 {
		t.Errorf("after x: status %d", a.StatusCode)
	}
}

// TestFollowersSeeWhatComes follows the log, and goes on after a break.
func TestFollowersSeeWhatComes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	next := func(lines *bufio.Scanner) (id string, e notify.CloudEvent) {
		t.Helper()
		for lines.Scan() {
			if text, is := strings.CutPrefix(lines.Text(), "id: "); is {
				id = text
			}
			if text, is := strings.CutPrefix(lines.Text(), "data: "); is {
				must(t, json.Unmarshal([]byte(text), &e))
				return id, e
			}
		}
		t.Fatalf("the stream has ended: %v", lines.Err())
		return
	}
	first := w.asking(t, "", "text/event-stream")
	if kind := first.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("status %d, %s", first.StatusCode, kind)
	}
	lines := bufio.NewScanner(first.Body)
	id, e := next(lines)
	if id != "1" || e.Sequence != "0000000000000000001" || e.Type == "" { // whichever of those that were at the same time
		t.Errorf("first comes %s, %+v", id, e)
	}
	w.approved(t, eve) // while it is followed
	for e.Type != "io.grantwright.request.created" {
		id, e = next(lines)
	}
	_ = first.Body.Close()
	again := bufio.NewScanner(w.asking(t, "", "text/event-stream", "Last-Event-ID", id).Body)
	if _, following := next(again); following.Data.Sequence != 2 {
		t.Errorf("after a break comes %+v", following)
	}
	r := w.request(t, nobody, "GET", "/events", "")
	r.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != 403 {
		t.Errorf("nobody follows the log: status %d", answer.StatusCode)
	}
}
