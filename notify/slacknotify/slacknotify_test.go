package slacknotify_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/notifytest"
	"github.com/grantwright/grantwright/notify/slacknotify"
	"github.com/grantwright/grantwright/request"
)

// slack is a workspace that checks the documented shapes of what it is sent.
type slack struct {
	*httptest.Server
	t     *testing.T
	mu    sync.Mutex
	taken []map[string]any
	paths []string
	down  bool
	guest bool
}

func newSlack(t *testing.T) *slack {
	t.Helper()
	s := &slack{t: t}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *slack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paths = append(s.paths, r.URL.Path)
	switch {
	case s.down:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case r.URL.Path == "/users.info":
		form, _ := url.ParseQuery(string(body))
		_, _ = fmt.Fprintf(w, `{"ok":true,"user":{"id":%q,"is_restricted":%v}}`, form.Get("user"), s.guest)
		return
	case r.URL.Path != "/services/T0/B0/secret" && r.Header.Get("Authorization") != "Bearer xoxb-token":
		_, _ = fmt.Fprint(w, `{"ok":false,"error":"invalid_auth"}`)
		return
	}
	var m map[string]any
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || json.Unmarshal(body, &m) != nil {
		s.t.Errorf("%s got what is not JSON: %s", r.URL.Path, body)
	}
	s.check(r.URL.Path, m)
	s.taken = append(s.taken, m)
	if r.URL.Path == "/services/T0/B0/secret" {
		_, _ = fmt.Fprint(w, "ok")
		return
	}
	_, _ = fmt.Fprint(w, `{"ok":true,"ts":"1.1"}`)
}

// check holds what a method is sent to what Slack documents of it.
func (s *slack) check(path string, m map[string]any) {
	var shape shape
	switch path {
	case "/views.open":
		shape.modal(m)
	case "/chat.postMessage", "/services/T0/B0/secret":
		shape.message(m, path == "/chat.postMessage")
	default:
		shape.fault("there is no such method")
	}
	for _, fault := range shape.faults {
		s.t.Errorf("%s: %s", path, fault)
	}
}

func (s *slack) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, m := range s.taken {
		var b strings.Builder
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(m)
		all = append(all, b.String())
	}
	s.taken = nil
	return all
}

func (s *slack) fails(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func is(text string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return text, nil }
}

func (s *slack) direct() slacknotify.Direct {
	return slacknotify.Direct{API: s.URL, Token: is("xoxb-token"), Buttons: true}
}

func TestRoom(t *testing.T) {
	t.Parallel()
	notifytest.Run(t, func(t *testing.T) notifytest.Harness {
		s := newSlack(t)
		return notifytest.Harness{Channel: slacknotify.Room{URL: is(s.URL + "/services/T0/B0/secret")}, Received: s.received, Down: s.fails, Room: true}
	})
}

func TestDirect(t *testing.T) {
	t.Parallel()
	notifytest.Run(t, func(t *testing.T) notifytest.Harness {
		s := newSlack(t)
		return notifytest.Harness{Channel: s.direct(), Received: s.received, Down: s.fails, Lost: request.Identity{ID: "lost"}}
	})
}

func TestButtonsAreBoundToWhatWasShown(t *testing.T) {
	t.Parallel()
	s := newSlack(t)
	if err := s.direct().Send(t.Context(), notifytest.Message("request.created", "n1")); err != nil {
		t.Fatal(err)
	}
	text := s.received()[0]
	for _, want := range []string{`"channel":"U0READER"`, `"action_id":"approve"`, `"action_id":"deny"`, `"value":"3 r1"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the message lacks %s: %s", want, text)
		}
	}
	if strings.Contains(text, `"text":"`+notifytest.Hostile) || strings.Contains(text, `"type":"mrkdwn"`) {
		t.Errorf("text of people's is markup: %s", text)
	}
}

// What a guardrail prevents cannot be approved, and the message says why.
func TestNobodyIsOfferedToApproveWhatIsPrevented(t *testing.T) {
	t.Parallel()
	s := newSlack(t)
	m := notifytest.Message("request.created", "n1")
	m.Prevented = []string{"Ask the data office."}
	if err := s.direct().Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	text := s.received()[0]
	if strings.Contains(text, `"action_id":"approve"`) || !strings.Contains(text, `"action_id":"deny"`) || !strings.Contains(text, "A guardrail blocks this: Ask the data office.") {
		t.Errorf("the message offers to approve what is prevented, or does not say so: %s", text)
	}
}

// TestLongTextFits sends what is longer in each part than Slack takes.
func TestLongTextFits(t *testing.T) {
	t.Parallel()
	s := newSlack(t)
	m := notifytest.Message("review.waiting", "n1")
	m.Detail, m.Names["eve"] = strings.Repeat("ä", 10_000), strings.Repeat("E", 5_000)
	m.Waiting = slices.Repeat(m.Waiting, notify.MaxWaiting)
	if err := s.direct().Send(t.Context(), m); err != nil || len(s.received()) != 1 {
		t.Errorf("got %v", err)
	}
}

func TestErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	r := slacknotify.Room{URL: is("http://127.0.0.1:1/services/T0/B0/secret")}
	if err := r.Send(t.Context(), notifytest.Message("request.created", "n1")); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

var now = time.Unix(1_772_366_400, 0)

// signed is a request as Slack signs it.
func signed(body string, at time.Time) http.Header {
	stamp := fmt.Sprint(at.Unix())
	mac := hmac.New(sha256.New, []byte("signing secret"))
	_, _ = fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	return http.Header{"X-Slack-Request-Timestamp": {stamp}, "X-Slack-Signature": {"v0=" + hex.EncodeToString(mac.Sum(nil))}}
}

