package web_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/slacknotify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web"
)

// workspace is a Slack that keeps what it is sent.
type workspace struct {
	*httptest.Server
	mu    sync.Mutex
	codes map[string]string
	forms int
	guest string

	enterprise string // the organization of everybody
}

func newWorkspace(t *testing.T) *workspace {
	t.Helper()
	s := &workspace{codes: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		switch r.URL.Path {
		case "/users.info":
			form, _ := url.ParseQuery(string(body))
			_, _ = fmt.Fprintf(w, `{"ok":true,"user":{"is_restricted":%v,"enterprise_user":{"enterprise_id":%q}}}`, form.Get("user") == s.guest, s.enterprise)
			return
		case "/views.open":
			s.forms++
		case "/chat.postMessage":
			if _, after, is := strings.Cut(string(body), "Grantwright is "); is {
				s.codes["last"] = after[:8]
			}
		}
		_, _ = fmt.Fprint(w, `{"ok":true}`)
	}))
	t.Cleanup(s.Close)
	return s
}

func is(text string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return text, nil }
}

// press posts what Slack posts, signed at some time, and returns the answer.
func press(t *testing.T, handler http.Handler, payload string, at time.Time) (int, string) {
	t.Helper()
	body := "payload=" + url.QueryEscape(payload)
	r := httptest.NewRequest("POST", "http://127.0.0.1/slack/interactions", strings.NewReader(body))
	stamp := fmt.Sprint(at.Unix())
	mac := hmac.New(sha256.New, []byte("signing secret"))
	_, _ = fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func reasoned(user, act string, version int, id request.ID, reason string) string {
	return fmt.Sprintf(`{"type":"view_submission","team":{"id":"T0"},"user":{"id":%q},"view":{"callback_id":"reason","private_metadata":"%s %d %s","state":{"values":{"reason":{"text":{"value":%q}}}}}}`, user, act, version, id, reason)
}

// TestDecidingInSlack links two stewards, and has them decide, by the same rules as
// everywhere.
func TestDecidingInSlack(t *testing.T) {
	t.Parallel()
	slack := newWorkspace(t)
	direct := slacknotify.Direct{API: slack.URL, Token: is("xoxb-token"), Buttons: true}
	w := newEngine(t, func(c *grantwright.Config) { c.Channels = map[string]notify.Channel{"slack": direct} })
	engine, c := w.engine, w.clock
	signingSecret := is("signing secret")
	handler, err := web.Handler(engine, web.Options{Authenticate: func(*http.Request) (request.Identity, error) { return request.Identity{}, web.ErrSignIn },
		Slack: &web.Slack{Channel: "slack", Direct: direct, Team: "T0", SigningSecret: signingSecret, Now: c.Now}})
	must(t, err)
	for user, who := range map[string]request.Identity{"U0OWNER": owner, "U0PRIVACY": privacy, "U0EVE": eve} {
		must(t, engine.Inbox().Link(t.Context(), who, "slack", user))
		must(t, engine.Inbox().Confirm(t.Context(), who, "slack", slack.codes["last"]))
	}
	req, err := engine.Submit(t.Context(), eve, request.Submission{Asset: orders, Answers: request.Answers{"purpose": {"report"}, "duration": {"30 DAYS"}}})
	must(t, err)

	button := fmt.Sprintf(`{"type":"block_actions","trigger_id":"1.2","team":{"id":"T0"},"user":{"id":"U0OWNER"},"actions":[{"action_id":"approve","value":"1 %s"}]}`, req.ID)
	if status, _ := press(t, handler, button, c.Now()); status != 200 || slack.forms != 1 {
		t.Errorf("a button: status %d, %d forms", status, slack.forms)
	}
	if status, _ := press(t, handler, button, c.Now().Add(-slacknotify.MaxAge-time.Second)); status != 401 || slack.forms != 1 {
		t.Errorf("an old button: status %d", status)
	}
	for _, tt := range []struct{ name, payload, says string }{
		{"nobody has linked it", reasoned("U0NOBODY", "approve", 1, req.ID, "fine"), "Nobody has linked"},
		{"the requester", reasoned("U0EVE", "approve", 1, req.ID, "fine"), "own request"},
		{"no reason", reasoned("U0OWNER", "approve", 1, req.ID, "  "), "is required"},
		{"another version", reasoned("U0OWNER", "approve", 7, req.ID, "fine"), "has changed"},
		{"another workspace", strings.Replace(reasoned("U0OWNER", "approve", 1, req.ID, "fine"), "T0", "T9", 1), "workspace"},
		{"fine", reasoned("U0OWNER", "deny", 1, req.ID, "no purpose"), `"clear"`},
		{"decided", reasoned("U0OWNER", "deny", 2, req.ID, "again"), "already decided"},
	} {
		if status, body := press(t, handler, tt.payload, c.Now()); status != 200 || !strings.Contains(body, tt.says) {
			t.Errorf("%s: status %d, %s; want it to say %q", tt.name, status, body, tt.says)
		}
	}
	again, err := engine.Submit(t.Context(), eve, request.Submission{Asset: orders, Answers: request.Answers{"purpose": {"report"}, "duration": {"30 DAYS"}}})
	must(t, err)
	for i, user := range []string{"U0OWNER", "U0PRIVACY"} {
		if status, body := press(t, handler, reasoned(user, "approve", i+1, again.ID, "fine"), c.Now()); status != 200 || !strings.Contains(body, `"clear"`) {
			t.Errorf("%s approves: status %d, %s", user, status, body)
		}
	}
	approved, err := engine.Request(t.Context(), gov, again.ID)
	must(t, err)
	if d := approved.Review.Live(); approved.Request.Status != request.Approved || len(d) != 2 || d[0].By != owner.Person() || d[1].By != privacy.Person() || d[1].Act != review.Approve || d[1].Reason != "fine" {
		t.Errorf("the request that two approve is %s after %+v", approved.Request.Status, d)
	}
	slack.guest = "U0OWNER"
	if _, body := press(t, handler, reasoned("U0OWNER", "deny", 1, req.ID, "x"), c.Now()); !strings.Contains(body, "uests may not") {
		t.Errorf("a guest: %s", body)
	}
	all, err := engine.Request(t.Context(), gov, req.ID)
	must(t, err)
	if d := all.Review.Determinations; all.Request.Status != request.Denied || len(d) != 1 || d[0].By != owner.Person() || d[0].Reason != "no purpose" {
		t.Errorf("the request is %s after %+v", all.Request.Status, d)
	}
}
