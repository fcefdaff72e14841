package pgprovision_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lib/pq"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/throwaway/pgserver"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
)

// hostile are names that somebody may choose for what is theirs: to get out of quotes, of
// comments and of the text of a function, to give psql a command of its own, or to look
// like another name.
var hostile = []string{
	"a\nalter role mallory superuser;--",
	"a\ralter role mallory superuser;--",
	"a\r\n\\! touch intruder",
	"a\n\\! touch intruder",
	"a\n\\i intruder",
	"a\"; alter role mallory superuser; --",
	"a\\\"; alter role mallory superuser; --",
	"a'; alter role mallory superuser; --",
	"a\\'; alter role mallory superuser; --",
	"$make_role$; alter role mallory superuser; --",
	"$$; alter role mallory superuser; --",
	"a\u2028alter role mallory superuser;--",
	"a\u0085alter role mallory superuser;--",
	"a*/ alter role mallory superuser; /*",
	"a\nalter role mallory superuser \\g",
	"a\n\\gexec\n",
	":a :\"a\" :'a'",
	"%s %[1]s %!",
	"{} $1 $9 ?",
	"a\u202esalas.rh\u202c",
	"a\u200b\ufeff",
	"\\000A U&",
	"größer\t数",
	"Select",
}

// innocent fails the test if a script did anything that its maker may not.
func innocent(t *testing.T, db *sql.DB, folder string) {
	t.Helper()
	var supers string
	if err := db.QueryRow("select string_agg(rolname, ', ' order by rolname) from pg_roles where rolsuper").Scan(&supers); err != nil || supers != "postgres" {
		t.Errorf("the superusers are %s (%v)", supers, err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("psql has left %v in its folder (%v)", left, err)
	}
}

// plainly fails the test if people would not see a statement as it is: only line breaks and
// indents of our own are among it.
func plainly(t *testing.T, statements ...provision.Statement) {
	t.Helper()
	for _, s := range statements {
		if visible.Lines(string(s)) != string(s) {
			t.Errorf("a statement is %q", s)
		}
	}
}

// An administrator runs the script of Setup in a cluster whose people name what is theirs
// as they like: every statement does what it is for, and nothing else happens.
func TestSetupOfHostileNames(t *testing.T) {
	t.Parallel()
	server, err := pgserver.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	login := "ours'\"$make_role$"
	for _, statement := range []string{
		"create role mallory login createdb password '" + password + "'",
		"create role " + pq.QuoteIdentifier(login) + " login password '" + password + "'",
	} {
		if _, err := server.DB.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range hostile {
		makeHostile(t, server, name)
	}
	p, err := pgprovision.Open(t.Context(), provision.Target{
		Connection: catalog.Connection{Name: "wh", Technology: "postgres", URL: server.URL(login, "", "postgres")}, Password: password, Installation: "names"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	folder := t.TempDir()
	for range 3 { // CONNECT comes first, then the rest, and then nothing is left
		whole, err := p.Setup(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.Psql(t.Context(), folder, "postgres", provision.Script(whole), false); err != nil {
			t.Error(err)
		}
		innocent(t, server.DB, folder)
		runScript(t, server, p, folder)
		runSetup(t, server, p, folder)
		innocent(t, server.DB, folder)
	}
	if left, err := p.Setup(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("still to run: %q, %v", left, err)
	}
}

// makeHostile is what mallory does: a database of that name with a schema, a table, a
// column and comments. A role of that name owns a table too.
func makeHostile(t *testing.T, server *pgserver.Server, name string) {
	t.Helper()
	mallory, err := sql.Open("postgres", server.URL("mallory", password, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = mallory.Close() }()
	quoted, text := pq.QuoteIdentifier(name), pq.QuoteLiteral(name)
	// Template 0 is copied: nobody may be connected to the template.
	if _, err := mallory.Exec("create database " + quoted + " template template0"); err != nil {
		t.Fatalf("%q: %v", name, err)
	}
	if _, err := server.DB.Exec("create role " + quoted); err != nil {
		t.Fatalf("%q: %v", name, err)
	}
	inside, err := server.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = inside.Close() }()
	_, err = inside.Exec("create schema " + quoted + " authorization mallory; create table " + quoted + "." + quoted + " (" + quoted + " serial); " +
		"alter table " + quoted + "." + quoted + " owner to " + quoted + "; comment on table " + quoted + "." + quoted + " is " + text + "; comment on database " + quoted + " is " + text)
	if err != nil {
		t.Fatalf("%q: %v", name, err)
	}
}

// runScript pipes the script of the setup into psql: nothing is left then but for databases
// that psql cannot connect to by a script.
func runScript(t *testing.T, server *pgserver.Server, p *pgprovision.Provisioner, folder string) {
	t.Helper()
	before, err := p.SetupStatements(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	script, err := p.SetupScript(t.Context())
	if err != nil || len(before) == 0 && strings.Count(script, "\n") > 4 {
		t.Fatalf("%s, %v", script, err)
	}
	out, err := server.Psql(t.Context(), folder, "postgres", script, false)
	if err != nil || strings.Contains(strings.ToLower(out), "error") {
		t.Errorf("%s: %v\n%s", out, err, script)
	}
	innocent(t, server.DB, folder)
	had := map[string]bool{} // whose statements the script holds
	for _, step := range before {
		had[step.Database] = true
	}
	left, err := p.SetupStatements(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range left {
		if had[step.Database] && !strings.ContainsAny(step.Database, "\r\n") {
			t.Errorf("in %q it is still to run: %s", step.Database, step.Statement)
		}
	}
}

// runSetup runs each statement in its database.
func runSetup(t *testing.T, server *pgserver.Server, p *pgprovision.Provisioner, folder string) {
	t.Helper()
	steps, err := p.SetupStatements(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	scripts := map[string][]provision.Statement{}
	for _, step := range steps {
		plainly(t, step.Statement)
		database := step.Database
		if database == "" {
			database = "postgres"
		}
		scripts[database] = append(scripts[database], step.Statement)
	}
	for database, script := range scripts {
		if _, err := server.Psql(t.Context(), folder, database, provision.Script(script), true); err != nil {
			t.Errorf("%q: %v", database, err)
		}
	}
}

// Access to what has a hostile name: what would run, what ran, what others gave and how it
// is taken back, what masks it; all of it run again by psql.
func FuzzNames(f *testing.F) {
	for _, name := range hostile {
		f.Add(name)
	}
	w := newWorld(f)
	w.run(f, "do $$ begin create role mallory; exception when others then null; end $$")
	f.Fuzz(func(t *testing.T, name string) {
		t.Parallel()
		if name == "" || len(name) > 40 || strings.ContainsRune(name, 0) || !utf8.ValidString(name) {
			return // no name on PostgreSQL, or one that would be cut
		}
		accessToHostile(t, w, name)
	})
}

func accessToHostile(t *testing.T, w *world, name string) {
	t.Helper()
	schema, role := w.name(name), w.name(name)
	quoted, column := pq.QuoteIdentifier(schema)+"."+pq.QuoteIdentifier(name), pq.QuoteIdentifier(name)
	w.run(t, "create role "+pq.QuoteIdentifier(role)+" login password '"+password+"'")
	w.run(t, "create schema "+pq.QuoteIdentifier(schema)+" authorization "+w.owner)
	w.run(t, "create table "+quoted+" ("+column+" serial, note text)")
	w.run(t, "alter table "+quoted+" owner to "+w.owner)
	w.run(t, "grant usage on schema "+pq.QuoteIdentifier(schema)+" to "+w.provisioner+" with grant option")
	w.run(t, "grant all on all tables in schema "+pq.QuoteIdentifier(schema)+" to "+w.provisioner+" with grant option")
	w.run(t, "grant usage on all sequences in schema "+pq.QuoteIdentifier(schema)+" to "+w.provisioner+" with grant option")
	w.run(t, "grant select, insert ("+column+") on "+quoted+" to "+pq.QuoteIdentifier(role))
	p, who, asset, folder := w.open(t), w.principal(t, role), w.asset(t, schema, name), t.TempDir()

	standing := want(who, asset, request.ReadWrite)
	plan := p.Plan(t.Context(), []provision.Standing{standing})[0]
	if plan.Err != nil {
		t.Fatalf("%q: %v", name, plan.Err)
	}
	plainly(t, plan.Statements...)
	for _, path := range plan.Paths {
		if !visible.Is(string(path)) {
			t.Errorf("a way in is %q", path)
		}
	}
	o := mustApply(t, p, standing)
	plainly(t, o.Ran...)
	w.mustAllow(t, who, asset, true, true)
	w.rerun(t, folder, o.Ran)

	masked := mustMask(t, p, provision.Masking{Asset: asset, Show: catalog.Masking{Columns: []catalog.MaskedColumn{by(name, catalog.MaskNull)}, Clear: []string{"note"}}})
	plainly(t, masked.Ran...)
	w.rerun(t, folder, masked.Ran)
	for _, f := range w.surveyed(t, asset.Ref) {
		plainly(t, f.Undo...)
		if _, err := platform.Psql(t.Context(), folder, w.database, provision.Script(f.Undo), true); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if left := w.surveyed(t, asset.Ref); len(left) > 0 {
		t.Errorf("%q: after the undoing there is %+v", name, left)
	}
	taken := mustApply(t, p, want(who, asset))
	plainly(t, taken.Ran...)
	w.rerun(t, folder, taken.Ran)
	w.run(t, "drop schema "+pq.QuoteIdentifier(schema)+" cascade")
	if files, err := filepath.Glob(filepath.Join(folder, "*")); err != nil || len(files) > 0 {
		t.Errorf("%q: psql has left %v", name, files)
	}
	var super bool
	if err := w.db.QueryRow("select rolsuper from pg_roles where rolname = 'mallory'").Scan(&super); err != nil || super {
		t.Errorf("%q: mallory is a superuser (%v)", name, err)
	}
}

// rerun hands to psql what ran already, and takes it back: most of it fails because it
// stands, or is gone.
func (w *world) rerun(t *testing.T, folder string, statements []provision.Statement) {
	t.Helper()
	script := "\\set ON_ERROR_ROLLBACK on\nbegin;\n" + provision.Script(statements) + "select 'INTRUDED' from pg_roles where rolsuper and rolname = 'mallory';\nrollback;\n"
	out, err := platform.Psql(t.Context(), folder, w.database, script, false)
	if err != nil || strings.Contains(out, "syntax error") || strings.Contains(out, "unterminated") || strings.Contains(out, "invalid command") || strings.Contains(out, "INTRUDED") {
		t.Errorf("psql says %s, %v to %q", out, err, statements)
	}
}

// surveyed lists what others gave on one asset.
func (w *world) surveyed(t *testing.T, ref catalog.Ref) []provision.Foreign {
	t.Helper()
	var all []provision.Foreign
	for _, f := range w.survey(t, ref) {
		if f.Asset.Ref == ref {
			all = append(all, f)
		}
	}
	return all
}
