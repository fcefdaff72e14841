package tests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/mailnotify"
	"github.com/grantwright/grantwright/notify/slacknotify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// letters keeps every message that is sent, by the id of whom it is sent to; to a room, by
// the name of the room: its fields, and what the mail and the chat make of it.
type letters struct {
	mu  sync.Mutex
	all map[string][]string

	server *mailServer
	mail   *mailnotify.Channel
	chat   string // where a room of Slack takes what is posted
	posted string // the last post
}

func newLetters(t *testing.T) *letters {
	t.Helper()
	l := &letters{all: map[string][]string{}, server: newMailServer(t)}
	slack := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		l.posted = string(body)
	}))
	t.Cleanup(slack.Close)
	l.chat = slack.URL
	var err error
	l.mail, err = mailnotify.New(mailnotify.Options{Host: "127.0.0.1", Port: l.server.port(), Encryption: mailnotify.Plain, From: "Access <access@example.com>", Timeout: 5 * time.Second})
	must(t, err)
	return l
}

// letterbox is a channel that keeps letters, of a room if it names one.
type letterbox struct {
	*letters
	room string
}

func (b letterbox) Send(ctx context.Context, m notify.Message) error {
	to := b.room
	if to == "" {
		to = m.To.Identity().ID
	}
	m.Recipient = request.Identity{Email: "somebody@example.com"}
	b.mu.Lock()
	defer b.mu.Unlock()
	written, err := b.write(ctx, m)
	m.Recipient = request.Identity{}
	text, failed := json.Marshal(m)
	b.all[to] = append(append(b.all[to], written...), string(text))
	return errors.Join(err, failed)
}

// write mails a message, and posts it to a room of Slack, and returns what arrived.
func (l *letters) write(ctx context.Context, m notify.Message) (written []string, err error) {
	if err := l.mail.Send(ctx, m); err != nil {
		return nil, err
	}
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	if len(l.server.last) != 2 {
		return nil, fmt.Errorf("the mail has the parts %q", l.server.last)
	}
	chat := slacknotify.Room{URL: func(context.Context) (string, error) { return l.chat, nil }}
	if err := chat.Send(ctx, m); err != nil {
		return nil, err
	}
	return append(slices.Clone(l.server.last), l.posted), nil
}

func (l *letters) to(who string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.all[who], "\n")
}

