package mariadbprovision_test

import (
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
	"github.com/grantwright/grantwright/request"
)

// hostile are names that somebody may choose for what is theirs: to get out of quotes and
// comments, to give the client of MariaDB a command of its own, or to look like another.
var hostile = []string{
	"a\ngrant all on *.* to mallory;-- ",
	"a\rgrant all on *.* to mallory;-- x",
	"a\r\n\\! touch intruder\nx",
	"a\ndelimiter //\nx",
	"a\nsystem touch intruder\nx",
	"a`; grant all on *.* to mallory; -- x",
	"a\\`; grant all on *.* to mallory; -- x",
	"a'; grant all on *.* to mallory; -- x",
	"a\\'; grant all on *.* to mallory; -- x",
	"a\"; grant all on *.* to mallory; -- x",
	"a\u2028grant all on *.* to mallory; -- x",
	"a*/ grant all on *.* to mallory; /* x",
	"a/*! ; grant all on *.* to mallory; */",
	"a # x\\g",
	"? ?, %s %[1]s %!",
	"a\u202esalas.rh\u202c",
	"a\u200b\ufeff",
	"größer\t数",
	"Select",
}

// The statements about what has a hostile name stay on one line, and do what they are for:
// run one by one, or all of them by the client. Nothing else happens.
func FuzzNames(f *testing.F) {
	for _, name := range hostile {
		f.Add(name)
	}
	w := newWorld(f)
	mallory := w.name("mallory")
	w.run(f, "create user "+mallory)
	f.Fuzz(func(t *testing.T, name string) {
		t.Parallel()
		if name == "" || utf8.RuneCountInString(name) > 40 || strings.ContainsRune(name, 0) || !utf8.ValidString(name) || strings.TrimRightFunc(name, unicode.IsSpace) != name ||
			strings.IndexFunc(name, func(r rune) bool { return r > 0xffff }) >= 0 || strings.HasPrefix(strings.ToLower(name), "gw_") {
			return // no name on MariaDB, or ours
		}
		accessToHostile(t, w, strings.ReplaceAll(name, "mallory", mallory), mallory)
	})
}

func accessToHostile(t *testing.T, w *world, name, mallory string) {
	t.Helper()
	// Two at once share no database.
	database, user, folder := w.name(name), w.name(name), t.TempDir()
	p := w.open(t)
	w.run(t, "create database "+quote(database), "create table "+quote(database, name)+" ("+quote(name)+" int primary key auto_increment, note text)",
		"create user "+quote(user)+"@'%' identified by '"+password+"'")
	asset, who := w.asset(t, database, name), request.Principal{Name: user + "@%"}
	standing := want(who, asset, request.ReadWrite)
	plan := p.Plan(t.Context(), []provision.Standing{standing})[0]
	if plan.Err != nil {
		t.Fatalf("%q: %v", name, plan.Err)
	}
	plainly(t, plan.Statements)
	for _, path := range plan.Paths {
		if !visible.Is(string(path)) {
			t.Errorf("a way in is %q", path)
		}
	}
	o := mustApply(t, p, standing)
	plainly(t, o.Ran)
	again(t, folder, o.Ran)
	taken := mustApply(t, p, want(who, asset))
	plainly(t, taken.Ran)
	again(t, folder, taken.Ran)
	w.run(t, "drop database "+quote(database), "drop user "+quote(user)+"@'%'")
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("%q: the client has left %v in its folder (%v)", name, left, err)
	}
	var rights int
	if err := platform.DB.QueryRow("select count(*) from information_schema.user_privileges where grantee like ? and privilege_type <> 'USAGE'", "%"+mallory+"'@%").Scan(&rights); err != nil || rights > 0 {
		t.Errorf("%q: mallory has %d rights (%v)", name, rights, err)
	}
}

// plainly fails the test if people would not see a statement as it is, on one line.
func plainly(t *testing.T, statements []provision.Statement) {
	t.Helper()
	for _, s := range statements {
		if !visible.Is(string(s)) {
			t.Errorf("a statement is %q", s)
		}
	}
}

// again runs what ran already, each statement by itself and all of them by the client: some
// of it fails because it stands, or is gone. None of it is no statement.
func again(t *testing.T, folder string, statements []provision.Statement) {
	t.Helper()
	for _, s := range statements {
		if _, err := platform.DB.ExecContext(t.Context(), string(s)); err != nil && mistaken(err) {
			t.Errorf("%s: %v", s, err)
		}
	}
	out, err := platform.Client(t.Context(), folder, provision.Script(statements), false)
	if strings.Contains(out, "ERROR 1064") || err != nil && !strings.Contains(out, "ERROR") {
		t.Errorf("the client says %s, %v to %q", out, err, statements)
	}
}

// Setup for a login with a hostile name.
func TestSetupOfHostileLogin(t *testing.T) {
	t.Parallel()
	w := unprepared(t)
	login := w.name("o'u\"r`s\\\nx")
	w.run(t, "create user "+quote(login)+"@'%' identified by '"+password+"'")
	p, err := mariadbprovision.Open(t.Context(), w.target(login))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	script, err := p.SetupScript(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if out, err := platform.Client(t.Context(), t.TempDir(), script, true); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	if script, err := p.SetupScript(t.Context()); err != nil || script != "-- nothing is to be done\n" {
		t.Errorf("once it was run, the script is %q, %v", script, err)
	}
	if left, err := p.Setup(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("still to run: %q, %v", left, err)
	}
}
