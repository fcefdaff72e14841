package mariadbprovision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/mariadbsource"
	"github.com/grantwright/grantwright/internal/throwaway/mariadbserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/convergetest"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
	"github.com/grantwright/grantwright/request"
)

const password = "s3cr3t-of-the-tests"

// platform is the server that all tests share. Accounts and roles are for the whole
// server, so that every world has names of its own.
var platform *mariadbserver.Server

var start = sync.OnceValue(func() (err error) {
	platform, err = mariadbserver.Start(context.Background(), "max-connections=400", "skip-name-resolve=1")
	return err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if platform != nil {
		platform.Stop()
	}
	os.Exit(code)
}

var worlds, made atomic.Int64

// How tests write and apply Standings.
var (
	want      = convergetest.Want
	apply     = convergetest.Apply
	mustApply = convergetest.MustApply
	mustSay   = convergetest.MustSay
)

// world is a database with an installation of its own, prepared by running what Setup
// lists, and looked at past the provisioner.
type world struct {
	database     string
	installation string
	login        string // of the provisioner
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := unprepared(t)
	w.setup(t)
	return w
}

// unprepared is a world in which nobody has run what Setup lists.
func unprepared(t testing.TB) *world {
	t.Helper()
	if err := start(); err != nil {
		t.Fatal(err)
	}
	n := worlds.Add(1)
	// The name of the database has the wildcards of MariaDB in it.
	w := &world{database: fmt.Sprintf("sales_%d%%", n), installation: fmt.Sprintf("t%d", n), login: fmt.Sprintf("grantwright%d", n)}
	w.run(t, "create database "+quote(w.database), "create user "+w.login+"@'%' identified by '"+password+"'")
	return w
}

// setup runs what Setup lists, as root.
func (w *world) setup(t testing.TB) {
	t.Helper()
	p, err := mariadbprovision.Open(t.Context(), w.target(w.login))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	statements, err := p.Setup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		w.run(t, string(s))
	}
}

func (w *world) target(login string) provision.Target {
	return provision.Target{
		Connection:   catalog.Connection{Name: "shop", Technology: "mariadb", URL: platform.URL(login)},
		Password:     password,
		Installation: w.installation,
	}
}

func (w *world) open(t testing.TB) *mariadbprovision.Provisioner {
	t.Helper()
	return w.openAs(t, w.login)
}

func (w *world) openAs(t testing.TB, login string) *mariadbprovision.Provisioner {
	t.Helper()
	p, err := mariadbprovision.Open(t.Context(), w.target(login))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// run runs statements as root, also when the test is over and cleans up.
func (w *world) run(t testing.TB, statements ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, s := range statements {
		if _, err := platform.DB.ExecContext(ctx, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// name is new on the whole server.
func (w *world) name(prefix string) string {
	return fmt.Sprintf("%s_%s_%d", prefix, w.installation, made.Add(1))
}

// person makes an account. Every other one may come from this machine only.
func (w *world) person(t testing.TB) request.Principal {
	t.Helper()
	host := "%"
	name := w.name("eve")
	if made.Load()%2 == 0 {
		host = "127.0.0.1"
	}
	w.run(t, "create user "+name+"@'"+host+"' identified by '"+password+"'")
	return request.Principal{Name: name + "@" + host}
}

// table makes one with a row and a column that counts by itself.
func (w *world) table(t testing.TB) catalog.Asset {
	t.Helper()
	return w.tableIn(t, w.database)
}

func (w *world) tableIn(t testing.TB, database string) catalog.Asset {
	t.Helper()
	name := w.name("orders")
	table := quote(database, name)
	w.run(t, "create table "+table+" (id int primary key auto_increment, note text)", "insert into "+table+" (note) values ('first')")
	return w.asset(t, database, name)
}

// container makes a database of its own, with wildcards in its name.
func (w *world) container(t testing.TB) catalog.Asset {
	t.Helper()
	name := w.name("mart_of%")
	w.run(t, "create database "+quote(name))
	return w.asset(t, name)
}

// asset reads what stands under a name, as a sync does.
func (w *world) asset(t testing.TB, path ...string) catalog.Asset {
	t.Helper()
	ref, err := catalog.NewRef("shop", path...)
	if err != nil {
		t.Fatal(err)
	}
	to := w.target(w.login)
	s, err := mariadbsource.Open(t.Context(), to.Connection, to.Password, to.Installation)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for a, err := range s.Assets(t.Context(), ref) {
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	t.Fatalf("%s: nothing stands there", ref)
	return catalog.Asset{}
}

func quote(names ...string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = "`" + strings.ReplaceAll(n, "`", "``") + "`"
	}
	return strings.Join(quoted, ".")
}

// quoted writes a principal's account.
func quoted(p request.Principal) string {
	user, host, _ := strings.Cut(p.Name, "@")
	return quote(user) + "@" + quote(host)
}

// as logs in as a person, and gives a connection of theirs.
func (w *world) as(ctx context.Context, who request.Principal) (*sql.Conn, func(), error) {
	user, _, _ := strings.Cut(who.Name, "@")
	db, err := platform.Open(user, password)
	if err != nil {
		return nil, nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		_ = db.Close()
		return nil, nil, err
	}
	return conn, func() { _ = conn.Close(); _ = db.Close() }, nil
}

// allowed logs in as the person and really reads, or really writes.
func (w *world) allowed(ctx context.Context, who request.Principal, a catalog.Asset, p request.Privilege) (bool, error) {
	conn, end, err := w.as(ctx, who)
	if err != nil {
		return false, err
	}
	defer end()
	table := quote(a.Ref.Path()...)
	statements := []string{"select * from " + table}
	if p == request.ReadWrite {
		statements = []string{"begin", "insert into " + table + " (note) values ('theirs')", "update " + table + " set note = 'changed'", "delete from " + table, "rollback"}
	}
	for _, s := range statements {
		if _, err := conn.ExecContext(ctx, s); err != nil {
			return false, unlessDenied(err)
		}
	}
	return true, nil
}

// unlessDenied is nil where the platform has refused: the table, a column, or one statement on it;
// or a view, whose definer lacks a right.
func unlessDenied(err error) error {
	var e *mysql.MySQLError
	if errors.As(err, &e) && (e.Number == 1142 || e.Number == 1143 || e.Number == 1044 || e.Number == 1356) {
		return nil
	}
	return err
}

// mustAllow fails the test unless the person may read and write just so.
func (w *world) mustAllow(t testing.TB, who request.Principal, a catalog.Asset, read, write bool) {
	t.Helper()
	convergetest.Allowed(w.allowed).Must(t, who, a, read, write)
}

// personRole finds the role that holds what we gave an account; empty if there is none.
func (w *world) personRole(t testing.TB, who request.Principal) (role string) {
	t.Helper()
	user, host, _ := strings.Cut(who.Name, "@")
	err := platform.DB.QueryRow("select role from gw_"+w.installation+".person_roles where user = ? and host = ?", user, host).Scan(&role)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		t.Fatal(err)
	}
	return role
}

// assetRole finds our role for a privilege on an asset.
func (w *world) assetRole(t testing.TB, a catalog.Asset, p request.Privilege) (role string) {
	t.Helper()
	_, object, _ := strings.Cut(a.ID, "/")
	err := platform.DB.QueryRow("select role from gw_"+w.installation+".asset_roles where path = ? and object = ? and privilege = ?",
		catalog.FormatPath(a.Ref.Path()), object, p).Scan(&role)
	if err != nil {
		t.Fatalf("the role of %s on %s: %v", p, a.Ref, err)
	}
	return role
}