// TestWhatIsSentHoldsNoSecrets plays the life of requests of frank's for ben, with a secret in
// each condition, each reason, each way in and each address, and looks at all that is sent.
func TestWhatIsSentHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	sent, hook := newLetters(t), newReceiver(t)
	w := newWorld(t, calling, func(c *grantwright.Config) {
		c.Channels = map[string]notify.Channel{"mail": letterbox{letters: sent}}
		c.Rooms = map[string]notify.Room{"room": {Channel: letterbox{sent, "room"}, Topics: notify.Topics()}}
	})
	w.hook(t, hook, "request.*", "review.*", "grant.*", "masks.*", "proposal.*")
	w.decides(t, watchful())
	ben := privacyWithLogin(w)
	w.platform.OtherWays(provision.Path("SECRET-WAY"))
	ask := func() request.Request {
		t.Helper()
		req, err := w.Submit(t.Context(), frank, submissionFor(ben, "30 DAYS"))
		must(t, err)
		return req
	}
	granted := ask()
	w.determine(t, owner, granted, review.Approve)
	w.settle(t, granted)
	w.work(t)
	w.saveSecretGuardrail(t) // it ends the grant
	w.clock.Move(time.Hour)
	w.work(t)
	w.settle(t, granted)
	pending := ask()
	_, err := w.Determine(t.Context(), owner, pending.ID, review.Determination{Act: review.Approve})
	if err == nil {
		t.Error("the guardrail prevents nothing")
	}
	must(t, w.Governance().Guardrails.Delete(t.Context(), gov, "watch", 1))
	w.failWithAddress(t)
	w.determine(t, owner, pending, review.Approve)
	w.settle(t, pending)
	for range 4 {
		w.clock.Move(24 * time.Hour)
		w.work(t)
	}
	ask() // and it is escalated
	w.clock.Move(7 * 24 * time.Hour)
	w.work(t)

	secrets := []string{"WATCHLIST", "no such key", "10.1.2.3", "db-7"}
	for who, hidden := range map[string][]string{
		frank.ID:   append(slices.Clone(secrets), "SECRET-WAY", "SECRET-REASON"),
		ben.ID:     secrets,
		owner.ID:   secrets,
		privacy.ID: append(slices.Clone(secrets), "SECRET-WAY"),
		nobody.ID:  append(slices.Clone(secrets), "SECRET-WAY", "SECRET-REASON"),
		"room":     append(slices.Clone(secrets), "SECRET-WAY", "SECRET-REASON"),
	} {
		holdsNone(t, who, sent.to(who), hidden)
		if text := sent.to(who); text != "" && (!strings.Contains(text, "<html") || !strings.Contains(text, `"blocks":`)) {
			t.Errorf("%s has not both mail and chat: %s", who, text)
		}
	}
	var bodies []string
	for _, m := range hook.got() {
		bodies = append(bodies, m.Body)
	}
	holdsNone(t, "the webhook", strings.Join(bodies, "\n"), secrets)
	holdsAll(t, "the webhook", strings.Join(bodies, "\n"), "grant.prevented", "grant.failing", "request.escalated")
	for _, who := range []string{frank.ID, ben.ID} {
		holdsAll(t, who, sent.to(who), "request.revoked", "grant.active", "grant.failing")
	}
	holdsAll(t, "the room", sent.to("room"), "grant.prevented", "grant.failing", "request.escalated", "request.fell_back")
	events, err := w.Log().CloudEvents(t.Context(), auditor, 0, store.MaxPage)
	must(t, err)
	text, err := json.Marshal(events)
	must(t, err)
	holdsNone(t, "AUDIT", string(text), []string{"10.1.2.3", "db-7", "WATCHLIST-1", "WATCHLIST-7"})
	holdsAll(t, "the stream", string(text), "grant.prevented", "grant.failing", "request.escalated")
	for _, who := range []request.Identity{frank, ben, owner, nobody} {
		if events, err := w.Log().CloudEvents(t.Context(), who, 0, store.MaxPage); !errors.Is(err, request.ErrForbidden) || len(events) > 0 {
			t.Errorf("%s reads the stream: %v", who.ID, err)
		}
	}
}

// holdsAll checks that all of these were told at all.
func holdsAll(t *testing.T, who, text string, topics ...string) {
	t.Helper()
	for _, topic := range topics {
		if !strings.Contains(text, `"`+topic+`"`) {
			t.Errorf("%s is not told of %s", who, topic)
		}
	}
}

// holdsNone checks that no line holds a secret.
func holdsNone(t *testing.T, who, text string, secrets []string) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		if i := slices.IndexFunc(secrets, func(s string) bool { return strings.Contains(line, s) }); i >= 0 {
			t.Errorf("%s is sent %s: %s", who, secrets[i], line)
		}
	}
}

// saveSecretGuardrail prevents all access, for a reason and by a condition of its own.
func (w *world) saveSecretGuardrail(t *testing.T) {
	t.Helper()
	_, err := w.Governance().Guardrails.Save(t.Context(), gov, review.Guardrail{Name: "watch", At: []catalog.Ref{orders}, Require: `"WATCHLIST-7" in beneficiary.groups`, Reason: "SECRET-REASON"})
	must(t, err)
}

// failWithAddress has the platform fail, and say where it is.
func (w *world) failWithAddress(t *testing.T) {
	t.Helper()
	must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com", URL: "postgres://ours@db-7.internal/postgres",
		Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
	w.platform.Fail(fmt.Errorf("cannot ask db-7.internal: %w", &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(10, 1, 2, 3), Port: 5432}, Err: syscall.ECONNREFUSED}))
}
