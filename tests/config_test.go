package tests

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/store"
)

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		config grantwright.Config
		want   string
	}{
		{"a store without an inventory", grantwright.Config{Store: new(store.Memory)}, "Config.Inventory"},
		{"an installation that is no name", grantwright.Config{Installation: "No Name"}, "Config.Installation"},
		{"work that may last less than no time", grantwright.Config{Lease: -1}, "Config.Lease"},
		{"a platform that has less than no time", grantwright.Config{PlatformTimeout: -1}, "Config.PlatformTimeout"},
		{"looking more often than all the time", grantwright.Config{Poll: -1}, "Config.Poll"},
		{"a secret that is no reference", grantwright.Config{AllowedSecrets: []string{"PASSWORD"}}, "Config.AllowedSecrets"},
		{"secrets out of step", grantwright.Config{AllowedSecrets: []string{"file:/run/../etc/"}}, "Config.AllowedSecrets"},
		{"secrets of other processes", grantwright.Config{AllowedSecrets: []string{"file:/proc/"}}, "Config.AllowedSecrets"},
		{"an installation too long", grantwright.Config{Installation: strings.Repeat("x", 17)}, "Config.Installation"},
	} {
		if _, err := grantwright.New(tt.config); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want it to name %s", tt.name, err, tt.want)
		}
	}
	e, err := grantwright.New(grantwright.Config{})
	must(t, err)
	must(t, errors.Join(e.Ready(t.Context()), e.Close()))
}

// TestSecretsAreReadWhenNeeded opens connections whose secrets are references of
// each kind, and some that lead nowhere.
func TestSecretsAreReadWhenNeeded(t *testing.T) {
	t.Setenv("GRANTWRIGHT_TEST_SECRET", "from the environment")
	file := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(file, []byte("from a file\n"), 0o600))
	for _, tt := range []struct{ name, reference, want, fails string }{
		{"none", "", "", ""},
		{"environment", "env:GRANTWRIGHT_TEST_SECRET", "from the environment", ""},
		{"file", "file:" + file, "from a file", ""},
		{"no such variable", "env:GRANTWRIGHT_TEST_NOTHING", "", "GRANTWRIGHT_TEST_NOTHING"},
		{"no such file", "file:" + file + ".gone", "", "secret.gone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var password, installation string
			w := newWorld(t, func(c *grantwright.Config) {
				c.AllowedSecrets = []string{"env:GRANTWRIGHT_TEST_SECRET", "env:GRANTWRIGHT_TEST_NOTHING", "file:" + file, "file:" + file + ".gone"}
				c.Platforms["secretive"] = provision.Platform{Provisioner: func(_ context.Context, to provision.Target) (provision.Provisioner, error) {
					password, installation = to.Password, to.Installation
					return provision.Each(nil), nil
				}}
			})
			err := w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "vault", Technology: "secretive", Secret: tt.reference})
			if strings.HasPrefix(tt.reference, "env:") && tt.fails != "" { // refused at once
				if !errors.Is(err, catalog.ErrConnection) || !strings.Contains(err.Error(), tt.fails) {
					t.Errorf("registering says %v", err)
				}
				return
			}
			must(t, err)
			_, err = w.Connections().Setup(t.Context(), admin, "vault")
			if opened := errors.Is(err, provision.ErrNoPlatform); opened != (tt.fails == "") || !opened && !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("opening says %v", err)
			}
			if password != tt.want || tt.fails == "" && len(installation) != 8 {
				t.Errorf("opened with %q as installation %q, want %q", password, installation, tt.want)
			}
		})
	}
}

func TestConnectionsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		name string
		c    catalog.Connection
		want string
	}{
		{"unknown technology", catalog.Connection{Name: "other", Technology: "abacus"}, "abacus"},
		{"name in upper case", catalog.Connection{Name: "Other", Technology: "fake"}, "name"},
		{"password in the URL", catalog.Connection{Name: "other", Technology: "fake", URL: "postgres://us:hunter2@localhost/db"}, "password"},
		{"secret in the clear", catalog.Connection{Name: "other", Technology: "fake", Secret: "hunter2"}, "reference"},
		{"mapping that is no CEL", catalog.Connection{Name: "other", Technology: "fake", Principals: catalog.Principals{Expression: "person.login"}}, "principals.expression"},
	} {
		err := w.Connections().Register(t.Context(), admin, tt.c)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want it to name %s and no secret", tt.name, err, tt.want)
		}
	}
	all, err := w.Connections().All(t.Context(), admin, "", 10)
	if must(t, err); len(all) != 1 {
		t.Errorf("there are %d connections, want the one that was there", len(all))
	}
}

func TestNameThatFitsSeveralAssetsIsNoGuess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "copy", Technology: "fake", Host: "copy.example.com"}))
	if _, err := w.Sync(t.Context(), admin, "copy"); err == nil {
		t.Fatal("the source yields assets of another connection, and nobody minds")
	}
	_, err := w.Config.Inventory.Replace(t.Context(), "copy", func(yield func(catalog.Asset, error) bool) {
		yield(catalog.Asset{Ref: "copy:sales.public.orders", Kind: catalog.Table, ID: "3", Technology: "fake", Host: "copy.example.com"}, nil)
	}, w.clock.Now())
	must(t, err)
	var ambiguous *catalog.AmbiguousError
	if _, err := w.Resolve(t.Context(), eve, catalog.Link{Path: orders.Path()}); !errors.As(err, &ambiguous) || len(ambiguous.Candidates) != 2 {
		t.Errorf("the name alone: %v", err)
	}
	for _, host := range []string{"copy", "copy.example.com"} {
		entry, err := w.Resolve(t.Context(), eve, catalog.Link{Path: orders.Path(), Technology: "fake", Host: host})
		if err != nil || entry.Asset.Ref != "copy:sales.public.orders" {
			t.Errorf("with host %s: %s, %v", host, entry.Asset.Ref, err)
		}
	}
	if _, err := w.Resolve(t.Context(), eve, catalog.Link{Path: []string{"nothing"}}); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("a name that fits nothing: %v", err)
	}
}
