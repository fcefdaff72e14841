package edge_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/web/edge"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write writes a certificate of a name with its key, as if at a time.
func write(t *testing.T, certFile, keyFile, name string, at time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	must(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	must(t, os.Chtimes(certFile, at, at))
	must(t, os.Chtimes(keyFile, at, at))
}

// A new certificate is shown without a restart; one that is half written is not.
func TestCertificatesAreReadAgain(t *testing.T) {
	t.Parallel()
	certFile, keyFile := filepath.Join(t.TempDir(), "tls.crt"), filepath.Join(t.TempDir(), "tls.key")
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	write(t, certFile, keyFile, "first", now)
	c, err := edge.ReadCertificate(certFile, keyFile)
	must(t, err)
	var log strings.Builder
	c.Now, c.Logger = func() time.Time { return now }, slog.New(slog.NewTextHandler(&log, nil))
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = c.TLS()
	server.StartTLS()
	t.Cleanup(server.Close)
	shows := func(want string) {
		t.Helper()
		now = now.Add(time.Minute)
		conn, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"}}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		must(t, err)
		defer func() { _ = conn.Close() }()
		if got := conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.CommonName; got != want {
			t.Errorf("it shows %q, want %q", got, want)
		}
	}
	shows("first")
	write(t, certFile, keyFile, "second", now)
	shows("second")
	must(t, os.WriteFile(certFile, []byte("-----BEGIN"), 0o600))
	shows("second")
	if !strings.Contains(log.String(), "cannot be used") {
		t.Errorf("the log says %q", log.String())
	}
	write(t, certFile, keyFile, "third", now)
	shows("third")
	if _, err := edge.ReadCertificate(certFile, filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a key: %v", err)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	l := edge.Limit(plain, 2, 1)
	accepted := make(chan net.Conn)
	ended := make(chan error, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- c
		}
	}()
	dial := func(from string) net.Conn {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		c, err := d.DialContext(t.Context(), "tcp", plain.Addr().String())
		must(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	dial("127.0.0.1")
	first := <-accepted
	if _, err := dial("127.0.0.1").Read(make([]byte, 1)); !errors.Is(err, io.EOF) && err == nil {
		t.Errorf("a second one of the same address: %v", err)
	}
	dial("127.0.0.2")
	second := <-accepted
	dial("127.0.0.3") // waits
	select {
	case <-accepted:
		t.Error("a third one is accepted beside two")
	default:
	}
	_, _ = first.Close(), first.Close() // once is enough
	third := <-accepted
	_, _ = second.Close(), third.Close()
	dial("127.0.0.1")
	fourth := <-accepted
	must(t, l.Close())
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed, it says %v", err)
	}
	must(t, fourth.Close())
}

// A listener that is full ends as soon as it is closed.
func TestAFullListenerCloses(t *testing.T) {
	t.Parallel()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	l := edge.Limit(plain, 1, 0)
	c, err := net.Dial("tcp", plain.Addr().String())
	must(t, err)
	defer func() { _ = c.Close() }()
	held, err := l.Accept()
	must(t, err)
	ended := make(chan error, 1)
	go func() { _, err := l.Accept(); ended <- err }()
	must(t, l.Close())
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("it says %v", err)
	}
	must(t, held.Close())
}
