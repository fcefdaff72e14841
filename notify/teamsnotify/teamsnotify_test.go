package teamsnotify_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/notify/notifytest"
	"github.com/grantwright/grantwright/notify/teamsnotify"
)

// teams is a room that checks the documented shape of what it is sent.
type teams struct {
	mu    sync.Mutex
	taken []string
	down  bool
}

func (s *teams) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	var m struct {
		Type        string
		Attachments []struct {
			ContentType string
			Content     struct{ Type, Version string }
		}
	}
	switch {
	case s.down:
		w.WriteHeader(http.StatusTooManyRequests)
	case json.Unmarshal(body, &m) != nil || m.Type != "message" || len(m.Attachments) != 1 || len(body) > 28<<10 ||
		m.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" || m.Attachments[0].Content.Type != "AdaptiveCard":
		w.WriteHeader(http.StatusBadRequest)
	default:
		s.taken = append(s.taken, string(body))
		w.WriteHeader(http.StatusAccepted)
	}
}

func (s *teams) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.taken
	s.taken = nil
	return all
}

func room(t *testing.T) (teamsnotify.Room, *teams) {
	t.Helper()
	s := new(teams)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return teamsnotify.Room{URL: func(context.Context) (string, error) { return server.URL + "/secret", nil }}, s
}

func TestRoom(t *testing.T) {
	t.Parallel()
	notifytest.Run(t, func(t *testing.T) notifytest.Harness {
		r, s := room(t)
		return notifytest.Harness{Channel: r, Received: s.received, Room: true, Down: func(down bool) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.down = down
		}}
	})
}

func TestWhatPeopleWriteIsNoMarkdown(t *testing.T) {
	t.Parallel()
	r, s := room(t)
	if err := r.Send(t.Context(), notifytest.Message("request.created", "n1")); err != nil {
		t.Fatal(err)
	}
	if text := s.received()[0]; strings.Contains(text, "[click](https://evil.example.com)") {
		t.Errorf("a link of somebody's reads as one: %s", text)
	}
}

func TestACardNamesWhatWaits(t *testing.T) {
	t.Parallel()
	r, s := room(t)
	if err := r.Send(t.Context(), notifytest.Message("review.waiting", "n1")); err != nil {
		t.Fatal(err)
	}
	if text := s.received()[0]; !strings.Contains(text, "2026-02-01") || !strings.Contains(text, "and 30 in all") {
		t.Errorf("the card reads %s", text)
	}
}

func TestErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	r := teamsnotify.Room{URL: func(context.Context) (string, error) { return "http://127.0.0.1:1/secret", nil }}
	if err := r.Send(t.Context(), notifytest.Message("request.created", "n1")); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}
