package mariadbprovision_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
	"github.com/grantwright/grantwright/request"
)

// Where nobody has run what Setup lists, everything says so; and when it was run, Setup
// lists nothing.
func TestSetup(t *testing.T) {
	t.Parallel()
	w := unprepared(t)
	p := w.open(t)
	eve := w.person(t)
	orders := catalog.Asset{Ref: "shop:sales.orders", Kind: catalog.Table, ID: "server/t1"}
	s := want(eve, orders, request.Read)
	_, checked := p.Check(t.Context(), s)
	_, marked := p.Marked(t.Context())
	for _, err := range []error{apply(t, p, s).Err, p.Plan(t.Context(), []provision.Standing{s})[0].Err, checked, marked, last(p, t)} {
		mustSay(t, err, true, "run the statements that Setup lists")
	}
	w.setup(t)
	if left, err := p.Setup(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("when all was run, Setup lists %q, %v", left, err)
	}
	real := w.table(t)
	mustApply(t, p, want(eve, real, request.Read))
	// Running it again, as after an update, takes nothing away.
	w.run(t, "update gw_"+w.installation+".installation set version = 0")
	mustSay(t, apply(t, p, want(eve, real, request.Read)).Err, true, "for an older version of us")
	w.setup(t)
	if o := mustApply(t, p, want(eve, real, request.Read)); len(o.Ran) > 0 {
		t.Errorf("all was as wanted, yet this ran: %q", o.Ran)
	}
	w.mustAllow(t, eve, real, true, false)
}

func last(p provision.Lister, t *testing.T) (last error) {
	for _, err := range p.List(t.Context(), "shop") {
		last = err
	}
	return last
}

// A client of MariaDB ends statements at semicolons, but for those in literals.
func TestSetupCanBePastedIntoAClient(t *testing.T) {
	t.Parallel()
	w := unprepared(t)
	statements, err := w.open(t).Setup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var pasted []string
	var literal bool
	begin := 0
	script := provision.Script(statements)
	for i, r := range script {
		switch {
		case r == '\'':
			literal = !literal
		case r == ';' && !literal:
			pasted = append(pasted, strings.TrimSpace(script[begin:i]))
			begin = i + 1
		}
	}
	if len(pasted) != len(statements) {
		t.Fatalf("%d statements are %d to a client", len(statements), len(pasted))
	}
	w.run(t, pasted...)
	mustApply(t, w.open(t), want(w.person(t), w.table(t), request.Read))
}

// The login of ours may call our procedures, which do what they are for. It reads no
// data, no passwords, and changes nothing else.
func TestLoginCanDoNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	foreign := w.name("analysts")
	w.run(t, "create role "+foreign, "create role gw_"+foreign)
	db, err := platform.Open(w.login, password)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	home, role, own := "gw_"+w.installation, w.assetRole(t, orders, request.Read), w.personRole(t, eve)
	user, host, _ := strings.Cut(eve.Name, "@")
	call := func(procedure string) string {
		return "set statement max_statement_time = 2 for call " + home + "." + procedure
	}
	const later = ", unix_timestamp() + 60)"
	for _, statement := range []string{
		"select * from " + quote(orders.Ref.Path()...),
		"select * from mysql.global_priv",
		"create user mallory@'%'",
		"grant " + role + " to " + w.login,
		"grant " + role + " to " + quoted(eve),
		"set role " + role,
		"update " + home + ".installation set generation = 7",
		"delete from " + home + ".person_roles",
		"drop procedure " + home + ".admit",
		call("make_role('" + foreign + "', 'sales', 'd1', 'READ'" + later),
		call("give_right('" + role + "', 'mysql', 'global_priv', 'select'" + later),
		call("give_right('" + role + "', 'MySQL', 'global_priv', 'select'" + later),
		call("give_right('" + role + "', '" + home + "', 'person_roles', 'select'" + later),
		call("give_right('" + foreign + "', '" + w.database + "', 'orders', 'select'" + later),
		call("give_right('" + role + "`, root@`%', '" + w.database + "', 'orders', 'select'" + later),
		call("give_right('" + role + "', '" + w.database + "', 'orders', 'all privileges'" + later),
		call("take_right('" + foreign + "', '" + w.database + "', 'orders'" + later),
		call("admit('" + foreign + "', '" + own + "'" + later),
		call("admit('" + role + "', '" + foreign + "'" + later),
		call("admit('" + own + "', '" + own + "'" + later),
		call("drop_role('" + foreign + "'" + later),
		call("drop_role('" + role + "'" + later),
		call("drop_person('" + own + "', '" + user + "', '" + host + "'" + later),
		call("drop_person('" + foreign + "', '" + user + "', '" + host + "'" + later),
		call("make_person('" + foreign + "', '" + user + "', '" + host + "'" + later),
		call("make_person('" + own + "', 'nobody', '%'" + later),
		call("end_sessions('root', '127.0.0.1'" + later),
		call("end_sessions('" + user + "', '" + host + "'" + later),
		"call " + home + ".admit('" + role + "', '" + own + "'" + later, // without a bound on its time
	} {
		if _, err := db.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("our login may do this: %s", statement)
		} else if mistaken(err) {
			t.Errorf("%s: %v", statement, err)
		}
	}
	w.mustAllow(t, eve, orders, true, false)
	if _, err := platform.Open("gw_"+w.installation, ""); err != nil {
		t.Fatal(err)
	}
	mustNotLogIn(t, home)
}

