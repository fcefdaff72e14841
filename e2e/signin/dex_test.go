package signin

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/grantwright/grantwright/e2e/process"
)

// dexConfig has one person, whose password is "password".
const dexConfig = `issuer: http://%[1]s/dex
storage: {type: memory}
web: {http: '%[1]s'}
oauth2: {skipApprovalScreen: true}
staticClients:
- {id: grantwright, secret: %[2]s, name: Grantwright, redirectURIs: ['%[3]s/sign-in/callback/dex']}
enablePasswordDB: true
staticPasswords:
- {email: eve@example.com, username: eve, userID: 08a8684b-db88-4b73-90a9-3cd1661f5466, hash: '$2a$10$2b2cU8CPhOTaGrs1HRQuAueS7JTT5ZHsHSzYiFPm1leZck7Mc8T4W'}
`

// TestDex walks with Dex, as a process.
func TestDex(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	at := free.Addr().String()
	must(t, free.Close())
	address := startServer(t, fmt.Sprintf("issuers: [{name: dex, url: 'http://%s/dex', client: grantwright, secret: env:CLIENT_SECRET, scopes: [profile, email, groups], claims: {attributes: {login: name}}}]", at))
	startDex(t, at, address)
	me, _, _ := walk(t, address, func(b *browser, on page) page {
		return b.submit(on, "password", url.Values{"login": {"eve@example.com"}, "password": {"password"}})
	})
	if who := identity(t, me); len(who.Person) < 10 || who.Person[:4] != "dex|" || who.Email != "eve@example.com" || who.Name != "eve" {
		t.Errorf("who am I: %+v", who)
	}
}

// startDex runs Dex at an address, for the server at another.
func startDex(t *testing.T, at, server string) {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "dex.yaml")
	must(t, os.WriteFile(config, []byte(fmt.Sprintf(dexConfig, at, clientSecret, server)), 0o600))
	c := exec.Command(process.Build(t, "../dex", "github.com/dexidp/dex/cmd/dex", "CGO_ENABLED=0"), "serve", config)
	log := new(process.Output)
	c.Dir, c.Stdout, c.Stderr = dir, log, log
	must(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("Dex says:\n%s", log)
		}
	})
	reachable(t, "http://"+at+"/dex/.well-known/openid-configuration")
}
