package pgprovision_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/internal/convergetest"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
)

const password = "s3cr3t-of-the-tests"

// platform is the server that all tests share. Roles are for the whole cluster,
// so that every world has names of its own. The first test starts it, and not
// TestMain, so that go test knows that the results depend on which server it is.
var platform *pgserver.Server

var start = sync.OnceValue(func() (err error) {
	platform, err = pgserver.Start(context.Background(), "max_connections=300", "deadlock_timeout=100ms")
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

// world is a database with a provisioner's role of its own, prepared by running
// what Setup lists, and looked at past the provisioner.
type world struct {
	db           *sql.DB // the superuser's
	database     string
	provisioner  string // its role
	owner        string // a role that owns the schema public and all its tables
	installation string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	if err := start(); err != nil {
		t.Fatal(err)
	}
	n := worlds.Add(1)
	w := &world{database: fmt.Sprintf("w%d", n), provisioner: fmt.Sprintf("grantwright%d", n), owner: fmt.Sprintf("owner%d", n), installation: fmt.Sprintf("t%d", n)}
	if err := platform.CreateDatabase(t.Context(), w.database); err != nil {
		t.Fatal(err)
	}
	db, err := platform.Open(w.database)
	if err != nil {
		t.Fatal(err)
	}
	w.db = db
	t.Cleanup(func() { _ = db.Close() })
	w.run(t, "create role "+w.owner+" login password '"+password+"'")
	w.run(t, "create role "+w.provisioner+" login password '"+password+"'")
	w.run(t, "alter schema public owner to "+w.owner)
	w.setup(t)
	return w
}

// annex is the same world in another database of the cluster.
func (w *world) annex(t testing.TB) *world {
	t.Helper()
	return w.anew(t, w.name("shop"))
}

func (w *world) anew(t testing.TB, database string) *world {
	t.Helper()
	if err := platform.CreateDatabase(t.Context(), database); err != nil {
		t.Fatal(err)
	}
	w.run(t, "grant connect on database "+database+" to "+w.provisioner+" with grant option")
	there := *w
	there.database = database
	db, err := platform.Open(database)
	if err != nil {
		t.Fatal(err)
	}
	there.db = db
	t.Cleanup(func() { _ = db.Close() })
	there.run(t, "alter schema public owner to "+w.owner)
	there.setup(t)
	return &there
}

// setup runs what Setup lists for the database, as the superuser.
func (w *world) setup(t testing.TB) {
	t.Helper()
	p, err := pgprovision.Open(t.Context(), w.target())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	steps, err := p.SetupStatements(t.Context(), w.database)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		w.run(t, string(s.Statement))
	}
}

func (w *world) run(t testing.TB, statement string) {
	t.Helper()
	err := again(func() error { _, err := w.db.ExecContext(t.Context(), statement); return err })
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// again does what an administrator does who was unlucky: grants at the same
// moment fail with "tuple concurrently updated", and a drop among readers may end
// in a deadlock.
func again(act func() error) error {
	for range 20 {
		if err := act(); err == nil || !strings.Contains(err.Error(), "tuple concurrently") && !strings.Contains(err.Error(), "deadlock detected") {
			return err
		}
	}
	return act()
}

func (w *world) target() provision.Target {
	return provision.Target{
		Connection:   catalog.Connection{Name: "wh", Technology: "postgres", URL: platform.URL(w.provisioner, "", w.database)},
		Password:     password,
		Installation: w.installation,
	}
}

func (w *world) open(t testing.TB) *pgprovision.Provisioner {
	t.Helper()
	p, err := pgprovision.Open(t.Context(), w.target())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// name is new in the whole cluster.
func (w *world) name(prefix string) string {
	return fmt.Sprintf("%s_%s_%d", prefix, w.installation, made.Add(1))
}

func (w *world) person(t testing.TB) request.Principal {
	t.Helper()
	name := w.name("eve")
	w.run(t, "create role "+name+" login password '"+password+"'")
	return w.principal(t, name)
}

func (w *world) principal(t testing.TB, name string) request.Principal {
	t.Helper()
	p := request.Principal{Name: name}
	if err := w.db.QueryRow("select oid::text from pg_roles where rolname = $1", name).Scan(&p.ID); err != nil {
		t.Fatalf("role %s: %v", name, err)
	}
	return p
}

// table makes one with a row and a serial column, owned by the owner.
func (w *world) table(t testing.TB) catalog.Asset {
	t.Helper()
	name := w.name("orders")
	w.asOwner(t, "create table "+name+" (id serial primary key, note text); insert into "+name+" (note) values ('first')")
	return w.asset(t, "public", name)
}

// asOwner runs statements of the owner, who knows nothing of us.
func (w *world) asOwner(t testing.TB, statements string) {
	t.Helper()
	err := again(func() error { return w.as(t.Context(), w.owner, statements) })
	if err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
}

// as logs in as a role and runs statements.
func (w *world) as(ctx context.Context, role, statements string) error {
	db, err := sql.Open("postgres", platform.URL(role, password, w.database))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, statements)
	return err
}

// asset reads what stands under a name, as a sync would.
func (w *world) asset(t testing.TB, schema, name string) catalog.Asset {
	t.Helper()
	ref, err := catalog.NewRef("wh", w.database, schema, name)
	if err != nil {
		t.Fatal(err)
	}
	a := catalog.Asset{Ref: ref, Technology: "postgres"}
	const query = `
		select s.system_identifier || '/' || d.oid || '/' || c.oid, o.rolname, case c.relkind when 'r' then 'TABLE' when 'p' then 'PARTITIONED_TABLE' when 'v' then 'VIEW'
			when 'm' then 'MATERIALIZED_VIEW' when 'f' then 'FOREIGN_TABLE' else '' end
		from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles o on o.oid = c.relowner, pg_database d, pg_control_system() s
		where n.nspname = $1 and c.relname = $2 and d.datname = current_database()`
	if err := w.db.QueryRow(query, schema, name).Scan(&a.ID, &a.Source.Owner, &a.Kind); err != nil {
		t.Fatalf("%s: %v", ref, err)
	}
	return a
}

// allowed logs in as the person and really reads, or really writes.
func (w *world) allowed(ctx context.Context, who request.Principal, a catalog.Asset, p request.Privilege) (bool, error) {
	path := a.Ref.Path()
	table := pq.QuoteIdentifier(path[1]) + "." + pq.QuoteIdentifier(path[2])
	statement := "select * from " + table
	if p == request.ReadWrite {
		statement = "begin; insert into " + table + " (note) values ('theirs'); update " + table + " set note = 'changed'; delete from " + table + "; rollback"
	}
	err := w.as(ctx, who.Name, statement)
	switch {
	case err == nil:
		return true, nil
	case strings.Contains(err.Error(), "permission denied"), strings.Contains(err.Error(), "cannot insert"):
		return false, nil
	}
	return false, err
}

// mustAllow fails the test unless the person may read and write just so.
func (w *world) mustAllow(t testing.TB, who request.Principal, a catalog.Asset, read, write bool) {
	t.Helper()
	convergetest.Allowed(w.allowed).Must(t, who, a, read, write)
}

// groupRole finds our role for a privilege on an asset by its comment.
func (w *world) groupRole(t testing.TB, a catalog.Asset, p request.Privilege) string {
	t.Helper()
	const query = `
		select r.rolname from pg_roles r
		where starts_with(shobj_description(r.oid, 'pg_authid'), $1) and r.rolname like '%\_' || $2`
	var name string
	object := a.ID[strings.LastIndex(a.ID, "/")+1:]
	if err := w.db.QueryRow(query, fmt.Sprintf("grantwright %s: %s on %s (", w.installation, p, a.Ref), object).Scan(&name); err != nil {
		t.Fatalf("the group role of %s on %s: %v", p, a.Ref, err)
	}
	return name
}

// holds counts what a role has rights on.
func (w *world) holds(t testing.TB, role string) (n int) {
	t.Helper()
	const query = "select count(*) from pg_shdepend d join pg_roles r on r.oid = d.refobjid where r.rolname = $1 and d.deptype = 'a'"
	if err := w.db.QueryRow(query, role).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// withdraw ends every membership of ours that a person has through an asset. An
// administrator has to do so in our name: in another it would be nothing.
func (w *world) withdraw(t testing.TB, who request.Principal, a catalog.Asset) {
	t.Helper()
	const query = `
		select coalesce(string_agg(format('revoke %I from %I granted by %I', r.rolname, u.rolname, m.grantor::regrole::text), ';'), '')
		from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
		where u.rolname = $1 and starts_with(r.rolname, $2) and r.rolname ~ $3 and m.grantor::regrole::text = $4`
	var statements string
	object := a.ID[strings.LastIndex(a.ID, "/")+1:]
	if err := w.db.QueryRow(query, who.Name, "gw_"+w.installation+"_", "_"+object+"$", w.provisioner).Scan(&statements); err != nil {
		t.Fatal(err)
	}
	w.run(t, statements)
}

func platformAddress(t testing.TB) (host, port string) {
	t.Helper()
	u, err := url.Parse(platform.SuperURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	return u.Hostname(), u.Port()
}
