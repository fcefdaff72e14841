package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

// script is a server that answers by a list, the last answer again and again. It notes when it
// was called, and with which key.
type script struct {
	answers []answer
	began   time.Time
	at      []time.Duration
	keys    []string
}

type answer struct {
	status      int
	retry, body string
	err         error
}

// RoundTrip answers a call.
func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.at = append(s.at, time.Since(s.began))
	s.keys = append(s.keys, r.Header.Get("Idempotency-Key"))
	a := s.answers[min(len(s.at), len(s.answers))-1]
	if a.err != nil {
		return nil, a.err
	}
	kind := "application/json"
	if a.status >= 400 && a.body != "proxy" {
		kind = "application/problem+json"
	}
	h := http.Header{"Content-Type": {kind}}
	if a.retry != "" {
		h.Set("Retry-After", a.retry)
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

func (s *script) client(t *testing.T, options ...client.Option) *client.Client {
	t.Helper()
	s.began = time.Now()
	c, err := client.New("https://access.example.com", append([]client.Option{client.Transport(s)}, options...)...)
	must(t, err)
	return c
}

var (
	fine   = answer{status: 200, body: `{"id": "A1", "ref": "shop:a"}`}
	busy   = answer{status: 503, retry: "5", body: `{"code": "STORE", "title": "x"}`}
	pace   = answer{status: 429, retry: "5", body: `{"code": "RATE", "title": "x"}`}
	limit  = answer{status: 429, retry: "5", body: `{"code": "LIMIT", "title": "x"}`}
	proxy  = answer{status: 502, body: "proxy"}
	remote = answer{status: 502, body: `{"code": "PLATFORM", "title": "x"}`}
	broken = answer{err: &net.OpError{Op: "read", Err: errors.New("connection reset")}}
	untrue = answer{err: &tls.CertificateVerificationError{Err: errors.New("unknown authority")}}
	noHost = answer{err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}
)

func TestWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	read := func(ctx context.Context, c *client.Client) error { _, err := c.Asset(ctx, "shop:a"); return err }
	make := func(ctx context.Context, c *client.Client) error {
		_, err := c.Submit(ctx, api.SubmissionBody{})
		return err
	}
	decide := func(ctx context.Context, c *client.Client) error {
		_, err := c.Determine(ctx, "A1", api.DeterminationBody{})
		return err
	}
	login := func(ctx context.Context, c *client.Client) error {
		_, err := c.BeginDevice(ctx, api.DeviceBody{})
		return err
	}
	for _, tt := range []struct {
		name   string
		call   func(context.Context, *client.Client) error
		first  answer
		calls  int // until it is answered well; 1 for a refusal that stands
		atOnce bool
	}{
		{"a read, of a server that is busy", read, busy, 2, false},
		{"a read, by a proxy without a server", read, proxy, 2, false},
		{"a read that breaks off", read, broken, 2, false},
		{"a read from who is not trusted", read, untrue, 1, false},
		{"a read of a platform that is away", read, remote, 1, false},
		{"a submission, which has a key", make, busy, 2, false},
		{"a submission that breaks off", make, broken, 2, false},
		{"a submission above a limit", make, limit, 1, false},
		{"a decision that nobody has heard", decide, noHost, 2, false},
		{"a decision, in a pace that is too fast", decide, pace, 2, false},
		{"a decision, which has a key too", decide, busy, 2, false},
		{"a decision that breaks off", decide, broken, 2, false},
		{"a login that breaks off, which has none", login, broken, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []answer{tt.first, fine}}
				err := tt.call(t.Context(), s.client(t))
				if len(s.at) != tt.calls || (err == nil) != (tt.calls == 2) {
					t.Fatalf("%d calls and %v, want %d", len(s.at), err, tt.calls)
				}
				if tt.calls == 2 && tt.first.retry != "" && s.at[1] != 5*time.Second {
					t.Errorf("the second call came after %s, want 5s", s.at[1])
				}
				if tt.calls == 2 && tt.first.retry == "" && (s.at[1] < 200*time.Millisecond || s.at[1] > 400*time.Millisecond) {
					t.Errorf("the second call came after %s", s.at[1])
				}
				if len(slices.Compact(s.keys)) != 1 {
					t.Errorf("the keys are %q", s.keys)
				}
			})
		})
	}
}

