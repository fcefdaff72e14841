package exchange_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/web/internal/exchange"
)

func TestAccepted(t *testing.T) {
	t.Parallel()
	const json, csv, stream = "application/json", "text/csv", "text/event-stream"
	for _, tt := range []struct {
		accept string
		offers []string
		want   string
	}{
		{"", []string{json, csv}, json},
		{"*/*", []string{json, csv}, json},
		{"text/*", []string{json, csv}, csv},
		{"text/csv", []string{json}, ""},
		{"text/csv;q=0.5, application/json;q=0.4", []string{json, csv}, csv},
		{"*/*;q=0.1, text/csv", []string{json, csv}, csv},
		{"application/json;q=0, */*", []string{json, csv}, csv},
		{"application/json;q=0", []string{json}, ""},
		{"text/html,application/xhtml+xml,*/*;q=0.8", []string{json, stream}, json},
		{"text/event-stream", []string{json, stream}, stream},
		{"text/event-stream;q=2", []string{json, stream}, ""},
		{"nonsense", []string{json}, ""},
		{"APPLICATION/JSON; charset=utf-8", []string{json}, json},
		{"application/problem+json, application/json", []string{json}, json},
	} {
		if got := exchange.Accepted([]string{tt.accept}, tt.offers...); got != tt.want {
			t.Errorf("%q of %v: %q, want %q", tt.accept, tt.offers, got, tt.want)
		}
	}
	if got := exchange.Accepted(nil, json); got != json {
		t.Errorf("without the header: %q", got)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	for given, taken := range map[string]bool{"abc-1.2_X": true, strings.Repeat("a", 64): true, "": false, strings.Repeat("a", 65): false,
		"a b": false, "a\"b": false, "a\nb": false, "<script>": false, "é": false} {
		if got := exchange.RequestID(http.Header{exchange.IDHeader: {given}}); (got == given) != taken || got == "" {
			t.Errorf("%q became %q", given, got)
		}
	}
	two := http.Header{exchange.IDHeader: {"a", "b"}}
	if first, second := exchange.RequestID(two), exchange.RequestID(http.Header{}); first == "a" || first == second {
		t.Errorf("two ids became %q, none became %q", first, second)
	}
}

func TestParseTag(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]int64{`"3"`: 3, ` "12" `: 12, `W/"3"`: exchange.None, `"x"`: exchange.None, `"0"`: exchange.None, `"-3"`: exchange.None} {
		if got, err := exchange.ParseTag(tag); got != want || err != nil {
			t.Errorf("%s: %d, %v", tag, got, err)
		}
	}
	for _, tag := range []string{"3", `"3`, `"3", "4"`, "*", ""} {
		if got, err := exchange.ParseTag(tag); err == nil {
			t.Errorf("%s: %d", tag, got)
		}
	}
	if got, err := exchange.ParseTag(exchange.Tag(7)); got != 7 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	for header, want := range map[string]bool{`W/"a"`: true, `"a"`: true, `"b", W/"a"`: true, "*": true, `"b"`: false, "": false} {
		if exchange.Matches(header, `W/"a"`) != want {
			t.Errorf("%q: want %v", header, want)
		}
	}
}

// answered is what a handler answers through Compressed.
func answered(t *testing.T, method string, asked http.Header, h http.HandlerFunc) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/", nil)
	r.Header = asked
	w := httptest.NewRecorder()
	exchange.Compressed(h).ServeHTTP(w, r)
	return w.Result()
}

func TestCompressed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("all work and no play ", 200)
	says := func(kind string, set http.Header, text ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			for name, values := range set {
				w.Header()[name] = values
			}
			w.WriteHeader(http.StatusOK)
			for _, s := range text {
				_, _ = io.WriteString(w, s)
			}
		}
	}
	takes := func(more ...string) http.Header {
		h := http.Header{"Accept-Encoding": {"br, gzip"}}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	for _, tt := range []struct {
		name   string
		method string
		asked  http.Header
		h      http.HandlerFunc
		zipped bool
	}{
		{"a long answer", "GET", takes(), says("application/json; charset=utf-8", nil, long), true},
		{"in pieces", "GET", takes(), says("text/html", nil, long[:1000], long[1000:]), true},
		{"a short answer", "GET", takes(), says("application/json", nil, "{}"), false},
		{"not taken", "GET", http.Header{}, says("application/json", nil, long), false},
		{"taken at no price", "GET", http.Header{"Accept-Encoding": {"gzip;q=0"}}, says("application/json", nil, long), false},
		{"an act", "POST", takes(), says("application/json", nil, long), false},
		{"begun by another site", "GET", takes("Sec-Fetch-Site", "cross-site"), says("text/html", nil, long), false},
		{"a stream", "GET", takes(), says("text/event-stream", nil, long), false},
		{"a list by lines", "GET", takes(), says("text/csv", nil, long), false},
		{"with a strong tag", "GET", takes(), says("application/json", http.Header{"Etag": {`"3"`}}, long), false},
		{"with a weak tag", "GET", takes(), says("application/json", http.Header{"Etag": {`W/"3"`}}, long), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := answered(t, tt.method, tt.asked, tt.h)
			body := io.Reader(resp.Body)
			if resp.Header.Get("Content-Encoding") == "gzip" != tt.zipped {
				t.Fatalf("the header is %v", resp.Header)
			}
			if tt.zipped {
				var err error
				if body, err = gzip.NewReader(body); err != nil || !strings.Contains(resp.Header.Get("Vary"), "Accept-Encoding") {
					t.Fatalf("%v, %v", err, resp.Header)
				}
			}
			if text, err := io.ReadAll(body); err != nil || string(text) != long && string(text) != "{}" {
				t.Errorf("%d bytes, %v", len(text), err)
			}
		})
	}
}

// What is flushed arrives at once, and an answer that breaks off is not completed.
func TestCompressedAnswersThatGoOn(t *testing.T) {
	t.Parallel()
	next, over := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(exchange.Compressed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "first\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-next
		if r.URL.Path == "/breaks" {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, "second\n")
		close(over)
	})))
	t.Cleanup(server.Close)
	resp, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	first := make([]byte, 6)
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "first\n" {
		t.Fatalf("%q, %v", first, err)
	}
	close(next)
	<-over
	if rest, err := io.ReadAll(resp.Body); err != nil || string(rest) != "second\n" {
		t.Errorf("%q, %v", rest, err)
	}
	broken, err := server.Client().Get(server.URL + "/breaks")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = broken.Body.Close() }()
	if text, err := io.ReadAll(broken.Body); err == nil {
		t.Errorf("it ended well after %q", text)
	}
}