// mistaken reports whether the statement was not even understood.
func mistaken(err error) bool {
	var e *mysql.MySQLError
	return !errors.As(err, &e) || e.Number == 1064 || e.Number == 1305 || e.Number == 1318
}

// mustNotLogIn: the account that the procedures run as is nobody's, also locally.
func mustNotLogIn(t *testing.T, home string) {
	t.Helper()
	var locked bool
	err := platform.DB.QueryRow("select json_value(priv, '$.account_locked') in ('1', 'true') from mysql.global_priv where user = ? and host = 'localhost'", home).Scan(&locked)
	if err != nil || !locked {
		t.Errorf("the account %s is locked: %v, %v", home, locked, err)
	}
	var others int
	if err := platform.DB.QueryRow("select count(*) from mysql.global_priv where user = ?", home).Scan(&others); err != nil && !errors.Is(err, sql.ErrNoRows) || others != 1 {
		t.Errorf("%d accounts of that name, %v", others, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		name, url, installation, says string
	}{
		{"another scheme", "mysql://x@h/?tls=false", "a", "url cannot be read"},
		{"no tls", "mariadb://x@h/", "a", "url must say tls"},
		{"no user", "mariadb://h/?tls=true", "a", "as whom to connect"},
		{"a password", "mariadb://x:hidden@h/?tls=true", "a", "holds a password"},
		{"a database", "mariadb://x@h/sales?tls=true", "a", "names a database"},
		{"a parameter of another", "mariadb://x@h/?sslmode=disable", "a", `parameter "sslmode"`},
		{"no host", "mariadb://x@/?tls=true", "a", "must name a host"},
		{"a wrong case rule", "mariadb://x@h/?tls=true&lowerCaseTableNames=yes", "a", "must be 0, 1 or 2"},
		{"the case rule of another server", platform.URL(w.login) + "&lowerCaseTableNames=1", "a", "the server has lower_case_table_names=0"},
		{"an installation", platform.URL(w.login), "Main", "must be 1 to 16"},
		{"a login", platform.URL("nobody"), "a", "Access denied"},
	} {
		to := provision.Target{Connection: catalog.Connection{Name: "shop", URL: tt.url}, Password: password, Installation: tt.installation}
		_, err := mariadbprovision.Open(t.Context(), to)
		if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v, want an error that says %q, and no password", tt.name, err, tt.says)
		}
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for version, ok := range map[string]bool{
		"10.11.19-MariaDB-0+deb12u1": true, "11.4.2-MariaDB": true, "12.0.1-MariaDB-log": true,
		"10.6.18-MariaDB": false, "5.5.68-MariaDB": false, "8.0.36": false, "": false,
	} {
		if err := mariadbprovision.CheckVersion(version); (err == nil) != ok {
			t.Errorf("%q: %v", version, err)
		}
	}
}

func TestActsOnlyWhereItLasts(t *testing.T) {
	t.Parallel()
	if err := mariadbprovision.CheckServer(mariadbprovision.HomeVersion, false); err != nil {
		t.Error(err)
	}
	mustSay(t, mariadbprovision.CheckServer(mariadbprovision.HomeVersion, true), false, "read-only")
	mustSay(t, mariadbprovision.CheckServer(mariadbprovision.HomeVersion+1, false), true, "Setup")
}
