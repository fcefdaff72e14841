package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/edge"
)

// border is what the command line says of the network: TLS, proxies, and how much one
// client may ask for.
type border struct {
	cert, key string
	proxies   string

	person, address, atOnce int // requests
	connections, perAddress int

	drain time.Duration
}

func (b *border) flags(f *flag.FlagSet) {
	f.StringVar(&b.cert, "tls-cert", "", "PEM `file` of the certificate, with those between it and its root, for TLS; read again when it changes")
	f.StringVar(&b.key, "tls-key", "", "PEM `file` of the key of the certificate; read again when it changes")
	f.StringVar(&b.proxies, "trusted-proxies", "", "`networks` of the proxies whose X-Forwarded-For and X-Forwarded-Proto count, such as 10.0.0.0/8,fd00::/8")
	f.IntVar(&b.person, "rate", 20, "how many requests a second one person may send on average, and five times as many at once; 0 sets no bound")
	f.IntVar(&b.address, "rate-address", 100, "the same of one address, or of one network of IPv6 (64 bits)")
	f.IntVar(&b.atOnce, "at-once", 500, "how many requests are answered at the same time; 0 sets no bound")
	f.IntVar(&b.connections, "connections", 2000, "how many connections may be open; 0 sets no bound")
	f.IntVar(&b.perAddress, "connections-per-address", 200, "how many of them from one address; 0 sets no bound, and so does -trusted-proxies")
	f.DurationVar(&b.drain, "drain", 0, "how long after the signal to end everything is still answered while /readyz is 503, so that a balancer sends no more;\nat least twice the time between two of its looks")
}

func (b border) check() error {
	for name, n := range map[string]int{"rate": b.person, "rate-address": b.address, "at-once": b.atOnce, "connections": b.connections, "connections-per-address": b.perAddress} {
		if n < 0 {
			return fmt.Errorf("-%s is %d, must be 0 or more", name, n)
		}
	}
	if b.drain < 0 {
		return fmt.Errorf("-drain is %s, must not be negative", b.drain)
	}
	if (b.cert == "") != (b.key == "") {
		return errors.New("-tls-cert and -tls-key are needed together")
	}
	_, err := networks("-trusted-proxies", b.proxies)
	return err
}

// trusted are the proxies that we trust; check has looked at them.
func (b border) trusted() []netip.Prefix {
	all, _ := networks("-trusted-proxies", b.proxies)
	return all
}

// limits are what one client may ask for.
func (b border) limits() web.Limits {
	rate := func(n int) web.Rate { return web.Rate{PerSecond: float64(n), AtOnce: 5 * n} }
	return web.Limits{PerPerson: rate(b.person), PerAddress: rate(b.address), AtOnce: b.atOnce}
}

// bounded bounds the connections of a listener.
func (b border) bounded(l net.Listener) net.Listener {
	if b.proxies != "" {
		b.perAddress = 0
	}
	return edge.Limit(l, b.connections, b.perAddress)
}

// tls is the configuration of TLS; nil without any.
func (b border) tls(log *slog.Logger) (*tls.Config, error) {
	if b.cert == "" {
		return nil, nil
	}
	certificate, err := edge.ReadCertificate(b.cert, b.key)
	if err != nil {
		return nil, err
	}
	certificate.Logger = log
	return certificate.TLS(), nil
}

// scheme is that of the address at which the server listens.
func (b border) scheme() string {
	if b.cert != "" {
		return "https"
	}
	return "http"
}
