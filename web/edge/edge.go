// Package edge is what stands between a network and the server of a host: certificates
// that are read again when their files change, and a listener that lets nobody hold all
// connections.
//
//	certificates, err := edge.ReadCertificate("tls.crt", "tls.key")
//	server := &http.Server{Handler: handler, TLSConfig: certificates.TLS()}
//	err = server.ServeTLS(edge.Limit(listener, 1000, 100), "", "")
package edge

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often the files of a certificate are looked at, at most.
const lookEvery = 5 * time.Second

// Certificate is a certificate with its key, in two PEM files. Where these change, the new
// one is used for the connections that come then; one that cannot be read is logged, and
// the old one stays. Any number of goroutines may use it.
type Certificate struct {
	certFile, keyFile string

	Now    func() time.Time // nil means time.Now
	Logger *slog.Logger     // gets files that cannot be read; nil logs nothing

	mu     sync.Mutex
	read   *tls.Certificate
	seen   [2]stamp
	looked time.Time
}

// stamp is what tells one state of a file from another.
type stamp struct {
	changed time.Time
	size    int64
}

// ReadCertificate reads the files for the first time. It returns an error where they
// cannot be read, or do not belong together.
func ReadCertificate(certFile, keyFile string) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile}
	if err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

// TLS is a configuration that shows the certificate: TLS 1.2 and up.
func (c *Certificate) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil }}
}

// current is the certificate as its files have it now.
func (c *Certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	if at := now(); at.Sub(c.looked) >= lookEvery {
		c.looked = at
		if err := c.loadIfChanged(); err != nil && c.Logger != nil {
			c.Logger.Error("the certificate has changed and cannot be used; the one of before stays", "error", err)
		}
	}
	return c.read
}

func (c *Certificate) loadIfChanged() error {
	stamps, err := c.stamps()
	if err != nil || stamps == c.seen {
		return err
	}
	return c.load()
}

func (c *Certificate) load() error {
	stamps, err := c.stamps() // before they are read: what changes meanwhile is seen the next time
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("edge: certificate %s with key %s: %w", c.certFile, c.keyFile, err)
	}
	c.read, c.seen = &pair, stamps
	return nil
}

func (c *Certificate) stamps() (both [2]stamp, err error) {
	for i, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return both, fmt.Errorf("edge: %w", err)
		}
		both[i] = stamp{info.ModTime(), info.Size()}
	}
	return both, nil
}
