package mariadbsource_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/catalog/catalogtest"
	"github.com/grantwright/grantwright/catalog/mariadbsource"
	"github.com/grantwright/grantwright/internal/throwaway/mariadbserver"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
)

const (
	password     = "s3cr3t-of-the-tests"
	installation = "suite"
)

// server is one that all tests share.
var server *mariadbserver.Server

var start = sync.OnceValue(func() (err error) {
	server, err = mariadbserver.Start(context.Background(), "max-connections=300", "skip-name-resolve=1")
	return err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if server != nil {
		server.Stop()
	}
	os.Exit(code)
}

var logins atomic.Int64

// harness reads the server as a login of its own, which has no right but those that
// Setup lists.
type harness struct{ login string }

func newHarness(t testing.TB) harness {
	t.Helper()
	if err := start(); err != nil {
		t.Fatal(err)
	}
	h := harness{fmt.Sprintf("reader%d", logins.Add(1))}
	if err := prepare(); err != nil {
		t.Fatal(err)
	}
	// What Setup lists for a login is this one right.
	run(t, "create user "+h.login+"@'%' identified by '"+password+"'", `grant select, execute on `+"`gw\\_suite`"+`.* to `+h.login+`@'%'`)
	return h
}

var prepare = sync.OnceValue(func() error { return setup(server) })

// setup makes a login for nothing else, and runs what Setup lists for it, as root.
func setup(on *mariadbserver.Server) error {
	if _, err := on.DB.Exec("create user prepared@'%' identified by '" + password + "'"); err != nil {
		return err
	}
	return setupOf(on, connection(on, "prepared"))
}

func setupOf(on *mariadbserver.Server, c catalog.Connection) error {
	ctx := context.Background()
	p, err := mariadbprovision.Open(ctx, provision.Target{Connection: c, Password: password, Installation: installation})
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	statements, err := p.Setup(ctx)
	for _, s := range statements {
		if _, err := on.DB.ExecContext(ctx, string(s)); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return err
}

func connection(on *mariadbserver.Server, login string) catalog.Connection {
	return catalog.Connection{Name: "warehouse", Technology: "mariadb", Host: "db.example.com", URL: on.URL(login)}
}

func (h harness) open(t testing.TB) *mariadbsource.Source {
	t.Helper()
	s, err := mariadbsource.Open(t.Context(), connection(server, h.login), password, installation)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func (h harness) Source(t *testing.T) catalog.Source { return h.open(t) }
func (harness) Connection() string                   { return "warehouse" }
func (harness) Containers() []catalog.Kind           { return []catalog.Kind{catalog.Database} }

func (harness) Contents() []catalog.Kind {
	return []catalog.Kind{catalog.View, catalog.PartitionedTable, catalog.Table}
}

// Allows: MariaDB keeps no characters beyond the basic plane in names, and no space at
// their end; and each name is that of a file, in which all but letters, digits and _
// take five bytes. Columns whose names differ by case alone are one to it, and the suite
// makes columns of the same names: of these it gets one.
func (harness) Allows(_ catalog.Kind, name string) bool {
	const longest = 200
	if name == "UPPER" || name == "Größe" {
		return false
	}
	size := 0
	for _, r := range name {
		if r == 0 || r > 0xffff {
			return false
		}
		if size++; r != '_' && (r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r)) {
			size += 4
		}
	}
	return utf8.RuneCountInString(name) <= 64 && size <= longest && strings.TrimRight(name, " ") == name && name != ""
}

func (harness) Make(t *testing.T, a catalog.Asset) {
	t.Helper()
	if a.Kind == catalog.Database {
		run(t, "create database "+quote(a.Ref.Name()))
		return
	}
	var typed, selected []string
	for _, c := range a.Columns {
		typed = append(typed, quote(c.Name)+" int")
		selected = append(selected, "1 as "+quote(c.Name))
	}
	name := quote(a.Ref.Path()[0]) + "." + quote(a.Ref.Name())
	switch a.Kind {
	case catalog.View:
		run(t, "create view "+name+" as select "+strings.Join(selected, ", "))
	case catalog.PartitionedTable:
		run(t, "create table "+name+" ("+strings.Join(typed, ", ")+") partition by hash("+quote(a.Columns[0].Name)+") partitions 3")
	default:
		run(t, "create table "+name+" ("+strings.Join(typed, ", ")+")")
	}
}

func (harness) Drop(t *testing.T, a catalog.Asset) {
	t.Helper()
	switch a.Kind {
	case catalog.Database:
		run(t, "drop database if exists "+quote(a.Ref.Name()))
	case catalog.View:
		run(t, "drop view "+quote(a.Ref.Path()[0])+"."+quote(a.Ref.Name()))
	default:
		run(t, "drop table "+quote(a.Ref.Path()[0])+"."+quote(a.Ref.Name()))
	}
}

// Released waits until the source has no session; a server takes a moment to end one.
func (h harness) Released(ctx context.Context) error {
	for {
		var open int
		err := server.DB.QueryRowContext(ctx, "select count(*) from information_schema.processlist where user = ?", h.login).Scan(&open)
		if err != nil || open == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d sessions are open", open)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

func run(t testing.TB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		run1(t, server.DB, s)
	}
}

// run1 runs one statement as root, also when the test is over and cleans up.
func run1(t testing.TB, db *sql.DB, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := db.ExecContext(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestKeepsTheContract(t *testing.T) {
	t.Parallel()
	catalogtest.TestSource(t, func(t *testing.T) catalogtest.SourceHarness { return newHarness(t) })
}
