package site

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the addresses of proxies that we trust to say from where a request came.
type Proxies []netip.Prefix

// maxHops bounds how many proxies are read from one request.
const maxHops = 20

// Client is the address that a request comes from: that of the peer, or, where the peer is
// a proxy that we trust, the last in X-Forwarded-For that none of our proxies is. Of IPv6 it
// is the network of 64 bits, of which one host may take any address.
func (p Proxies) Client(r *http.Request) string {
	at, trusted := p.peer(r)
	hops := forwardedFor(r)
	for i := len(hops) - 1; trusted && i >= 0; i-- {
		hop, err := netip.ParseAddr(hops[i])
		if err != nil {
			break // from here on it is not what a proxy of ours has written
		}
		at = hop.Unmap()
		trusted = p.trusts(at)
	}
	if at.Is6() {
		if network, err := at.Prefix(64); err == nil {
			return network.String()
		}
	}
	return at.String()
}

// Secure reports whether a request came over TLS, to us or to a proxy that we trust.
func (p Proxies) Secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	_, trusted := p.peer(r)
	said := r.Header.Values("X-Forwarded-Proto")
	return trusted && len(said) == 1 && strings.EqualFold(said[0], "https")
}

// peer is the address at the other end of the connection, and whether we trust it. A unix
// socket has none, and only who may open it is there.
func (p Proxies) peer(r *http.Request) (netip.Addr, bool) {
	if local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr); local != nil && local.Network() == "unix" {
		return netip.Addr{}, true
	}
	at, err := netip.ParseAddr(r.RemoteAddr) // as some middleware writes it
	if full, bad := netip.ParseAddrPort(r.RemoteAddr); bad == nil {
		at, err = full.Addr(), nil
	}
	return at.Unmap(), err == nil && p.trusts(at.Unmap())
}

func (p Proxies) trusts(at netip.Addr) bool {
	return slices.ContainsFunc(p, func(x netip.Prefix) bool { return x.Contains(at.WithZone("")) })
}

// forwardedFor lists what proxies have written, the last proxy's at the end.
func forwardedFor(r *http.Request) []string {
	all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	all = all[max(0, len(all)-maxHops):]
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}
