package main_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certify writes a certificate for 127.0.0.1 with its key into a folder, and returns who
// trusts it.
func certify(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "tls.crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "tls.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	leaf, err := x509.ParseCertificate(der)
	must(t, err)
	trusting := x509.NewCertPool()
	trusting.AddCert(leaf)
	return trusting
}

func TestServesOverTLSAndHoldsClientsToARate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	trusting := certify(t, dir)
	s := launch(t, dir, nil, "-listen", "127.0.0.1:0", "-tls-cert", "tls.crt", "-tls-key", "tls.key", "-rate-address", "1", "-connections-per-address", "3")
	s.told(t)
	if !strings.HasPrefix(s.url, "https://127.0.0.1:") {
		t.Fatalf("it says that it listens on %s", s.url)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusting}}, Timeout: patience}
	t.Cleanup(client.CloseIdleConnections)
	answers := map[int]int{}
	for range 7 {
		a, err := client.Get(s.url + "/api/v1/requests")
		must(t, err)
		must(t, a.Body.Close())
		answers[a.StatusCode]++
		if a.Header.Get("Strict-Transport-Security") != "" {
			t.Error("the dev sign-in keeps browsers to TLS on localhost, where others listen without")
		}
		if wait := a.Header.Get("Retry-After"); (a.StatusCode == http.StatusTooManyRequests) != (wait != "") {
			t.Errorf("%d says Retry-After %q", a.StatusCode, wait)
		}
	}
	if answers[http.StatusTooManyRequests] == 0 || answers[http.StatusUnauthorized] < 5 {
		t.Errorf("of seven requests of one address, five of which may come at once: %v", answers)
	}
	dial := func() error {
		c, err := (&tls.Dialer{Config: &tls.Config{RootCAs: trusting}}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.url, "https://"))
		if err == nil {
			t.Cleanup(func() { _ = c.Close() })
		}
		return err
	}
	taken := 0
	for taken < 4 && dial() == nil {
		taken++
	}
	if taken < 2 || taken > 3 { // the client above may hold one
		t.Errorf("%d connections of one address are taken", taken)
	}
}
