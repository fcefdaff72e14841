package jsoncall_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/internal/jsoncall"
)

func TestPost(t *testing.T) {
	t.Parallel()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, r.Method+" "+r.Header.Get("Content-Type")+" "+r.Header.Get("Authorization")+" "+string(body))
	}))
	t.Cleanup(service.Close)
	status, answer, err := jsoncall.Call{Service: "Tea", Address: service.URL, Token: "t", Type: "application/json", Body: []byte(`{}`)}.Post(t.Context())
	if err != nil || status != http.StatusTeapot || string(answer) != "POST application/json Bearer t {}" {
		t.Errorf("%d %q, %v", status, answer, err)
	}
}

func TestPostReadsTheBeginningOfAnAnswer(t *testing.T) {
	t.Parallel()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
	}))
	t.Cleanup(service.Close)
	_, answer, err := jsoncall.Call{Service: "Tea", Address: service.URL}.Post(t.Context())
	if err != nil || len(answer) != 64<<10 {
		t.Errorf("%d bytes, %v", len(answer), err)
	}
}

func TestPostFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	service := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:1/elsewhere", http.StatusFound))
	t.Cleanup(service.Close)
	if status, _, err := (jsoncall.Call{Service: "Tea", Address: service.URL}.Post(t.Context())); err != nil || status != http.StatusFound {
		t.Errorf("%d, %v", status, err)
	}
}

func TestErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	for address, says := range map[string]string{"http://127.0.0.1:1/secret": "Tea cannot be reached", "secret\x7f": "the address is no URL"} {
		_, _, err := jsoncall.Call{Service: "Tea", Address: address, Token: "secret"}.Post(t.Context())
		if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, _, err := (jsoncall.Call{Service: "Tea", Address: "http://127.0.0.1:1"}.Post(ended)); !errors.Is(err, context.Canceled) {
		t.Errorf("after the caller has gone: %v", err)
	}
}
