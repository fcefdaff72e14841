package catalog_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

func TestConnectionCheck(t *testing.T) {
	t.Parallel()
	// The words that no error may repeat.
	const secret = "hunter2"
	good := catalog.Connection{
		Name: "warehouse", Technology: "postgres", Host: "dwh.example.com", URL: "postgres://grantwright@db.example.com/postgres?sslmode=verify-full",
		Secret: "env:WAREHOUSE_PASSWORD", SyncEvery: time.Minute,
	}
	for _, tt := range []struct {
		name   string
		change func(*catalog.Connection)
		want   string // in the error; empty for none
	}{
		{"as it is", func(*catalog.Connection) {}, ""},
		{"no url", func(c *catalog.Connection) { c.URL = "" }, ""},
		{"no secret", func(c *catalog.Connection) { c.Secret = "" }, ""},
		{"secret in a file", func(c *catalog.Connection) { c.Secret = "file:/run/secrets/warehouse" }, ""},
		{"no host, no sync", func(c *catalog.Connection) { c.Host, c.SyncEvery = "", 0 }, ""},
		{"several hosts", func(c *catalog.Connection) { c.URL = "postgres://u@a.example.com,b.example.com/db" }, ""},
		{"socket", func(c *catalog.Connection) { c.URL = "postgres://u@/db?host=/run/postgresql" }, ""},
		{"no name", func(c *catalog.Connection) { c.Name = "" }, "name"},
		{"bad name", func(c *catalog.Connection) { c.Name = "Ware.House" }, "lower case"},
		{"no technology", func(c *catalog.Connection) { c.Technology = "" }, "technology is missing"},
		{"long host", func(c *catalog.Connection) { c.Host = strings.Repeat("h", 600) }, "bytes, at most 512 are allowed"},
		{"host that is no text", func(c *catalog.Connection) { c.Host = "a\x00b" }, "NUL"},
		{"plain secret", func(c *catalog.Connection) { c.Secret = secret }, "must be a reference"},
		{"secret with a scheme", func(c *catalog.Connection) { c.Secret = "vault:" + secret }, "must be a reference"},
		{"secret behind a reference", func(c *catalog.Connection) { c.Secret = "env:X\n" + secret }, "must be a reference"},
		{"relative file", func(c *catalog.Connection) { c.Secret = "file:" + secret }, "must be a reference"},
		{"environment", func(c *catalog.Connection) { c.Secret = "env:" + secret + "!" }, "must be a reference"},
		{"password", func(c *catalog.Connection) { c.URL = "postgres://u:" + secret + "@h/db" }, "holds a password"},
		{"empty password", func(c *catalog.Connection) { c.URL = "postgres://u:@h/db" }, "holds a password"},
		{"parameter", func(c *catalog.Connection) { c.URL = "postgres://u@h/db?password=" + secret }, "holds a password"},
		{"parameter in upper case", func(c *catalog.Connection) { c.URL = "postgres://u@h/db?PassWord=" + secret }, "holds a password"},
		{"escaped parameter", func(c *catalog.Connection) { c.URL = "postgres://u@h/db?%70assword=" + secret }, "holds a password"},
		{"key password", func(c *catalog.Connection) { c.URL = "postgres://u@h/db?sslpassword=" + secret }, "holds a password"},
		{"token", func(c *catalog.Connection) { c.URL = "https://h/db?access_token=" + secret }, "holds a password"},
		{"behind a semicolon", func(c *catalog.Connection) { c.URL = "postgres://u@h/db?a=b;password=" + secret }, "cannot be read"},
		{"bad escape", func(c *catalog.Connection) { c.URL = "postgres://u@h/db?a=%zz" + secret }, "cannot be read"},
		{"unreadable", func(c *catalog.Connection) { c.URL = "postgres://u:" + secret + "@h:port/db" }, "cannot be read"},
		{"unreadable escape", func(c *catalog.Connection) { c.URL = "postgres://u:%" + secret + "@h/db" }, "cannot be read"},
		{"control character", func(c *catalog.Connection) { c.URL = "postgres://u:" + secret + "\n@h/db" }, "cannot be read"},
		{"number sign", func(c *catalog.Connection) { c.URL = "postgres://u:1#" + secret + "@h/db" }, "must read like"},
		{"keywords", func(c *catalog.Connection) { c.URL = "host=h password=" + secret }, "must read like"},
		{"no slashes", func(c *catalog.Connection) { c.URL = "mysql:u:" + secret + "@tcp(h)/db" }, "must read like"},
		{"sync too often", func(c *catalog.Connection) { c.SyncEvery = time.Millisecond }, "syncEvery"},
		{"sync backwards", func(c *catalog.Connection) { c.SyncEvery = -time.Hour }, "syncEvery"},
	} {
		c := good
		tt.change(&c)
		switch err := c.Check(); {
		case tt.want == "":
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		case !errors.Is(err, catalog.ErrConnection) || !strings.Contains(err.Error(), tt.want):
			t.Errorf("%s: %v, want catalog.ErrConnection with %q", tt.name, err, tt.want)
		case strings.Contains(err.Error(), secret):
			t.Errorf("%s: the error repeats the secret: %v", tt.name, err)
		}
	}
}
