package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

// secret is a token that must show nowhere.
const secret = "gwt_hunter2"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serving is a client of a server that answers with a function.
func serving(t *testing.T, answer http.HandlerFunc, options ...client.Option) *client.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, append([]client.Option{client.Token(secret), client.Patience(0)}, options...)...)
	must(t, err)
	return c
}

func write(w http.ResponseWriter, status int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ address, want string }{
		{"https://access.example.com", "https://access.example.com"},
		{"https://access.example.com/", "https://access.example.com"},
		{"https://access.example.com/grants/", "https://access.example.com/grants"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"http://[::1]:8080", "http://[::1]:8080"},
		{"http://localhost", "http://localhost"},
		{"http://access.example.com", ""},
		{"http://127.0.0.1.example.com", ""},
		{"http://localhost.example.com", ""},
		{"ftp://access.example.com", ""},
		{"access.example.com", ""},
		{"", ""},
		{"https://eve:hunter2@access.example.com", ""},
		{"https://eve:hunter2@:x", ""},
		{"https://access.example.com?token=hunter2", ""},
		{"https://access.example.com#x", ""},
	} {
		c, err := client.New(tt.address)
		if tt.want == "" {
			if err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%q: %v, want a refusal without the secret", tt.address, err)
			}
		} else if err != nil || c.Address() != tt.want {
			t.Errorf("%q: %v, want %q", tt.address, err, tt.want)
		}
	}
	if _, err := client.New("http://access.example.com", client.PlainHTTP()); err != nil {
		t.Errorf("allowed: %v", err)
	}
	for _, token := range []string{"", "a b", "hunter2\n", "hunter2é"} {
		if _, err := client.New("https://access.example.com", client.Token(token)); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("token %q: %v", token, err)
		}
	}
}

func TestLinksAreAddresses(t *testing.T) {
	t.Parallel()
	c, err := client.New("https://data.example.com/access")
	must(t, err)
	for path, want := range map[string]string{
		"/request?x=1":                   "https://data.example.com/access/request?x=1",
		"/access/request?x=1":            "https://data.example.com/access/request?x=1",
		"https://other.example.com/a":    "https://other.example.com/a",
		"/accessories/request?fullyQ...": "https://data.example.com/access/accessories/request?fullyQ...",
	} {
		if got := c.Link(path); got != want {
			t.Errorf("%s leads to %s, want %s", path, got, want)
		}
	}
}

func TestACallIsWhatTheDocumentSays(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body string
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got, body = r, string(text)
		w.Header().Set("ETag", `"7"`)
		write(w, 201, "application/json", `{"id": "A1", "status": "PENDING", "more": {"than": "is known"}}`)
	}, client.Header("Grantwright-User", "eve@example.com"))
	var header http.Header
	made, err := c.Submit(client.Received(t.Context(), &header), api.SubmissionBody{Asset: "shop:a", Answers: map[string][]string{"purpose": {"x"}}})
	must(t, err)
	if made.ID != "A1" || made.Status != "PENDING" || header.Get("ETag") != `"7"` {
		t.Errorf("the answer is %+v with %v", made, header)
	}
	if body != `{"answers":{"purpose":["x"]},"asset":"shop:a"}` {
		t.Errorf("the body is %s", body)
	}
	for name, want := range map[string]string{"Authorization": "Bearer " + secret, "Content-Type": "application/json", "Accept": "application/json", "Grantwright-User": "eve@example.com"} {
		if h := got.Header.Get(name); h != want {
			t.Errorf("%s is %q, want %q", name, h, want)
		}
	}
	if got.Method != "POST" || got.URL.Path != "/api/v1/requests" || got.Header.Get("Idempotency-Key") == "" {
		t.Errorf("%s %s with the key %q", got.Method, got.URL, got.Header.Get("Idempotency-Key"))
	}
	_, err = c.Submit(client.WithHeader(t.Context(), "Idempotency-Key", "mine"), api.SubmissionBody{Asset: "shop:a"})
	if must(t, err); got.Header.Get("Idempotency-Key") != "mine" {
		t.Errorf("the key is %q, not mine", got.Header.Get("Idempotency-Key"))
	}
	_, err = c.ListRequests(t.Context(), api.ListRequestsParams{Role: api.ListRequestsParamsRoleSTEWARD, Limit: 3})
	if must(t, err); got.URL.RawQuery != "limit=3&role=STEWARD" || got.Header.Get("Idempotency-Key") != "" {
		t.Errorf("the query is %s", got.URL.RawQuery)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, kind, body string
		status           int
		code, says       string
	}{
		{"a problem document", "application/problem+json", `{"status": 404, "title": "Not Found", "code": "NOT_FOUND", "detail": "No such asset."}`, 404, "NOT_FOUND", "No such asset."},
		{"with a charset", "application/problem+json; charset=utf-8", `{"code": "STALE", "detail": "It has changed."}`, 409, "STALE", "It has changed."},
		{"a page of a proxy", "text/html", "<h1>Bad gateway</h1>", 502, "", "502 Bad Gateway"},
		{"a document that is none", "application/problem+json", "{", 500, "", "500 Internal Server Error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := serving(t, func(w http.ResponseWriter, _ *http.Request) { write(w, tt.status, tt.kind, tt.body) })
			_, err := c.Asset(t.Context(), "shop:a")
			var p *client.Problem
			if !errors.As(err, &p) || client.Code(err) != tt.code || int(p.Status) != tt.status || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %d %s and %q", err, tt.status, tt.code, tt.says)
			}
		})
	}
}

func TestAChangeThatWaitsIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	c := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		write(w, 202, "application/json", `{"proposal": "P1", "detail": "It takes a second person."}`)
	})
	_, err := c.SaveFlow(t.Context(), "sales", api.FlowBody{})
	var waits *client.AwaitingError
	if !errors.As(err, &waits) || waits.Proposal != "P1" || waits.Error() != "It takes a second person." {
		t.Errorf("%v", err)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, says string
		answer     http.HandlerFunc
	}{
		{"a page", "is 127.0.0.1", func(w http.ResponseWriter, _ *http.Request) { write(w, 200, "text/html", "<p>Welcome") }},
		{"half a document", "cannot be read", func(w http.ResponseWriter, _ *http.Request) { write(w, 200, "application/json", `{"ref": `) }},
		{"more than anybody reads", "too long", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			for chunk := make([]byte, 1<<20); ; {
				if _, err := w.Write(chunk); err != nil {
					return // the client has hung up
				}
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := serving(t, tt.answer).Asset(t.Context(), "shop:a")
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), secret) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	var reached atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		c := serving(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/api", status) })
		_, err := c.Asset(t.Context(), "shop:a")
		if err == nil || !strings.Contains(err.Error(), "redirects to") {
			t.Errorf("%d: %v", status, err)
		}
	}
	if reached.Load() {
		t.Error("the other host was called")
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	calls := 0
	next := map[string]string{"": "b", "b": "c"} // c is the last
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		cursor := r.URL.Query().Get("cursor")
		write(w, 200, "application/json", fmt.Sprintf(`{"items": [{"id": "%s1"}, {"id": "%s2"}], "next": %q}`, cursor, cursor, next[cursor]))
	})
	ids := func() (all []string, failed error) {
		for r, err := range c.AllRequests(t.Context(), api.ListRequestsParams{Limit: 2}) {
			if err != nil {
				return all, err
			}
			all = append(all, r.ID)
		}
		return all, nil
	}
	got, err := ids()
	if must(t, err); !slices.Equal(got, []string{"1", "2", "b1", "b2", "c1", "c2"}) {
		t.Errorf("the list is %v", got)
	}
	for _, err := range c.AllRequests(t.Context(), api.ListRequestsParams{}) {
		must(t, err)
		break
	}
	if calls != 4 {
		t.Errorf("%d calls, want 3 for the list and 1 for its begin", calls)
	}
	next["c"] = "c" // a server that goes round
	if _, err := ids(); err == nil || !strings.Contains(err.Error(), "same cursor") {
		t.Errorf("a cursor that comes again: %v", err)
	}
}

func TestAContextEndsACall(t *testing.T) {
	t.Parallel()
	asked, end := make(chan struct{}), make(chan struct{})
	c := serving(t, func(http.ResponseWriter, *http.Request) { close(asked); <-end })
	t.Cleanup(func() { close(end) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	go func() { <-asked; cancel() }()
	if _, err := c.Asset(ctx, "shop:a"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
