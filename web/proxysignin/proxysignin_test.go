package proxysignin_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/proxysignin"
)

func newSignIn(t *testing.T, o proxysignin.Options) *proxysignin.SignIn {
	t.Helper()
	in, err := proxysignin.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// from is a request that comes from an address, with headers in pairs.
func from(remote string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.RemoteAddr = remote
	for i := 0; i < len(headers); i += 2 {
		r.Header[headers[i]] = append(r.Header[headers[i]], headers[i+1])
	}
	return r
}

func TestHeadersOfAProxy(t *testing.T) {
	t.Parallel()
	in := newSignIn(t, proxysignin.Options{From: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/24"), netip.MustParsePrefix("2001:db8::7/128")}, Issuer: "corp",
		Permissions: []proxysignin.Rule{{Permission: request.Admin, Group: "platform"}}})
	user := []string{"X-Forwarded-User", "eve"}
	for name, tt := range map[string]struct {
		r      *http.Request
		groups []string // nil: not known
		says   string   // empty: she is signed in
	}{
		"a proxy":              {from("10.1.0.9:4000", user...), nil, ""},
		"over IPv6":            {from("[2001:db8::7]:4000", user...), nil, ""},
		"IPv4 in IPv6":         {from("[::ffff:10.1.0.9]:4000", user...), nil, ""},
		"with groups":          {from("10.1.0.9:4000", append(user, "X-Forwarded-Groups", "platform, a,,a")...), []string{"platform", "a"}, ""},
		"with none":            {from("10.1.0.9:4000", append(user, "X-Forwarded-Groups", "")...), []string{}, ""},
		"nobody":               {from("10.1.0.9:4000"), nil, "nobody is signed in"},
		"an empty user":        {from("10.1.0.9:4000", "X-Forwarded-User", ""), nil, "nobody is signed in"},
		"another address":      {from("10.1.1.9:4000", user...), nil, "not listed"},
		"another, over IPv6":   {from("[2001:db8::8]:4000", user...), nil, "not listed"},
		"another, with groups": {from("10.1.1.9:4000", "X-Forwarded-Groups", "platform"), nil, "not listed"},
		"another, spelled so":  {from("10.1.1.9:4000", "X_forwarded_user", "eve"), nil, "not listed"},
		"another, without":     {from("10.1.1.9:4000"), nil, "nobody is signed in"},
		"no address":           {from("@", user...), nil, "not listed"},
		"twice":                {from("10.1.0.9:4000", append(user, user...)...), nil, "is there twice"},
		"groups twice":         {from("10.1.0.9:4000", append(user, "X-Forwarded-Groups", "a", "X-Forwarded-Groups", "platform")...), nil, "is there twice"},
		"twice, spelled so":    {from("10.1.0.9:4000", append(user, "X_forwarded_user", "root")...), nil, "is there twice"},
		"no id":                {from("10.1.0.9:4000", "X-Forwarded-User", "a\x00b"), nil, "the headers of the proxy"},
	} {
		who, err := in.Authenticate(tt.r)
		if tt.says != "" {
			if !errors.Is(err, web.ErrSignIn) || !strings.Contains(err.Error(), tt.says) || who.ID != "" && err == nil {
				t.Errorf("%s: %+v, %v, want %q", name, who, err, tt.says)
			}
			continue
		}
		if err != nil || who.Person() != "corp|eve" || (who.Groups == nil) != (tt.groups == nil) || !slices.Equal(who.Groups, tt.groups) || who.Has(request.Admin) != slices.Contains(tt.groups, "platform") {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
		if (who.SignedIn.Remark != "") != (tt.groups == nil) {
			t.Errorf("%s: the remark is %q", name, who.SignedIn.Remark)
		}
	}
}

// TestAUnixSocket serves through a socket of its own.
func TestAUnixSocket(t *testing.T) {
	t.Parallel()
	for _, socket := range []bool{true, false} {
		in := newSignIn(t, proxysignin.Options{Socket: socket, From: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Headers: proxysignin.Headers{User: "x-user"}})
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			who, err := in.Authenticate(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusUnauthorized)
				return
			}
			_, _ = w.Write([]byte(who.ID))
		}))
		_ = server.Listener.Close()
		server.Listener = l
		server.Start()
		t.Cleanup(server.Close)
		client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}}}
		t.Cleanup(client.CloseIdleConnections)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-User", "eve")
		a, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		if (a.StatusCode == http.StatusOK) != socket {
			t.Errorf("a socket that counts: %v, the answer is %d", socket, a.StatusCode)
		}
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	t.Parallel()
	here := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, o := range map[string]proxysignin.Options{
		"nobody":      {},
		"everybody":   {From: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}},
		"no prefix":   {From: []netip.Prefix{{}}},
		"a bar":       {From: here, Issuer: "a|b"},
		"acting":      {From: here, Permissions: []proxysignin.Rule{{Permission: request.Acting, Group: "a"}}},
		"no group":    {From: here, Permissions: []proxysignin.Rule{{Permission: request.Admin}}},
		"one for two": {From: here, Headers: proxysignin.Headers{User: "x-a", Email: "X-A"}},
	} {
		if _, err := proxysignin.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
