package browser

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/hooknotify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
)

var (
	//go:embed testdata/world.yaml
	worldYAML string
	//go:embed testdata/warehouse.sql
	warehouseSQL string
)

// world is a server of pages with something on each of them, over a real PostgreSQL.
type world struct {
	*httptest.Server
	*grantwrighttest.World
	pg       *pgserver.Server
	people   request.Roster
	receiver *httptest.Server // of webhooks
	entries  map[string]string
}

// starter holds every permission: it sets up what one person may set up while nobody else is
// of governance.
var starter = grantwrighttest.Admin()

// database is the one on the PostgreSQL that people want to read.
const database = "sales"

// newWorld makes a world, with requests in every state.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{entries: map[string]string{}}
	w.platform(t)
	file := w.file(t)
	w.people = file.People
	password := rand.Text()
	w.asSuperuser(t, "postgres", "create role grantwright login password '"+password+"'")
	var err error
	w.World, err = grantwrighttest.New(func(c *grantwright.Config) {
		c.Installation = "browser"
		c.Secrets = func(context.Context, string) (string, error) { return password, nil }
		c.Platforms["postgres"] = pgprovision.Platform
		c.Platforms[manifest.Technology] = provision.Platform{Source: func(context.Context, provision.Target) (catalog.Source, error) {
			return manifest.Source(file.Assets), nil
		}}
		c.Key = []byte(strings.Repeat("k", notify.KeyBytes))
		c.Webhooks = hooknotify.New(hooknotify.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	})
	must(t, err)
	t.Cleanup(func() { _ = w.World.Close() })
	w.furnish(t, file) // while nobody else is of governance
	w.Directory.Put(w.people...)
	w.fill(t)
	h, err := web.Handler(w.Engine, web.Options{Dev: &web.Dev{People: w.people}, Limits: web.Limits{}, Logger: slog.New(slog.DiscardHandler)})
	must(t, err)
	w.Server = httptest.NewServer(h)
	t.Cleanup(w.Close)
	return w
}

// platform starts the PostgreSQL, with tables and logins.
func (w *world) platform(t *testing.T) {
	t.Helper()
	w.pg = startPostgres(t)
	must(t, w.pg.CreateDatabase(t.Context(), database))
	w.asSuperuser(t, database, warehouseSQL)
	for _, login := range []string{"eve", "frank", "left", "grace_missing"} {
		w.asSuperuser(t, database, "create role "+login+" login")
	}
}

func startPostgres(t *testing.T) *pgserver.Server {
	t.Helper()
	s, err := pgserver.Start(t.Context())
	must(t, err)
	t.Cleanup(s.Stop)
	return s
}

func (w *world) asSuperuser(t *testing.T, on, statement string) {
	t.Helper()
	must(t, superuser(t, w.pg, on, statement))
}

// superuser runs statements as the administrator of the platform.
func superuser(t *testing.T, pg *pgserver.Server, on, statement string) error {
	t.Helper()
	db, err := pg.Open(on)
	must(t, err)
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// setUp hands the script of a set-up to the platform's own client, as its administrator does,
// until nothing is left: statements may bring up others.
func setUp(t *testing.T, pg *pgserver.Server, left func() string) {
	t.Helper()
	for range 5 {
		script := left()
		if !strings.Contains(script, ";") {
			return
		}
		if out, err := pg.Psql(t.Context(), t.TempDir(), "postgres", script, true); err != nil {
			t.Fatalf("psql: %v\n%s\n%s", err, out, script)
		}
	}
	t.Fatalf("after five times the set-up is not over:\n%s", left())
}

// file reads what the world is made of.
func (w *world) file(t *testing.T) *manifest.File {
	t.Helper()
	file, err := manifest.Read("world.yaml", strings.NewReader(strings.Replace(worldYAML, "URL", w.pg.URL("grantwright", "", "postgres"), 1)))
	must(t, err)
	return file
}

// furnish registers the connections, sets them up, and reads what stands there.
func (w *world) furnish(t *testing.T, file *manifest.File) {
	t.Helper()
	ctx := t.Context()
	connections := &manifest.File{Connections: file.Connections}
	_, err := w.Furnish(ctx, starter, connections)
	must(t, err)
	setUp(t, w.pg, func() string {
		script, err := w.Connections().SetupScript(ctx, starter, "warehouse")
		must(t, err)
		return script
	})
	for _, c := range file.Connections {
		_, err := w.Sync(ctx, starter, catalog.Ref(c.Name))
		must(t, err)
	}
	definitions := file.Definitions()
	all, err := w.Governance().Diff(ctx, starter, definitions)
	must(t, err)
	_, err = w.Governance().Apply(ctx, starter, definitions, all.Hash())
	must(t, err)
	must(t, w.Finish(ctx))
}

// person is one of the world.
func (w *world) person(t *testing.T, id string) request.Identity {
	t.Helper()
	who, err := w.people.Lookup(t.Context(), request.PersonID(id+"@example.com"))
	must(t, err)
	return who
}

// receiving starts a service that takes what webhooks are sent.
func (w *world) receiving(t *testing.T) string {
	t.Helper()
	w.receiver = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(w.receiver.Close)
	return w.receiver.URL
}

// proposed returns the error of a change, unless that is that it waits for a second person.
func proposed(err error) error {
	if waits := new(manifest.ProposedError); errors.As(err, &waits) {
		return nil
	}
	return err
}
