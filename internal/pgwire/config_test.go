package pgwire_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/lib/pq"

	"github.com/grantwright/grantwright/internal/pgwire"
)

// ignored are the fields of a Config that are about how it was read.
var ignored = cmp.Options{cmpopts.IgnoreUnexported(pq.Config{}), cmp.Comparer(func(a, b netip.Addr) bool { return a == b })}

// surroundings is an environment in which everything that libpq reads leads elsewhere.
func surroundings(t *testing.T, address string) {
	t.Helper()
	home := t.TempDir()
	host, port, _ := strings.Cut(address, ":")
	for name, text := range map[string]string{
		".pgpass":                     "*:*:*:*:of-another-server",
		".pg_service.conf":            "[elsewhere]\nhost=" + host + "\nport=" + port + "\n",
		".postgresql/root.crt":        "of another authority",
		".postgresql/postgresql.crt":  "of somebody else",
		".postgresql/postgresql.key":  "of somebody else",
		".postgresql/.not_even_this_": "",
	} {
		path := filepath.Join(home, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{
		"HOME": home, "PGHOST": host + ",elsewhere.example.com", "PGHOSTADDR": host, "PGPORT": port, "PGUSER": "somebody", "PGDATABASE": "elsewhere",
		"PGPASSWORD": "of-another-server", "PGPASSFILE": filepath.Join(home, ".pgpass"), "PGSERVICE": "elsewhere", "PGSERVICEFILE": filepath.Join(home, ".pg_service.conf"),
		"PGOPTIONS": "-c search_path=elsewhere", "PGAPPNAME": "elsewhere", "PGSSLMODE": "disable", "PGSSLROOTCERT": filepath.Join(home, ".postgresql/root.crt"),
		"PGSSLCERT": filepath.Join(home, ".postgresql/postgresql.crt"), "PGSSLKEY": filepath.Join(home, ".postgresql/postgresql.key"), "PGSSLSNI": "0",
		"PGREQUIRESSL": "1", "PGCHANNELBINDING": "require", "PGTARGETSESSIONATTRS": "read-only", "PGLOADBALANCEHOSTS": "random", "PGCONNECT_TIMEOUT": "1",
		"PGCLIENTENCODING": "LATIN1", "PGDATESTYLE": "German", "PGTZ": "Asia/Tokyo", "PGGEQO": "off", "PGSSLNEGOTIATION": "direct",
	} {
		t.Setenv(name, value)
	}
}

// Nothing that libpq would take from around a process is in the Config of a platform.
func TestConfigIsWhatTheURLSays(t *testing.T) {
	urls := []string{
		"postgres://gw@db.example.com/sales?sslmode=verify-full", "postgresql://gw@db.example.com:6432/?sslmode=disable",
		"postgres://gw@a.example.com,b.example.com/sales?sslmode=require&port=1,2", "postgres://gw@/sales?host=/run/postgresql&sslmode=disable",
	}
	before := map[string]pq.Config{}
	for _, address := range urls {
		c, err := pgwire.Config(address, "secret")
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		before[address] = c
	}
	surroundings(t, "192.0.2.1:5433")
	for _, address := range urls {
		c, err := pgwire.Config(address, "secret")
		if err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if diff := cmp.Diff(before[address], c, ignored); diff != "" {
			t.Errorf("%s in other surroundings (-want +got):\n%s", address, diff)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	base := func(change func(*pq.Config)) pq.Config {
		c := pq.Config{Host: "db.example.com", Port: 5432, User: "gw", Database: "sales", Password: "secret", SSLMode: pq.SSLModeVerifyFull, SSLSNI: true, SSLRootCert: "system",
			SSLCert: filepath.Join(os.DevNull, "none"), SSLKey: filepath.Join(os.DevNull, "none"), Passfile: filepath.Join(os.DevNull, "none"),
			MinProtocolVersion: "3.0", MaxProtocolVersion: "3.0", ClientEncoding: "UTF8", Datestyle: "ISO, MDY", Runtime: map[string]string{}, Multi: []pq.ConfigMultihost{}}
		if change != nil {
			change(&c)
		}
		return c
	}
	for _, tt := range []struct {
		name, url string
		want      pq.Config
	}{
		{"plain", "postgres://gw@db.example.com/sales?sslmode=verify-full", base(nil)},
		{"a port", "postgresql://gw@db.example.com:6432/sales?sslmode=verify-full", base(func(c *pq.Config) { c.Port = 6432 })},
		{"an address", "postgres://gw@db.example.com/sales?sslmode=verify-full&hostaddr=192.0.2.7", base(func(c *pq.Config) { c.Hostaddr = netip.MustParseAddr("192.0.2.7") })},
		{"an authority", "postgres://gw@db.example.com/sales?sslmode=verify-full&sslrootcert=/etc/ca.crt", base(func(c *pq.Config) { c.SSLRootCert = "/etc/ca.crt" })},
		{"a certificate", "postgres://gw@db.example.com/sales?sslmode=verify-full&sslcert=/a.crt&sslkey=/a.key", base(func(c *pq.Config) { c.SSLCert, c.SSLKey = "/a.crt", "/a.key" })},
		{"several servers", "postgres://gw@db.example.com,b.example.com/sales?sslmode=verify-full&port=1,2", base(func(c *pq.Config) {
			c.Port, c.Multi = 1, []pq.ConfigMultihost{{Host: "b.example.com", Port: 2}}
		})},
		{"a socket", "postgres://gw@/sales?host=/run/postgresql&sslmode=verify-full", base(func(c *pq.Config) { c.Host, c.SSLMode = "/run/postgresql", pq.SSLModeDisable })},
		{"a setting", "postgres://gw@db.example.com/sales?sslmode=verify-full&statement_timeout=5s&options=-c%20a%3Db", base(func(c *pq.Config) {
			c.Runtime["statement_timeout"], c.Options = "5s", "-c a=b"
		})},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := pgwire.Config(tt.url, "secret")
			if diff := cmp.Diff(tt.want, c, ignored); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestConfigRefuses(t *testing.T) {
	t.Parallel()
	const secret = "secret-word"
	for _, address := range []string{
		"", "mysql://gw@db/x", "host=db password=" + secret, "postgres://gw:" + secret + "@db/x", "postgres://gw@db:port/x?a=" + secret, "postgres://gw@/x",
		"postgres://gw@db/x?password=" + secret, "postgres://gw@db/x?passfile=/" + secret, "postgres://gw@db/x?service=x", "postgres://gw@db/x?sslmode=perhaps",
		"postgres://gw@db/x?sslmode=disable&sslmode=require", "postgres://gw@db/x?hostaddr=nowhere", "postgres://gw@db/x?port=70000", "postgres://gw@a,b/x?port=1,2,3",
		"postgres://gw@db/x?connect_timeout=soon", "postgres://gw@db/x?sslcert=a", "postgres://gw@db/x?sslmode=require&sslrootcert=system",
		"postgres://gw@db/x?sslmode=prefer&sslnegotiation=direct", "postgres://gw@db/x?target_session_attrs=any-old", "postgres://gw@db/x?a=%zz",
	} {
		if c, err := pgwire.Config(address, secret); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %+v, %v, want an error without the secret", address, c, err)
		}
	}
}