func TestSignaturesAreVerified(t *testing.T) {
	t.Parallel()
	good := signed("payload=x", now)
	for _, tt := range []struct {
		name   string
		secret string
		header http.Header
		body   string
		good   bool
	}{
		{"good", "signing secret", good, "payload=x", true},
		{"another body", "signing secret", good, "payload=y", false},
		{"another secret", "secret", good, "payload=x", false},
		{"no secret", "", good, "payload=x", false},
		{"too old", "signing secret", signed("payload=x", now.Add(-slacknotify.MaxAge-time.Second)), "payload=x", false},
		{"of the future", "signing secret", signed("payload=x", now.Add(slacknotify.MaxAge+time.Second)), "payload=x", false},
		{"none", "signing secret", http.Header{}, "payload=x", false},
	} {
		if err := slacknotify.Verify(tt.secret, tt.header, []byte(tt.body), now); (err == nil) != tt.good {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func interaction(payload string) []byte { return []byte("payload=" + url.QueryEscape(payload)) }

func TestParseAction(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, payload string
		want          slacknotify.Action
		fails         error
	}{
		{"a button", `{"type":"block_actions","trigger_id":"1.2","team":{"id":"T0"},"user":{"id":"U0","team_id":"T0"},"actions":[{"action_id":"deny","value":"3 r1"}]}`,
			slacknotify.Action{Team: "T0", User: "U0", Home: "T0", Act: "deny", Shown: slacknotify.Shown{Request: "r1", Version: 3}, Trigger: "1.2"}, nil},
		{"a reason", `{"type":"view_submission","team":{"id":"T0"},"user":{"id":"U0"},"view":{"callback_id":"reason","private_metadata":"approve 3 r1","state":{"values":{"reason":{"text":{"value":"fine"}}}}}}`,
			slacknotify.Action{Team: "T0", User: "U0", Act: "approve", Shown: slacknotify.Shown{Request: "r1", Version: 3}, Reason: "fine", Given: true}, nil},
		{"a link", `{"type":"block_actions","team":{"id":"T0"},"user":{"id":"U0"},"actions":[{"action_id":"open"}]}`, slacknotify.Action{}, nil},
		{"of another workspace", `{"type":"block_actions","team":{"id":"T0"},"user":{"id":"U0","team_id":"T9"},"actions":[{"action_id":"deny","value":"3 r1"}]}`, slacknotify.Action{}, slacknotify.ErrGuest},
		{"of another workspace of the organization", `{"type":"block_actions","team":{"id":"T0","enterprise_id":"E0"},"user":{"id":"U0","team_id":"T9"},"actions":[{"action_id":"deny","value":"3 r1"}]}`,
			slacknotify.Action{Team: "T0", User: "U0", Enterprise: "E0", Home: "T9", Act: "deny", Shown: slacknotify.Shown{Request: "r1", Version: 3}}, nil},
		{"without a workspace", `{"type":"block_actions","team":null,"enterprise":{"id":"E0"},"user":{"id":"U0","team_id":"T9"},"actions":[{"action_id":"deny","value":"3 r1"}]}`,
			slacknotify.Action{User: "U0", Enterprise: "E0", Home: "T9", Act: "deny", Shown: slacknotify.Shown{Request: "r1", Version: 3}}, nil},
	} {
		got, err := slacknotify.ParseAction(interaction(tt.payload))
		if !errors.Is(err, tt.fails) || got != tt.want {
			t.Errorf("%s: %+v %v, want %+v", tt.name, got, err, tt.want)
		}
	}
	for _, bad := range []string{"{}", "nothing", `{"type":"block_actions","team":null,"user":{"id":"U0"},"actions":[{"action_id":"deny","value":"3 r1"}]}`, `{"type":"block_actions","team":{"id":"T0"},"user":{"id":"U0"},"actions":[{"action_id":"drop","value":"3 r1"}]}`,
		`{"type":"block_actions","team":{"id":"T0"},"user":{"id":"U0"},"actions":[{"action_id":"deny","value":"r1"}]}`} {
		if a, err := slacknotify.ParseAction(interaction(bad)); err == nil {
			t.Errorf("%s was read as %+v", bad, a)
		}
	}
}

func TestGuestsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSlack(t)
	if err := s.direct().Member(t.Context(), "U0"); err != nil {
		t.Errorf("a member: %v", err)
	}
	if err := s.direct().SendCode(t.Context(), "U0READER", "123456"); err != nil || !strings.Contains(s.received()[0], "123456") {
		t.Errorf("a code to a member: %v", err)
	}
	s.guest = true
	if err := s.direct().Member(t.Context(), "U0"); !errors.Is(err, slacknotify.ErrGuest) {
		t.Errorf("a guest: %v", err)
	}
	if err := s.direct().SendCode(t.Context(), "U0READER", "123456"); !errors.Is(err, notify.ErrAccount) || len(s.received()) != 0 {
		t.Errorf("a code to a guest: %v", err)
	}
	if err := s.direct().SendCode(t.Context(), "reader@example.com", "123456"); !errors.Is(err, notify.ErrAccount) {
		t.Errorf("a code to an address: %v", err)
	}
}

func TestAReasonIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newSlack(t)
	a := slacknotify.Action{Act: slacknotify.ActDeny, Shown: slacknotify.Shown{Request: "r1", Version: 3}, Trigger: "1.2"}
	if err := s.direct().AskReason(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	text := s.received()[0]
	for _, want := range []string{`"trigger_id":"1.2"`, `"type":"modal"`, `"private_metadata":"deny 3 r1"`, `"callback_id":"reason"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the form lacks %s: %s", want, text)
		}
	}
}