func TestTryingAgainIsBounded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		always  answer
		within  time.Duration // of the context; zero has no end
		options []client.Option
		calls   int
		takes   time.Duration
	}{
		{"four times in all", busy, 0, nil, 4, 15 * time.Second},
		{"later than anybody waits", answer{status: 503, retry: "60", body: "{}"}, 0, nil, 1, 0},
		{"as long as one waits", answer{status: 503, retry: "60", body: "{}"}, 0, []client.Option{client.Patience(time.Minute)}, 4, 3 * time.Minute},
		{"not at all", busy, 0, []client.Option{client.Patience(0)}, 1, 0},
		{"later than the context ends", busy, 8 * time.Second, nil, 2, 5 * time.Second},
		{"a date", answer{status: 503, retry: "Sat, 01 Jan 2000 00:00:09 GMT", body: "{}"}, 0, nil, 4, 9 * time.Second},
		{"nonsense", answer{status: 503, retry: "-5", body: "{}"}, 50 * time.Millisecond, nil, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tt.within > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.within)
					defer cancel()
				}
				s := &script{answers: []answer{tt.always}}
				_, err := s.client(t, tt.options...).Asset(ctx, "shop:a")
				if took := time.Since(s.began); err == nil || len(s.at) != tt.calls || took != tt.takes {
					t.Errorf("%d calls in %s and %v, want %d in %s", len(s.at), took, err, tt.calls, tt.takes)
				}
			})
		})
	}
}

func TestWaitFor(t *testing.T) {
	t.Parallel()
	seen := func(request, grant string) answer {
		return answer{status: 200, body: `{"request": {"id": "A1", "status": "` + request + `"}, "grant": {"state": "` + grant + `"}}`}
	}
	for _, tt := range []struct {
		name          string
		answers       []answer
		request       string
		grant         string
		calls         int
		late, refused bool
	}{
		{"pending, at work, there", []answer{seen("PENDING", ""), seen("PENDING", ""), seen("APPROVED", ""), seen("APPROVED", "PROVISIONING"), seen("APPROVED", "ACTIVE")}, "APPROVED", "ACTIVE", 5, false, false},
		{"denied", []answer{seen("PENDING", ""), seen("DENIED", "")}, "DENIED", "", 2, false, false},
		{"could not be given", []answer{seen("APPROVED", "PENDING"), seen("APPROVED", "FAILED")}, "APPROVED", "FAILED", 2, false, false},
		{"gone", []answer{seen("REVOKED", "REVOKED")}, "REVOKED", "REVOKED", 1, false, false},
		{"nobody decides", []answer{seen("PENDING", "")}, "PENDING", "", 8, true, false}, // at 0, 1, 3, 7, 15, 30, 45 and 60 seconds
		{"not theirs", []answer{{status: 404, body: `{"code": "NOT_FOUND", "title": "x"}`}}, "", "", 1, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 61*time.Second)
				defer cancel()
				s := &script{answers: tt.answers}
				got, err := s.client(t).WaitFor(ctx, "A1")
				if got.Request.Status != tt.request || got.Grant.State != tt.grant || len(s.at) != tt.calls {
					t.Errorf("%s %s after %d calls, want %s %s after %d", got.Request.Status, got.Grant.State, len(s.at), tt.request, tt.grant, tt.calls)
				}
				if errors.Is(err, context.DeadlineExceeded) != tt.late || (client.Code(err) == "NOT_FOUND") != tt.refused || (err != nil) != (tt.late || tt.refused) {
					t.Errorf("the error is %v", err)
				}
			})
		})
	}
}

// silent is a server that takes calls and never answers.
type silent struct{}

// RoundTrip waits until the call is given up.
func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// A call that is never repeated takes as long as its caller lets it, and without a deadline
// as long as any try.
func TestALongCallWaitsForItsDeadline(t *testing.T) {
	t.Parallel()
	for within, want := range map[time.Duration]time.Duration{0: 2 * time.Minute, 11 * time.Minute: 11 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			ctx := t.Context()
			if within > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, within)
				defer cancel()
			}
			c, err := client.New("https://access.example.com", client.Transport(silent{}))
			must(t, err)
			began := time.Now()
			if _, err := c.PublishLinks(ctx, "shop", api.PublishBody{}); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			if took := time.Since(began); took != want {
				t.Errorf("with a deadline of %s it took %s, want %s", within, took, want)
			}
		})
	}
}
