package hooknotify_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/grantwright/grantwright/notify/hooknotify"
)

// proxied counts what comes to the proxy that the environment names.
var proxied atomic.Int64

func TestMain(m *testing.M) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied.Add(1) }))
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		must(os.Setenv(name, proxy.URL))
	}
	must(os.Unsetenv("NO_PROXY"))
	must(os.Unsetenv("no_proxy"))
	os.Exit(m.Run())
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func client() *hooknotify.Client {
	return hooknotify.New(hooknotify.Options{Allow: loopback, Timeout: 5 * time.Second})
}

// call is a call of a receiver, with the secret that signs it.
func call(t *testing.T, url string) (hooknotify.Call, string) {
	t.Helper()
	text := hooknotify.NewSecret()
	secret, err := hooknotify.ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return hooknotify.Call{URL: url, Secrets: [][]byte{secret}, ID: "event-1", Body: []byte(`{"type":"request.created"}`)}, text
}

// TestTheLibraryOfStandardWebhooksVerifies checks signature and age by the clock, as
// receivers do.
func TestTheLibraryOfStandardWebhooksVerifies(t *testing.T) {
	t.Parallel()
	var secret string
	var verified error
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		hook, err := standardwebhooks.NewWebhook(secret)
		if err == nil {
			err = hook.Verify(body, r.Header)
		}
		if verified = err; r.Header.Get("webhook-id") != "event-1" || r.Header.Get("Content-Type") != "application/json" || r.Method != http.MethodPost {
			verified = fmt.Errorf("%s with %v", r.Method, r.Header)
		}
	}))
	defer receiver.Close()
	c, text := call(t, receiver.URL)
	secret = text
	if try := client().Post(t.Context(), c); !try.Delivered() || verified != nil {
		t.Errorf("%+v, the receiver says %v", try, verified)
	}
	if first := hooknotify.NewSecret(); first == hooknotify.NewSecret() {
		t.Error("two secrets are the same")
	}
}

func TestCertificatesAreVerifiedUnlessSwitchedOff(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	receiver := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	receiver.Config.ErrorLog = log.New(io.Discard, "", 0)
	receiver.StartTLS() // its certificate is signed by nobody known
	defer receiver.Close()
	c, _ := call(t, receiver.URL)
	if try := client().Post(t.Context(), c); try.Delivered() || calls.Load() != 0 || !strings.Contains(try.Error, "certificate") {
		t.Errorf("verified: %+v after %d calls", try, calls.Load())
	}
	c.Insecure = true
	if try := client().Post(t.Context(), c); !try.Delivered() || calls.Load() != 1 {
		t.Errorf("switched off: %+v after %d calls", try, calls.Load())
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		var paths []string
		receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if paths = append(paths, r.URL.Path); r.URL.Path == "/" {
				http.Redirect(w, r, "/elsewhere", status)
			}
		}))
		c, _ := call(t, receiver.URL+"/")
		try := client().Post(t.Context(), c)
		receiver.Close()
		if try.Delivered() || try.Status != status || len(paths) != 1 {
			t.Errorf("%d: %+v, called %v", status, try, paths)
		}
	}
}

// TestNoProxyIsUsed calls a name that leads nowhere: a proxy would take it.
func TestNoProxyIsUsed(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://receiver.invalid/", "https://receiver.invalid/"} {
		c, _ := call(t, url)
		if try := client().Post(t.Context(), c); try.Delivered() || proxied.Load() != 0 {
			t.Errorf("%s: %+v, the proxy was called %d times", url, try, proxied.Load())
		}
	}
	// The proxy of this test would be used by whoever asks the environment for one.
	r, err := http.NewRequest(http.MethodGet, "http://receiver.invalid/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if proxy, err := http.ProxyFromEnvironment(r); proxy == nil || err != nil {
		t.Errorf("the environment names no proxy: %v", err)
	}
}

func TestAddressesThatAreNotPublicAreRefused(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer receiver.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(receiver.URL, "http://"), ":")
	for _, host := range []string{
		"127.0.0.1", "127.1.2.3", "[::1]", "localhost", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "2130706433", "0x7f.1",
		"10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "224.0.0.1", "255.255.255.255",
	} {
		c, _ := call(t, "http://"+host+":"+port)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		try := hooknotify.New(hooknotify.Options{}).Post(ctx, c)
		cancel()
		if numeric := host == "2130706433" || host == "0x7f.1"; try.Delivered() || !numeric && !strings.Contains(try.Error, "not allowed") {
			t.Errorf("%s: %+v", host, try)
		}
	}
	if calls.Load() != 0 {
		t.Errorf("the receiver was called %d times", calls.Load())
	}
}

// TestWhatTheOperatorAllowsIsCalled allows one network, and no other.
func TestWhatTheOperatorAllowsIsCalled(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer receiver.Close()
	c, _ := call(t, receiver.URL)
	for prefix, want := range map[string]bool{"127.0.0.0/8": true, "10.0.0.0/8": false, "::1/128": false} {
		allowed := hooknotify.New(hooknotify.Options{Allow: []netip.Prefix{netip.MustParsePrefix(prefix)}})
		if try := allowed.Post(t.Context(), c); try.Delivered() != want {
			t.Errorf("%s is allowed: %+v", prefix, try)
		}
	}
}

func TestErrorsHoldNoURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://127.0.0.1:1/hook?token=hidden", "http://receiver.invalid/hook?token=hidden", "http://10.0.0.1/hook?token=hidden"} {
		c, _ := call(t, url)
		if try := client().Post(t.Context(), c); try.Delivered() || strings.Contains(try.Error, "hidden") {
			t.Errorf("%s: %+v", url, try)
		}
	}
}

func TestAnAnswerMayTakeTenSeconds(t *testing.T) {
	t.Parallel()
	if got := hooknotify.New(hooknotify.Options{}).Timeout(); got != 10*time.Second {
		t.Errorf("an answer may take %s", got)
	}
}

func TestWhatNoSecretSignsIsNotSent(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer receiver.Close()
	if try := client().Post(t.Context(), hooknotify.Call{URL: receiver.URL, ID: "x"}); try.Delivered() || calls.Load() != 0 {
		t.Errorf("%+v", try)
	}
}
