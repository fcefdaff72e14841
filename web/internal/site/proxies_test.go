package site_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/grantwright/grantwright/web/internal/site"
)

func TestClientsBehindProxies(t *testing.T) {
	t.Parallel()
	ours := site.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tt := range []struct {
		name, peer string
		said       []string
		client     string
	}{
		{"straight", "203.0.113.7:4711", nil, "203.0.113.7"},
		{"who is no proxy of ours says nothing", "203.0.113.7:4711", []string{"198.51.100.1"}, "203.0.113.7"},
		{"a proxy", "10.1.2.3:4711", []string{"198.51.100.1"}, "198.51.100.1"},
		{"what the client made up stands before", "10.1.2.3:4711", []string{"1.2.3.4, 198.51.100.1"}, "198.51.100.1"},
		{"and in a header of its own", "10.1.2.3:4711", []string{"1.2.3.4", "198.51.100.1"}, "198.51.100.1"},
		{"two proxies", "10.1.2.3:4711", []string{"198.51.100.1, 10.9.9.9"}, "198.51.100.1"},
		{"nothing but proxies", "10.1.2.3:4711", []string{"10.9.9.9"}, "10.9.9.9"},
		{"what is no address ends it", "10.1.2.3:4711", []string{"1.2.3.4, unknown"}, "10.1.2.3"},
		{"a proxy says nothing", "10.1.2.3:4711", nil, "10.1.2.3"},
		{"IPv6 counts by network", "[2001:db8:1:2:3:4:5:6]:4711", nil, "2001:db8:1:2::/64"},
		{"an address of IPv4 in IPv6", "[::ffff:10.1.2.3]:4711", []string{"198.51.100.1"}, "198.51.100.1"},
		{"a proxy of IPv6, with a zone", "[fd00::1%eth0]:4711", []string{"198.51.100.1"}, "198.51.100.1"},
		{"a peer without a port", "203.0.113.7", []string{"198.51.100.1"}, "203.0.113.7"},
		{"a peer that is no address", "somebody", []string{"198.51.100.1"}, "invalid IP"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = tt.peer, tt.said
		if got := ours.Client(r); got != tt.client {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.client)
		}
	}
	r := httptest.NewRequestWithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, &net.UnixAddr{Name: "/run/access", Net: "unix"}), http.MethodGet, "/", nil)
	r.RemoteAddr = "@"
	r.Header.Set("X-Forwarded-For", "198.51.100.1")
	if got := (site.Proxies)(nil).Client(r); got != "198.51.100.1" {
		t.Errorf("over a unix socket: %s", got)
	}
}

func TestSecureBehindProxies(t *testing.T) {
	t.Parallel()
	ours := site.Proxies{netip.MustParsePrefix("10.0.0.0/8")}
	for _, tt := range []struct {
		name, peer string
		tls        bool
		said       []string
		secure     bool
	}{
		{"TLS", "203.0.113.7:1", true, nil, true},
		{"none", "203.0.113.7:1", false, nil, false},
		{"a stranger says so", "203.0.113.7:1", false, []string{"https"}, false},
		{"a proxy says so", "10.1.2.3:1", false, []string{"https"}, true},
		{"a proxy denies it", "10.1.2.3:1", false, []string{"http"}, false},
		{"twice", "10.1.2.3:1", false, []string{"http", "https"}, false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-Proto"] = tt.peer, tt.said
		if tt.tls {
			r.TLS = &tls.ConnectionState{}
		}
		if got := ours.Secure(r); got != tt.secure {
			t.Errorf("%s: secure is %v", tt.name, got)
		}
	}
}
